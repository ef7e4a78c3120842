/** Figures that the tests measure on the way. They go to target/e2e/figures.json; no test fails over them. */

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { OUT } from './environment.mjs';

/** What this process has measured. @type {Record<string, unknown>} */
export const figures = {};

/** Note a figure. @param {string} name @param {unknown} value */
export function figure(name, value) {
  figures[name] = value;
}

/**
 * Write figures.json.
 * @param {Record<string, unknown>} measured
 * @param {boolean} partial keep what an earlier run of other topics measured
 */
export async function writeFigures(measured, partial) {
  const path = `${OUT}/figures.json`;
  const before = partial ? JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) : {};
  const now = { taken: new Date().toISOString(), cores: cpus().length };
  await writeFile(path, `${JSON.stringify({ ...before, ...now, ...measured }, null, 2)}\n`);
}

/** @param {number} value @param {number} digits */
export const rounded = (value, digits = 3) => Number(value.toFixed(digits));

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
