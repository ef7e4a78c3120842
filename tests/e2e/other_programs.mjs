/** Files as other programs write them: they are taken, and the page says what it did with them. */

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { digits, idx, parseWeights, writeWeights } from './files.mjs';
import { guarded, tinyWeights } from './trained.mjs';

export default function otherPrograms(topic) {
  const { shared, unharmed } = guarded(topic);

  /** Give the tiny weights, changed; returns the event `model`. */
  async function given(tab, change) {
    const { header, data } = parseWeights((await tinyWeights()).f32.bytes);
    const since = await tab.mark();
    await tab.give({ name: 'theirs.safetensors', bytes: writeWeights(...change(header, data)) });
    return tab.next('model', since);
  }

  topic.test('weights with a prefix and a counter', async () => {
    const tab = await shared();
    const model = await given(tab, ({ __metadata__, ...tensors }, data) => {
      const renamed = Object.entries(tensors).map(([name, entry]) => [`module.${name}`, entry]);
      const counter = { dtype: 'I64', shape: [], data_offsets: [data.length, data.length + 8] };
      return [{ __metadata__, ...Object.fromEntries(renamed), n_averaged: counter }, Buffer.concat([data, Buffer.alloc(8)])];
    });
    assert.equal(model.assumed, false);
    assert.match(await tab.text('model-provenance'), /begin with `module\.`, which was taken off.*Skipped.*`n_averaged`/);
    assert.ok(await tab.page.locator('#assume-form').isHidden());
    await unharmed(tab);
  });

  topic.test('weights without a description: what is assumed can be changed', async () => {
    const tab = await shared();
    const model = await given(tab, ({ __metadata__, ...tensors }, data) => [{ __metadata__: {}, ...tensors }, data]);
    assert.equal(model.assumed, true);
    assert.equal(model.preset, 'tiny');
    assert.match(await tab.text('model-provenance'), /does not say how the network was trained: T = 1000, the linear schedule/);
    await tab.tool('weights');
    const form = tab.page.locator('#assume-form');
    assert.ok(await form.isVisible());
    const draw = () => tab.generate({ count: 1, steps: 2 });
    const { prediction, schedule } = JSON.parse(parseWeights((await tinyWeights()).f32.bytes).header.__metadata__.ddpm).train;
    const assumed = (await draw()).fingerprint;
    await tab.fill({ Predicts: 'x0', 'Trained schedule': 'cosine' });
    await tab.press('Use these');
    assert.notEqual((await draw()).fingerprint, assumed, 'another meaning gives other digits');
    await tab.fill({ Predicts: prediction, 'Trained schedule': schedule });
    await tab.press('Use these');
    await unharmed(tab);

    await tab.fill({ 'Timesteps T': 0 });
    await tab.press('Use these');
    const { code, text } = await tab.alert('weights');
    assert.equal(code, 'bad_value');
    assert.match(text, /T is 0; it must be between/);
    await unharmed(tab);
  });

  topic.test('data: several gzip members, stray bytes, labels in columns', async () => {
    const tab = await shared();
    const { images, labels } = digits(50);
    const members = [images.bytes.subarray(0, 9000), images.bytes.subarray(9000)].map((part) => gzipSync(part));
    const columns = Buffer.alloc(50 * 32);
    labels.bytes.subarray(8).forEach((label, row) => columns.writeInt32BE(label, row * 32));
    const since = await tab.mark();
    await tab.give(
      { name: 'qmnist-train-images-idx3-ubyte.gz', bytes: Buffer.concat([...members, Buffer.from('stray')]) },
      { name: 'qmnist-train-labels-idx2-int', bytes: idx(0xc02, [50, 8], columns) },
    );
    const data = await tab.next('data', since);
    assert.equal(data.images, 50);
    const counts = Array(10).fill(0);
    labels.bytes.subarray(8).forEach((label) => void (counts[label] += 1));
    assert.deepEqual(data.classes, counts);
    const { code, text } = await tab.alert('train');
    assert.equal(code, 'note');
    assert.match(text, /goes on for 5 bytes after the end of its gzip data/);
  });

  topic.test('data: of the four files of MNIST the larger pair is taken', async () => {
    const tab = await shared();
    const [train, test] = [digits(30), digits(20)];
    const since = await tab.mark();
    await tab.give(
      { ...test.images, name: 't10k-images' }, { ...train.labels, name: 'train-labels' },
      { ...train.images, name: 'train-images' }, { ...test.labels, name: 't10k-labels' },
    );
    assert.equal((await tab.next('data', since)).images, 30);
    assert.match((await tab.alert('train')).text, /here that of train-images; not used: t10k-images, t10k-labels/);
  });

  topic.test('a notice about a refused file goes away when a good one is taken', async () => {
    const tab = await shared();
    await tab.give({ name: 'bad.safetensors', bytes: Buffer.from('no weights') });
    assert.equal((await tab.alert('weights')).code, 'not_safetensors');
    const { images, labels } = digits(10);
    const since = await tab.mark();
    await tab.give(images, labels);
    await tab.next('data', since);
    assert.equal(await tab.page.locator('#notice-weights p').count(), 0);
  });
}
