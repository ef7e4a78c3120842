/**
 * A long session on the CPU: does memory stay as it is, and do the checkpoints take no more room with time?
 *
 *     node tests/e2e/soak.mjs [--minutes 30]
 *
 * The tiny network trains with a row of samples every few steps; every twenty seconds the training is paused, digits are drawn
 * from it, and it goes on. What is in use is noted every minute in target/e2e/soak.json. The exit code is 1 where anything has
 * grown by more than 5 % over the last two thirds of the time. No part of `cargo xtask test`: it takes too long.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { browser, closeBrowsers } from './browser.mjs';
import { OUT } from './environment.mjs';
import { Tab } from './tab.mjs';
import { TINY, giveDigits } from './trained.mjs';
import { keepMemory, wasmBytes } from './worker.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const MINUTES = Number(values.minutes);
const MINUTE_MS = 60_000;
const DRAW_EVERY_MS = 20_000;
const LIMIT = 0.05;
const MIB = 2 ** 20;

/** The files that the page keeps, and their bytes. Runs in the page. */
async function storedFiles() {
  let [files, bytes] = [0, 0];
  const walk = async (/** @type {any} */ folder) => {
    for await (const entry of folder.values()) {
      if (entry.kind === 'directory') {
        await walk(entry);
      } else {
        files += 1;
        bytes += (await entry.getFile()).size;
      }
    }
  };
  await walk(await navigator.storage.getDirectory());
  return { files, bytes };
}

/** The memory of the browser's processes of this kind that is in the machine's memory, in bytes. */
async function residentOf(session, kind) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = processInfo.filter(({ type }) => type === kind).map(async ({ id }) => {
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** What is in use now. @param {Tab} tab */
async function measured(tab, sessions) {
  await sessions.page.send('HeapProfiler.collectGarbage');
  const { metrics } = await sessions.page.send('Performance.getMetrics');
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
  const nodes = metrics.find(({ name }) => name === 'Nodes').value;
  const { files, bytes } = await tab.page.evaluate(storedFiles).catch(() => ({ files: NaN, bytes: NaN }));
  const mib = (/** @type {number} */ size) => Number((size / MIB).toFixed(2));
  return {
    step: Number((await tab.text('live-step')).replaceAll(/\D/g, '')),
    wasm_mib: mib(await wasmBytes(tab)),
    heap_mib: mib(heap),
    nodes,
    renderer_mib: mib(await residentOf(sessions.browser, 'renderer')),
    files,
    stored_mib: mib(bytes),
  };
}

/** By how much a figure has grown over the last two thirds of the rows: the mean of their last quarter against their first. */
function growth(rows, name) {
  const late = rows.slice(Math.floor(rows.length / 3)).map((row) => row[name]);
  const quarter = Math.max(1, Math.floor(late.length / 4));
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  return mean(late.slice(-quarter)) / mean(late.slice(0, quarter)) - 1;
}

await mkdir(OUT, { recursive: true });
const rows = [];
try {
  const tab = await Tab.open({ query: '?device=cpu', before: keepMemory });
  await tab.ready();
  const sessions = {
    page: await tab.context.newCDPSession(tab.page),
    browser: await (await browser('plain')).newBrowserCDPSession(),
  };
  await sessions.page.send('Performance.enable');
  await giveDigits(tab, 200);
  await tab.train({ ...TINY, 'Stop after': 0, 'Sample every': 5, 'Sampling steps': 10 });
  const began = Date.now();
  let drawn = 0;
  for (let next = began + MINUTE_MS; rows.length < MINUTES;) {
    await tab.page.waitForTimeout(DRAW_EVERY_MS);
    await tab.press('Pause');
    await tab.state('paused');
    await tab.generate({ count: 4, steps: 8, seed: drawn });
    drawn += 1;
    if (Date.now() >= next) {
      // The recorder of the tests keeps every event, pixels and all.
      await tab.page.evaluate(() => { window.e2e.events.length = 0; });
      const minute = Number(((Date.now() - began) / MINUTE_MS).toFixed(1));
      rows.push({ minute, drawn, ...await measured(tab, sessions) });
      console.log(JSON.stringify(rows.at(-1)));
      await writeFile(`${OUT}/soak.json`, `${JSON.stringify(rows, null, 2)}\n`);
      next += MINUTE_MS;
    }
    await tab.press('Resume');
    await tab.state('training');
  }
  const complaints = tab.complaints();
  if (complaints.length > 0) throw new Error(`the console complains:\n${complaints.join('\n')}`);
} finally {
  await closeBrowsers();
}

const grown = ['wasm_mib', 'heap_mib', 'nodes', 'renderer_mib', 'files', 'stored_mib'].map((name) => [name, growth(rows, name)]);
for (const [name, share] of grown) console.log(`${name}: ${(100 * share).toFixed(1)} % over the last two thirds of the time`);
// No figure that is not there counts as steady.
const steady = grown.every(([, share]) => share <= LIMIT);
console.log(steady ? `steady: nothing has grown by more than ${100 * LIMIT} %` : 'NOT steady');
process.exit(steady ? 0 : 1);
