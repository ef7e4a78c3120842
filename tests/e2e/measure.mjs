/** Measure: digits are drawn and classified, and the figures are shown in a table and offered as a file. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { OUT } from './environment.mjs';
import { digits } from './files.mjs';
import { tinyWeights } from './trained.mjs';

const QUICK = { 'Digits to measure': 20, Steps: 4, Seed: 5, Sampler: 'ddim', 'Which digit': 'all' };

/** Serve only the first images of the test set, so that measuring is quick. @param {import('playwright-core').Page} page */
async function few(page) {
  const { images, labels } = digits(400);
  for (const [part, { bytes }] of [['images-idx3', images], ['labels-idx1', labels]]) {
    await page.route(new RegExp(`(train|t10k)-${part}-ubyte\\.gz`), (route) =>
      route.fulfill({ contentType: 'application/gzip', body: gzipSync(bytes) }));
  }
}

const rows = (tab) => tab.page.locator('#measure-rows tr').evaluateAll((all) =>
  Object.fromEntries(all.map((row) => {
    const [name, ...cells] = [...row.cells].map((cell) => cell.textContent);
    return [name, cells];
  })));

/** Press Measure and wait for the last figure. */
async function measure(tab) {
  const since = await tab.mark();
  await tab.press('Measure');
  await tab.until('all figures', (from) => window.e2e.events.slice(from)
    .some((e) => (e.type === 'measured' && e.complete) || e.type === 'refused'), since, 120_000);
  await tab.state('ready');
  return since;
}

export default function measuring(topic) {
  const shared = topic.shared({ query: '?device=cpu', before: few }, async (tab) => {
    await tab.ready();
    await tab.load((await tinyWeights()).f32);
  });

  topic.test('fetches what it needs, draws, evaluates, and shows figures beside those of real digits', async () => {
    const tab = await shared();
    await tab.fill(QUICK);
    await tab.check('Distance to the nearest training image');
    const since = await measure(tab);

    const states = await tab.events('state', since);
    const running = states.find((e) => e.activity === 'measurement');
    assert.equal(running.state, 'generating');
    assert.ok(running.can.cancel && !running.can.pause && !running.can.generate);
    const doing = new Set((await tab.events('measuring', since)).map(({ what }) => what));
    for (const what of ['Drawing digits', 'Judging the digits']) assert.ok(doing.has(what), [...doing].join(', '));

    const table = await rows(tab);
    const [samples, real] = table['20 digits, Fréchet distance'].map(Number.parseFloat);
    assert.ok(samples > real && real > 0, `${samples} beside ${real}`);
    assert.match(table['Accuracy'][1], /^99\.75 % \(99\.\d\d to \d+\.\d\d\)$/, 'a confidence interval stands beside each figure');
    const [accuracy, ofReal] = table['Accuracy'].map(Number.parseFloat);
    assert.ok(accuracy >= 0 && accuracy <= 100);
    assert.equal(ofReal, 99.75, 'of the 400 test images that are served');
    const [mean] = table['Distance to the nearest training image, mean'].map(Number.parseFloat);
    assert.ok(mean > 0.5 && mean < 28, `mean distance ${mean}`);
    assert.equal(await tab.text('measure-what'), 'Measured');
    assert.match(await tab.text('measure-of'), /DDIM.*4 steps, guidance 1/);
    const results = tab.page.locator('#measure-results');
    const size = tab.page.viewportSize();
    for (const width of [size.width, 360]) {
      await tab.page.setViewportSize({ ...size, width });
      const [inner, outer] = await results.evaluate((node) => [node.scrollWidth, node.clientWidth]);
      assert.ok(inner <= outer, `at ${width} pixels the table is ${inner} wide in a place of ${outer}`);
      await results.screenshot({ path: `${OUT}/measured-${width}.png` });
    }
    await tab.page.setViewportSize(size);
  });

  topic.test('the figures come as a file', async () => {
    const tab = await shared();
    const [started] = await Promise.all([tab.page.waitForEvent('download'), tab.press('Download figures')]);
    assert.equal(started.suggestedFilename(), 'evaluation.json');
    const path = `${OUT}/evaluation.json`;
    await started.saveAs(path);
    const found = JSON.parse(await readFile(path, 'utf8'));
    assert.equal(found.manner.sampler.steps, 4);
    assert.equal(found.weights.preset, 'tiny');
    assert.equal(found.conditional.count, 20);
    const shown = (await rows(tab))['20 digits, Fréchet distance'][0];
    const { value, interval } = found.conditional.frechet.samples;
    assert.equal(`${value.toFixed(4)} (${interval.map((end) => end.toFixed(4)).join(' to ')})`, shown);
  });

  topic.test('the same digits have the same figures, and nothing is fetched again', async () => {
    const tab = await shared();
    const before = await rows(tab);
    const asked = tab.requested.length;
    await measure(tab);
    const after = await rows(tab);
    // The speed differs from run to run.
    delete before['Drawn a second'];
    delete after['Drawn a second'];
    assert.deepEqual(after, before);
    assert.equal(tab.requested.length, asked);
  });

  topic.test('everything at once, without a class', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'none', 'Digits to measure': 10 });
    await tab.check('The network itself: ε-MSE and bits/dim');
    await tab.check('What a classifier learns from the digits alone');
    await measure(tab);
    const table = await rows(tab);
    const names = Object.keys(table).join('\n');
    assert.match(names, /10 digits, Fréchet distance/);
    assert.match(names, /Bits\/dim/);
    assert.match(names, /ε-MSE, t in 90–100 %/);
    assert.doesNotMatch(names, /accuracy/i, 'nothing was asked for, so nothing can be missed');
    await tab.check('The network itself: ε-MSE and bits/dim', false);
  });

  topic.test('a classifier learns from the digits', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'all', 'Digits to measure': 20 });
    await tab.check('What a classifier learns from the digits alone');
    await measure(tab);
    const [score, real] = (await rows(tab))['Classification accuracy score'].map(Number.parseFloat);
    assert.ok(score >= 0 && real > 10 && real <= 100, `${score} beside ${real}`);
    await tab.check('What a classifier learns from the digits alone', false);
  });

  topic.test('Cancel ends it within a step, and the page goes on', async () => {
    const tab = await shared();
    await tab.fill({ 'Digits to measure': 10000, Steps: 50 });
    const since = await tab.mark();
    await tab.press('Measure');
    await tab.until('drawing', (from) => window.e2e.events.slice(from)
      .some((e) => e.type === 'measuring' && e.what === 'Drawing digits'), since);
    assert.equal(await tab.text('state'), 'Measuring');
    await tab.press('Cancel');
    await tab.state('ready');
    assert.equal(await tab.text('measure-what'), 'Cancelled');
    assert.deepEqual(await tab.events('refused', since), []);
    assert.ok((await tab.generate({ count: 1, steps: 2 })).complete);
  });

  topic.test('a number of digits that makes no set is refused', async () => {
    const tab = await shared();
    for (const [number, part] of [[1, '2 to 10000'], [10001, '2 to 10000'], ['', 'whole number']]) {
      await tab.fill({ 'Digits to measure': number });
      await tab.press('Measure');
      const { text } = await tab.alert('measure');
      assert.ok(text.includes(part), text);
      await tab.page.locator('#notice-measure').getByRole('button', { name: 'Dismiss' }).click();
    }
  });

  topic.test('a classifier that does not come is named, and the next press tries again', async () => {
    const missing = (page) => page.route(/classifier\.safetensors/, (route) => route.abort());
    const tab = await topic.open({
      query: '?device=cpu',
      before: async (page) => {
        await few(page);
        await missing(page);
      },
    });
    await tab.ready();
    await tab.fill({ ...QUICK, 'Digits to measure': 2, Steps: 1 });
    await tab.press('Measure');
    const { code, text } = await tab.alert('measure');
    assert.equal(code, 'download_failed');
    assert.ok(text.includes('classifier.safetensors') && text.includes('Measure again'), text);
    // The browser may report the failed request in the console too.
    tab.complaints();
    await tab.page.unroute(/classifier\.safetensors/);
    await measure(tab);
    assert.equal(await tab.page.locator('#notice-measure p').count(), 0);
  });
}
