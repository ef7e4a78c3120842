/** What was measured on the way: shown, not judged. */

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { OUT } from './environment.mjs';

const figures = { taken: new Date().toISOString(), cores: cpus().length };

/** @param {string} name @param {unknown} value */
export function figure(name, value) {
  figures[name] = value;
}

export async function writeFigures() {
  await writeFile(`${OUT}/figures.json`, `${JSON.stringify(figures, null, 2)}\n`);
}

/** @param {number} value @param {number} digits */
export const rounded = (value, digits = 3) => Number(value.toFixed(digits));

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
