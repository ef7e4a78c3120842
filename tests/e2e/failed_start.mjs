/** Files that are missing, damaged or not what they should be, and devices that never answer: the page says which and why. */

import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { DIST } from './environment.mjs';
import { shoot } from './pictures.mjs';
import { DRAW } from './trained.mjs';
import { inWorker } from './worker.mjs';

const missing = (route) => route.fulfill({ status: 404, contentType: 'text/plain', body: 'not found' });
/** What many hosts send for a file that they do not have. */
const startPage = (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' });
const mistyped = async (route) => route.fulfill({ contentType: 'text/plain', body: await (await route.fetch()).text() });
const half = async (route) => {
  const response = await route.fetch();
  const body = await response.body();
  await route.fulfill({ response, headers: { 'content-type': response.headers()['content-type'] }, body: body.subarray(0, body.length / 2) });
};
const unreachable = (route) => route.abort();

/** Files without which the page does not run, what is sent in place of each, and what must be said. */
const MODULES = [
  ['www/main.js', missing, /www\/main\.js is missing on this host: it answered with HTTP 404/],
  ['www/views/edit.js', missing, /views\/edit\.js is missing on this host: it answered with HTTP 404/],
  ['www/lib/dom.js', startPage, /lib\/dom\.js is missing on this host, which sent a web page in its place/],
  ['www/views/measure.js', mistyped, /views\/measure\.js was sent as “text\/plain/],
  ['www/views/training.js', half, /stopped with an error: .*views\/training\.js/],
  ['www/lib/format.js', unreachable, /lib\/format\.js could not be reached/],
];

/** The same for the worker and its program. */
const PROGRAM = [
  ['www/worker/main.js', missing, /worker\/main\.js is missing on this host: it answered with HTTP 404/],
  ['www/worker/download.js', startPage, /worker\/download\.js is missing on this host, which sent a web page/],
  ['page-cpu.js', missing, /page-cpu\.js is missing on this host \(HTTP 404\)/],
  ['page-cpu.js', half, /page-cpu\.js is damaged, cut short or sent with a wrong type: it cannot be run/],
  ['page-cpu_bg.wasm', startPage, /page-cpu_bg\.wasm is missing on this host, which sent a web page in its place/],
  ['page-cpu_bg.wasm', half, /page-cpu_bg\.wasm is damaged or cut short: it cannot be compiled/],
  ['page-cpu_bg.wasm', unreachable, /page-cpu_bg\.wasm could not be reached/],
];

export default function failedStart(topic) {
  /** Open the page with something else in place of a file. */
  const without = (path, instead, query = '?device=cpu') => topic.open({
    query,
    before: (page) => page.route((url) => url.pathname.endsWith(`/${path}`), instead),
  });

  for (const [path, instead, words] of MODULES) {
    topic.test(`${path}: ${instead.name}`, async () => {
      const tab = await without(path, instead);
      const panel = tab.page.locator('#start-failed[role=alert]');
      await panel.waitFor();
      assert.match(await panel.innerText(), words);
      assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'error');
      tab.complaints();
      await tab.page.unrouteAll();
      await tab.press('Try again');
      await tab.ready();
      assert.equal(await panel.count(), 0);
      tab.complaints();
    });
  }

  for (const [path, instead, words] of PROGRAM) {
    topic.test(`${path}: ${instead.name}`, async () => {
      const tab = await without(path, instead);
      const panel = tab.page.locator('#crash');
      await panel.waitFor();
      const text = await panel.innerText();
      assert.match(text, words);
      assert.match(text, /A part of the page could not be loaded/);
      assert.ok(await tab.page.getByLabel('Report', { exact: true }).isHidden(), 'no report of a crash');
      if (path === 'page-cpu_bg.wasm' && instead === half) await shoot(tab, 'start-failed');
      tab.complaints();
      await tab.page.unrouteAll();
      await tab.press('Try again');
      await tab.state('ready');
      assert.ok(await panel.isHidden());
      tab.complaints();
    });
  }

  topic.test('a script and a program of different versions', async () => {
    const tab = await without('page-cpu.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(/__wbg_(get|set)_/g, '__wbg_former_$1_') });
    });
    const panel = tab.page.locator('#crash');
    await panel.waitFor();
    assert.match(await panel.innerText(), /page-cpu_bg\.wasm does not fit page-cpu\.js: the two are of different versions/);
    tab.complaints();
  });

  topic.test('a chart library that cannot run costs the charts only', async () => {
    const tab = await without('www/vendor/uplot/uPlot.esm.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: 'throw new RangeError("Incorrect locale information provided");' }));
    await tab.ready();
    assert.ok(!tab.requested.some((url) => url.includes('uPlot.esm.js')), 'it is not fetched before a chart is seen');
    await tab.page.locator('summary', { hasText: 'The noise schedule' }).click();
    await tab.page.locator('#schedule-chart', { hasText: 'This chart cannot be shown (Incorrect locale information provided)' }).waitFor();
    await tab.generate(DRAW);
  });

  topic.test('opened from the disk', async () => {
    const tab = await topic.open({ base: pathToFileURL(`${DIST}/index.html`).href });
    const panel = tab.page.locator('#start-failed[role=alert]');
    await panel.waitFor();
    assert.match(await panel.innerText(), /has to be served.*python3 -m http\.server 8000/s);
    await shoot(tab, 'from-disk');
    tab.complaints();
  });

  topic.test('a browser that lacks something', async () => {
    const tab = await topic.open({
      before: (page) => page.addInitScript(() => {
        delete HTMLScriptElement.prototype.noModule;
        delete HTMLCanvasElement.prototype.transferControlToOffscreen;
      }),
    });
    const panel = tab.page.locator('#start-failed[role=alert]');
    await panel.waitFor();
    assert.match(await panel.innerText(), /lacks JavaScript modules, canvases that a worker draws on/);
    tab.complaints();
  });

  for (const [what, script] of [
    ['adapter', 'GPU.prototype.requestAdapter = () => new Promise(() => {});\n'],
    ['device', 'GPUAdapter.prototype.requestDevice = () => new Promise(() => {});\n'],
  ]) {
    topic.test(`a request for the ${what} that is never answered`, async () => {
      const tab = await topic.open({ query: '?device=webgpu&patience=5', before: inWorker(script) });
      await tab.ready();
      const { kind, line } = await tab.device();
      assert.equal(kind, 'cpu');
      assert.match(line, /no answer within 5 s.* The CPU is used instead/);
      await tab.generate(DRAW);
    });
  }

  topic.test('nothing can be pressed before the weights are in', async () => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    const tab = await without('www/weights/small.safetensors', async (route) => {
      await held;
      await route.continue();
    });
    await tab.next('device', 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'loading');
    for (const name of ['Generate', 'Train']) assert.ok(await tab.button(name).isDisabled(), name);
    assert.ok(await tab.page.getByLabel('Load weights', { exact: true }).isDisabled());
    release();
    await tab.ready();
    const states = (await tab.events('state')).map(({ state }) => state);
    assert.deepEqual([...new Set(states)], ['loading', 'ready']);
  });

  for (const [instead, words] of [
    [missing, /small\.safetensors is missing on this host \(HTTP 404\)/],
    [startPage, /small\.safetensors is missing on this host, which sent a web page/],
    [unreachable, /small\.safetensors could not be reached/],
  ]) {
    topic.test(`weights: ${instead.name}; the rest works, and Try again fetches them`, async () => {
      const tab = await without('www/weights/small.safetensors', instead);
      await tab.ready({ weights: false });
      const { code, text } = await tab.alert('generate');
      assert.equal(code, 'no_weights');
      assert.match(text, words);
      assert.ok(await tab.button('Train').isEnabled());
      tab.complaints();
      await tab.page.unrouteAll();
      await tab.press('Try again');
      await tab.ready();
      assert.equal(await tab.page.locator('#notice-generate p').count(), 0);
      await tab.generate(DRAW);
    });
  }

  for (const [instead, words] of [
    [missing, /train-images-idx3-ubyte\.gz is missing on this host \(HTTP 404\)/],
    [half, /train-images-idx3-ubyte\.gz|images\) is cut short/],
    [unreachable, /train-images-idx3-ubyte\.gz could not be reached/],
  ]) {
    topic.test(`training images: ${instead.name}`, async () => {
      const tab = await without('train-images-idx3-ubyte.gz', instead);
      await tab.ready();
      await tab.press('Train');
      assert.match((await tab.alert('train')).text, words);
      await tab.generate(DRAW);
      tab.complaints();
    });
  }
}
