/** Symbols of the visitor's own: drawn, kept, and learned. */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';

/** A ring with a bar across from top to bottom (Φ), which no digit is; each is a little elsewhere and of another size. @param {number} n which of them */
function ring(n) {
  const [x, y, radius] = [13.5 + 0.5 * ((n % 5) - 2), 14 + 0.5 * ((n % 4) - 1.5), 8 + 0.4 * (n % 3)];
  return Uint8Array.from({ length: 784 }, (_, at) => {
    const [dx, dy] = [(at % 28) - x, Math.floor(at / 28) - y];
    // From the middle of the stroke, in pixels.
    const off = Math.min(Math.abs(Math.hypot(dx, dy) - radius), Math.abs(dy) < 12 ? Math.abs(dx) : 28);
    return Math.round(255 * Math.min(1, Math.max(0, 1.8 - off)));
  });
}

/** How alike two pictures are, from −1 to 1: the correlation of their pixels. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function alike(a, b) {
  const mean = (values) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    ab += (a[at] - ma) * (b[at] - mb);
    aa += (a[at] - ma) ** 2;
    bb += (b[at] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

export default function symbols(topic) {
  topic.test('symbols that are drawn on the page are kept, and learned from', async () => {
    const tab = await topic.open({ query: '?device=cpu#train' });
    await tab.ready();
    await tab.fill({ 'Learn from': 'symbols' });
    const add = tab.page.locator('#symbol-add');
    const pad = tab.page.locator('#symbol-pad');
    // Three of one kind and one of another.
    for (let n = 0; n < 4; n += 1) {
      await tab.fill({ 'What it is': n < 3 ? 'slash' : ' moon ' });
      await pad.hover();
      const { x, y, width } = await pad.boundingBox();
      await tab.page.mouse.move(x + width * 0.2, y + width * (0.3 + 0.1 * n));
      await tab.page.mouse.down();
      await tab.page.mouse.move(x + width * 0.8, y + width * 0.5, { steps: 4 });
      await tab.page.mouse.up();
      await add.click();
    }
    // An empty pad is no drawing.
    await add.click();
    assert.equal(await tab.text('symbols-count'), '4 drawings of 2 kinds.');
    assert.deepEqual(await tab.page.locator('#symbols-list p').allInnerTexts(), ['slash: 3 drawings, 17 more are a good start', 'moon: 1 drawing, 19 more are a good start']);
    await shoot(tab, 'symbols');
    await accessible(tab, 'symbols');

    // A drawing made in Edit is one more of the kind named last.
    await tab.tool('edit');
    const edited = tab.page.locator('#pad');
    await edited.hover();
    const { x, y, width } = await edited.boundingBox();
    await tab.page.mouse.move(x + width * 0.4, y + width * 0.2);
    await tab.page.mouse.down();
    await tab.page.mouse.move(x + width * 0.6, y + width * 0.8, { steps: 4 });
    await tab.page.mouse.up();
    await tab.page.locator('#pad-symbol').click();
    assert.match(await tab.text('pad-said'), /^Kept as “moon”, of which there are 2 now\./);
    await tab.page.reload();
    await tab.ready();
    await tab.fill({ 'Learn from': 'symbols' });
    const from = await tab.mark();
    await tab.press('Train on my symbols');
    const data = await tab.next('data', from);
    assert.deepEqual([data.name, data.images, data.classes, data.class_names], ['my symbols', 5, [3, 2], ['slash', 'moon']]);
    assert.match(await tab.text('data-line'), /my symbols, 5 images/);
    // The same network, images, noise and t: fresh, and from the weights in use, which know what a drawn line is.
    const losses = [];
    // Weights in use keep the classes that the new ones do not take the place of.
    for (const [start, kept] of [['fresh', []], ['current', ['2', '3', '4', '5', '6', '7', '8', '9']]]) {
      const begun = await tab.trainToEnd({ 'Start from': start, 'Batch size': 4, 'Sample every': 0, 'Stop after': 1 });
      losses.push((await tab.events('training', begun)).flatMap((event) => event.losses)[0][1]);
      // The network is asked for each by its name.
      const names = await tab.page.locator('#class option').allTextContents();
      assert.deepEqual(names.slice(names.indexOf('slash')), ['slash', 'moon', ...kept], start);
      await tab.press('Reset');
      await tab.state('ready');
    }
    assert.ok(losses[1] < 0.5 * losses[0], `the first loss: fresh ${losses[0]}, from the weights in use ${losses[1]}`);
    await tab.press('Remove symbol 1, slash');
    assert.equal(await tab.text('symbols-count'), '4 drawings of 2 kinds.');
  }, { seconds: 90 });

  topic.test('drawings of before, which had no names, are of one kind', async () => {
    const tab = await topic.open({
      query: '?device=cpu#train',
      before: (page) => page.addInitScript((ink) => { localStorage.setItem('ddpm.symbols', JSON.stringify([ink, ink, 'no drawing', { name: 'x'.repeat(99), ink }, 5])); },
        Buffer.from(new Uint8Array(784).fill(9)).toString('base64')),
    });
    await tab.ready();
    await tab.fill({ 'Learn from': 'symbols' });
    assert.equal(await tab.text('symbols-count'), '3 drawings of 2 kinds.');
    assert.match((await tab.page.locator('#symbols-list strong').allInnerTexts()).join(), /^symbol,x{24}$/);
  });

  topic.test('symbols have as many names as a network has classes, and the next is refused where it is typed', async () => {
    const most = 62;
    const tab = await topic.open({
      query: '?device=cpu#train',
      before: (page) => page.addInitScript(([ink, kinds]) => {
        localStorage.setItem('ddpm.symbols', JSON.stringify(Array.from({ length: kinds }, (_, n) => ({ name: `kind ${n}`, ink }))));
      }, [Buffer.from(new Uint8Array(784).fill(9)).toString('base64'), most + 1]),
    });
    await tab.ready();
    await tab.fill({ 'Learn from': 'symbols' });
    const hint = () => tab.text('symbol-name-hint');
    // An earlier version of the page, which had no limit, may have kept 63 kinds.
    assert.match(await hint(), /at most 62 kinds, and these are 63: remove all drawings of one kind/);
    const train = tab.page.locator('#symbols-use');
    assert.ok(await train.isDisabled());
    await tab.press('Remove symbol 63, kind 62');
    assert.ok(await train.isEnabled());
    const add = tab.page.locator('#symbol-add');
    await tab.fill({ 'What it is': 'another' });
    assert.match(await hint(), /^There are 62 kinds, as many as a network can have/);
    assert.ok(await add.isDisabled());
    await accessible(tab, 'symbols-refused');
    await tab.fill({ 'What it is': ' kind 7 ' });
    assert.equal(await hint(), '');
    assert.ok(await add.isEnabled());
    // As many as can be are taken.
    const from = await tab.mark();
    await tab.press('Train on my symbols');
    assert.equal((await tab.next('data', from)).class_names.length, most);
  });

  topic.test('twenty drawings of one symbol are learned within a hundred steps', async () => {
    const drawings = Array.from({ length: 20 }, (_, n) => ring(n));
    const tab = await topic.open({
      query: '?device=cpu#train',
      before: (page) => page.addInitScript((inks) => {
        localStorage.setItem('ddpm.symbols', JSON.stringify(inks.map((ink) => ({ name: 'ring', ink }))));
      }, drawings.map((ink) => Buffer.from(ink).toString('base64'))),
    });
    await tab.ready();
    /** How alike each of four digits drawn for the first class is to the mean drawing. */
    const likeness = async () => {
      await tab.tool('draw');
      await tab.fill({ 'Which digit': '0', Sampler: 'dpm++2m' });
      const { pixels } = await tab.generate({ count: 4, steps: 10 });
      const mean = Array.from({ length: 784 }, (_, at) => drawings.reduce((sum, ink) => sum + ink[at], 0) / drawings.length);
      return Array.from({ length: 4 }, (_, digit) => alike([...pixels].slice(784 * digit, 784 * (digit + 1)), mean));
    };
    const before = await likeness();
    await tab.tool('train');
    await tab.fill({ 'Learn from': 'symbols', 'Start from': 'current' });
    await tab.fill({ 'Batch size': 8, 'Learning rate': 0.001, 'Warm-up': 5, 'EMA decay': 0.95, 'Sample every': 50, 'Sampling steps': 10, 'Stop after': 100 });
    await tab.trainToEnd({}, 150_000);
    const after = await likeness();
    await shoot(tab, 'symbol-learned');
    // The digit 0, for which the class stood before, is a ring, too, but without the bar.
    assert.ok(Math.max(...before) < 0.75 && Math.min(...after) > 0.8, `likeness ${before.map((x) => x.toFixed(2))} before, ${after.map((x) => x.toFixed(2))} after`);
  }, { seconds: 200 });
}
