/**
 * What can be watched of a draw: its frames on the timeline, and a digit, enlarged, with its way out of the noise and what the
 * classifier says of it.
 */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { difference, onScreen, shoot } from './pictures.mjs';
import { TINY, comeWithTiny, giveDigits } from './trained.mjs';
import { keepMemory, wasmBytes } from './worker.mjs';

const PIXELS = 28 * 28;
const COUNT = 4;
const STEPS = 12;
const CLASSIFIER = /classifier\.safetensors/;

const visible = (tab, id) => tab.page.locator(`#${id}`).isVisible();
const focused = (tab) => tab.page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('aria-label'));
const names = (tab) => tab.page.locator('#digit-grid button').evaluateAll((all) => all.map((button) => button.getAttribute('aria-label')));
const frameShown = (tab) => tab.page.locator('#frame').evaluate((slider) => slider.valueAsNumber);
/** The greys of the digit's large picture. */
const enlarged = (tab) => tab.page.locator('#digit-picture').evaluate((picture) =>
  [...picture.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0));

/** Enlarge a digit, counted from 1, with the mouse. */
const enlarge = (tab, number) => tab.page.locator('#digit-grid button').nth(number - 1).click();

/** Draw; the digits are those of the shipped weights, which the classifier recognises. */
const draw = (tab, options = {}) => tab.generate({ count: COUNT, steps: STEPS, seed: 7, ...options });

/** Do something, and wait until the worker has painted the frame that it leads to. */
async function painted(tab, frame, action) {
  const since = await tab.mark();
  await action();
  await tab.until(`frame ${frame}`, ([from, wanted]) => window.e2e.events.slice(from)
    .some((e) => e.type === 'frame_painted' && e.frame === wanted), [since, frame]);
}

/** The digits of all frames of a kind, as the worker sends them for each digit that is enlarged. */
async function trajectory(tab, number, what) {
  const since = await tab.mark();
  await enlarge(tab, number);
  const radio = tab.page.locator(`#frame-kind input[value=${what}]`);
  await radio.check();
  const found = await tab.until('the digit’s frames', ([from, kind, digit]) => window.e2e.events.slice(from)
    .find((e) => e.type === 'trajectory' && e.what === kind && e.digit === digit), [since, what, number - 1]);
  return { times: found.frames.map(({ t }) => t), frames: Array.from({ length: found.frames.length }, (_, at) => found.pixels.slice(at * PIXELS, (at + 1) * PIXELS)) };
}

export default function watch(topic) {
  /** Lets the classifier come. */
  let come = () => {};
  const asked = new Promise((resolve) => { come = () => resolve(undefined); });
  const shared = topic.shared({
    query: '?device=cpu',
    before: (page) => page.route('**/classifier.safetensors*', async (route) => {
      await asked;
      await route.continue();
    }),
  }, async (tab) => {
    await tab.ready();
  });
  /** The digits that the topic looks at. */
  let sampled;

  topic.test('nothing is offered before a draw, and the classifier names its digits once the page is idle', async () => {
    const tab = await shared();
    assert.ok(!await visible(tab, 'timeline'));
    assert.deepEqual(await names(tab), []);
    assert.ok(!tab.requested.some((url) => CLASSIFIER.test(url)));
    sampled = await draw(tab);
    assert.ok(await visible(tab, 'timeline'));
    assert.equal(sampled.frames.length, STEPS + 1, 'a frame a step, and the digits');
    assert.equal(sampled.labels.length, COUNT);
    assert.deepEqual(await names(tab), sampled.labels.map((label, at) => `asked for ${label}, digit ${at + 1} of ${COUNT}`));
    assert.equal(await frameShown(tab), STEPS, 'the digits are the last frame');
    assert.equal(await tab.text('frame-level'), 'no noise left, SNR ∞');
    // Nobody has asked for it, or enlarged a digit.
    come();
    const { fingerprint } = await tab.next('recognised', 0);
    assert.equal(fingerprint, sampled.fingerprint);
    await tab.until('the names', () => document.querySelector('#digit-grid button').getAttribute('aria-label').includes('sure'));
    assert.ok(!await visible(tab, 'enlarged'));
    const since = await tab.mark();
    await tab.page.waitForTimeout(2500);
    assert.deepEqual(await tab.events('recognised', since), [], 'once a draw');
  });

  topic.test('a digit enlarged shows its way; the last frame is the digit', async () => {
    const tab = await shared();
    const { frames, times } = await trajectory(tab, 3, 'x');
    const digit = sampled.pixels.slice(2 * PIXELS, 3 * PIXELS);
    assert.deepEqual(frames.at(-1), digit);
    assert.deepEqual(times, sampled.frames.map(({ t }) => t));
    assert.equal(await tab.text('digit-heading'), `Digit 3 of ${COUNT}`);
    assert.deepEqual(await enlarged(tab), digit);
    const strip = tab.page.locator('#digit-strip button');
    assert.equal(await strip.count(), 10);
    await painted(tab, 0, () => strip.first().click());
    assert.deepEqual(await enlarged(tab), frames[0], 'a picture of the strip is shown large, and on the stage');
    assert.equal(await frameShown(tab), 0);
    const noise = frames[0].reduce((sum, grey) => sum + grey, 0) / PIXELS;
    assert.ok(Math.abs(noise - 127.5) < 15, `noise at first, around grey: ${noise}`);
  });

  topic.test('the classifier names the digits, and is fetched once', async () => {
    const tab = await shared();
    const { probabilities, fingerprint } = await tab.next('recognised', 0);
    assert.equal(fingerprint, sampled.fingerprint);
    const said = sampled.labels.map((_, at) => {
      const own = probabilities.slice(at * 10, at * 10 + 10);
      const best = own.indexOf(Math.max(...own));
      return { best, name: `${best} (${Math.floor(own[best] * 100)} % sure), digit ${at + 1} of ${COUNT}` };
    });
    await tab.until('the names', () => document.querySelector('#digit-grid button').getAttribute('aria-label').includes('sure'));
    assert.deepEqual(await names(tab), said.map(({ name }) => name));
    assert.deepEqual(said.map(({ best }) => best), sampled.labels, 'the shipped weights draw what is asked for');
    const [first] = await tab.page.locator('#digit-opinion li').allInnerTexts();
    assert.match(first, new RegExp(`^${said[2].best}\\s+\\d+ %`));
    const facts = await tab.text('digit-facts');
    for (const [fact, value] of [['Asked for', sampled.labels[2]], ['Seed', 7], ['Number', `3 of ${COUNT}`]]) {
      assert.match(facts, new RegExp(`${fact}\\s+${value}`));
    }
    const since = await tab.mark();
    sampled = await draw(tab, { seed: 8 });
    assert.equal((await tab.next('recognised', since)).fingerprint, sampled.fingerprint);
    assert.equal(tab.requested.filter((url) => CLASSIFIER.test(url)).length, 1);
  });

  topic.test('the frame that is scrubbed to is on the screen: x_t, x̂₀ and ε̂', async () => {
    const tab = await shared();
    for (const what of ['x', 'x0_hat', 'eps_hat']) {
      const { frames } = await trajectory(tab, 2, what);
      assert.equal(frames.length, what === 'x' ? STEPS + 1 : STEPS);
      await tab.press('Close');
      await tab.page.locator('#frame').focus();
      for (const frame of [0, 7]) {
        await painted(tab, frame, () => tab.page.locator('#frame').fill(String(frame)));
        const shown = await onScreen(tab, 'generate-canvas', COUNT);
        const away = difference(shown.slice(PIXELS, 2 * PIXELS), frames[frame]);
        assert.ok(away < 2, `${what} ${frame}: mean difference ${away} of 255`);
      }
      const { t, snr } = sampled.frames[7];
      const level = await tab.text('frame-level');
      assert.ok(level.startsWith(`t = ${t}, SNR `), level);
      assert.ok(Math.abs(Number(level.split('SNR ')[1]) / snr - 1) < 1e-3, level);
    }
    const label = await tab.page.locator('#generate-canvas').getAttribute('aria-label');
    assert.match(label, /^ε̂, the estimate of the noise at t = \d+/);
  });

  topic.test('the SNR along the timeline is that of the frames', async () => {
    const tab = await shared();
    const points = async () => (await tab.page.locator('#snr-curve .line').getAttribute('d')).slice(1).split('L').map((pair) => pair.split(' ').map(Number));
    const what = (kind) => tab.page.locator(`#frame-kind input[value=${kind}]`).check();
    await what('x');
    const all = await points();
    assert.equal(all.length, STEPS + 1);
    assert.deepEqual(all.at(-1), [100, 0], 'no noise left');
    const powers = sampled.frames.slice(0, -1).map(({ snr }) => Math.log10(snr));
    const [low, high] = [powers[0], powers.at(-1)];
    powers.forEach((power, at) => {
      assert.ok(Math.abs(all[at][0] - (100 * at) / STEPS) < 0.01);
      assert.ok(Math.abs(all[at][1] - (20 - (18 * (power - low)) / (high - low))) < 0.01, `${power}: ${all[at]}`);
    });
    // Image and noise are as strong as one another where the curve meets the dashes.
    const balance = Number(/^M0 ([\d.]+)H100$/.exec(await tab.page.locator('#snr-curve .balance').getAttribute('d'))[1]);
    const crossing = powers.findIndex((power) => power > 0);
    assert.ok(all[crossing - 1][1] > balance && all[crossing][1] < balance);
    await what('eps_hat');
    assert.equal((await points()).length, STEPS);
    await what('x');
  });

  topic.test('frames of a draw that is held are scrubbed, and it goes on', async () => {
    const tab = await shared();
    await tab.fill({ Digits: COUNT, Steps: 200, Seed: 7 });
    const since = await tab.mark();
    await tab.press('Generate');
    await tab.until('some steps', (from) => window.e2e.events.slice(from).some((e) => e.type === 'sampling' && e.step >= 5), since);
    assert.ok(!await visible(tab, 'timeline'), 'not while it draws');
    await tab.press('Pause');
    await tab.state('paused');
    const [{ frames }] = await tab.events('held_frames', since);
    assert.ok(await visible(tab, 'timeline'));
    assert.equal(Number(await tab.page.locator('#frame').getAttribute('max')), frames.length - 1);
    for (const frame of [0, frames.length - 2]) await painted(tab, frame, () => tab.page.locator('#frame').fill(String(frame)));
    assert.ok((await tab.text('frame-level')).startsWith(`t = ${frames[frames.length - 2].t}, `));
    assert.ok(!await visible(tab, 'saving'), 'there are no digits to save yet');
    await shoot(tab, 'watch-held');
    await accessible(tab, 'a draw that is held');
    await tab.press('Resume');
    const held = await tab.next('sampled', since);
    await tab.state('ready');
    assert.ok(await visible(tab, 'saving'));
    const again = await tab.mark();
    await tab.press('Generate');
    assert.equal((await tab.next('sampled', again)).fingerprint, held.fingerprint, 'the same digits as without a pause');
    await tab.state('ready');
    sampled = await draw(tab, { seed: 8 });
  }, { seconds: 90 });

  topic.test('it is played to either end, and not by itself', async () => {
    const tab = await shared();
    const before = await tab.mark();
    sampled = await draw(tab);
    assert.deepEqual(await tab.events('frame_painted', before), []);
    await tab.page.getByLabel('Speed', { exact: true }).selectOption('4');
    await painted(tab, STEPS, () => tab.press('Play'));
    const shown = (await tab.events('frame_painted', before)).map(({ frame }) => frame);
    assert.ok(shown.length > 3 && shown.every((frame, at) => at === 0 || frame > shown[at - 1]), `forward: ${shown}`);
    await painted(tab, 0, () => tab.press('Play backwards'));
    assert.equal(await frameShown(tab), 0);
    assert.equal(await tab.button('Stop playing').count(), 0, 'it stops there');
  });

  topic.test('by keyboard alone', async () => {
    const tab = await shared();
    const { page } = tab;
    await page.locator('#frame').focus();
    await painted(tab, STEPS, () => page.keyboard.press('End'));
    await painted(tab, STEPS - 1, () => page.keyboard.press('ArrowLeft'));
    await painted(tab, 0, () => page.keyboard.press('Home'));
    await painted(tab, STEPS, () => page.keyboard.press('Space'));
    await page.keyboard.press('Space');
    assert.equal(await tab.button('Stop playing').count(), 1);
    await page.keyboard.press('Space');
    assert.equal(await tab.button('Stop playing').count(), 0);
    await painted(tab, STEPS, () => page.keyboard.press('End'));

    // The grid has one place for Tab; in it the arrows move.
    await page.locator('#digit-grid button').first().focus();
    for (const [key, number] of [['ArrowDown', 3], ['ArrowRight', 4], ['Home', 1], ['End', 4], ['ArrowUp', 2]]) {
      await page.keyboard.press(key);
      assert.match(await focused(tab), new RegExp(`digit ${number} of ${COUNT}$`), key);
    }
    assert.equal(await page.locator('#digit-grid button[tabindex="0"]').count(), 1);
    await page.keyboard.press('Enter');
    assert.equal(await focused(tab), 'digit-heading');
    assert.equal(await tab.text('digit-heading'), `Digit 2 of ${COUNT}`);
    for (const id of ['digit-close', 'digit-again']) {
      for (let most = 0; most < 15 && await focused(tab) !== id; most += 1) await page.keyboard.press('Tab');
      assert.equal(await focused(tab), id);
    }
    await page.locator('#digit-close').focus();
    await page.keyboard.press('Enter');
    assert.match(await focused(tab), new RegExp(`digit 2 of ${COUNT}$`), 'back on the digit');
    await page.goBack();
    assert.ok(await page.locator('#enlarged').isVisible(), 'it has an address');
  });

  topic.test('Again, Variations, Use in Edit', async () => {
    const tab = await shared();
    await enlarge(tab, 4);
    const label = sampled.labels[3];
    let since = await tab.mark();
    await tab.press('Again');
    const again = await tab.next('sampled', since);
    assert.deepEqual([again.options.count, again.labels], [1, [label]]);
    assert.notEqual(again.options.seed, 7);
    await tab.state('ready');
    assert.equal(await tab.text('digit-heading'), 'Digit 1 of 1');
    assert.deepEqual(await enlarged(tab), again.pixels);
    await tab.until('the focus back on Again', () => document.activeElement.id === 'digit-again');

    since = await tab.mark();
    await tab.press('Variations');
    const varied = await tab.next('sampled', since);
    await tab.state('ready');
    assert.deepEqual(varied.labels, Array(9).fill(label));
    assert.ok(varied.steps < STEPS, 'from half of the noise');
    for (let at = 0; at < 9; at += 1) {
      const one = varied.pixels.slice(at * PIXELS, (at + 1) * PIXELS);
      const other = varied.pixels.slice(((at + 1) % 9) * PIXELS, (((at + 1) % 9) + 1) * PIXELS);
      assert.notDeepEqual(one, other, 'no two are the same');
    }
    await enlarge(tab, 5);
    await tab.press('Use in Edit');
    assert.match(tab.page.url(), /#edit$/);
    const pad = await tab.page.locator('#pad').evaluate((node) =>
      [...node.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0));
    assert.deepEqual(pad, varied.pixels.slice(4 * PIXELS, 5 * PIXELS));
  });

  topic.test('it goes on while a training session runs, and while one is held', async () => {
    const tab = await shared();
    await giveDigits(tab);
    sampled = await draw(tab);
    await tab.train({ ...TINY, 'Stop after': 0 });
    const since = await tab.mark();
    await tab.page.locator('#frame').focus();
    for (const frame of [0, 5]) await painted(tab, frame, () => tab.page.locator('#frame').fill(String(frame)));
    await enlarge(tab, 1);
    await tab.next('trajectory', since);
    assert.ok(await tab.button('Again').isDisabled(), 'nothing is drawn meanwhile');
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'training');
    await tab.press('Pause');
    await tab.state('paused');
    await painted(tab, 2, () => tab.page.locator('#frame').fill('2'));
    assert.ok(await tab.button('Again').isEnabled());

    // Unasked, the classifier waits until nothing runs: here the session goes on as soon as digits are drawn.
    await tab.tool('draw');
    const drawn = await tab.mark();
    const resumed = tab.page.evaluate(() => new Promise((resolve) => {
      let drew = false;
      new MutationObserver((_, observer) => {
        drew ||= document.body.dataset.state === 'generating';
        if (!drew || document.body.dataset.state !== 'paused') return;
        observer.disconnect();
        document.getElementById('resume').click();
        resolve(undefined);
      }).observe(document.body, { attributeFilter: ['data-state'] });
    }));
    await tab.fill({ Seed: 11 });
    await tab.press('Generate');
    await resumed;
    await tab.state('training');
    await tab.page.waitForTimeout(2000);
    assert.deepEqual(await tab.events('recognised', drawn), []);
    await tab.press('Pause');
    await tab.state('paused');
    assert.equal((await tab.next('recognised', drawn)).fingerprint, (await tab.next('sampled', drawn)).fingerprint);
    await tab.press('Reset');
    await tab.state('ready');
  }, { seconds: 90 });

  topic.test('how it looks', async () => {
    const tab = await shared();
    await tab.tool('draw');
    sampled = await draw(tab, { count: 16 });
    await painted(tab, 8, () => tab.page.locator('#frame').fill('8'));
    await shoot(tab, 'watch-timeline');
    await accessible(tab, 'timeline');
    await enlarge(tab, 6);
    await tab.until('the strip', () => document.querySelectorAll('#digit-strip button').length === 10);
    await shoot(tab, 'watch-digit');
    await accessible(tab, 'a digit enlarged');
  }, { seconds: 90 });

  topic.test('the frames of a draw take the place of those before: memory does not grow', async () => {
    const tab = await topic.open({
      query: '?device=cpu',
      before: async (page) => {
        await comeWithTiny(page);
        await keepMemory(page);
      },
    });
    await tab.ready();
    await tab.fill({ Guidance: 1 });
    const sizes = [];
    for (let seed = 0; seed < 4; seed += 1) {
      const since = await tab.mark();
      // Half a million bytes of frames.
      const { frames } = await tab.generate({ count: COUNT, steps: 50, seed });
      assert.equal(frames.length, 51);
      // The classifier, which the page asks once it is idle, takes its own memory, and after the first draw that of its weights.
      await tab.next('recognised', since);
      sizes.push(await wasmBytes(tab));
    }
    assert.ok(sizes[0] > 0);
    assert.equal(sizes.at(-1), sizes[1], `bytes after each draw: ${sizes}`);
  });

  topic.test('after a reload the digits are there, and their frames are not', async () => {
    const tab = await shared();
    await tab.page.reload();
    await tab.ready();
    assert.ok(!await visible(tab, 'timeline'));
    assert.equal((await names(tab)).length, 16);
    await enlarge(tab, 6);
    assert.deepEqual(await enlarged(tab), sampled.pixels.slice(5 * PIXELS, 6 * PIXELS));
    assert.ok(!await visible(tab, 'digit-strip'));
    await tab.next('recognised', 0);
    await tab.until('its name', () => document.querySelector('#digit-grid button').getAttribute('aria-label').includes('sure'));
  });

  topic.test('a classifier that cannot be had is said to be missing, and is fetched when asked again', async () => {
    let missing = true;
    const tab = await topic.open({
      query: '?device=cpu',
      before: (page) => page.route('**/classifier.safetensors*', (route) => (missing ? route.fulfill({ status: 404, body: '' }) : route.fallback())),
    });
    await tab.ready();
    await draw(tab, { count: 1, steps: 2 });
    // The page asks by itself, and says nothing of it until somebody wants to know.
    const { what } = await tab.until('the refusal', () => window.e2e.events.find((e) => e.type === 'refused'));
    assert.equal(what, 'recognise');
    assert.ok(!await visible(tab, 'enlarged') && await visible(tab, 'generation'));
    const before = await tab.mark();
    await draw(tab, { count: 1, steps: 2, seed: 8 });
    await tab.page.waitForTimeout(1500);
    assert.deepEqual(await tab.events('refused', before), [], 'it is not fetched again and again');
    await enlarge(tab, 1);
    await tab.page.locator('#notice-recognise p').waitFor();
    tab.complaints();
    assert.equal(await tab.text('digit-word'), 'The classifier has not answered.');
    assert.ok(await visible(tab, 'enlarged'));
    missing = false;
    const since = await tab.mark();
    await tab.press('Ask the classifier again');
    await tab.next('recognised', since);
    await tab.until('its name', () => document.querySelector('#digit-grid button').getAttribute('aria-label').includes('sure'));
  });
}
