/** Tiny weights, trained in the page once for all tests of a topic that load weights. */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digits } from './files.mjs';
import { Tab } from './tab.mjs';

/** The draw whose fingerprints the tests compare. */
export const DRAW = { count: 4, steps: 8, seed: 7 };
/**
 * Settings of a short run, with the full learning rate from the first step on. The guidance is that of weights without a description,
 * so that a draw shows whether the numbers are the same.
 */
export const TINY = {
  Model: 'tiny', 'Guidance of its digits': 1.5, 'Batch size': 8, 'Learning rate': 0.002, 'Warm-up': 0, 'Sample every': 0, 'Stop after': 30,
};

/** Where this process saves weights: another topic, which may run at the same time, saves files of the same names. */
const folder = await mkdtemp(join(tmpdir(), 'ddpm-e2e-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Press Download weights and read the file. @param {Tab} tab @param {'f32' | 'f16'} format */
export async function download(tab, format) {
  await tab.fill({ Format: format });
  const [started] = await Promise.all([tab.page.waitForEvent('download'), tab.press('Download weights')]);
  const path = join(folder, started.suggestedFilename());
  await started.saveAs(path);
  return { name: started.suggestedFilename(), path, bytes: await readFile(path) };
}

/** Give the page a small data set of its own, so that nothing large is fetched. @param {Tab} tab */
export async function giveDigits(tab, count = 200) {
  const { images, labels } = digits(count);
  const since = await tab.mark();
  await tab.give(images, labels);
  return tab.next('data', since);
}

async function train() {
  const tab = await Tab.open({ query: '?device=cpu' });
  await tab.ready({ weights: false });
  await giveDigits(tab);
  await tab.trainToEnd(TINY);
  const { fingerprint } = await tab.generate(DRAW);
  const files = { f32: await download(tab, 'f32'), f16: await download(tab, 'f16'), fingerprint };
  await tab.close();
  return files;
}

/** @type {ReturnType<typeof train> | undefined} */
let trained;
/** The weights in both formats, and what they draw for `DRAW`. */
export const tinyWeights = () => (trained ??= train());

/** Have a page come with the tiny weights, which a GPU that is a program draws with sooner. @param {import('playwright-core').Page} page */
export async function comeWithTiny(page) {
  const { bytes } = (await tinyWeights()).f32;
  await page.route('**/small.safetensors*', (route) => route.fulfill({ body: bytes, contentType: 'application/octet-stream' }));
}

/**
 * A page on the CPU for all tests of a topic, with the tiny weights and a hundred digits. `unharmed` asserts that nothing
 * done to the page since it was opened has changed the digits it draws.
 */
export function guarded(topic) {
  const quick = { ...DRAW, count: 1, steps: 2 };
  let before;
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await tab.load((await tinyWeights()).f32);
    await giveDigits(tab, 100);
    before = (await tab.generate(quick)).fingerprint;
  });
  const unharmed = async (tab) =>
    assert.equal((await tab.generate(quick)).fingerprint, before, 'the weights of before still draw');
  return { shared, unharmed };
}
