/**
 * The package on the GPU, beside the package on the CPU. On a machine without a GPU the browser's software adapter computes (see
 * ../webgpu.mjs), so the network is tiny and the steps are few.
 */

import assert from 'node:assert/strict';
import { byPyTorch, digits } from '../files.mjs';
import { difference, spread } from '../pictures.mjs';
import { importing } from './site.mjs';

/** The losses of a step may differ by this between the devices, which sum in different orders. */
const NEAR = 1e-3;

/**
 * Have the package's worker wait longer for an adapter and a device: a GPU that is a program on a busy machine may be late. The
 * worker reads how long from the fragment of its address, where the package writes its options.
 * @param {import('playwright-core').Page} page
 */
const patient = (page) => page.addInitScript(() => {
  const { Worker } = window;
  window.Worker = class extends Worker { constructor(address, settings) { super(`${address}&patience=60`, settings); } };
});

export function gpu(topic, ready) {
  /** A page with the package on each device, as `onGpu` and `onCpu`, and the same tiny weights. */
  const both = topic.shared({ open: async () => {
    const { host } = await ready();
    const tab = await importing(host, { flags: 'webgpu', before: patient });
    await tab.page.evaluate(async (file) => {
      const on = (device) => window.api.load({ device, weights: window.fileOf(file) });
      window.onGpu = await on('webgpu');
      window.onCpu = await on('cpu');
    }, byPyTorch().bytes.toString('base64'));
    return tab;
  } });

  topic.test('on the GPU: every kind of frame is the digit, which is the CPU’s', async () => {
    const tab = await both();
    const seen = await tab.page.evaluate(async () => {
      const { onGpu, onCpu } = window;
      const canvas = new OffscreenCanvas(28, 28);
      const last = async (ddpm, more) => (await window.frames({ class: 7, seed: 7, steps: 2, ...more }, ddpm)).at(-1);
      const red = ({ data }) => [...data].filter((_, index) => index % 4 === 0);
      const greys = (picture) => {
        const copy = new OffscreenCanvas(28, 28).getContext('2d');
        copy.drawImage(picture, 0, 0);
        return red(copy.getImageData(0, 0, 28, 28));
      };
      const bitmap = await last(onGpu);
      const data = await last(onGpu, { as: 'ImageData' });
      const painted = await last(onGpu, { canvas });
      return {
        device: onGpu.device,
        kinds: [bitmap, data, painted].map(({ image }) => (image === null ? 'null' : image.constructor.name)),
        shown: [greys(bitmap.image), red(data.image), greys(canvas)],
        drawn: [bitmap, data, painted].map(({ drawn }) => [...drawn.pixels]),
        expected: [...(await last(onCpu)).drawn.pixels],
      };
    });
    assert.equal(seen.device.kind, 'webgpu', seen.device.reason);
    assert.deepEqual(seen.kinds, ['ImageBitmap', 'ImageData', 'null']);
    const [pixels] = seen.drawn;
    assert.equal(pixels.length, 28 * 28);
    assert.ok(spread(pixels) > 10, 'not flat');
    for (const [index, kind] of ['an ImageBitmap', 'ImageData', 'the canvas'].entries()) {
      assert.deepEqual(seen.drawn[index], pixels, 'the same seed draws the same digit');
      assert.deepEqual(seen.shown[index], pixels, `${kind} shows what was drawn`);
    }
    assert.ok(difference(pixels, seen.expected) < 1, `mean difference ${difference(pixels, seen.expected)} of 255`);
  }, { seconds: 300 });

  topic.test('on the GPU: trains with the CPU’s losses, and uses the trained weights', async () => {
    const tab = await both();
    const { images, labels } = digits(16);
    const seen = await tab.page.evaluate(async ([pictures, names]) => {
      const data = { images: window.fileOf(pictures), labels: window.fileOf(names) };
      const trained = async (ddpm) => {
        const losses = [];
        const run = { data, preset: 'tiny', steps: 2, recipe: { batch_size: 2, seed: 3 } };
        for await (const progress of ddpm.train(run)) losses.push(...progress.losses);
        const { drawn } = (await window.frames({ class: 7, seed: 7, steps: 2 }, ddpm)).at(-1);
        return { losses, steps: ddpm.model.steps, preset: ddpm.model.preset, pixels: [...drawn.pixels] };
      };
      return { found: await trained(window.onGpu), expected: await trained(window.onCpu) };
    }, [images.bytes.toString('base64'), labels.bytes.toString('base64')]);
    const { found, expected } = seen;
    assert.deepEqual(found.losses.map(([step]) => step), [1, 2]);
    assert.deepEqual(expected.losses.map(([step]) => step), [1, 2]);
    for (const [index, [step, loss]] of found.losses.entries()) {
      assert.ok(Number.isFinite(loss) && loss > 0, `the loss of step ${step} is ${loss}`);
      const [, onCpu] = expected.losses[index];
      assert.ok(Math.abs(loss - onCpu) < NEAR, `the loss of step ${step} is ${loss}, and ${onCpu} on the CPU`);
    }
    assert.deepEqual([found.steps, found.preset], [2, 'tiny']);
    assert.ok(difference(found.pixels, expected.pixels) < 1, `mean difference ${difference(found.pixels, expected.pixels)} of 255`);
  }, { seconds: 300 });
}
