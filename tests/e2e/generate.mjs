/** Generate: digits out of noise, frame by frame; pause, resume, cancel; the same digits from the same seed. */

import assert from 'node:assert/strict';
import { difference, onScreen, spread } from './pictures.mjs';

const DRAW = { count: 4, steps: 8, seed: 5 };
const still = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Note every text of the step line and every value of the progress bar from now on. */
const watchProgress = (tab) => tab.page.evaluate(() => {
  const seen = { steps: new Set(), values: new Set() };
  window.seen = seen;
  const [step, bar] = ['generate-step', 'generate-progress'].map((id) => document.getElementById(id));
  const note = () => {
    seen.steps.add(step.textContent);
    seen.values.add(bar.value / bar.max);
  };
  const observer = new MutationObserver(note);
  observer.observe(step, { childList: true, characterData: true, subtree: true });
  observer.observe(bar, { attributes: true });
});

/** Start a generation that would take long, and wait for its third step. */
async function beginLong(tab, count = 1) {
  await tab.fill({ Digits: count, Steps: 1000, Seed: 3 });
  const since = await tab.mark();
  await tab.press('Generate');
  await tab.until('the third step', (from) => window.e2e.events.slice(from)
    .some((e) => e.type === 'sampling' && e.step >= 3), since);
  return since;
}

/** True if each event is of a later step than the one before it. */
const rising = (events) => events.every(({ step }, i) => i === 0 || step > events[i - 1].step);

const stepOf = async (tab) => Number(/Step ([\d,]+) of/.exec(await tab.text('generate-step'))[1].replace(',', ''));

export default function generate(topic) {
  const shared = topic.shared({}, (tab) => tab.ready());
  let first;

  topic.test('draws digits step by step and shows how far it is', async () => {
    const tab = await shared();
    await watchProgress(tab);
    const since = await tab.mark();
    const sampled = await tab.generate(DRAW);
    first = sampled.fingerprint;

    const states = (await tab.events('state', since)).map((event) => event.state);
    assert.deepEqual(states, ['generating', 'ready']);
    const events = await tab.events('sampling', since);
    assert.ok(events.length >= 3 && rising(events), `several frames, later steps in each: ${events.map(({ step }) => step)}`);
    assert.equal(`${events.at(-1).step}/${events.at(-1).steps}`, '8/8', 'the last step is shown');
    const seen = await tab.page.evaluate(() => ({ steps: [...window.seen.steps], values: [...window.seen.values] }));
    assert.ok(seen.steps.filter((text) => /^Step \d of 8$/.test(text)).length >= 3, `steps shown: ${seen.steps}`);
    assert.ok(seen.values.length >= 3 && seen.values.at(-1) === 1, `bar: ${seen.values}`);
    assert.ok(events.slice(2).some((event) => event.left_s > 0), 'time left');

    assert.ok(sampled.complete);
    assert.equal(sampled.pixels.length, 4 * 28 * 28);
    assert.match(first, /^[0-9a-f]{16}$/);
    assert.equal(await tab.text('fingerprint'), first);
    assert.equal(await tab.text('generate-step'), '4 digits in 8 steps');
    assert.equal(await tab.page.locator('#generate-canvas').getAttribute('aria-label'), '4 digits drawn from seed 5');
  });

  topic.test('the canvas shows the pixels that were drawn', async () => {
    const tab = await shared();
    const { pixels } = await tab.generate(DRAW);
    const shown = await onScreen(tab, 'generate-canvas', 4);
    assert.ok(spread(shown) > 10, 'not one flat colour');
    assert.ok(difference(shown, pixels) < 2, `mean difference ${difference(shown, pixels)} of 255`);
  });

  topic.test('the same seed draws the same digits, another seed others', async () => {
    const tab = await shared();
    assert.equal((await tab.generate(DRAW)).fingerprint, first);
    assert.notEqual((await tab.generate({ ...DRAW, seed: 6 })).fingerprint, first);
    assert.equal((await tab.generate(DRAW)).fingerprint, first);
  });

  topic.test('New seed changes the seed', async () => {
    const tab = await shared();
    await tab.fill({ Seed: 5 });
    await tab.press('New seed');
    const seed = Number(await tab.page.getByLabel('Seed', { exact: true }).inputValue());
    assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 && seed !== 5);
  });

  topic.test('64 digits fit, and one does', async () => {
    const tab = await shared();
    assert.equal((await tab.generate({ count: 64, steps: 1 })).pixels.length, 64 * 784);
    assert.equal((await tab.generate({ count: 1, steps: 1 })).pixels.length, 784);
  });

  topic.test('a date is drawn digit by digit in one row, with gaps; and so are all ten digits', async () => {
    const tab = await shared();
    const draw = async (choice) => {
      await tab.fill(choice);
      const since = await tab.mark();
      await tab.press('Generate');
      const sampled = await tab.next('sampled', since);
      await tab.state('ready');
      return sampled;
    };
    await tab.fill({ Steps: 4, Seed: 5 });
    const date = await draw({ 'Which digit': 'text', 'Number or date': ' 29.11. ' });
    assert.deepEqual([date.labels, date.places, date.columns], [[2, 9, 1, 1], [0, 1, 3, 4], 5]);
    assert.ok(await tab.page.getByLabel('Digits', { exact: true }).isDisabled());
    const shown = await onScreen(tab, 'generate-canvas', 5, 5);
    const digit = (pixels, index) => pixels.slice(784 * index, 784 * (index + 1));
    for (const [index, place] of date.places.entries()) {
      assert.ok(difference(digit(shown, place), digit(date.pixels, index)) < 2, `digit ${index} is at place ${place}`);
    }
    assert.ok(digit(shown, 2).every((grey) => grey < 3), 'the gap is empty');
    assert.equal(await tab.page.locator('#generate-canvas').getAttribute('aria-label'), '“29.11.” drawn from seed 5');
    const row = await draw({ 'Which digit': 'row' });
    assert.deepEqual([row.labels, row.columns], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10]);

    for (const [text, words] of [['20x6', '“x” is none of the classes'], ['.', 'type a number or a date']]) {
      await tab.fill({ 'Which digit': 'text', 'Number or date': text });
      await tab.press('Generate');
      const { code, text: said } = await tab.alert('generate');
      assert.equal(code, 'bad_text');
      assert.ok(said.includes(words), said);
    }
    await tab.fill({ 'Which digit': 'any' });
    assert.ok(await tab.page.getByLabel('Number or date').isHidden());
  });

  topic.test('Pause stops it, Resume continues it, Cancel ends it', async () => {
    const tab = await shared();
    const since = await beginLong(tab);
    assert.ok(await tab.button('Generate').isDisabled());
    await tab.press('Pause');
    await tab.state('paused');
    assert.equal(await tab.text('state'), 'Generation paused');
    const held = await stepOf(tab);
    const marked = await tab.mark();
    await still(1000);
    assert.equal(await stepOf(tab), held);
    assert.deepEqual(await tab.events('sampling', marked), [], 'nothing goes on behind it');

    await tab.press('Resume');
    await tab.state('generating');
    const next = await tab.next('sampling', marked);
    assert.ok(next.step > held && next.step < held + 20, `goes on where it was held: ${held}, ${next.step}`);
    await tab.press('Cancel');
    await tab.state('ready');
    const { complete } = await tab.next('sampled', since);
    assert.equal(complete, false);
    assert.equal(await tab.text('generate-left'), 'cancelled');
    assert.ok(rising(await tab.events('sampling', since)), 'no step twice');
  });

  topic.test('a pause changes nothing about the digits', async () => {
    const tab = await shared();
    const whole = await tab.generate({ count: 1, steps: 70, seed: 11 });
    const since = await tab.mark();
    await tab.press('Generate');
    await tab.next('sampling', since);
    await tab.press('Pause');
    await tab.state('paused');
    await tab.press('Resume');
    assert.equal((await tab.next('sampled', since)).fingerprint, whole.fingerprint);
    await tab.state('ready');
  });

  topic.test('Cancel also ends a paused generation, and the next one is sound', async () => {
    const tab = await shared();
    await beginLong(tab);
    await tab.press('Pause');
    await tab.state('paused');
    await tab.press('Cancel');
    await tab.state('ready');
    assert.equal((await tab.generate(DRAW)).fingerprint, first);
  });
}
