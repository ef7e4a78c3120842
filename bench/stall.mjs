/**
 * Measures how long the browser's GPU process, which paints all pages, does not respond while the built page (dist/) compiles
 * its shaders for WebGPU, with and without `createComputePipelineAsync`. `cargo xtask bench --stall` calls this. It prints a
 * table and writes all results to `stall.json`.
 */

import fs from 'node:fs';
import path from 'node:path';
import { recorder } from '../tests/e2e/recorder.mjs';
import { inWorker } from '../tests/e2e/worker.mjs';
import { Tab } from './browser.mjs';
import { median } from './measure.mjs';
import { pageOptions } from './options.mjs';
import { serve } from './server.mjs';

const options = pageOptions();
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const WAIT_MS = 300_000;

/** Runs before the worker's script: without this method pipelines are created by wgpu, synchronously. */
const WITHOUT = 'delete self.GPUDevice?.prototype.createComputePipelineAsync;';

/** Runs in the page before its own scripts: sends a small request to the GPU process every 10 ms and records its duration. */
function probe() {
  window.answers = [];
  const next = async () => {
    const asked = performance.now();
    await navigator.gpu.requestAdapter();
    window.answers.push({ asked, took: performance.now() - asked });
    setTimeout(next, 10);
  };
  next();
}

const server = await serve(path.resolve(options.page));

/** Waits for a message of the worker after `since`, by its state or its type. Returns its time. */
async function timeOf(page, what, since) {
  const found = await page.waitForFunction(
    ([wanted, from]) => window.e2e.events.find((event) => (event.state ?? event.type) === wanted && event.at > from)?.at,
    [what, since], { timeout: WAIT_MS, polling: 100 },
  );
  return found.jsonValue();
}

/** The longest duration of a request that was pending between two moments, in milliseconds. */
const longest = (page, from, to) => page.evaluate(([begun, ended]) => {
  const between = window.answers.filter(({ asked, took }) => asked + took > begun && asked < ended);
  return Math.max(...between.map(({ took }) => took));
}, [from, to]);

/** The stalls and the durations of a first draw and a first training step. `beforeWorker` runs before the worker's script. */
async function measure(beforeWorker) {
  const tab = await Tab.open('about:blank', options.flag, recorder);
  try {
    const { page } = tab;
    await page.addInitScript(probe);
    await inWorker(beforeWorker)(page);
    await page.goto(`${server.address}/?device=webgpu&paint=gpu`);
    const ready = await timeOf(page, 'device', 0);
    const drawn = await timeOf(page, 'preview', 0);
    const draw = { stall: await longest(page, ready, drawn), took: drawn - ready };
    for (const [label, value] of [['Batch size', '2'], ['Stop after', '1']]) await page.getByLabel(label, { exact: true }).fill(value);
    const pressed = await page.evaluate(() => performance.now());
    await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: WAIT_MS });
    // The run pauses after its only step, when the loss is known.
    const trained = await timeOf(page, 'paused', pressed);
    return { draw, train: { stall: await longest(page, pressed, trained), took: trained - pressed } };
  } finally {
    await tab.close();
  }
}

const found = { here: [], without: [] };
try {
  for (let round = 0; round < rounds; round += 1) {
    found.here.push(await measure(''));
    found.without.push(await measure(WITHOUT));
  }
} finally {
  server.close();
}

fs.mkdirSync(path.resolve(options.out), { recursive: true });
fs.writeFileSync(path.join(path.resolve(options.out), 'stall.json'), JSON.stringify({ when: new Date().toISOString(), found }, null, 1));
const middle = (kind, work, what) => (median(found[kind].map((round) => round[work][what])) / 1000).toFixed(2);
console.log('| median, s | longest that the GPU process did not answer | in all |\n| --- | --- | --- |');
for (const [work, title] of [['draw', 'the first digit'], ['train', 'the first training step, from Train on']]) {
  for (const [kind, how] of [['here', 'as it is'], ['without', 'pipelines made when launched']]) {
    console.log(`| ${title}, ${how} | ${middle(kind, work, 'stall')} | ${middle(kind, work, 'took')} |`);
  }
}
console.log(`\n${rounds} rounds`);
