/**
 * The WebGPU path. On a machine without a GPU the browser's software adapter computes, some hundred times slower than the
 * CPU backend, so the network is tiny and the steps are few.
 */

import assert from 'node:assert/strict';
import { figure, rounded } from './figures.mjs';
import { difference, onScreen, shoot, spread } from './pictures.mjs';
import { TINY, giveDigits, tinyWeights } from './trained.mjs';

const DRAW = { count: 1, steps: 2, seed: 7 };
const SLOW = 240_000;

export default function webgpu(topic) {
  const shared = topic.shared({ query: '?device=webgpu&paint=gpu', flags: 'webgpu' }, async (tab) => {
    await tab.ready();
    await tab.load((await tinyWeights()).f32);
  });
  let drawn;

  topic.test('is taken when asked for', async () => {
    const tab = await shared();
    const { kind, line } = await tab.device();
    assert.equal(kind, 'webgpu', line);
    assert.match(await tab.page.locator('#device-facts').textContent(), /You asked for WebGPU/);
  }, { seconds: 120 });

  topic.test('draws a digit; the canvas shows what was drawn', async () => {
    const tab = await shared();
    drawn = await tab.generate(DRAW, SLOW);
    figure('webgpuTinyFirstDrawSeconds', rounded(drawn.elapsed_s, 2));
    const shown = await onScreen(tab, 'generate-canvas', 1);
    assert.ok(spread(drawn.pixels) > 10, 'not flat');
    assert.ok(difference(shown, drawn.pixels) < 3, `mean difference ${difference(shown, drawn.pixels)} of 255`);
    await shoot(tab, 'webgpu');
  }, { seconds: 300 });

  topic.test('the same seed draws the same digit', async () => {
    const tab = await shared();
    const again = await tab.generate(DRAW, SLOW);
    figure('webgpuTinyDrawSeconds', rounded(again.elapsed_s, 2));
    assert.equal(again.fingerprint, drawn.fingerprint);
  }, { seconds: 300 });

  topic.test('draws what the CPU draws', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.load((await tinyWeights()).f32);
    const { pixels } = await tab.generate(DRAW);
    assert.ok(difference(pixels, drawn.pixels) < 1, `mean difference ${difference(pixels, drawn.pixels)} of 255`);
  });

  topic.test('a grid of digits is painted where it belongs', async () => {
    const tab = await shared();
    const { pixels } = await tab.generate({ count: 3, steps: 1 }, SLOW);
    const shown = await onScreen(tab, 'generate-canvas', 3);
    assert.ok(difference(shown, pixels) < 3, `mean difference ${difference(shown, pixels)} of 255`);
  }, { seconds: 300 });

  topic.test('trains, with a loss near that of fresh weights, and paints samples', async () => {
    const tab = await shared();
    await giveDigits(tab);
    const since = await tab.trainToEnd(
      // In one step, fresh weights that predict v paint plain grey, and those that predict ε something to see.
      { ...TINY, 'Network predicts': 'epsilon', 'Batch size': 2, 'Sample every': 2, 'Sampling steps': 1, 'Stop after': 2 }, SLOW);
    const progress = await tab.events('training', since);
    const losses = progress.flatMap((event) => event.losses);
    figure('webgpuTinyTwoStepsBatch2Seconds', rounded(progress.at(-1).elapsed_s, 2));
    assert.deepEqual(losses.map(([step]) => step), [1, 2]);
    assert.ok(losses.every(([, loss]) => Math.abs(loss - 1) < 0.3), `losses ${losses}`);
    assert.deepEqual((await tab.events('samples', since)).map(({ row }) => row.step), [0, 2]);
    assert.ok(spread(await onScreen(tab, 'training-canvas', 10, 10)) > 10);
    await tab.press('Reset');
    await tab.state('ready');
    assert.equal((await tab.generate(DRAW, SLOW)).fingerprint, drawn.fingerprint);
  }, { seconds: 300 });
}
