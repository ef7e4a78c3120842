/**
 * Measures the CPU time of the built page's (dist/) threads while it draws on WebGPU, with this machine's GPU and as if the GPU
 * were FASTER times as fast. `cargo xtask bench --threads` calls this. Linux only. It prints a table and writes all results to
 * `threads.json`.
 */

import fs from 'node:fs';
import path from 'node:path';
import { inWorker } from '../tests/e2e/worker.mjs';
import { Tab } from './browser.mjs';
import { median } from './measure.mjs';
import { pageOptions } from './options.mjs';
import { serve } from './server.mjs';

const options = pageOptions();
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
/** The steps of a short and of a long draw, whose difference is measured. */
const [FEW, MANY] = options.quick ? [20, 60] : [40, 240];
const WAIT_MS = 300_000;

/** Runs in the page before its own scripts: counts the frames and the finished draws. */
function countEvents() {
  window.counted = { frames: 0, draws: 0 };
  const Real = window.Worker;
  window.Worker = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data.type === 'sampling') window.counted.frames += 1;
        if (data.type === 'sampled') window.counted.draws += 1;
      });
    }
  };
}

/** The CPU time so far of the page's main thread and its worker, in milliseconds. */
function cpuTimes() {
  const found = { page: 0, worker: 0 };
  for (const entry of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (!command.includes('--type=renderer')) continue;
      for (const thread of fs.readdirSync(`/proc/${entry}/task`)) {
        const name = fs.readFileSync(`/proc/${entry}/task/${thread}/comm`, 'utf8').trim();
        // The main thread has the id of its process. In a sandbox this differs from the id that the process itself sees.
        const kind = name.startsWith('DedicatedWorker') ? 'worker' : thread === entry ? 'page' : undefined;
        const [ns] = fs.readFileSync(`/proc/${entry}/task/${thread}/schedstat`, 'utf8').split(' ');
        if (kind) found[kind] += Number(ns) / 1e6;
      }
    } catch {
      // The process or thread ended while it was being read.
    }
  }
  return found;
}

const server = await serve(path.resolve(options.page));

/** The factor by which the worker's clock is slowed down, so that the GPU seems this many times as fast. */
const FASTER = 100;

/** Runs before the worker's script: slows its clock down, so that steps seem fast. The number of steps in a submission and the
 * number of frames for each step depend on the clock; the CPU time that the threads need for a step does not. */
const ON_A_FAST_GPU = `
  const now = performance.now.bind(performance);
  performance.now = () => now() / ${FASTER};
`;

/** Opens a page that is ready to draw. */
async function open(beforeWorker) {
  const tab = await Tab.open('about:blank', options.flag, countEvents);
  await inWorker(beforeWorker)(tab.page);
  await tab.page.goto(`${server.address}/?device=webgpu&paint=gpu`);
  await tab.page.getByLabel('Digits', { exact: true }).fill('1');
  return tab;
}

/** Draws one digit in `steps` steps. Returns the CPU times and the numbers of events. */
async function draw(page, steps) {
  const before = { ...cpuTimes(), ...(await page.evaluate(() => ({ ...window.counted }))) };
  await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  await page.getByRole('button', { name: 'Generate', exact: true }).click({ timeout: WAIT_MS });
  await page.waitForFunction((draws) => window.counted.draws > draws, before.draws, { timeout: WAIT_MS, polling: 100 });
  const after = { ...cpuTimes(), ...(await page.evaluate(() => ({ ...window.counted }))) };
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

/** The CPU times and frames of one step, for each round. */
async function measure(beforeWorker) {
  const tab = await open(beforeWorker);
  try {
    // The first draw compiles shaders.
    await draw(tab.page, FEW);
    const found = [];
    for (let round = 0; round < rounds; round += 1) {
      const [few, many] = [await draw(tab.page, FEW), await draw(tab.page, MANY)];
      const each = (what) => (many[what] - few[what]) / (MANY - FEW);
      found.push({ worker: each('worker'), page: each('page'), frames: each('frames') });
    }
    return found;
  } finally {
    await tab.close();
  }
}

const found = {};
try {
  // One after the other: `cpuTimes` reads the threads of all pages.
  found.here = await measure('');
  found.faster = await measure(ON_A_FAST_GPU);
} finally {
  server.close();
}

const middle = (kind, what) => median(found[kind].map((round) => round[what])).toFixed(2);
fs.mkdirSync(path.resolve(options.out), { recursive: true });
fs.writeFileSync(path.join(path.resolve(options.out), 'threads.json'), JSON.stringify({ when: new Date().toISOString(), steps: [FEW, MANY], found }, null, 1));
const columns = [['here', 'as it is'], ['faster', `${FASTER} times as fast`]];
console.log(`| CPU ms a sampling step, median | ${columns.map(([kind, title]) => `${title} (${middle(kind, 'frames')} frames a step)`).join(' | ')} |\n| --- | --- | --- |`);
for (const [what, title] of [['worker', 'the worker: program, frames, events'], ['page', 'the page: progress, layout, painting']]) {
  console.log(`| ${title} | ${columns.map(([kind]) => middle(kind, what)).join(' | ')} |`);
}
console.log(`\n${rounds} rounds`);
