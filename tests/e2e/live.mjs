/** Digits that follow a control while it is moved: the walk between two seeds, and the sliders beside numbers. */

import assert from 'node:assert/strict';
import { difference, onScreen } from './pictures.mjs';
import { guarded, tinyWeights } from './trained.mjs';

/** A deterministic draw that takes little time. */
const QUICK = { 'Which digit': '3', Digits: 4, Sampler: 'dpm++2m', 'Noise η': 0, Steps: 4, Guidance: 1 };

/** Have the keyboard on a control. @param {import('./tab.mjs').Tab} tab @param {import('playwright-core').Locator} control */
async function focus(tab, control) {
  const folded = tab.page.locator('details:not([open])').filter({ has: control });
  if (await folded.count()) await folded.locator('> summary').click();
  await control.focus();
}

/**
 * Passes that a draft may have to follow the hand, by the time that the last draw took (www/views/live.js). @param {import('./tab.mjs').Tab} tab
 * @param {number} images in a pass of the draft
 */
const passesAtOnce = (tab, images) => tab.page.evaluate((wanted) => {
  const { options, steps, elapsed_s } = window.e2e.events.findLast(({ type }) => type === 'sampled' || type === 'drafted');
  const { count, class: chosen, cfg_scale } = options;
  const pace = elapsed_s / (steps * count * (chosen !== 'none' && cfg_scale !== 0 && cfg_scale !== 1 ? 2 : 1));
  return Math.floor(0.2 / (pace * wanted));
}, images);

/** Press keys on a slider and wait for the digits that are drawn when it is let go; also gives the drafts before them. */
async function slide(tab, control, ...keys) {
  await focus(tab, control);
  const since = await tab.mark();
  for (const key of keys) {
    await tab.page.keyboard.press(key);
    // Meanwhile a draft may be drawn.
    await tab.page.waitForTimeout(60);
  }
  const sampled = await tab.next('sampled', since);
  await tab.state('ready');
  return { sampled, drafts: await tab.events('drafted', since), states: (await tab.events('state', since)).map(({ state }) => state) };
}

/** Wait for the digits of this seed, and assert that no others were drawn to their end. */
async function newest(tab, seed, since) {
  await tab.until(`the digits of seed ${seed}`, ({ from, wanted }) => window.e2e.events.slice(from)
    .some((e) => e.type === 'sampled' && e.complete && e.options.seed === wanted), { from: since, wanted: seed });
  await tab.state('ready');
  const drawn = await tab.events('sampled', since);
  assert.deepEqual(drawn.filter(({ complete }) => complete).map(({ options }) => options.seed), [seed]);
  assert.deepEqual(await tab.events('refused', since), []);
}

export default function live(topic) {
  const { shared } = guarded(topic);
  const walk = (tab) => tab.page.getByLabel('Walk');

  topic.test('a walk leads from the digits of one seed to those of another', async () => {
    const tab = await shared();
    await tab.fill({ ...QUICK, 'Second seed': 22 });
    const [from, to] = [await tab.generate({ steps: 4, seed: 21 }), await tab.generate({ steps: 4, seed: 22 })];
    await tab.fill({ Seed: 21 });
    const follows = await passesAtOnce(tab, 4);
    const { sampled: end, drafts, states } = await slide(tab, walk(tab), 'End');
    assert.equal(drafts.length > 0, follows >= 2, `${drafts.length} drafts, where ${follows} passes are done at once`);
    assert.deepEqual(end.options.walk, { to_seed: 22, position: 1 });
    assert.equal(end.fingerprint, to.fingerprint);
    assert.deepEqual([...new Set(states)], ['generating', 'ready'], 'of a draft nothing is announced');
    assert.ok(drafts.every(({ options }) => options.walk.position === 1 && options.count === 4));
    assert.ok(difference(await onScreen(tab, 'generate-canvas', 4), end.pixels) < 2);

    const { sampled: between } = await slide(tab, walk(tab), 'PageDown', 'PageDown');
    const { position } = between.options.walk;
    assert.ok(position > 0 && position < 1);
    assert.ok(between.fingerprint !== from.fingerprint && between.fingerprint !== to.fingerprint);
    assert.equal(new URL(tab.page.url()).searchParams.get('walk'), String(position), 'the address says where');
    const { sampled: start } = await slide(tab, walk(tab), 'Home');
    assert.equal(start.options.walk ?? null, null);
    assert.equal(start.fingerprint, from.fingerprint);
  });

  topic.test('guidance, seed and η are drawn as they are slid, and can still be typed', async () => {
    const tab = await shared();
    await tab.fill({ ...QUICK, Digits: 1, Sampler: 'ddim', Steps: 4, Seed: 21, Guidance: 2 });
    for (const [field, label, key, expected] of [
      ['guidance', 'Guidance', 'ArrowRight', 2.05], ['seed', 'Seed', 'ArrowLeft', 20], ['eta', 'Noise η', 'End', 1],
    ]) {
      const slider = tab.page.locator(`input[type=range][data-for=${field}]`);
      const follows = await passesAtOnce(tab, 2);
      const { sampled, drafts } = await slide(tab, slider, key);
      assert.equal(drafts.length > 0, follows >= 2, `${label}: ${drafts.length} drafts, where ${follows} passes are done at once`);
      assert.equal(await tab.page.getByLabel(label, { exact: true }).inputValue(), String(expected), label);
      const { cfg_scale, seed, sampler } = sampled.options;
      const value = { guidance: cfg_scale, seed, eta: sampler.eta }[field];
      assert.equal(value, expected);
      assert.deepEqual([sampler.kind, sampler.steps], ['ddim', 4]);
      for (const { options } of drafts) assert.equal(options.sampler.kind, 'ddim');
      await tab.fill({ [label]: 1 });
      assert.equal(await slider.inputValue(), '1', 'the slider follows what is typed');
    }
    await tab.fill({ 'Which digit': 'none' });
    assert.ok(await tab.page.locator('input[data-for=guidance]').isDisabled());
  });

  topic.test('a slider that moves on has its draw give way, and the newest is drawn', async () => {
    const tab = await shared();
    await tab.fill({ ...QUICK, Digits: 16, Steps: 1000, Seed: 30 });
    const slider = tab.page.locator('input[data-for=seed]');
    await focus(tab, slider);
    const since = await tab.mark();
    await tab.page.keyboard.press('ArrowRight');
    await tab.until('the draw of seed 31', (from) => window.e2e.events.slice(from).some(({ type }) => type === 'sampling')
      || document.body.dataset.state === 'generating', since);
    await tab.fill({ Steps: 2 });
    await focus(tab, slider);
    await tab.page.keyboard.press('ArrowRight');
    await newest(tab, 32, since);
  });

  topic.test('a draw that Generate has begun gives way to a slider, too', async () => {
    const tab = await shared();
    await tab.fill({ ...QUICK, Digits: 16, Steps: 1000, Seed: 40 });
    const since = await tab.mark();
    await tab.press('Generate');
    await tab.state('generating');
    await tab.fill({ Steps: 2 });
    await focus(tab, tab.page.locator('input[data-for=seed]'));
    await tab.page.keyboard.press('ArrowRight');
    await newest(tab, 41, since);
  });

  topic.test('a hand that comes back to where it began has let go as well', async () => {
    const tab = await shared();
    await tab.fill({ ...QUICK, Seed: 21 });
    const before = await tab.generate({ steps: 4, seed: 21 });
    await focus(tab, walk(tab));
    await walk(tab).hover();
    const { x, y, width, height } = await walk(tab).boundingBox();
    const since = await tab.mark();
    await tab.page.mouse.move(x + 4, y + height / 2);
    await tab.page.mouse.down();
    await tab.page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
    assert.ok(Number(await walk(tab).inputValue()) > 0.3, 'it is under way');
    await tab.page.mouse.move(x - 20, y + height / 2, { steps: 4 });
    assert.equal(await walk(tab).inputValue(), '0');
    await tab.page.mouse.up();
    const sampled = await tab.next('sampled', since);
    assert.deepEqual([sampled.options.walk ?? null, sampled.fingerprint], [null, before.fingerprint]);
    await tab.state('ready');
    assert.equal(await tab.page.locator('#digit-grid button').count(), 4, 'the digits on the stage are digits again');
  });

  topic.test('a walk keeps the digits that were asked for; those of a draft have as many steps as can follow the hand', async () => {
    const tab = await topic.open({ query: '?device=cpu&count=64' });
    await tab.ready();
    await tab.fill({ Sampler: 'dpm++2m', Guidance: 1 });
    for (const count of [undefined, 16, 4]) {
      await tab.fill({ Steps: 8, ...(count && { Digits: count }) });
      const drawing = await tab.mark();
      await tab.press('Generate');
      const { options, steps, elapsed_s } = await tab.next('sampled', drawing);
      await tab.state('ready');
      assert.deepEqual([options.count, steps], [count ?? 64, 8]);
      // As long as the hand holds the slider.
      await focus(tab, walk(tab));
      await walk(tab).hover();
      const { x, y, width, height } = await walk(tab).boundingBox();
      const since = await tab.mark();
      await tab.page.mouse.move(x + width * 0.3, y + height / 2);
      await tab.page.mouse.down();
      const follows = Math.min(5, Math.floor(0.2 / (elapsed_s / steps)));
      if (follows >= 2) assert.equal((await tab.next('drafted', since)).steps, follows, `${elapsed_s / steps} s a step`);
      else await tab.page.waitForTimeout(500);
      const drafts = await tab.events('drafted', since);
      await tab.page.mouse.up();
      const sampled = await tab.next('sampled', since);
      await tab.state('ready');
      assert.deepEqual([sampled.options.count, sampled.steps], [count ?? 64, 8], 'the digits proper');
      assert.equal(drafts.length, follows >= 2 ? 1 : 0);
      assert.ok(drafts.every((draft) => draft.options.count === sampled.options.count));
      await walk(tab).fill('0');
    }
  }, { seconds: 120 });

  topic.test('until a number of digits is chosen, a walk has a field of 64 where they can follow', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    // 64 digits of the tiny weights follow the hand on a processor that has the time for them, and 16 of the others do not.
    await tab.load((await tinyWeights()).f32);
    await tab.fill({ Sampler: 'dpm++2m', Steps: 2, Guidance: 1 });
    const since = await tab.mark();
    await tab.press('Generate');
    const { options: { count } } = await tab.next('sampled', since);
    assert.equal(count, 16);
    await tab.state('ready');
    const follow = await passesAtOnce(tab, 64) >= 5;
    const { sampled } = await slide(tab, walk(tab), 'ArrowRight');
    assert.equal(sampled.options.count, follow ? 64 : 16);
    assert.equal(/^64 digits: this device redraws as many at once$/.test(await tab.text('walk-hint')), follow);
    // A visitor who types 16 gets 16 digits, although 16 is also the number that the form began with.
    await tab.page.getByLabel('Digits', { exact: true }).fill('15');
    await tab.page.getByLabel('Digits', { exact: true }).press('ArrowUp');
    await tab.page.getByLabel('Digits', { exact: true }).blur();
    const { sampled: asked } = await slide(tab, walk(tab), 'ArrowRight');
    assert.equal(asked.options.count, 16);
  });
}
