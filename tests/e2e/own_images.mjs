/** Training on images of one's own: what the network will see is shown first; and a batch that does not fit is answered with one that does. */

import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';
import { DRAW, TINY, giveDigits } from './trained.mjs';

/** Wider than the network's 28 pixels. */
const [WIDTH, HEIGHT] = [60, 40];

/** A PNG file: a dark bar on white, `x` pixels from the left. @param {import('./tab.mjs').Tab} tab @param {number} x */
async function png(tab, x) {
  const bytes = await tab.page.evaluate(async ([width, height, left]) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#222';
    context.fillRect(left, 8, 8, 24);
    const blob = await canvas.convertToBlob({ type: 'image/png' });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, [WIDTH, HEIGHT, x]);
  return Buffer.from(bytes);
}

export default function ownImages(topic) {
  topic.test('a folder of pictures is shown as the network sees it, used, and its classes have names', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const folder = await mkdtemp(join(tmpdir(), 'ddpm-'));
    const pets = join(folder, 'pets');
    for (const [index, name] of ['cat', 'dog', 'cat', 'dog', 'cat', 'dog'].entries()) {
      await mkdir(join(pets, name), { recursive: true });
      await writeFile(join(pets, name, `${index}.png`), await png(tab, 6 + 6 * index));
    }
    await writeFile(join(pets, 'cat', 'notes.txt'), 'no picture');
    try {
      const since = await tab.mark();
      await tab.page.getByLabel('A folder of them', { exact: true }).setInputFiles(pets);
      const given = await tab.next('pictures', since);
      assert.deepEqual(given.class_names, ['cat', 'dog']);
      assert.equal(given.conversion.invert, true, 'dark on white is turned around');
      const corner = ({ pixels }) => pixels[5 * 28];
      assert.ok(corner(given) < 8, `the ground is black: ${corner(given)}`);
      assert.match(await tab.text('pictures-words'), /^pets: 6 pictures, 2 classes: cat 3, dog 3\.$/);
      assert.equal(await tab.page.locator('#pictures-shown canvas').count(), 6);
      await shoot(tab, 'own-images');
      await accessible(tab, 'what the network will see');

      const again = await tab.mark();
      await tab.check('Exchange black and white', false);
      assert.ok(corner(await tab.next('pictures', again)) > 247, 'as it was given');
      await tab.check('Exchange black and white');
      await tab.press('Use these pictures');
      const data = await tab.next('data', again);
      assert.equal(data.images, 6);
      assert.match(await tab.text('data-line'), /pets, 6 images of 2 classes: cat 3, dog 3\./);
      assert.ok(await tab.page.locator('#pictures').isHidden());

      await tab.trainToEnd({ ...TINY, 'Batch size': 4, 'Stop after': 2 });
      const options = await tab.page.getByLabel('Which digit').locator('option').allInnerTexts();
      assert.deepEqual(options.slice(-2), ['cat', 'dog']);
      await tab.fill({ 'Which digit': '1' });
      const { options: drawn } = await tab.generate(DRAW);
      assert.deepEqual(drawn.class, { one: 1 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  topic.test('what training takes is said before, and a batch that fits is offered', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.until('an estimate', () => document.getElementById('memory-line').textContent.includes('about'));
    const count = 6000;
    const since = await tab.mark();
    await giveDigits(tab, count);
    await tab.fill({ Model: 'base', 'Batch size': count });
    await tab.until('a warning', () => document.getElementById('memory-line').textContent.includes('more than this device has'));
    await tab.press('Train');
    const { code, text } = await tab.alert('train');
    assert.equal(code, 'batch_too_large');
    assert.match(text, /Batches of 6000 images of this model take about \d+\.\d GB/);
    const offered = await tab.page.getByRole('button', { name: /^Train with batches of/ });
    const batch = Number((await offered.innerText()).replace(/\D/g, ''));
    assert.ok(batch > 100 && batch < count, `${batch}`);
    await offered.click();
    await tab.until('the state training', (from) => window.e2e.events.slice(from)
      .some((event) => event.type === 'state' && event.state === 'training'), since);
    assert.equal(await tab.page.getByLabel('Batch size').inputValue(), String(batch));
  });
}
