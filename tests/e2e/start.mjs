/** From navigation to the first digit, nothing else open; and what that costs in bytes. */

import assert from 'node:assert/strict';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { BASE, BENCH } from './environment.mjs';
import { figure, rounded } from './figures.mjs';

/** Compressing the program at the highest quality takes half a minute. */
const BROTLI = BENCH ? 11 : 6;

async function sizes(urls) {
  const files = {};
  for (const url of urls) {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI } };
    files[url.slice(BASE.length).replace(/\?.*/, '') || 'index.html'] = {
      raw: bytes.length,
      gzip: (await promisify(gzip)(bytes, { level: 9 })).length,
      brotli: (await promisify(brotliCompress)(bytes, options)).length,
    };
  }
  const total = (kind) => Object.values(files).reduce((sum, size) => sum + size[kind], 0);
  return { total: { raw: total('raw'), gzip: total('gzip'), brotli: total('brotli') }, brotliQuality: BROTLI, files };
}

export default function start(topic) {
  topic.test('becomes ready with the shipped weights and draws a digit', async () => {
    const tab = await topic.open();
    await tab.ready();
    const readyAt = await tab.page.evaluate(() => performance.now());
    // With the steps that the page proposes.
    await tab.fill({ Digits: 1 });
    const since = await tab.mark();
    await tab.press('Generate');
    const sampled = await tab.next('sampled', since, 110_000);
    const requested = [...new Set(tab.requested)].filter((url) => url.startsWith(BASE));
    figure('start', {
      toReadySeconds: rounded(readyAt / 1000, 2),
      toFirstDigitSeconds: rounded(sampled.at / 1000, 2),
      steps: sampled.steps,
      drawingSeconds: rounded(sampled.elapsed_s, 2),
      device: (await tab.device()).kind,
    });
    figure('bytes', await sizes(requested));

    assert.ok(sampled.complete);
    assert.equal(await tab.text('fingerprint'), sampled.fingerprint);
    assert.ok(requested.some((url) => url.includes('small.safetensors')), 'weights are shipped');
    assert.equal(await tab.text('model-source'), 'small.safetensors');
    assert.notEqual(await tab.text('model-provenance'), '', 'the page says what the shipped weights are');
    assert.match(await tab.text('model-making'), /schedule, predicts .*learning rate 0\.\d/, 'and how they were trained');
    assert.deepEqual(requested.filter((url) => url.includes('/data/')), [], 'no training data before Train');
  }, { seconds: 150 });

  topic.test('takes the CPU by itself where the adapter is software, and says so', async () => {
    const tab = await topic.open();
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, /Runs on the CPU\..*software that imitates a GPU/);
    assert.match(await tab.page.locator('#device-facts').textContent(), /swiftshader/i);
  });

  topic.test('?device=cpu is obeyed', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, /You asked for the CPU/);
  });

  topic.test('works without weights until some are trained or loaded', async () => {
    const tab = await topic.open({
      before: (page) => page.route('**/small.safetensors*', (route) => route.fulfill({ status: 404, body: '' })),
    });
    await tab.ready({ weights: false });
    assert.ok(await tab.button('Generate').isDisabled());
    assert.ok(await tab.button('Train').isEnabled());
    assert.match(await tab.text('invitation'), /No weights yet/);
    // The browser itself notes a missing file in the console; nothing else may be there.
    assert.deepEqual(tab.complaints().filter((line) => !/404.*small\.safetensors/.test(line)), []);
  });
}
