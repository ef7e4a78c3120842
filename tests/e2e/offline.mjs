/**
 * The offline copy: a page that has been opened once starts without its host, and with threads whatever the host sends; new
 * versions are fetched beside it and never mixed with the one that runs.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { DIST, OUT } from './environment.mjs';
import { serve } from './host.mjs';
import { shoot } from './pictures.mjs';
import { DRAW, TINY, giveDigits } from './trained.mjs';

const NEXT = `${OUT}/next`;
const MNIST = 'www/data/mnist/train-images-idx3-ubyte.gz';
const PROGRAM = 'page-cpu_bg.wasm';
/** What tells the files of the next build. */
const MARK = '\n/* next */\n';

/** The build's list of files. @returns {Promise<{ build: string, files: Array<{ path: string, bytes: number, hash: string }> }>} */
const listed = async () => JSON.parse(await readFile(`${DIST}/files.json`, 'utf8'));

/** Write another build, which has a comment at the end of these files. @param {string[]} changed */
async function rebuilt(changed) {
  const { build, files } = await listed();
  const other = createHash('sha256').update(build).digest('hex').slice(0, build.length);
  await rm(NEXT, { recursive: true, force: true });
  await cp(DIST, NEXT, { recursive: true });
  for (const path of changed) await writeFile(`${NEXT}/${path}`, MARK, { flag: 'a' });
  await writeFile(`${NEXT}/index.html`, (await readFile(`${DIST}/index.html`, 'utf8')).replace(build, other));
  for (const file of files.filter(({ path }) => path === 'index.html' || changed.includes(path))) {
    const content = await readFile(`${NEXT}/${file.path}`);
    Object.assign(file, { bytes: content.length, hash: createHash('sha256').update(content).digest('hex') });
  }
  await writeFile(`${NEXT}/files.json`, JSON.stringify({ build: other, files }));
}

/** The host does not answer any more. */
const down = (path, response) => response.socket.destroy();

/** The host sends half of a file and ends the connection. @param {string} folder @param {string} cut the file's path */
const half = (folder, cut) => async (path, response) => {
  if (path !== cut) return false;
  const content = await readFile(`${folder}/${path}`);
  response.writeHead(200, { 'content-length': content.length, 'content-type': 'text/javascript' });
  response.write(content.subarray(0, content.length / 2), () => response.socket.destroy());
  return true;
};

export default function offline(topic) {
  const options = { base: '', query: '?device=cpu', offline: true };
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let host;
  /** The fingerprint of what the page draws at its first visit. */
  let drawn = '';

  /** The paths of the files that are kept, of the build on the host. */
  const kept = async (tab) => {
    const { files } = await listed();
    const hashes = await tab.page.evaluate(async () => {
      const names = await caches.keys();
      const keys = names.length > 0 ? await (await caches.open(names[0])).keys() : [];
      return keys.map(({ url }) => url.split('/').at(-1));
    });
    return files.filter(({ hash }) => hashes.includes(hash)).map(({ path }) => path);
  };
  const isKept = async (tab, path) => {
    for (let turn = 0; turn < 100; turn += 1) {
      if ((await kept(tab)).includes(path)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`${path} is not kept`);
  };
  const buildOf = (tab) => tab.page.locator('meta[name="build"]').getAttribute('content');
  const reload = async (tab) => {
    await tab.page.reload();
    await tab.ready();
  };

  const shared = topic.shared(options, async (tab) => {
    await tab.ready();
    drawn = (await tab.generate(DRAW)).fingerprint;
    await tab.until('the offline copy', () => / kept$/.test(document.getElementById('offline-summary').textContent));
  });
  /** The tab of all tests and their host, which sends no headers, under a path and with what it had at the first visit. */
  async function opened() {
    host ??= await serve(DIST, '/some/deep/path/');
    options.base = host.address;
    host.answer = undefined;
    host.show(DIST);
    return shared();
  }

  topic.test('the second visit needs no host, and has several threads on one that does not isolate the page', async () => {
    const tab = await opened();
    assert.equal(await tab.page.evaluate(() => crossOriginIsolated), false);
    const several = Math.min(cpus().length, 4) > 1;
    if (several) assert.match(await tab.page.locator('#more-threads').textContent(), /from the next reload on, up to \d threads/);
    const files = await kept(tab);
    for (const path of ['index.html', 'www/main.js', 'page-cpu.js', PROGRAM, 'www/weights/small.safetensors']) assert.ok(files.includes(path), path);
    for (const path of files) assert.doesNotMatch(path, /page-gpu|www\/data|weights\/bound/, 'nothing is kept that was not used');
    // The page asks it about the digits once it is idle.
    await isKept(tab, 'www/weights/classifier.safetensors');

    host.answer = down;
    await reload(tab);
    assert.equal(await tab.page.evaluate(() => crossOriginIsolated), true);
    if (several) await tab.until('threads', () => window.e2e.events.some(({ type, name }) => type === 'device' && /[2-4] threads/.test(name)));
    assert.equal((await tab.generate(DRAW)).fingerprint, drawn);
    assert.match(await tab.text('offline-summary'), /MB kept/);

    // What was never used is not there, and is missed as it would be without a service worker.
    tab.complaints();
    await tab.press('Train');
    assert.match((await tab.alert('train')).text, /train-images-idx3-ubyte\.gz could not be reached/);
    tab.complaints();
  });

  topic.test('weights that were chosen are there without the host', async () => {
    const tab = await opened();
    await reload(tab);
    const CLOTHES = 'www/weights/fashion.safetensors';
    const choose = async () => {
      const since = await tab.mark();
      await tab.press('Clothes');
      await tab.next('model', since);
      assert.equal(await tab.text('model-source'), 'fashion.safetensors');
    };
    assert.ok(!(await kept(tab)).includes(CLOTHES));
    await choose();
    await isKept(tab, CLOTHES);
    host.answer = down;
    await reload(tab);
    await choose();
    tab.complaints();
  });

  topic.test('data that were used are there without the host, also where it has the browser unpack them', async () => {
    const tab = await opened();
    await reload(tab);
    // First they are cut short, and that is said as it is without a service worker.
    host.answer = half(DIST, MNIST);
    await tab.press('Train');
    assert.match((await tab.alert('train')).text, /train-images-idx3-ubyte\.gz was cut short: \d+ of \d+ bytes/);
    assert.ok(!(await kept(tab)).includes(MNIST));
    tab.complaints();
    host.answer = async (path, response) => {
      if (!path.endsWith('.gz')) return false;
      response.writeHead(200, { 'content-type': 'application/x-gzip', 'content-encoding': 'gzip' }).end(await readFile(`${DIST}/${path}`));
      return true;
    };
    await tab.trainToEnd({ ...TINY, 'Stop after': 1 });
    await isKept(tab, MNIST);
    host.answer = down;
    await reload(tab);
    const content = await tab.page.evaluate(async (path) => (await (await fetch(path)).arrayBuffer()).byteLength, MNIST);
    assert.equal(content, gunzipSync(await readFile(`${DIST}/${MNIST}`)).length);
    await tab.trainToEnd({ ...TINY, 'Stop after': 1 });
    tab.complaints();
  });

  topic.test('a new version: only what has changed is fetched, nothing happens by itself, and no page mixes two', async () => {
    const tab = await opened();
    await reload(tab);
    const other = await topic.open({ ...options, beside: tab });
    await other.ready();
    const { build } = await listed();
    await giveDigits(tab);
    const since = await tab.mark();
    await tab.train({ ...TINY, 'Stop after': 0 });
    await tab.until('some steps', (from) => window.e2e.events.slice(from).some((e) => e.type === 'training' && e.step >= 3), since);

    await rebuilt(['www/style.css', 'page-cpu.js', 'page-gpu.js', 'www/weights/bound.safetensors']);
    host.show(NEXT);
    // One of its files is cut short at first.
    host.answer = half(NEXT, 'page-cpu.js');
    const back = () => tab.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    host.requested.length = 0;
    await back();
    while (!host.requested.includes('page-cpu.js')) await new Promise((resolve) => setTimeout(resolve, 50));
    host.answer = undefined;
    await tab.until('the next version', () => {
      document.dispatchEvent(new Event('visibilitychange'));
      return !document.getElementById('update').hidden;
    });
    assert.match(await tab.text('update'), /A new version of this page is ready\. A training run is kept/);
    const fetched = new Set(host.requested.filter((path) => !['', 'files.json', 'service-worker.js'].includes(path)));
    assert.deepEqual([...fetched].sort(), ['page-cpu.js', 'www/style.css']);
    assert.equal(await buildOf(tab), build);
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'training');

    const step = await tab.page.evaluate(() => window.e2e.events.findLast(({ type }) => type === 'training').step);
    await Promise.all([tab.page.waitForEvent('load'), tab.press('Reload')]);
    await tab.ready();
    assert.notEqual(await buildOf(tab), build);
    const runs = await tab.until('the kept run', () => window.e2e.events.findLast((e) => e.type === 'runs')?.runs);
    assert.ok(runs.length > 0 && runs[0].info.step >= step, `saved at step ${runs[0]?.info.step}, pressed at ${step}`);
    assert.ok(await tab.page.locator('#update').isHidden());

    // The other tab still has the files of its own build; one that is not there any more fails, whatever the host has now.
    const text = (of, path) => of.page.evaluate(async (url) => (await fetch(url)).text(), path);
    assert.ok((await text(tab, 'www/style.css')).endsWith(MARK));
    assert.ok(!(await text(other, 'www/style.css')).endsWith(MARK));
    assert.ok((await text(tab, 'page-gpu.js')).endsWith(MARK));
    await assert.rejects(text(other, 'page-gpu.js'));
    await other.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await other.page.locator('#update').waitFor();
    await other.click(other.page.locator('#offline summary'));
    await shoot(other, 'update');
    tab.complaints();
    other.complaints();
  }, { seconds: 120 });

  topic.test('a damaged copy is fetched anew, and a host that is too slow is not waited for', async () => {
    const tab = await opened();
    await reload(tab);
    await isKept(tab, PROGRAM);
    const { hash } = (await listed()).files.find(({ path }) => path === PROGRAM);
    await tab.page.evaluate(async (name) => {
      const cache = await caches.open((await caches.keys())[0]);
      const { url } = (await cache.keys()).find((request) => request.url.endsWith(name));
      const content = new Uint8Array(await (await cache.match(url)).arrayBuffer());
      content[content.length >> 1] ^= 1;
      await cache.put(url, new Response(content));
    }, hash);
    host.requested.length = 0;
    await reload(tab);
    assert.ok(host.requested.includes(PROGRAM));
    host.requested.length = 0;
    // Never answered.
    host.answer = (path) => path === '';
    await reload(tab);
    assert.ok(!host.requested.includes(PROGRAM));
    assert.equal((await tab.generate(DRAW)).fingerprint, drawn);
  });

  topic.test('where the browser offers to install the page, a button does so', async () => {
    const tab = await topic.open({ query: '?device=cpu', offline: true });
    await tab.ready();
    const install = tab.page.locator('#install');
    // Headless Chromium offers nothing by itself, so the event is one of ours.
    const offered = await tab.page.evaluate(() => {
      const offer = new Event('beforeinstallprompt', { cancelable: true });
      offer.prompt = async () => { window.e2e.prompted = true; };
      dispatchEvent(offer);
      return offer.defaultPrevented;
    });
    assert.ok(offered, 'the browser does not offer it in a way of its own as well');
    await tab.tool('weights');
    await tab.page.locator('#offline summary').click();
    await install.click();
    assert.equal(await tab.page.evaluate(() => window.e2e.prompted), true);
    assert.ok(await install.isHidden());
  });

  topic.test('Clear takes everything away but the runs', async () => {
    const tab = await opened();
    await reload(tab);
    await tab.until('the list of runs', () => window.e2e.events.some(({ type }) => type === 'runs'));
    const runs = await tab.page.locator('#runs-list li').count();
    await tab.click(tab.page.locator('#offline summary'));
    await tab.page.locator('#offline-clear:enabled').waitFor();
    // The service worker is asked to keep something at the same time.
    const asked = await tab.page.evaluate(async (build) => {
      const keep = Array.from({ length: 5 }, () => new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data);
        navigator.serviceWorker.controller.postMessage({ type: 'keep', build, used: [] }, [port2]);
      }));
      document.getElementById('offline-clear').click();
      return Promise.all(keep);
    }, await buildOf(tab));
    assert.ok(asked.every(({ error }) => !error), JSON.stringify(asked));
    await tab.until('the end', async () => /cleared/.test(document.getElementById('offline-summary').textContent)
      && (await navigator.serviceWorker.getRegistrations()).length === 0);
    const left = () => tab.page.evaluate(() => caches.keys());
    assert.deepEqual(await left(), []);
    // The page that is open needs nothing of it.
    assert.equal((await tab.generate(DRAW)).fingerprint, drawn);
    assert.deepEqual(await left(), []);
    assert.equal(await tab.page.locator('#runs-list li').count(), runs);
    host.answer = down;
    await assert.rejects(tab.page.reload());
  });
}
