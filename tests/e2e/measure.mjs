/** Measure: digits are drawn and classified, and the figures are shown in a table and offered as a file. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { OUT, ROOT } from './environment.mjs';
import { accessible } from './axe.mjs';
import { digits } from './files.mjs';
import { shoot } from './pictures.mjs';
import { TINY, tinyWeights } from './trained.mjs';

const QUICK = { 'Digits to measure': 20, Steps: 4, Seed: 5, Sampler: 'ddim', 'Which digit': 'all' };

const LEARNS = 'what a classifier learns from them alone';
const NETWORK = 'the network itself: how well it names the noise, and bits/dim';

/** Serve only the first images of the test set, so that measuring is quick. @param {import('playwright-core').Page} page */
async function few(page) {
  const { images, labels } = digits(400);
  for (const [part, { bytes }] of [['images-idx3', images], ['labels-idx1', labels]]) {
    await page.route(new RegExp(`(train|t10k)-${part}-ubyte\\.gz`), (route) =>
      route.fulfill({ contentType: 'application/gzip', body: gzipSync(bytes) }));
  }
}

/** The figures in the tables by their names: of the digits, of another measurement if one stands beside, of real digits. */
const rows = (tab) => tab.page.locator('.figures tbody tr').evaluateAll((all) =>
  Object.fromEntries(all.map(({ cells: [head, ...cells] }) => {
    // Without the sentence and the verdict.
    const text = (cell) => [...cell.childNodes].filter((node) => !/hint|verdict/.test(node.className)).map((node) => node.textContent).join(' ');
    return [text(head), cells.map(text)];
  })));

/** Press Measure and wait for the last figure; `after`: the state that the page is in then. */
async function measure(tab, after = 'ready') {
  const since = await tab.mark();
  await tab.press('Measure');
  await tab.until('all figures', (from) => window.e2e.events.slice(from)
    .some((e) => (e.type === 'measured' && e.complete) || e.type === 'refused'), since, 120_000);
  await tab.state(after);
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
    await tab.check('whether they are copies of training images');
    const since = await measure(tab);

    const states = await tab.events('state', since);
    const running = states.find((e) => e.activity === 'measurement');
    assert.equal(running.state, 'generating');
    assert.ok(running.can.cancel && !running.can.pause && !running.can.generate);
    const doing = new Set((await tab.events('measuring', since)).map(({ what }) => what));
    for (const what of ['Drawing digits', 'Judging the digits']) assert.ok(doing.has(what), [...doing].join(', '));
    const [{ parts }] = await tab.events('measurement', since);
    assert.deepEqual([...doing], parts.filter((part) => doing.has(part)), 'in the order that was announced');

    const table = await rows(tab);
    const [samples, real] = table['Fréchet distance'].map(Number.parseFloat);
    assert.ok(samples > real && real > 0, `${samples} beside ${real}`);
    assert.match(table['Accuracy'][1], /^99\.75 % \(99\.\d\d to \d+\.\d\d\)$/, 'a confidence interval stands beside each figure');
    const [accuracy, ofReal] = table['Accuracy'].map(Number.parseFloat);
    assert.ok(accuracy >= 0 && accuracy <= 100);
    assert.equal(ofReal, 99.75, 'of the 400 test images that are served');
    const [mean] = table['Distance to the nearest training image, mean'].map(Number.parseFloat);
    assert.ok(mean > 0.5 && mean < 28, `mean distance ${mean}`);
    assert.equal(await tab.text('measure-what'), 'Measured');
    assert.match(await tab.text('measure-of'), /20 digits drawn with DDIM, 4 steps, guidance 1/);
    assert.ok(await tab.page.locator('#measure-few').isVisible(), 'it says that 20 digits are few');
    const verdicts = await tab.page.locator('.figures .verdict').allInnerTexts();
    assert.equal(verdicts[0], 'worse than real digits', 'of weights that have hardly been trained');
    // The shares of the rarest and the commonest digit, beside those of the test images that this project has.
    const labels = gunzipSync(await readFile(`${ROOT}www/data/mnist/t10k-labels-idx1-ubyte.gz`)).subarray(8);
    const shares = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length / labels.length);
    const seen = (await tab.next('measured', since)).figures.conditional.histogram;
    for (const [name, of] of [['Share of the rarest digit', Math.min], ['Share of the commonest digit', Math.max]]) {
      const [own, ofReal] = table[name].map(Number.parseFloat);
      assert.equal(ofReal, Number((100 * of(...shares)).toFixed(2)), name);
      const found = seen.find(({ value }) => value === of(...seen.map((figure) => figure.value)));
      assert.equal(own, Number((100 * found.value).toFixed(2)), name);
      // As even as sets of as many real labels, of which 2,000 are drawn, within half a digit.
      const sets = Array.from({ length: 2000 }, (_, set) => {
        const counts = Array(10).fill(0);
        for (let n = 0; n < 20; n += 1) counts[labels[(7919 * (20 * set + n)) % labels.length]] += 1;
        return of(...counts) / 20;
      }).sort((a, b) => a - b);
      const [low, high] = [sets[50] - 0.025, sets[1949] + 0.025];
      const isUsual = found.value >= low && found.value <= high;
      const verdict = await tab.page.locator('.figures tr', { hasText: name }).locator('.verdict').innerText();
      assert.equal(verdict, isUsual ? 'like real digits' : 'less even than real digits', `${name}: ${found.value}, and ${low} to ${high} is usual`);
    }
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
    const shown = (await rows(tab))['Fréchet distance'][0];
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
    assert.deepEqual(after, before);
    assert.equal(tab.requested.length, asked);
  });

  topic.test('asked for and seen, what is not recognised, and another measurement beside it, also after a reload', async () => {
    const tab = await shared();
    const found = (await tab.events('measured')).at(-1);
    const counts = found.figures.conditional.accuracy.confusion;
    assert.deepEqual(counts.map((row) => row.reduce((sum, n) => sum + n)), Array(10).fill(2), 'all digits in turn, twice');
    const shown = await tab.page.locator('.confusion tbody tr').evaluateAll((all) =>
      all.map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent))));
    assert.deepEqual(shown, counts);
    const right = counts.reduce((sum, row, digit) => sum + row[digit], 0) / 20;
    assert.ok(Math.abs(right - found.figures.conditional.accuracy.all.value) < 1e-9, 'the diagonal is the accuracy');

    assert.ok(found.unsure.length > 0, 'weights that have hardly been trained draw what nobody recognises');
    assert.equal(found.unsure_pixels.length, found.unsure.length * 784);
    for (const { confidence } of found.unsure) assert.ok(confidence <= 0.95);
    const pictures = tab.page.locator('.unsure canvas');
    assert.equal(await pictures.count(), found.unsure.length);
    const first = await pictures.first().evaluate((canvas) =>
      [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, index) => index % 4 === 0));
    assert.deepEqual(first, [...found.unsure_pixels].slice(0, 784));
    assert.match(await tab.page.locator('.unsure li').first().textContent(), /asked \d, \d\? \d+ %/);

    const before = (await rows(tab))['Fréchet distance'];
    await tab.fill({ Steps: 3 });
    await measure(tab);
    const [old] = await tab.page.getByLabel('Compare with').locator('option').allInnerTexts().then((all) => all.slice(1));
    assert.match(old, /4 steps/);
    await tab.page.getByLabel('Compare with').selectOption(old);
    const [own, other, real] = (await rows(tab))['Fréchet distance'];
    assert.deepEqual([other, real], before, 'the measurement of before stands beside this one');
    assert.notEqual(own, other);
    for (const summary of await tab.page.locator('#measure-figures summary').all()) await summary.click();
    await shoot(tab, 'measured');
    await accessible(tab, 'measured');
    await tab.page.getByLabel('Compare with').selectOption('nothing');

    const again = await tab.context.newPage();
    await again.goto(tab.page.url());
    await again.locator('#measure-of', { hasText: 'measured on' }).waitFor();
    assert.match(await again.locator('#measure-of').innerText(), /3 steps/);
    await again.close();
  }, { seconds: 120 });

  topic.test('two runs of the same length keep their figures apart', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'all', 'Digits to measure': 10, Steps: 2 });
    await tab.check('whether they are copies of training images', false);
    const measured = async (seed) => {
      await tab.trainToEnd({ ...TINY, 'Stop after': 2, 'Training seed': seed });
      const name = await tab.page.locator('#runs-list input').first().inputValue();
      await measure(tab, 'paused');
      const words = await tab.text('measure-of');
      const figures = (await rows(tab))['Fréchet distance'];
      return { name, words, figures };
    };
    const first = await measured(1);
    assert.ok(first.words.startsWith(`${first.name}, 2 training steps; `), `${first.words} of the run ${first.name}`);
    await tab.press('Reset');
    await tab.state('ready');
    const second = await measured(2);
    assert.notDeepEqual(second.figures, first.figures);
    const compare = tab.page.getByLabel('Compare with');
    await compare.selectOption({ index: 1 });
    assert.ok((await tab.text('measure-compared')).startsWith(`Beside them: ${first.words.replace(/\.$/, '')} (`));
    assert.deepEqual((await rows(tab))['Fréchet distance'], [second.figures[0], ...first.figures]);
    await compare.selectOption('nothing');
    // The same weights, by way of the list of runs, are measured anew and not once more.
    const kept = await compare.locator('option').count();
    await tab.press('Reset');
    await tab.state('ready');
    const since = await tab.mark();
    await tab.click(tab.page.locator('#runs-list').getByRole('button', { name: 'Draw from it', includeHidden: true }).first());
    await tab.next('model', since);
    await tab.state('ready');
    await measure(tab);
    assert.deepEqual((await rows(tab))['Fréchet distance'], second.figures);
    assert.equal(await compare.locator('option').count(), kept);
    await tab.load((await tinyWeights()).f32);
    await tab.check('whether they are copies of training images');
  }, { seconds: 150 });

  topic.test('everything at once, without a class', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'none', 'Digits to measure': 10 });
    await tab.check(NETWORK);
    await tab.check(LEARNS);
    await measure(tab);
    const table = await rows(tab);
    const names = Object.keys(table).join('\n');
    assert.match(names, /Fréchet distance/);
    assert.match(names, /90 to 100 % of T/);
    assert.doesNotMatch(names, /accuracy/i, 'nothing was asked for, so nothing can be missed');
    // The three parts add up, in the figures and in the bar.
    const { figures: { bits: { bounds } } } = (await tab.events('measured')).at(-1);
    const bars = await tab.page.locator('.bound').evaluateAll((all) => all.map((bound) => ({
      total: Number(/[\d.]+ (?=\(|bits)/.exec(bound.querySelector('p').textContent)[0]),
      parts: [...bound.querySelectorAll('li')].map((part) => Number(/ ([\d.]+) /.exec(part.textContent)[1])),
      widths: [...bound.querySelectorAll('.bound-bar span')].map((piece) => piece.getBoundingClientRect().width),
      width: bound.querySelector('.bound-bar').getBoundingClientRect().width,
    })));
    assert.equal(bars.length, bounds.length);
    const longest = Math.max(...bounds.map(({ total }) => total.value));
    for (const [index, { total, parts, widths, width }] of bars.entries()) {
      const sum = parts.reduce((all, part) => all + part);
      assert.ok(Math.abs(sum - total) < 3e-4 && Math.abs(total - bounds[index].total.value) < 1e-4, `${parts} add up to ${total}`);
      const share = widths.reduce((all, part) => all + part) / width;
      assert.ok(Math.abs(share - bounds[index].total.value / longest) < 0.01, `the bar is ${share} long`);
    }
    await tab.check(NETWORK, false);
  });

  topic.test('a classifier learns from the digits', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'all', 'Digits to measure': 20 });
    await tab.check(LEARNS);
    await measure(tab);
    const [score, real] = (await rows(tab))['Classification accuracy score'].map(Number.parseFloat);
    assert.ok(score >= 0 && real > 10 && real <= 100, `${score} beside ${real}`);
    await tab.check(LEARNS, false);
  });

  topic.test('Cancel ends it within a step, and the page goes on', async () => {
    const tab = await shared();
    await tab.fill({ 'Digits to measure': 10000, Steps: 50 });
    const since = await tab.mark();
    await tab.press('Measure');
    await tab.until('the time left of drawing', (from) => window.e2e.events.slice(from)
      .some((e) => e.type === 'measuring' && e.what === 'Drawing digits' && e.left_s != null), since);
    const [drawing] = await tab.events('measurement', since);
    // The list marks the parts that are done and the one that runs; the readout says how long the measurement still takes.
    const parts = await tab.page.locator('#measure-parts li').evaluateAll((all) => all.map((part) => [part.textContent, part.className, part.getAttribute('aria-current')]));
    assert.deepEqual(parts.map(([name]) => name), drawing.parts);
    const now = drawing.parts.indexOf('Drawing digits');
    assert.deepEqual(parts.map(([, done, current]) => (done ? 'done' : current ? 'now' : 'left')), parts.map((_, at) => (at < now ? 'done' : at === now ? 'now' : 'left')));
    assert.equal(await tab.text('measure-what'), 'Drawing digits');
    assert.match(await tab.text('measure-left'), / left$/);
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
    assert.deepEqual([await tab.text('measure-what'), await tab.text('measure-left')], ['', ''], 'nothing is being fetched any more');
    assert.equal(await tab.page.locator('#measure-progress').evaluate((bar) => bar.value), 0);
    // The browser may report the failed request in the console too.
    tab.complaints();
    await tab.page.unroute(/classifier\.safetensors/);
    await measure(tab);
    assert.equal(await tab.page.locator('#notice-measure p').count(), 0);
  });
}
