/**
 * What the built page's (dist/) own threads spend while it draws on WebGPU, as fast as the GPU is, and as on one that is
 * FASTER times as fast: `cargo xtask bench --threads` calls this. Linux only. A table goes to the output, everything into
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
/** Steps of a short draw and of a long one, whose difference counts. */
const [FEW, MANY] = options.quick ? [20, 60] : [40, 240];
const WAIT_MS = 300_000;

/** Runs in the page before its own scripts: counts frames, and says when a draw has ended. */
function listen() {
  window.heard = { frames: 0, draws: 0 };
  const Real = window.Worker;
  window.Worker = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data.type === 'sampling') window.heard.frames += 1;
        if (data.type === 'sampled') window.heard.draws += 1;
      });
    }
  };
}

/** CPU milliseconds so far of the threads of the process that shows the page, by what they are. */
function spent() {
  const found = { page: 0, worker: 0 };
  for (const entry of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (!command.includes('--type=renderer')) continue;
      for (const thread of fs.readdirSync(`/proc/${entry}/task`)) {
        const name = fs.readFileSync(`/proc/${entry}/task/${thread}/comm`, 'utf8').trim();
        // The first thread of a process is its main one, in a sandbox a number lower than the process knows.
        const kind = name.startsWith('DedicatedWorker') ? 'worker' : thread === entry ? 'page' : undefined;
        const [ns] = fs.readFileSync(`/proc/${entry}/task/${thread}/schedstat`, 'utf8').split(' ');
        if (kind) found[kind] += Number(ns) / 1e6;
      }
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

const server = await serve(path.resolve(options.page));

/** How many times as fast a GPU the worker is made to believe in. */
const FASTER = 100;

/** Before the worker's script: to a slow clock, steps are fast. How many are handed over at a time, and how many frames there
 * are to a step, goes by that; what a step costs the threads does not. */
const ON_A_FAST_GPU = `
  const now = performance.now.bind(performance);
  performance.now = () => now() / ${FASTER};
`;

/** A page that is ready to draw. */
async function open(beforeWorker) {
  const tab = await Tab.open('about:blank', options.flag, listen);
  await inWorker(beforeWorker)(tab.page);
  await tab.page.goto(`${server.address}/?device=webgpu&paint=gpu`);
  await tab.page.getByLabel('Digits', { exact: true }).fill('1');
  return tab;
}

/** Draws one digit in so many steps. */
async function draw(page, steps) {
  const before = { ...spent(), ...(await page.evaluate(() => ({ ...window.heard }))) };
  await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  await page.getByRole('button', { name: 'Generate', exact: true }).click({ timeout: WAIT_MS });
  await page.waitForFunction((draws) => window.heard.draws > draws, before.draws, { timeout: WAIT_MS, polling: 100 });
  const after = { ...spent(), ...(await page.evaluate(() => ({ ...window.heard }))) };
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

/** What a step costs, in each round. */
async function measure(beforeWorker) {
  const tab = await open(beforeWorker);
  try {
    // The first compiles.
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
  // Not side by side: `spent` looks at every page there is.
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
