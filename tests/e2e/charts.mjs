/** What the tool Train shows of a session, what can be changed while it runs, the recipes, and clothes to learn from. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { OUT } from './environment.mjs';
import { accessible } from './axe.mjs';
import { difference, onScreen, shoot } from './pictures.mjs';
import { TINY, giveDigits } from './trained.mjs';

const RUN = {
  ...TINY, 'Batch size': 10, 't is drawn': 'stratified', 'Sample every': 10, 'Sampling steps': 3, 'Stop after': 20,
};
const TENTHS = Array.from({ length: 10 }, (_, tenth) => `loss_t_tenth_${tenth + 1}`);

/** A table of comma-separated values as RFC 4180 has them: the heads, and each row by its heads. @param {string} text */
function tableOf(text) {
  assert.ok(text.endsWith('\r\n') && !/[^\r]\n/.test(text), 'lines end with CRLF');
  const [heads, ...lines] = text.trimEnd().split('\r\n').map((line) => line.split(','));
  assert.ok(lines.every((line) => line.length === heads.length));
  return lines.map((line) => Object.fromEntries(line.map((value, column) => [heads[column], value === '' ? null : Number(value)])));
}

/** Seconds from the page's words: about 2 h 10 min for 800,000 steps, about 4.2 s. @param {string} words */
const seconds = (words) => [...words.matchAll(/([\d.,]+) (h|min|s)\b/g)]
  .reduce((sum, [, number, unit]) => sum + Number(number.replaceAll(',', '')) * { h: 3600, min: 60, s: 1 }[unit], 0);

/** Press a button and read the file that it gives. */
async function saved(tab, button) {
  const [download] = await Promise.all([tab.page.waitForEvent('download'), tab.press(button)]);
  const path = `${OUT}/${download.suggestedFilename()}`;
  await download.saveAs(path);
  return readFile(path, 'utf8');
}

export default function charts(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await giveDigits(tab, 60);
  });
  let since = 0;

  topic.test('the table says what the events said', async () => {
    const tab = await shared();
    await tab.fill(RUN);
    await tab.check('Loss on other images, too');
    since = await tab.trainToEnd({});
    const events = await tab.events('training', since);
    const steps = events.flatMap(({ losses, grad_norms, learning_rates }) =>
      losses.map(([step, loss], index) => ({ step, loss, grad_norm: grad_norms[index], learning_rate: learning_rates[index] })));
    assert.deepEqual(steps.map(({ step }) => step), Array.from({ length: 20 }, (_, index) => index + 1));
    const table = tableOf(await saved(tab, 'Download as CSV'));
    for (const expected of steps) {
      const row = table.find(({ step }) => step === expected.step);
      for (const [name, value] of Object.entries(expected)) assert.equal(row[name], value, `${name} of step ${expected.step}`);
      assert.ok(row.grad_norm > 0);
    }
    const validation = table.filter((row) => row.validation_loss !== null).map((row) => [row.step, row.validation_loss]);
    assert.deepEqual(validation, events.flatMap((event) => event.validation));
    assert.deepEqual(validation.map(([step]) => step), [0, 10, 20]);
    assert.ok(Math.abs(validation[0][1] - 1) < 0.15, 'fresh weights predict 0');
    // Each step has one image of each tenth of t.
    const last = table.at(-1);
    const mean = TENTHS.reduce((sum, name) => sum + last[name], 0) / 10;
    assert.ok(Math.abs(mean / last.loss_smoothed - 1) < 1e-5, `${mean} of ${last.loss_smoothed}`);
    assert.ok(table.some((row) => row.images_per_s > 0));
  }, { seconds: 90 });

  topic.test('a logarithmic axis has its places wherever it begins', async () => {
    const tab = await shared();
    const places = await tab.page.evaluate(async (ranges) => {
      const { logSplits } = await import(new URL('www/lib/chart.js', document.baseURI).href);
      return ranges.map(([low, high]) => logSplits(low, high));
    }, [[0.0096, 0.021], [0.8, 1.25], [0.021, 0.05], [9.6e-31, 1.5e-30], [9.6e33, 2e34]]);
    assert.deepEqual(places, [[0.01, 0.02], [0.8, 0.9, 1], [0.03, 0.04, 0.05], [1e-30], [1e34, 2e34]]);
  });

  topic.test('each chart is drawn, and says its numbers', async () => {
    const tab = await shared();
    const chart = tab.page.locator('#loss-chart');
    for (const [kind, words] of [
      ['tenths', /t from 40 to 50 % of T: half-way [\d.]+, now [\d.]+/], ['grad_norm', /Step \d+: norm of the gradient [\d.]+/],
      ['learning_rate', /Step \d+: learning rate 0\.\d+/], ['images_per_s', /Step \d+: images a second [\d.]+/],
      ['loss', /Step \d+: loss [\d.]+, smoothed [\d.]+/],
    ]) {
      await tab.fill({ Chart: kind });
      await tab.page.waitForTimeout(400);
      const { x, y, width, height } = await chart.boundingBox();
      await tab.page.mouse.move(x + 60 + (width - 76) * 0.45, y + height / 2);
      await tab.page.mouse.move(x + 61 + (width - 76) * 0.45, y + height / 2);
      assert.match(await tab.text('chart-readout'), words, kind);
      if (kind === 'tenths') await shoot(tab, 'chart-tenths');
    }
    // By keyboard: from the newest point back, to the first, and a step chosen as by a click.
    const table = tableOf(await saved(tab, 'Download as CSV'));
    await chart.focus();
    await tab.page.keyboard.press('ArrowLeft');
    assert.match(await tab.text('chart-readout'), /^Step 20: loss/);
    await tab.page.keyboard.press('ArrowLeft');
    const row = table.find(({ step }) => step === 19);
    const shown = await tab.text('chart-readout');
    assert.ok(Math.abs(Number(/^Step 19: loss ([\d.]+)/.exec(shown)?.[1]) / row.loss - 1) < 1e-3, `${shown}, and it is ${row.loss}`);
    await tab.page.keyboard.press('Home');
    assert.match(await tab.text('chart-readout'), /^Step [01]: /);
    await tab.page.keyboard.press('Enter');
    assert.equal(await tab.text('samples-step'), 'at step 0');
    await tab.page.keyboard.press('End');
    await tab.page.keyboard.press('Enter');
    assert.equal(await tab.text('samples-step'), 'at step 20');
    await tab.page.keyboard.press('Tab');
    assert.equal(await tab.text('chart-readout'), '', 'nothing is said once the focus is elsewhere');
    await tab.check('Log scale');
    await shoot(tab, 'chart-loss');
    await accessible(tab, 'charts');
    await tab.check('Log scale', false);
  }, { seconds: 90 });

  topic.test('an earlier row of samples is shown by the slider, and by a click in the chart', async () => {
    const tab = await shared();
    const rows = (await tab.events('samples', since)).map(({ row }) => row);
    assert.deepEqual(rows.map(({ step }) => step), [0, 10, 20]);
    const shows = async (id, row) => {
      assert.equal(await tab.text('samples-step'), `at step ${row.step}`);
      const shown = await onScreen(tab, id, 10, 10);
      // Samples so early are noise, of which a screen that does not show whole pixels gives some another grey.
      const apart = rows.map(({ pixels }) => difference(shown, pixels));
      assert.ok(apart[rows.indexOf(row)] < 10 && Math.min(...apart) === apart[rows.indexOf(row)], `step ${row.step}: ${apart}`);
    };
    await shows('training-canvas', rows[2]);
    await tab.page.getByLabel('Earlier rows', { exact: true }).press('Home');
    await shows('film-canvas', rows[0]);
    await shoot(tab, 'film');
    const { x, y, width, height } = await tab.page.locator('#loss-chart .u-over').boundingBox();
    await tab.page.mouse.click(x + width * 0.5, y + height * 0.5);
    await shows('film-canvas', rows[1]);
    await tab.page.getByLabel('Earlier rows', { exact: true }).press('End');
    await shows('training-canvas', rows[2]);
  });

  topic.test('single steps, another learning rate and batch, and a stop', async () => {
    const tab = await shared();
    const stepped = await tab.mark();
    await tab.press('Step');
    await tab.until('the step', (from) => window.e2e.events.slice(from).filter((e) => e.type === 'state').at(-1)?.state === 'paused', stepped);
    assert.deepEqual((await tab.events('training', stepped)).flatMap(({ losses }) => losses.map(([step]) => step)), [21]);
    assert.equal(await tab.text('live-step'), '21');

    const changed = await tab.mark();
    await tab.fill({ 'New rate': 0.0005, 'New batch': 5, 'Stop at step': 24 });
    await tab.press('Apply');
    const next = await tab.next('training', changed);
    assert.deepEqual([next.peak_learning_rate, next.batch_size, next.stop_at], [0.0005, 5, 24]);
    assert.equal(await tab.text('adjust-stops'), 'Stops at step 24.');
    assert.ok(next.learning_rate <= 0.0005);
    await tab.press('Resume');
    await tab.until('step 24', (from) => window.e2e.events.slice(from).filter((e) => e.type === 'state').at(-1)?.state === 'paused'
      && document.getElementById('training').dataset.step === '24', changed);
    const rates = (await tab.events('training', changed)).flatMap(({ learning_rates }) => learning_rates);
    assert.equal(rates.length, 3);
    assert.equal(await tab.text('adjust-stops'), '');
    assert.ok(rates.every((rate) => rate <= 0.0005));

    const refused = await tab.mark();
    await tab.fill({ 'New batch': 1000 });
    await tab.press('Apply');
    await tab.until('a refusal', (from) => window.e2e.events.slice(from).some((e) => e.type === 'refused'), refused);
    assert.match((await tab.alert('train')).text, /batch size is 1000.*54 images/);
  }, { seconds: 90 });

  topic.test('what the network is asked, and its answers after a step', async () => {
    const tab = await shared();
    const asked = await tab.mark();
    await tab.page.locator('#asked > summary').click();
    const first = await tab.next('examples', asked);
    assert.deepEqual([first.t.length, first.losses.length, first.pixels.length], [8, 8, 8 * 5 * 784]);
    assert.equal(await tab.page.locator('#asked-rows tr').count(), 8);
    assert.equal(await tab.page.locator('#asked-rows canvas').count(), 40);
    await shoot(tab, 'asked');
    await accessible(tab, 'asked');
    const again = await tab.mark();
    await tab.press('Step');
    const second = await tab.next('examples', again);
    assert.equal(second.step, first.step + 1);
    assert.deepEqual(second.t, first.t);
    assert.notDeepEqual(second.losses, first.losses);
    await tab.press('Reset');
    await tab.state('ready');
  });

  topic.test('a recipe sets the form and says what it gives; its time is measured on this device', async () => {
    const tab = await shared();
    const value = (label) => tab.page.getByLabel(label, { exact: true }).inputValue();
    for (const [plan, model, batch, steps, gives] of [
      ['minute', 'tiny', '8', '2400', /93 to 98 of a hundred/], ['overnight', 'small', '64', '14063', /99\.4 %/],
      ['paper', 'small', '128', '0', /Ho et al\. 2020/], ['coffee', 'small', '8', '2400', /96 to 98 of a hundred/],
    ]) {
      await tab.fill({ Recipe: plan });
      assert.deepEqual([await value('Model'), await value('Batch size'), await value('Stop after')], [model, batch, steps], plan);
      assert.match(await tab.text('plan-words'), gives);
    }
    await tab.fill({ Recipe: 'minute', 'Learning rate': 0.5 });
    await tab.press('Undo my changes');
    assert.equal(await value('Learning rate'), '0.004');
    const timed = await tab.mark();
    await tab.press('How long here?');
    await tab.until('a speed for each recipe', (from) => window.e2e.events.slice(from).filter((e) => e.type === 'speed').length === 4, timed, 120_000);
    await tab.state('ready');
    assert.match(await tab.text('plan-time'), /2,400 steps take about .* here/);
    const speeds = await tab.events('speed', timed);
    assert.deepEqual(speeds.map(({ preset, batch_size }) => `${preset} ${batch_size}`), ['tiny 8', 'small 8', 'small 64', 'small 128']);
    const times = (await tab.page.locator('#plan-times dd').allInnerTexts()).map((time) => seconds(time));
    const steps = [2400, 2400, 14_063, 800_000];
    for (const [at, { batch_size, images_per_s }] of speeds.entries()) {
      const expected = (steps[at] * batch_size) / images_per_s;
      assert.ok(Math.abs(times[at] / expected - 1) < 0.02, `${times[at]} s are told, and it is ${expected} s`);
    }
    await shoot(tab, 'recipes');
    await accessible(tab, 'recipes');

    // The measurements that are left are cancelled with the one under way.
    const again = await tab.mark();
    await tab.press('How long here?');
    await tab.until('the first', (from) => window.e2e.events.slice(from).some((e) => e.type === 'speed'), again);
    await tab.until('the second', (from) => window.e2e.events.slice(from).filter((e) => e.type === 'state').at(-1)?.activity === 'measurement', again);
    await tab.press('Cancel');
    await tab.state('ready');
    await tab.page.waitForTimeout(500);
    assert.equal((await tab.events('speed', again)).length, 1);
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'ready');
    // Nothing of it is a measurement of digits.
    assert.equal(await tab.text('measure-what'), 'Nothing measured yet');
  }, { seconds: 180 });

  topic.test('learns from a part of Fashion-MNIST', async () => {
    const tab = await shared();
    await tab.fill({ 'Learn from': 'fashion' });
    assert.match(await tab.text('data-line'), /fetched \(4\.4 MB\) when you press Train/);
    const from = await tab.mark();
    await tab.check('Loss on other images, too', false);
    await tab.trainToEnd({ ...TINY, 'Batch size': 4, 'Stop after': 1 });
    assert.match(await tab.text('chart-key'), /an earlier run/);
    const data = await tab.next('data', from);
    assert.deepEqual([data.name, data.images, data.class_names[9]], ['Fashion-MNIST', 10_000, 'Boot']);
    assert.ok(Math.abs(data.mean - 0.2863) < 1e-4 && Math.abs(data.std - 0.354) < 1e-4);
    assert.equal(tab.requested.filter((url) => url.includes('fashion-mnist')).length, 2);
    const first = async (since) => (await tab.events('training', since)).flatMap((event) => event.losses)[0][1];
    const fresh = await first(from);
    await tab.press('Reset');
    await tab.state('ready');
    // The weights in use know what a picture is: the same images, noise and t have a smaller loss.
    const again = await tab.trainToEnd({ ...TINY, 'Start from': 'current', 'Batch size': 4, 'Stop after': 1 });
    const tuned = await first(again);
    assert.ok(tuned < 0.7 * fresh, `the first loss: fresh ${fresh}, from the weights in use ${tuned}`);
    const names = await tab.page.locator('#class option').allTextContents();
    assert.deepEqual(names.slice(-2), ['Bag', 'Boot'], 'the weights are those of clothes now');
    await tab.press('Reset');
    await tab.state('ready');
    await tab.fill({ 'Start from': 'fresh' });
  });

  topic.test('the forms go back to their defaults', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const values = (form) => tab.page.locator(`#${form}`).evaluate((node) => Object.fromEntries([...node.querySelectorAll('input[id], select[id]')]
      .map((field) => [field.id, field.type === 'checkbox' ? field.checked : field.value])));
    const before = { train: await values('train-form'), edit: await values('edit-form') };
    await tab.fill({ Recipe: 'paper', 'Batch size': 31, 'Sample every': 7, 'Noise schedule': 'cosine', 'What to do': 'part', Versions: 9, Seed: 123 });
    await tab.check('Loss on other images, too');
    assert.notDeepEqual(await values('train-form'), before.train);
    await tab.click(tab.page.locator('[data-defaults="train-form"]'));
    assert.deepEqual(await values('train-form'), before.train);
    assert.match(await tab.text('plan-words'), /93 to 98 of a hundred/);
    await tab.click(tab.page.locator('[data-defaults="edit-form"]'));
    assert.deepEqual(await values('edit-form'), before.edit);
    // Each form by itself, and for the next visit, too.
    await tab.page.reload();
    await tab.ready();
    assert.deepEqual(await values('train-form'), before.train);
    assert.equal(await tab.page.getByLabel('Seed', { exact: true }).inputValue(), '123');
  });
}
