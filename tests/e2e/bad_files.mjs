/** Files that cannot be used: the page shows a notice that says why, and what was loaded before keeps working. */

import assert from 'node:assert/strict';
import { spoilt, spoiltDigits } from './files.mjs';
import { shoot } from './pictures.mjs';
import { TINY, guarded, tinyWeights } from './trained.mjs';

/** For each kind of damage, the refusal's code and the words that the notice must contain. */
const WEIGHTS = [
  ['text', 'not_safetensors', /not a safetensors file/],
  ['empty', 'not_safetensors', /not a safetensors file.*0 bytes/],
  ['truncated', 'truncated', /cut short.*bytes/],
  ['hugeHeader', 'header_too_large', /declares a header of 9223372036854775807 bytes/],
  ['wrongShape', 'wrong_shape', /has the shape \[\d+, \d+\].*needs \[\d+, \d+\]/],
  ['nan', 'not_finite', /holds NaN at element 0/],
  ['otherNetwork', 'no_metadata', /does not say which network/],
  ['twice', 'duplicate_name', /`conv_in\.bias` stands twice/],
  ['numberInMetadata', 'metadata_not_text', /"ddpm" of the file's metadata is not text/],
];

const DATA = [
  ['wrongMagic', 'idx_magic', /few-images-idx3-ubyte is named like an MNIST file but does not begin like one/],
  ['twoMagics', /idx_magic|pair_missing|idx_/, /few-(images|labels)/],
  ['counts', 'idx_count', /100 images but 99 labels/],
  ['declaresMore', 'idx_truncated', /cut short: \d+ bytes expected, \d+ found/],
  ['badLabel', 'idx_label', /Label number 0.*is 62/],
  ['truncatedGzip', 'gzip_truncated', /few-images-idx3-ubyte\.gz is cut short/],
  ['damagedGzip', /gzip_(damaged|truncated)/, /few-images-idx3-ubyte\.gz is (no sound gzip file|cut short)/],
  ['alone', 'pair_missing', /the labels that belong to it are missing/],
];

export default function badFiles(topic) {
  const { shared, unharmed } = guarded(topic);

  /** Assert that the notice is visible and has this code and these words, and that nothing was lost. */
  async function refused(tab, panel, code, words) {
    const alert = await tab.alert(panel);
    if (code instanceof RegExp) assert.match(alert.code, code);
    else assert.equal(alert.code, code, alert.text);
    assert.match(alert.text, words);
    assert.ok(await tab.page.locator(`#notice-${panel} p`).isVisible());
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'ready');
    await unharmed(tab);
  }

  for (const [damage, code, words] of WEIGHTS) {
    topic.test(`weights: ${damage}`, async () => {
      const tab = await shared();
      const files = spoilt((await tinyWeights()).f32.bytes);
      await tab.give({ name: 'broken.safetensors', bytes: files[damage] });
      const { text } = await tab.alert('weights');
      assert.match(text, /^broken\.safetensors: /, 'names the file');
      await refused(tab, 'weights', code, words);
      if (damage === 'nan') await shoot(tab, 'alert');
      await tab.click(tab.button('Dismiss').first());
      assert.equal(await tab.page.locator('#notice-weights p').count(), 0);
    });
  }

  for (const [damage, code, words] of DATA) {
    topic.test(`data: ${damage}`, async () => {
      const tab = await shared();
      const since = await tab.mark();
      await tab.give(...spoiltDigits()[damage]);
      await tab.until('an answer', (from) => window.e2e.events.slice(from)
        .some((e) => e.type === 'refused' || e.type === 'data'), since);
      assert.deepEqual(await tab.events('data', since), [], 'was not taken');
      await refused(tab, 'train', code, words);
      assert.match(await tab.text('data-line'), /few-images-idx3-ubyte, 100 images/, 'the data of before is kept');
    });
  }

  topic.test('the data of before can still be trained on', async () => {
    const tab = await shared();
    await tab.trainToEnd({ ...TINY, 'Stop after': 2 });
    await tab.press('Reset');
    await tab.state('ready');
  });

  for (const [what, makeFiles, panel, code] of [
    ['a broken weights file', async () => [['dropped.safetensors', 'no weights at all']], 'weights', 'not_safetensors'],
    ['sound weights', async () => [['dropped.safetensors', (await tinyWeights()).f32.bytes.toString('base64')]]],
  ]) {
    topic.test(`dropped on the page: ${what}`, async () => {
      const tab = await shared();
      const since = await tab.mark();
      const dataTransfer = await tab.page.evaluateHandle(([files, encoded]) => {
        const transfer = new DataTransfer();
        for (const [name, content] of files) {
          const bytes = encoded ? Uint8Array.from(atob(content), (c) => c.charCodeAt(0)) : content;
          transfer.items.add(new File([bytes], name));
        }
        return transfer;
      }, [await makeFiles(), !panel]);
      await tab.page.dispatchEvent('h1', 'dragover', { dataTransfer });
      assert.ok(await tab.page.getByText('Drop weights or MNIST files').isVisible(), 'says where to drop');
      await tab.page.dispatchEvent('h1', 'drop', { dataTransfer });
      assert.ok(await tab.page.getByText('Drop weights or MNIST files').isHidden());
      if (panel) {
        await refused(tab, panel, code, /^dropped\.safetensors: /);
      } else {
        assert.equal((await tab.next('model', since)).source, 'dropped.safetensors');
        await unharmed(tab);
      }
    });
  }

  topic.test('dropped on the page: more than can be read', async () => {
    const tab = await shared();
    const dataTransfer = await tab.page.evaluateHandle(() => {
      // A file of so many references to one piece takes no memory.
      const piece = new Blob([new Uint8Array(2 ** 20)]);
      const transfer = new DataTransfer();
      transfer.items.add(new File(Array(1100).fill(piece), 'huge.safetensors'));
      return transfer;
    });
    await tab.page.dispatchEvent('h1', 'drop', { dataTransfer });
    await refused(tab, 'weights', 'files_too_large', /^huge\.safetensors has 1\.2 GB, and at most 1\.1 GB/);
    await unharmed(tab);
  });
}
