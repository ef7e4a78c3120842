/** Weights that are downloaded and loaded again draw the same digits from the same seed. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { byPyTorch, parseWeights } from './files.mjs';
import { spread } from './pictures.mjs';
import { DRAW, TINY, download, giveDigits, tinyWeights } from './trained.mjs';

const PYTHON = process.env.E2E_PYTHON ?? 'python3';
/** A Python script that prints the metadata and every tensor's name, shape, dtype and sum. */
const SCRIPT = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], "numpy") as f:
    tensors = {k: f.get_tensor(k) for k in f.keys()}
    print(json.dumps({"metadata": f.metadata(), "tensors": {
        k: {"shape": list(t.shape), "dtype": str(t.dtype), "sum": float(t.astype("float64").sum())}
        for k, t in tensors.items()}}))
`;

/** Assert what holds of the file for any reader: metadata, layout without gaps, number of parameters. */
function check({ header, data }, dtype, bytesEach) {
  const { __metadata__: metadata, ...tensors } = header;
  const about = JSON.parse(metadata.ddpm);
  assert.equal(about.step, 30);
  assert.deepEqual(about.unet, { channels: [12, 24, 24], groups: 4 });
  assert.equal(about.train.batch_size, 8);
  assert.equal(about.train.learning_rate, 0.002);
  assert.equal(about.train.timesteps, 1000);
  assert.match(about.origin, /Trained in a browser for 30 steps of 8 images \(1\.20 epochs\)\./);
  let end = 0;
  let parameters = 0;
  for (const [name, { dtype: found, shape, data_offsets: [from, to] }] of Object.entries(tensors)) {
    const count = shape.reduce((product, n) => product * n, 1);
    assert.equal(found, dtype, name);
    assert.equal(from, end, `${name} begins where the last one ends`);
    assert.equal(to - from, count * bytesEach, name);
    end = to;
    parameters += count;
  }
  assert.equal(end, data.length);
  assert.ok(parameters > 50_000 && parameters <= 100_000, `${parameters} parameters`);
}

export default function weights(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, (tab) => tab.ready());
  let shipped;

  topic.test('the files hold the network with its whole configuration', async () => {
    const { f32, f16 } = await tinyWeights();
    assert.equal(f32.name, 'ddpm-tiny-30-f32.safetensors');
    assert.equal(f16.name, 'ddpm-tiny-30-f16.safetensors');
    check(parseWeights(f32.bytes), 'F32', 4);
    check(parseWeights(f16.bytes), 'F16', 2);
  }, { seconds: 90 });

  topic.test('Python\'s safetensors opens them', async () => {
    const has = spawnSync(PYTHON, ['-c', 'import safetensors, numpy']).status === 0;
    if (!has) {
      console.log(`      (no ${PYTHON} with safetensors and numpy here: only our own reader looked; see E2E_PYTHON)`);
      return;
    }
    for (const file of [(await tinyWeights()).f32, (await tinyWeights()).f16]) {
      const run = spawnSync(PYTHON, ['-c', SCRIPT, file.path], { encoding: 'utf8' });
      assert.equal(run.status, 0, run.stderr);
      const { metadata, tensors } = JSON.parse(run.stdout);
      const { header } = parseWeights(file.bytes);
      assert.deepEqual(metadata, header.__metadata__);
      for (const [name, { shape, sum }] of Object.entries(tensors)) {
        assert.deepEqual(shape, header[name].shape);
        assert.ok(Number.isFinite(sum));
      }
    }
  });

  topic.test('weights of another size are only taken after Switch', async () => {
    const { f32, fingerprint } = await tinyWeights();
    const tab = await shared();
    shipped = (await tab.generate(DRAW)).fingerprint;
    await tab.give(f32);
    const { code, text } = await tab.alert('weights');
    assert.equal(code, 'other_preset');
    assert.match(text, /ddpm-tiny-30-f32\.safetensors.*another size: tiny.*small/);
    await tab.press('Keep small');
    assert.equal((await tab.generate(DRAW)).fingerprint, shipped, 'kept');

    await tab.load(f32);
    assert.equal(await tab.text('model-source'), f32.name);
    assert.match(await tab.text('model-steps'), /^30 steps/);
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint, 'the same digits as when it was saved');
  });

  topic.test('saved again, the file is the same to the byte', async () => {
    const { f32 } = await tinyWeights();
    const tab = await shared();
    await tab.load(f32);
    const again = await download(tab, 'f32');
    assert.ok(again.bytes.equals(f32.bytes));
  });

  topic.test('f16 loads and draws nearly the same', async () => {
    const { f32, f16 } = await tinyWeights();
    const tab = await shared();
    await tab.load(f32);
    const exact = await tab.generate(DRAW);
    await tab.load(f16);
    const rounded = await tab.generate(DRAW);
    assert.equal(await tab.text('model-source'), f16.name);
    const apart = exact.pixels.reduce((sum, v, i) => sum + Math.abs(v - rounded.pixels[i]), 0) / exact.pixels.length;
    assert.ok(apart < 2, `${apart} grey levels apart`);
  });

  topic.test('the shipped weights can be downloaded and loaded too', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const file = await download(tab, 'f32');
    await tab.load((await tinyWeights()).f32);
    await tab.load(file);
    assert.equal((await tab.generate(DRAW)).fingerprint, shipped);
  });

  topic.test('weights that PyTorch has trained load and draw; the page says whose they are', async () => {
    const file = byPyTorch();
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const before = await tab.generate(DRAW);
    await tab.load(file);
    assert.equal(await tab.text('model-source'), file.name);
    assert.match(await tab.text('model-preset'), /^Tiny/);
    assert.match(await tab.text('model-steps'), /^400 steps/);
    assert.match(await tab.text('model-provenance'), /^Trained by PyTorch .* for 400 steps of 32 images\./);
    const { fingerprint, pixels } = await tab.generate(DRAW);
    assert.equal(pixels.length, DRAW.count * 28 * 28);
    assert.ok(spread(pixels) > 10, 'not flat');
    assert.notEqual(fingerprint, before.fingerprint);
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint, 'the same digits each time');
  });

  topic.test('every file that the page offers is fetched, loaded and drawn with; one that is missing leaves the weights in use', async () => {
    const tab = await topic.open({ query: '?device=cpu#weights' });
    await tab.ready();
    const offers = await tab.page.$$eval('button[data-weights]', (buttons) => buttons.map((each) => [each.dataset.weights, each.textContent, each.closest('li').textContent]));
    assert.deepEqual(offers.map(([file]) => file), ['small.safetensors', 'unconditional.safetensors', 'bound.safetensors', 'fashion.safetensors']);
    for (const [file, label, words] of offers) {
      const size = (await stat(new URL(`../../www/weights/${file}`, import.meta.url))).size;
      assert.ok(words.includes(`${(size / 1e6).toFixed(1)} MB`), `${words} names ${size} bytes`);
      const since = await tab.mark();
      await tab.press(label);
      await tab.next('model', since);
      assert.equal(await tab.text('model-source'), file);
      const parameters = Number(/([\d.]+) million/.exec(await tab.text('model-preset'))?.[1]) * 1e6;
      const named = Number(/([\d,]+) parameters/.exec(words)?.[1].replaceAll(',', '') ?? parameters);
      assert.ok(Math.abs(parameters - named) < 0.02 * named, `${parameters} parameters, and the page says ${named}`);
    }
    assert.match(await tab.text('model-making'), /T-shirt, Trousers/);
    const clothes = (await tab.generate(DRAW)).fingerprint;
    assert.notEqual(clothes, shipped);

    await tab.page.route('**/small.safetensors*', (route) => route.fulfill({ status: 404 }));
    await tab.press('Digits');
    const { code, text } = await tab.alert('weights');
    assert.equal(code, 'unreachable');
    assert.match(text, /small\.safetensors could not be fetched: the server answers with status 404/);
    assert.equal((await tab.generate(DRAW)).fingerprint, clothes, 'the weights in use stay');
    // The browser itself writes that a file was not found.
    tab.complaints();
  });

  topic.test('of two presses the last one holds, though its file comes first', async () => {
    const tab = await topic.open({ query: '?device=cpu#weights' });
    await tab.ready();
    const since = await tab.mark();
    let answer;
    const asked = new Promise((resolve) => { answer = resolve; });
    await tab.page.route('**/weights/small.safetensors*', (route) => answer(route));
    await tab.press('Digits');
    const slow = await asked;
    await tab.press('Clothes');
    await tab.next('model', since);
    assert.equal(await tab.text('model-source'), 'fashion.safetensors');
    const arrived = tab.page.waitForResponse('**/weights/small.safetensors*');
    await slow.continue();
    await (await arrived).finished();
    // Digits that are drawn come after whatever the file that has arrived would have led to.
    await tab.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 0); }));
    await tab.generate(DRAW);
    assert.equal((await tab.events('model', since)).length, 1);
    assert.equal(await tab.text('model-source'), 'fashion.safetensors');
  });

  topic.test('why nothing can be loaded is said while a session is open', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await giveDigits(tab);
    const hint = tab.page.locator('#load-hint');
    await tab.tool('weights');
    assert.ok(await hint.isHidden());
    await tab.trainToEnd({ ...TINY, 'Stop after': 1 });
    await tab.tool('weights');
    assert.match(await hint.innerText(), /^Nothing can be loaded while a training session is open/);
    await tab.press('Reset');
    await tab.state('ready');
    assert.ok(await hint.isHidden());
  });
}
