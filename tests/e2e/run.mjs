/**
 * End-to-end tests: the built page in Chromium, driven like a user would. The topic `engines`, which runs when it is named, has
 * the page in Firefox and WebKit as well.
 *
 *     node tests/e2e/run.mjs [--at-once N] [--again] [TOPIC…]
 *
 * Each topic runs in a process of its own (topic.mjs) with browsers of its own, N of them at a time: most of a test is waiting. A
 * topic's lines are printed when it has ended, with `--at-once 1` as they come. With `--again` a topic in which a test failed runs once
 * more, and its second outcome counts; what failed the first time is named in lines that begin with `flaky:`.
 *
 * E2E_BASE is the page's address (ends in a slash); without it dist/ is served from here. CHROME is the browser. With
 * E2E_PATIENCE=3 all limits of time are three times as long. Screenshots and figures.json go to target/e2e/. The last line is
 * `N passed, N failed`; the exit code is 1 where a test failed.
 */

import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OUT } from './environment.mjs';
import { writeFigures } from './figures.mjs';

/** All topics of Chromium. Those that take longest come first, so that none is left for the end while nothing else runs. */
const TOPICS = [
  'device_loss', 'failed_start', 'runs', 'bad_numbers', 'understand', 'understand_network', 'watch', 'samplers', 'monkey',
  'start', 'tools', 'present', 'generate', 'live', 'save', 'settings', 'edit', 'measure', 'train', 'charts', 'symbols',
  'own_images', 'lifecycle', 'weights', 'bad_files', 'other_programs', 'no_webgpu', 'programs', 'threads', 'crash', 'host', 'offline',
  'layout', 'keyboard', 'responsive', 'webgpu',
];
/** Topics that only run when they are named: they need other browsers or tools, or measure seconds, which wants an idle machine. */
const OTHERS = ['engines', 'package', 'bench'];

const { values, positionals: asked } = parseArgs({
  options: { 'at-once': { type: 'string', default: '2' }, again: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const atOnce = Number(values['at-once']);
const unknown = asked.filter((topic) => ![...TOPICS, ...OTHERS].includes(topic));
if (unknown.length > 0 || !(atOnce >= 1)) {
  console.error(unknown.length > 0 ? `There is no topic ${unknown.join(', ')}.` : '--at-once takes a number from 1.');
  process.exit(2);
}

/**
 * Run a topic in a process of its own.
 * @param {string} name
 * @returns {Promise<import('./topic.mjs').Outcome>}
 */
async function run(name) {
  const began = Date.now();
  const child = fork(fileURLToPath(new URL('topic.mjs', import.meta.url)), [name], {
    stdio: atOnce === 1 ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  /** @type {Buffer[]} */
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => said.push(part));
  /** @type {import('./topic.mjs').Outcome | undefined} */
  let outcome;
  child.once('message', (message) => { outcome = /** @type {import('./topic.mjs').Outcome} */ (message); });
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  process.stdout.write(Buffer.concat(said));
  console.log(`${name} took ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return outcome ?? { passed: 0, failed: [`${name}: its process ended with ${code} before its tests did`], figures: {} };
}

await mkdir(OUT, { recursive: true });
const began = Date.now();
let passed = 0;
/** @type {string[]} */
const failed = [];
/** @type {string[]} What failed before its topic ran again. */
const flaky = [];
let figures = {};
const queue = asked.length === 0 ? [...TOPICS] : [...TOPICS, ...OTHERS].filter((topic) => asked.includes(topic));
await Promise.all(Array.from({ length: atOnce }, async () => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    let outcome = await run(name);
    if (values.again && outcome.failed.length > 0) {
      flaky.push(...outcome.failed);
      outcome = await run(name);
    }
    passed += outcome.passed;
    failed.push(...outcome.failed);
    figures = { ...figures, ...outcome.figures };
  }
}));
await writeFigures(figures, asked.length > 0);
for (const label of flaky) console.log(`flaky: ${label}`);
for (const label of failed) console.log(`failed: ${label}`);
console.log(`took ${((Date.now() - began) / 1000).toFixed(0)} s; screenshots and figures are in target/e2e`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 || passed === 0 ? 1 : 0);
