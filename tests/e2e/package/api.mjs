/** The package's API on an empty page: kinds of frames, order, ends, errors, weights. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { byPyTorch, digits } from '../files.mjs';
import { ISOLATED, serve } from '../host.mjs';
import { TINY, giveDigits } from '../trained.mjs';
import { importing } from './site.mjs';

/** What the package is asked for, to draw what the page has drawn. */
const asOnPage = ({ count, seed, cfg_scale, class: asked, sampler: { kind, steps, spacing, clip } }) => ({
  count, seed, steps, sampler: kind, guidance: cfg_scale, class: asked, spacing, clip,
});

export function api(topic, ready) {
  /** An empty page with the package, loaded as `ddpm`. */
  const loaded = topic.shared({ open: async () => {
    const { host } = await ready();
    const tab = await importing(host);
    await tab.page.evaluate(async () => { window.ddpm = await window.api.load({ device: 'cpu' }); });
    return tab;
  } });

  topic.test('draws what the page draws', async () => {
    const page = await topic.open({ query: '?device=cpu' });
    await page.ready();
    const [count, seed, steps] = [3, 11, 6];
    const { fingerprint, options } = await page.generate({ count, seed, steps });
    const tab = await loaded();
    const ours = await tab.page.evaluate(async (given) => (await window.frames(given)).at(-1).drawn.fingerprint, asOnPage(options));
    assert.equal(ours, fingerprint);
  });

  topic.test('frames are ImageBitmaps or ImageData, or painted on a canvas; the last says what was drawn', async () => {
    const tab = await loaded();
    const seen = await tab.page.evaluate(async () => {
      const kinds = {};
      const canvas = new OffscreenCanvas(280, 280);
      const asked = { class: 7, seed: 2, steps: 12 };
      for (const [name, more] of Object.entries({ bitmap: {}, data: { as: 'ImageData' }, canvas: { canvas } })) {
        const frames = await window.frames({ ...asked, ...more });
        const last = frames.at(-1);
        kinds[name] = {
          count: frames.length,
          kind: last.image === null ? 'null' : last.image.constructor.name,
          size: last.image && [last.image.width, last.image.height],
          steps: frames.map(({ step }) => step),
          drawn: frames.map(({ drawn }) => Boolean(drawn)),
          pixels: [...last.drawn.pixels],
          labels: last.drawn.labels,
        };
        if (name === 'data') kinds.red = [...last.image.data].filter((_, index) => index % 4 === 0);
      }
      const { data } = canvas.getContext('2d').getImageData(0, 0, 280, 280);
      // A pixel of the digit is ten of the canvas's, across and down.
      kinds.painted = Array.from({ length: 784 }, (_, i) => data[4 * ((Math.floor(i / 28) * 10 + 5) * 280 + (i % 28) * 10 + 5)]);
      return kinds;
    });
    for (const [name, kind] of [['bitmap', 'ImageBitmap'], ['data', 'ImageData'], ['canvas', 'null']]) {
      const it = seen[name];
      assert.equal(it.kind, kind);
      assert.equal(it.drawn.filter(Boolean).length, 1);
      assert.ok(it.drawn.at(-1) && it.steps.at(-1) === 12, 'the last frame is the digit');
      assert.deepEqual(it.steps, [...it.steps].sort((a, b) => a - b), 'in order');
      assert.deepEqual(it.labels, [7]);
      assert.deepEqual(it.pixels, seen.bitmap.pixels);
    }
    assert.deepEqual(seen.data.size, [28, 28]);
    assert.deepEqual(seen.red, seen.data.pixels, 'ImageData has the very greys');
    assert.deepEqual(seen.painted, seen.data.pixels, 'and so has the canvas');
  });

  topic.test('draws wait for one another, and a signal or leaving the loop ends one', async () => {
    const tab = await loaded();
    const seen = await tab.page.evaluate(async () => {
      const order = [];
      const one = async (name, options) => {
        for await (const { drawn } of window.ddpm.generate({ steps: 5, seed: 1, ...options })) if (drawn) order.push(name);
      };
      await Promise.all([one('a', { class: 1 }), one('b', { class: 2 }), one('c', { class: 3 })]);
      // One that waits is given up before its turn.
      const ending = new AbortController();
      const long = one('long', { steps: 1000, sampler: 'ddpm', signal: ending.signal });
      const waiting = new AbortController();
      const given = window.failure(one('never', { signal: waiting.signal }));
      waiting.abort(new Error('no longer wanted'));
      const { message } = await given;
      ending.abort();
      const { name } = await window.failure(long);
      for await (const { step } of window.ddpm.generate({ steps: 1000, sampler: 'ddpm' })) {
        order.push(`left at ${step < 1000}`);
        break;
      }
      await one('after', {});
      const early = await window.failure(one('never', { signal: AbortSignal.abort() }));
      return { order, message, name, early: early.name };
    });
    assert.deepEqual(seen, { order: ['a', 'b', 'c', 'left at true', 'after'], message: 'no longer wanted', name: 'AbortError', early: 'AbortError' });
  });

  topic.test('trains, refuses what does not go with it, and uses the trained weights', async () => {
    const tab = await loaded();
    const { images, labels } = digits(64);
    const seen = await tab.page.evaluate(async ([pictures, names]) => {
      const data = { images: window.fileOf(pictures), labels: window.fileOf(names) };
      const { ddpm, failure } = window;
      const run = { data, preset: 'tiny', steps: 12, recipe: { batch_size: 8, seed: 3 } };
      const steps = [];
      const busy = [];
      for await (const progress of ddpm.train(run)) {
        steps.push(progress.step);
        if (busy.length === 0) {
          busy.push(await failure(ddpm.generate().next()), await failure(ddpm.saveWeights()), await failure(ddpm.train(run).next()));
        }
      }
      busy.push(await failure(ddpm.train({ ...run, recipe: { learning_rate: 5 } }).next()));
      busy.push(await failure(ddpm.train({ ...run, data: { images: data.images, labels: data.images } }).next()));
      // The object is the one that was trained on, but it holds other files by now.
      const { labels } = data;
      data.labels = data.images;
      busy.push(await failure(ddpm.train(run).next()));
      data.labels = labels;
      const first = { steps: ddpm.model.steps, preset: ddpm.model.preset };
      const drawn = (await window.frames({ steps: 3, seed: 1, class: 1 })).at(-1).drawn.fingerprint;
      // Left after some steps, from the weights in use, with the images that are there.
      for await (const { step } of ddpm.train({ steps: 0, fromCurrent: true, recipe: { batch_size: 4 } })) if (step > 2) break;
      const left = ddpm.model.steps;
      const ending = new AbortController();
      const aborted = await failure((async () => {
        for await (const { step } of ddpm.train({ steps: 0, signal: ending.signal, recipe: { batch_size: 4 } })) if (step > 0) ending.abort();
      })());
      const after = (await window.frames({ steps: 3, seed: 1, class: 1 })).at(-1).drawn.fingerprint;
      const runs = (await navigator.storage.getDirectory()).keys();
      return { steps, busy, first, drawn, left, aborted: aborted.name, after, kept: await Array.fromAsync(runs) };
    }, [images.bytes.toString('base64'), labels.bytes.toString('base64')]);
    assert.equal(seen.steps.at(-1), 12);
    assert.deepEqual(seen.busy.slice(0, 3).map(({ name, code }) => [name, code]), Array(3).fill(['BusyError', 'busy']));
    const [rate, twice, exchanged] = seen.busy.slice(3);
    assert.equal(rate.name, 'RefusedError');
    assert.match(rate.message, /learning rate.*5/i);
    assert.equal(twice.name, 'RefusedError');
    assert.equal(exchanged.name, 'RefusedError');
    assert.equal(exchanged.message, twice.message);
    assert.deepEqual(seen.first, { steps: 12, preset: 'tiny' });
    assert.ok(seen.left > 2, `${seen.left} steps`);
    assert.equal(seen.aborted, 'AbortError');
    assert.notEqual(seen.drawn, seen.after);
    assert.deepEqual(seen.kept, [], 'nothing is kept in the storage of somebody else’s page');
  });

  topic.test('a training ends by its signal at whatever moment that is aborted', async () => {
    const tab = await loaded();
    const { images, labels } = digits(64);
    const seen = await tab.page.evaluate(async ([pictures, names]) => {
      const { ddpm, failure } = window;
      const { postMessage } = Worker.prototype;
      const begun = window.e2e.events.length;
      const ends = {};
      const moments = {
        'its turn comes': (abort) => { Promise.resolve().then(() => abort()); },
        'a Blob is read': (abort, { images: blob }) => { blob.arrayBuffer = () => { abort(); return Blob.prototype.arrayBuffer.call(blob); }; },
        'the program is given the data': (abort) => {
          Worker.prototype.postMessage = function post(message, ...rest) {
            postMessage.call(this, message, ...rest);
            if (message.type === 'load_files') abort();
          };
        },
        'the program is told to train': (abort) => {
          Worker.prototype.postMessage = function post(message, ...rest) {
            postMessage.call(this, message, ...rest);
            if (message.command?.type === 'train') abort();
          };
        },
        // What was asked for before the worker trained was not heard.
        'the worker begins to train, and has not heard the first': (abort) => {
          let deaf = true;
          Worker.prototype.postMessage = function post(message, ...rest) {
            const lost = deaf && message.command?.type === 'pause';
            if (lost) deaf = false;
            else postMessage.call(this, message, ...rest);
            if (message.command?.type === 'train') abort();
          };
        },
      };
      for (const [moment, prepare] of Object.entries(moments)) {
        const ending = new AbortController();
        const data = { images: new Blob([window.fileOf(pictures)]), labels: new Blob([window.fileOf(names)]) };
        prepare(() => ending.abort(new Error(moment)), data);
        const training = (async () => {
          for await (const _ of ddpm.train({ data, preset: 'tiny', steps: 0, signal: ending.signal, recipe: { batch_size: 4 } }));
        })();
        ends[moment] = (await failure(training)).message;
        Worker.prototype.postMessage = postMessage;
      }
      const fetching = new AbortController();
      const { fetch } = window;
      let fetched;
      window.fetch = (...given) => {
        fetching.abort();
        fetched = fetch(...given);
        return fetched;
      };
      const loading = await failure(window.api.load({ device: 'cpu', weights: '/index.html', signal: fetching.signal }));
      window.fetch = fetch;
      const after = (await window.frames({ steps: 2, class: 1 })).at(-1).drawn.labels;
      return { ends, loading: loading.name, fetched: (await failure(fetched)).name, after, trained: window.e2e.events.slice(begun).filter(({ type, state }) => type === 'state' && state === 'training').length };
    }, [images.bytes.toString('base64'), labels.bytes.toString('base64')]);
    for (const [moment, message] of Object.entries(seen.ends)) assert.equal(message, moment);
    assert.equal(Object.keys(seen.ends).length, 5);
    assert.ok(seen.trained > 0, 'some of them began');
    assert.deepEqual([seen.loading, seen.fetched], ['AbortError', 'AbortError'], 'a download of weights is given up, too');
    assert.deepEqual(seen.after, [1]);
    tab.complaints();
  });

  topic.test('weights go out and come in again, and those that PyTorch trained come in', async () => {
    const tab = await loaded();
    const seen = await tab.page.evaluate(async (bytes) => {
      const { ddpm } = window;
      const print = async () => (await window.frames({ steps: 3, seed: 4, class: 5 })).at(-1).drawn.fingerprint;
      const before = await print();
      const saved = await ddpm.saveWeights();
      await ddpm.loadWeights(window.fileOf(bytes));
      const { preset, steps, provenance } = ddpm.model;
      const other = await print();
      await ddpm.loadWeights(saved);
      const url = URL.createObjectURL(saved);
      await ddpm.loadWeights(url);
      const half = await ddpm.saveWeights({ dtype: 'f16' });
      return { before, other, again: await print(), name: saved.name, sizes: [saved.size, half.size], preset, steps, provenance };
    }, byPyTorch().bytes.toString('base64'));
    assert.equal(seen.again, seen.before);
    assert.notEqual(seen.other, seen.before);
    assert.match(seen.name, /\.safetensors$/);
    assert.ok(seen.sizes[1] < seen.sizes[0] * 0.6);
    assert.equal(seen.preset, 'tiny');
    assert.ok(seen.steps > 0);
    assert.match(seen.provenance, /PyTorch/);
  });

  topic.test('of a run that the page has exported, the averaged weights are used', async () => {
    const page = await topic.open({ query: '?device=cpu' });
    await page.ready();
    await giveDigits(page, 60);
    await page.trainToEnd({ ...TINY, 'Stop after': 3 });
    const { fingerprint, options } = await page.generate({ count: 2, seed: 3, steps: 3 });
    const run = page.page.locator('#runs-list li').first();
    const pressed = page.click(run.getByRole('button', { name: 'Export', exact: true, includeHidden: true }));
    const [download] = await Promise.all([page.page.waitForEvent('download'), pressed]);
    const tab = await loaded();
    const seen = await tab.page.evaluate(async ([file, given]) => {
      await window.ddpm.loadWeights(new Blob([window.fileOf(file)]));
      const { steps, preset } = window.ddpm.model;
      return { steps, preset, fingerprint: (await window.frames(given)).at(-1).drawn.fingerprint };
    }, [await readFile(await download.path(), 'base64'), asOnPage(options)]);
    assert.deepEqual(seen, { steps: 3, preset: 'tiny', fingerprint });
  });

  topic.test('errors have classes and codes, and say what was wrong', async () => {
    const tab = await loaded();
    const cases = await tab.page.evaluate(async () => {
      const { ddpm, failure, api } = window;
      const draw = (options) => failure(ddpm.generate(options).next());
      return [
        await draw({ class: 'seven' }), await draw({ stpes: 3 }), await draw({ steps: 1.5 }), await draw({ steps: 5000 }),
        await draw({ count: 65 }), await draw({ class: 12 }), await draw({ sampler: 'euler' }), await draw({ signal: 1 }),
        await draw({ canvas: {} }), await failure(ddpm.train({ preset: 'huge' }).next()),
        await failure(ddpm.train({ recipe: { epochs: 3 } }).next()),
        await failure(ddpm.loadWeights('/missing.safetensors')), await failure(ddpm.loadWeights(new Uint8Array(100))),
        await failure(ddpm.loadWeights(5)), await failure(api.load({ device: 'tpu' })), await failure(api.load({ weights: '/missing.safetensors' })),
      ].map(({ name, code, message }) => [name, code, message]);
    });
    const expected = [
      ['OptionError', 'bad_option', /class must be .*'seven'/], ['OptionError', 'bad_option', /no option stpes/],
      ['OptionError', 'bad_option', /steps must be a whole number.*1\.5/], ['RefusedError', 'bad_value', /5000 steps.*1 to 1000/],
      ['RefusedError', 'bad_count', /64/], ['RefusedError', 'bad_value', /12/], ['OptionError', 'bad_option', /sampler must be one of 'ddpm'/],
      ['OptionError', 'bad_option', /AbortSignal/], ['OptionError', 'bad_option', /OffscreenCanvas/], ['OptionError', 'bad_option', /'tiny', 'small', 'base'/],
      ['OptionError', 'bad_option', /no option epochs/], ['LoadError', 'not_fetched', /missing\.safetensors could not be had.*404/],
      ['RefusedError', 'not_safetensors', /weights/], ['OptionError', 'bad_option', /weights must be an address/],
      ['OptionError', 'bad_option', /'webgpu'/], ['LoadError', 'not_fetched', /404/],
    ];
    for (const [index, [name, code, message]] of expected.entries()) {
      assert.deepEqual(cases[index].slice(0, 2), [name, code], `case ${index}: ${cases[index]}`);
      assert.match(cases[index][2], message);
    }
    assert.equal(cases.length, expected.length);
    assert.equal(await tab.page.evaluate(async () => (await window.frames({ steps: 2 })).at(-1).drawn.labels.length), 1, 'and it goes on');
    tab.complaints();
  });

  topic.test('a file that is missing on the host is named; without weights it trains only', async () => {
    const { host, site } = await ready();
    const tab = await topic.open({ base: host.address });
    const without = async (path) => {
      const poor = await serve(site, '/', { 'access-control-allow-origin': '*' }, { [path]: null });
      const failed = await tab.page.evaluate(async (address) => {
        const { load } = await import(address);
        return load({ device: 'cpu' }).then(() => null, ({ name, code, message }) => ({ name, code, message }));
      }, `${poor.address}pkg/index.js`);
      poor.close();
      return failed;
    };
    for (const [path, code, message] of [
      ['pkg/page-cpu_bg.wasm', 'start_failed', /page-cpu_bg\.wasm/], ['pkg/small.safetensors', 'no_weights', /small\.safetensors.*weights: false/],
      ['pkg/worker.js', 'worker_failed', /worker\.js/],
    ]) {
      const failed = await without(path);
      assert.equal(failed?.name, 'LoadError', path);
      assert.equal(failed.code, code);
      assert.match(failed.message, message);
    }
    const before = tab.requested.length;
    const bare = await tab.page.evaluate(async (address) => {
      const { load } = await import(address);
      const ddpm = await load({ weights: false, device: 'cpu' });
      const code = await ddpm.generate().next().catch((error) => error.code);
      const without = { model: ddpm.model ?? null, code, save: await ddpm.saveWeights().catch((error) => error.code) };
      const labels = Uint8Array.from({ length: 8 }, (_, n) => n);
      const idx = (head, bytes) => new Blob([Uint8Array.from(head), bytes]);
      const images = idx([0, 0, 8, 3, 0, 0, 0, 8, 0, 0, 0, 28, 0, 0, 0, 28], new Uint8Array(8 * 784).fill(90));
      const losses = [];
      const data = { images, labels: idx([0, 0, 8, 1, 0, 0, 0, 8], labels) };
      for await (const progress of ddpm.train({ data, preset: 'tiny', recipe: { batch_size: 4 }, steps: 2 })) losses.push(...progress.losses.map(([, loss]) => loss));
      const [drawn] = await Array.fromAsync(ddpm.generate({ steps: 1 }));
      ddpm.dispose();
      return { ...without, learns: losses.length > 0 && losses.every(Number.isFinite), draws: drawn !== undefined };
    }, `${host.address}pkg/index.js`);
    assert.deepEqual(bare, { model: null, code: 'no_weights', save: 'no_weights', learns: true, draws: true });
    const fetched = tab.requested.slice(before).map((url) => new URL(url).pathname);
    assert.ok(fetched.some((path) => path.endsWith('page-cpu_bg.wasm')), fetched.join());
    assert.ok(!fetched.some((path) => path.endsWith('small.safetensors')), 'weights that are not wanted are not fetched');
    tab.complaints();
  });

  topic.test('dispose ends the worker and whoever waits; an isolated page computes with several threads', async () => {
    const { site } = await ready();
    const host = await serve(site, '/', ISOLATED);
    const tab = await topic.open({ base: host.address });
    const seen = await tab.page.evaluate(async (address) => {
      const { load } = await import(address);
      const ddpm = await load({ device: 'cpu' });
      const until = Date.now() + 30_000;
      while (!/threads/.test(ddpm.device.name) && Date.now() < until) await new Promise((resolve) => { setTimeout(resolve, 50); });
      const name = ddpm.device.name;
      const codes = [];
      const running = (async () => { for await (const _ of ddpm.generate({ steps: 1000, sampler: 'ddpm' })) if (codes.length === 0) { codes.push('begun'); ddpm.dispose(); } })();
      const waiting = ddpm.generate().next();
      codes.push(await running.catch((error) => error.code), await waiting.catch((error) => error.code), await ddpm.saveWeights().catch((error) => error.code));
      return { name, codes };
    }, `${host.address}pkg/index.js`);
    assert.match(seen.name, /threads/);
    assert.deepEqual(seen.codes, ['begun', 'disposed', 'disposed', 'disposed']);
    host.close();
  });
}
