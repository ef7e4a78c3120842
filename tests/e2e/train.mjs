/** Train: the images are fetched, the loss falls, samples appear; pause, resume, reset. */

import assert from 'node:assert/strict';
import { shoot, onScreen, spread } from './pictures.mjs';
import { DRAW } from './trained.mjs';

const SETTINGS = {
  Model: 'tiny', 'Batch size': 8, 'Sample every': 10, 'Stop after': 30,
  // So few steps lower the loss only at a high learning rate. The row of samples need not be good.
  'Warm-up': 0, 'Learning rate': 0.004, 'Sampling steps': 8,
};
const still = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const step = (tab) => tab.page.locator('#training').getAttribute('data-step').then(Number);

export default function train(topic) {
  const shared = topic.shared({}, (tab) => tab.ready());
  let shipped;
  let losses = [];

  topic.test('each model comes with its recipe, and what was changed stays', async () => {
    const tab = await shared();
    const value = (label) => tab.page.getByLabel(label, { exact: true }).inputValue();
    // Digits that people recognise, soonest.
    assert.deepEqual([await value('Recipe'), await value('Model'), await value('Learning rate')], ['minute', 'tiny', '0.004']);
    assert.equal(await value('Stop after'), '2400');
    await tab.fill({ Model: 'small' });
    assert.equal(await value('Learning rate'), '0.002');
    assert.equal(await value('Network predicts'), 'v');
    await tab.fill({ 'Start from': 'current' });
    await tab.fill({ 'Start from': 'fresh', Model: 'tiny' });
    await tab.fill({ 'Start from': 'current' });
    assert.equal(await value('Model'), 'small', 'that of the weights in use');
    await tab.fill({ 'Start from': 'fresh' });
    assert.equal(await value('Model'), 'tiny', 'and the one that was chosen before');
    await tab.fill({ 'Learning rate': 0.003, Model: 'small' });
    assert.equal(await value('Learning rate'), '0.003');
    assert.equal(await value('Stop after'), '2400');
  });

  topic.test('fetches the data, trains, pauses and resumes, and stops after 30 steps', async () => {
    const tab = await shared();
    shipped = (await tab.generate(DRAW)).fingerprint;
    // The labels are held back for a moment, so that the progress of the download is seen.
    await tab.page.route('**/train-labels*', async (route) => {
      await still(700);
      await route.continue();
    });
    await tab.fill(SETTINGS);
    await tab.check('Loss on other images, too');
    const since = await tab.mark();
    await tab.press('Train');
    await tab.page.locator('#data-download').waitFor({ state: 'visible' });
    const data = await tab.next('data', since);
    await tab.state('training');
    assert.equal(data.images, 60_000);
    assert.ok(Math.abs(data.mean - 0.1307) < 1e-3 && Math.abs(data.std - 0.3081) < 1e-3);
    const downloads = (await tab.events('download', since)).filter((event) => event.what === 'data');
    assert.ok(downloads.some(({ loaded, total }) => loaded > 0 && total > 9e6), 'progress with a known end');
    assert.match(await tab.text('data-line'), /MNIST, 60,000 images/);

    await tab.until('the fifth step', () => Number(document.getElementById('training').dataset.step) >= 5);
    await tab.press('Pause');
    await tab.state('paused');
    assert.equal(await tab.text('state'), 'Training paused');
    const held = await step(tab);
    assert.ok(held < 30, `paused at ${held}`);
    await still(1000);
    assert.equal(await step(tab), held, 'stands still');

    await tab.press('Resume');
    await tab.state('training');
    await shoot(tab, 'training');
    await tab.until('the end', () => document.body.dataset.state === 'paused');
    assert.equal(await step(tab), 30);
    const progress = await tab.events('training', since);
    losses = progress.flatMap((event) => event.losses);
    assert.deepEqual(losses.map(([at]) => at), Array.from({ length: 30 }, (_, i) => i + 1), 'a loss for every step');
    assert.ok(progress.some((event) => event.images_per_s > 0));
    assert.deepEqual(progress.flatMap((event) => event.validation.map(([at]) => at)), [0, 10, 20, 30]);
    assert.ok(tab.requested.some((url) => url.includes('t10k-images')), 'on the test images');
    assert.ok(Math.abs(progress.at(-1).epoch - (30 * 8) / 60_000) < 1e-9);
  }, { seconds: 90 });

  topic.test('the loss falls', async () => {
    const values = losses.map(([, loss]) => loss);
    const [first, last] = [values[0], mean(values.slice(-5))];
    // Fresh weights predict 0, so the first loss is the mean square of v, which noise and images have to be near 1.
    assert.ok(Math.abs(first - 1) < 0.15, `begins at ${first}`);
    assert.ok(last < 0.8 * first, `${first} → ${last}`);
    const tab = await shared();
    assert.match(await tab.page.locator('#loss-chart').getAttribute('aria-label'), /smoothed loss is 0\.\d/);
    assert.match(await tab.text('live-loss'), /^0\.\d{4}$/);
    await tab.check('Log scale');
    await tab.check('Log scale', false);
  });

  topic.test('a row of samples was painted', async () => {
    const tab = await shared();
    const steps = (await tab.events('samples')).map((event) => event.row.step);
    assert.deepEqual(steps, [0, 10, 20, 30]);
    assert.equal(await tab.text('samples-step'), 'at step 30');
    assert.ok(spread(await onScreen(tab, 'training-canvas', 10, 10)) > 10);
    await shoot(tab, 'training-paused');
  });

  topic.test('while it is paused: digits from the trained weights, no other weights, no second session', async () => {
    const tab = await shared();
    assert.equal(await tab.text('model-source'), 'trained on this page');
    assert.equal(await tab.text('drawn-with'), 'Weights: trained on this page, 30 training steps.', 'Draw says so too');
    assert.match(await tab.text('model-preset'), /^Tiny/);
    const guidance = tab.page.getByLabel('Guidance', { exact: true });
    assert.equal(await guidance.inputValue(), '4', 'what the recipe of these weights says');
    assert.equal(await tab.page.locator('input[data-for=guidance]').inputValue(), '4');
    const { fingerprint } = await tab.generate(DRAW);
    assert.notEqual(fingerprint, shipped);
    await tab.state('paused');
    assert.ok(await tab.button('Train').isDisabled());
    assert.ok(await tab.button('Download weights').isEnabled());
    assert.ok(await tab.page.getByLabel('Load weights').isDisabled());
    assert.ok(await tab.button('Resume').isEnabled(), 'the session can still go on');
  });

  topic.test('resumed after its end it takes as many steps again', async () => {
    const tab = await shared();
    await tab.press('Resume');
    await tab.state('training');
    await tab.until('step 60', () => Number(document.getElementById('training').dataset.step) === 60
      && document.body.dataset.state === 'paused');
  });

  topic.test('Reset returns to the weights before', async () => {
    const tab = await shared();
    await tab.press('Reset');
    await tab.state('ready');
    assert.equal(await tab.text('model-source'), 'small.safetensors');
    assert.match(await tab.text('drawn-with'), /^Weights: small\.safetensors, [\d,]+ training steps\.$/);
    const [{ recipe }] = (await tab.events('model')).slice(-1);
    assert.equal(await tab.page.getByLabel('Guidance', { exact: true }).inputValue(), String(recipe.cfg_scale));
    assert.equal((await tab.generate(DRAW)).fingerprint, shipped);
  });

  topic.test('the same training seed gives the same losses; Reset also ends a running session', async () => {
    const tab = await shared();
    const since = await tab.mark();
    await tab.train({ ...SETTINGS, 'Sample every': 0 });
    await tab.until('ten losses', (from) => window.e2e.events.slice(from)
      .filter((e) => e.type === 'training').flatMap((e) => e.losses).length >= 10, since);
    await tab.press('Reset');
    await tab.state('ready');
    const again = (await tab.events('training', since)).flatMap((event) => event.losses);
    assert.deepEqual(again.slice(0, 10), losses.slice(0, 10));
    assert.equal(await tab.text('model-source'), 'small.safetensors');
  });

  topic.test('begins from the weights in use', async () => {
    const tab = await shared();
    await tab.fill({ 'Start from': 'current' });
    assert.equal(await tab.page.getByLabel('Model', { exact: true }).inputValue(), 'small');
    const since = await tab.trainToEnd({ 'Batch size': 4, 'Sample every': 0, 'Stop after': 2 });
    const [[, first]] = (await tab.events('training', since)).flatMap((event) => event.losses);
    assert.ok(first < 0.5, `trained weights begin below fresh ones' loss of 1: ${first}`);
    await tab.press('Reset');
    await tab.state('ready');
  });
}
