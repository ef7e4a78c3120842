/** Edit: digits from a scribble, a part drawn anew, pictures between two digits. */

import assert from 'node:assert/strict';
import { difference, onScreen, shoot } from './pictures.mjs';
import { giveDigits } from './trained.mjs';

const PIXELS = 28 * 28;
const DRAW = { Steps: 8, Seed: 5, 'Which digit': 'any' };

/** Draw a line on the sketch pad with the mouse. Points are given as shares of the pad's edge. */
async function stroke(tab, ...points) {
  const pad = tab.page.locator('#pad');
  // Unlike scrolling into view, this waits until a smooth scroll has ended.
  await pad.hover();
  const box = await pad.boundingBox();
  const at = ([x, y]) => [box.x + box.width * x, box.y + box.height * y];
  await tab.page.mouse.move(...at(points[0]));
  await tab.page.mouse.down();
  for (const point of points.slice(1)) await tab.page.mouse.move(...at(point), { steps: 4 });
  await tab.page.mouse.up();
}

/** The grey of each pixel that the sketch pad shows. */
const shown = (tab) => tab.page.locator('#pad').evaluate((pad) =>
  [...pad.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0));

/** Press a button of the form and wait for what it draws. */
async function drawn(tab, button) {
  const since = await tab.mark();
  await tab.press(button);
  const sampled = await tab.next('sampled', since);
  await tab.state('ready');
  return sampled;
}

const images = ({ pixels }) => Array.from({ length: pixels.length / PIXELS }, (_, i) =>
  pixels.slice(i * PIXELS, (i + 1) * PIXELS));

/** Draw something like a 7. */
const scribble = (tab) => stroke(tab, [0.3, 0.25], [0.7, 0.25], [0.45, 0.8]);

export default function edit(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await tab.fill({ ...DRAW, 'What to do': 'picture', Versions: 2 });
  });

  topic.test('an empty picture is refused beside the form', async () => {
    const tab = await shared();
    await tab.press('Turn into a digit');
    const { code, text } = await tab.alert('edit');
    assert.equal(code, 'empty_picture');
    assert.match(text, /picture is empty: draw something/);
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'ready');
  });

  topic.test('a scribble becomes digits: like it at a low strength, less so at a high one', async () => {
    const tab = await shared();
    await scribble(tab);
    const picture = await shown(tab);
    assert.ok(picture.filter((grey) => grey > 200).length > 30, 'the mouse draws');
    const apart = {};
    for (const strength of [20, 90]) {
      await tab.fill({ Strength: strength });
      const sampled = await drawn(tab, 'Turn into a digit');
      assert.equal(sampled.options.count, 2);
      assert.ok(sampled.steps < 8 || strength > 85, `${sampled.steps} steps at ${strength} %`);
      const each = images(sampled);
      assert.notDeepEqual(each[0], each[1]);
      apart[strength] = difference(each[0], picture);
      assert.ok(difference(await onScreen(tab, 'generate-canvas', 2), sampled.pixels) < 2, 'on the same canvas');
    }
    assert.ok(apart[20] < apart[90], JSON.stringify(apart));
    assert.match(await tab.text('strength-level'), /90 %: noise of t = 899/);
  });

  topic.test('the same seed draws the same from it, and it can be paused and cancelled', async () => {
    const tab = await shared();
    const { fingerprint } = await drawn(tab, 'Turn into a digit');
    assert.equal((await drawn(tab, 'Turn into a digit')).fingerprint, fingerprint);
    await tab.fill({ Steps: 1000 });
    const since = await tab.mark();
    await tab.press('Turn into a digit');
    await tab.next('sampling', since);
    await tab.press('Pause');
    await tab.state('paused');
    await tab.press('Resume');
    await tab.state('generating');
    await tab.press('Cancel');
    await tab.state('ready');
    assert.equal((await tab.next('sampled', since)).complete, false);
    await tab.fill(DRAW);
  });

  topic.test('only the part that is marked is drawn anew', async () => {
    const tab = await shared();
    const picture = await shown(tab);
    await tab.fill({ 'What to do': 'part' });
    await tab.press('Redraw the part');
    assert.equal((await tab.alert('edit')).code, 'empty_mask');
    await stroke(tab, [0.1, 0.75], [0.9, 0.75]);
    await shoot(tab, 'edit');
    const sampled = await drawn(tab, 'Redraw the part');
    assert.ok(sampled.steps > 8, 'in several rounds');
    const rows = (image, from, to) => image.slice(from * 28, to * 28);
    for (const image of images(sampled)) {
      assert.deepEqual(rows(image, 0, 17), rows(picture, 0, 17), 'what is above stays as it is');
      assert.notDeepEqual(rows(image, 19, 24), rows(picture, 19, 24));
    }
  });

  topic.test('a digit drawn before can be the picture, and be blended into another', async () => {
    const tab = await shared();
    await tab.fill({ 'What to do': 'picture' });
    const before = images(await tab.generate({ count: 4, steps: 8 }));
    await tab.check('Digit 2 of 4');
    await tab.press('Use as picture');
    assert.deepEqual(await shown(tab), before[1]);
    await tab.check('Digit 4 of 4');
    await tab.fill({ 'What to do': 'blend' });
    const sampled = await drawn(tab, 'Blend');
    assert.equal(sampled.steps, 100, '50 up and 50 down');
    const between = images(sampled);
    assert.equal(between.length, 8);
    assert.ok(difference(between[0], before[1]) < difference(between[0], before[3]), 'begins near the one');
    assert.ok(difference(between[7], before[3]) < difference(between[7], before[1]), 'ends near the other');
    await tab.fill({ 'What to do': 'picture' });
  }, { seconds: 120 });

  topic.test('with the keyboard alone', async () => {
    const tab = await shared();
    await tab.press('Clear');
    await tab.tool('edit');
    await tab.page.locator('#pad').focus();
    for (const key of ['ArrowUp', 'ArrowUp', 'Space', ...Array(8).fill('Shift+ArrowDown'), 'Tab']) await tab.page.keyboard.press(key);
    const inked = (await shown(tab)).filter((grey) => grey > 150).length;
    assert.ok(inked >= 16, `${inked} pixels drawn`);
    await tab.fill({ Strength: 50 });
    await tab.button('Turn into a digit').focus();
    const since = await tab.mark();
    await tab.page.keyboard.press('Enter');
    await tab.next('sampled', since);
    await tab.state('ready');
    await tab.until('the focus back on the button', () => document.activeElement.id === 'begin-edit');
  });

  topic.test('bad numbers are refused and nothing is lost', async () => {
    const tab = await shared();
    for (const [values, good, words] of [
      [{ Versions: 65 }, { Versions: 2 }, /65 digits.*1 to 64/],
      [{ Versions: '' }, { Versions: 2 }, /number of digits must be a whole number/],
      [{ Steps: 1001 }, DRAW, /1001 steps.*1 to 1000/],
      [{ Guidance: 9 }, { Guidance: 1.5 }, /guidance scale is 9; it must be between 0 and 8/],
    ]) {
      await tab.fill(values);
      const since = await tab.mark();
      await tab.press('Turn into a digit');
      await tab.until('a refusal', (from) => window.e2e.events.slice(from).some((e) => e.type === 'refused'), since);
      assert.match((await tab.alert('edit')).text, words);
      await tab.fill(good);
    }
    await drawn(tab, 'Turn into a digit');
  });

  topic.test('while a training session is paused its weights are those that draw', async () => {
    const tab = await shared();
    const { fingerprint } = await drawn(tab, 'Turn into a digit');
    await giveDigits(tab);
    await tab.trainToEnd({ Model: 'tiny', 'Batch size': 4, 'Sample every': 0, 'Stop after': 2 });
    const since = await tab.mark();
    await tab.press('Turn into a digit');
    assert.notEqual((await tab.next('sampled', since)).fingerprint, fingerprint);
    await tab.state('paused');
    await tab.press('Reset');
    await tab.state('ready');
    assert.equal((await drawn(tab, 'Turn into a digit')).fingerprint, fingerprint);
  });
}
