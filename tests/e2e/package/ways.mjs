/** The package as each of the examples uses it: from a script, in a worker, as elements, from Vite; and from another origin. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ROOT } from '../environment.mjs';
import { digits } from '../files.mjs';
import { serve } from '../host.mjs';
import { shoot } from '../pictures.mjs';

const run = promisify(execFile);

/** Wait until the example says something that fits. @param {import('../tab.mjs').Tab} tab @param {RegExp} wanted */
export async function says(tab, wanted) {
  return tab.until(String(wanted), ({ source }) => {
    const said = document.getElementById('status')?.textContent ?? '';
    return new RegExp(source).test(said) && said;
  }, { source: wanted.source });
}

/** Wait until a digit is on the page's first canvas: until so many of its pixels are bright. A worker's canvas shows it some time after it was painted. */
const inked = (tab) => tab.until('a digit on the canvas', () => {
  const inside = [...document.querySelectorAll('*')].map((node) => node.shadowRoot?.querySelector('canvas'));
  const canvas = document.querySelector('canvas') ?? inside.find(Boolean);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 0 && value > 128).length / (data.length / 4) > 0.03;
});

const file = ({ name, bytes }) => ({ name, mimeType: 'application/octet-stream', buffer: bytes });

/** Have the page's own thread refuse to run a program: all computing is the worker's. @param {import('playwright-core').Page} page */
const noWasm = (page) => page.addInitScript(() => { delete globalThis.WebAssembly.instantiate; WebAssembly.instantiateStreaming = () => { throw new Error('on the main thread'); }; });

export function ways(topic, ready) {
  topic.test('from a script: draws on a canvas, stops, trains', async () => {
    const { host } = await ready();
    const tab = await topic.open({ base: `${host.address}examples/script/`, before: noWasm });
    await says(tab, /^Ready: CPU/);
    await tab.press('Draw a 7');
    await says(tab, /^Drawn in/);
    await inked(tab);
    await shoot(tab, 'package-script');
    await tab.press('Train on these idx files');
    await says(tab, /must be an address, a Blob/);
    const { images, labels } = digits(100);
    await tab.page.getByLabel('Images').setInputFiles(file(images));
    await tab.page.getByLabel('Labels').setInputFiles(file(labels));
    await tab.press('Train on these idx files');
    await says(tab, /^Step \d+, loss/);
    await tab.press('Stop');
    await says(tab, /^Stopped/);
    await tab.press('Draw a 7');
    await says(tab, /^Drawn in/);
  });

  topic.test('in a worker of one’s own', async () => {
    const { host } = await ready();
    const tab = await topic.open({ base: `${host.address}examples/worker/`, before: noWasm });
    assert.match(await says(tab, /^Drawn|\(/), /^Drawn: [0-9a-f]{16}$/);
    await inked(tab);
  });

  topic.test('as elements: one worker draws them in turn, with names, and an error is shown', async () => {
    const { host } = await ready();
    const tab = await topic.open({ base: `${host.address}examples/element/`, before: noWasm });
    const busy = () => tab.page.locator('ddpm-digit[aria-busy]').count();
    await tab.until('four digits', () => {
      const all = [...document.querySelectorAll('ddpm-digit')];
      return all.length === 4 && all.every((one) => one.shadowRoot && !one.hasAttribute('aria-busy'));
    });
    assert.equal(await busy(), 0);
    const { workers, order } = await tab.page.evaluate(() => ({
      workers: window.e2e.workers,
      order: window.e2e.events.filter(({ type }) => type === 'sampled').map(({ labels, options }) => [labels[0], options.seed]),
    }));
    assert.equal(workers, 1, 'one worker for all');
    assert.deepEqual(order, [[2, 3], [0, 3], [2, 4], [0, 5]], 'drawn in the order in which they stand');
    assert.equal(await tab.page.getByRole('img', { name: 'The digit 2, drawn by a diffusion model' }).count(), 2);
    await inked(tab);
    await shoot(tab, 'package-element');
    const outcome = await tab.page.evaluate(() => {
      const digit = document.querySelector('ddpm-digit');
      const told = new Promise((resolve) => { digit.addEventListener('ddpm-error', ({ detail }) => resolve(detail.code), { once: true }); });
      digit.setAttribute('value', '12');
      return told.then((code) => ({ code, text: digit.shadowRoot.querySelector('[role=status]').textContent }));
    });
    assert.equal(outcome.code, 'bad_value');
    assert.match(outcome.text, /^This digit could not be drawn\. .*12/);
    // And again, once it can be drawn.
    const pixels = await tab.page.evaluate(() => {
      const digit = document.querySelector('ddpm-digit');
      const drawn = new Promise((resolve) => { digit.addEventListener('ddpm-drawn', ({ detail }) => resolve(detail.pixels.length), { once: true }); });
      digit.setAttribute('value', '9');
      return drawn;
    });
    assert.equal(pixels, 28 * 28);
  });

  topic.test('as elements: those that a crash ends one after the other are drawn by one new program', async () => {
    const { host } = await ready();
    const tab = await topic.open({
      base: host.address,
      before: (page) => page.addInitScript(() => {
        const { Worker } = window;
        window.begun = [];
        window.Worker = class extends Worker { constructor(...given) { super(...given); window.begun.push(this); } };
      }),
    });
    const seen = await tab.page.evaluate(async (address) => {
      await import(address);
      const said = [];
      const told = (node, type) => new Promise((resolve) => { node.addEventListener(type, ({ detail }) => resolve(said.push(detail.code ?? type)), { once: true }); });
      const digits = [1, 2].map(() => document.createElement('ddpm-digit'));
      for (const digit of digits) {
        digit.setAttribute('steps', '1000');
        // The first to hear of the crash is drawn anew at once, before the other hears of it.
        digit.addEventListener('ddpm-error', () => digit.setAttribute('steps', '3'), { once: true });
      }
      const failed = digits.map((digit) => told(digit, 'ddpm-error'));
      document.body.append(...digits);
      await customElements.get('ddpm-digit').program();
      const drawn = digits.map((digit) => told(digit, 'ddpm-drawn'));
      window.begun[0].dispatchEvent(new MessageEvent('message', { data: { type: 'crash', report: 'made by a test' } }));
      await Promise.all([...failed, ...drawn]);
      return { said, workers: window.begun.length };
    }, `${host.address}pkg/element.js`);
    assert.deepEqual(seen, { said: ['crashed', 'crashed', 'ddpm-drawn', 'ddpm-drawn'], workers: 2 });
  });

  topic.test('as elements, where motion is not wanted: the finished digit only', async () => {
    const { host } = await ready();
    const tab = await topic.open({
      base: `${host.address}examples/element/`,
      before: async (page) => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.addInitScript(() => {
          window.painted = 0;
          const { drawImage } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.drawImage = function count(...given) { window.painted += 1; return drawImage.apply(this, given); };
        });
      },
    });
    await tab.until('four digits', () => window.e2e.events.filter(({ type }) => type === 'sampled').length === 4
      && !document.querySelector('ddpm-digit[aria-busy]'));
    assert.equal(await tab.page.evaluate(() => window.painted), 4, 'each canvas was painted once');
  });

  topic.test('from Vite: built for the root and for a sub-path, and on its development server', async () => {
    const { app, tools } = await ready();
    const prints = [];
    for (const [base, under] of [['/', '/'], ['./', '/some/deep/path/']]) {
      await run(`${tools}/.bin/vite`, ['build', '--base', base, '--logLevel', 'warn'], { cwd: app });
      const host = await serve(`${app}/dist`, under);
      const tab = await topic.open({ base: host.address, before: noWasm });
      prints.push(await says(tab, /^Drawn|\(/));
      const strays = tab.requested.filter((url) => url.startsWith('http') && !url.startsWith(host.address));
      assert.deepEqual(strays, [], 'everything comes from below the page');
      assert.ok(!tab.requested.some((url) => url.includes('page-gpu')), 'the other program stays where it is');
      host.close();
    }
    const server = spawn(process.execPath, [`${tools}/vite/bin/vite.js`, '--port', '0', '--host', '127.0.0.1'], { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const address = await new Promise((resolve, reject) => {
        let said = '';
        server.stdout.on('data', (part) => {
          said += part;
          // eslint-disable-next-line no-control-regex
          const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said.replace(/\x1b\[\d+m/g, ''));
          if (found) resolve(found[0]);
        });
        server.once('exit', () => reject(new Error(`Vite does not start: ${said}`)));
      });
      const tab = await topic.open({ base: address, before: noWasm });
      prints.push(await says(tab, /^Drawn|\(/));
    } finally {
      server.kill('SIGKILL');
    }
    assert.match(prints[0], /^Drawn: [0-9a-f]{16} [0-9a-f]{16}$/);
    assert.deepEqual(new Set(prints).size, 1, 'the same digits each time');
  }, { seconds: 120 });

  topic.test('from another origin, as from a CDN', async () => {
    const { site, host } = await ready();
    const cdn = await serve(site, '/', { 'access-control-allow-origin': '*' });
    // Another port is another origin.
    const tab = await topic.open({ base: host.address });
    const print = await tab.page.evaluate(async (address) => {
      const { load } = await import(address);
      const ddpm = await load();
      for await (const { drawn } of ddpm.generate({ class: 3, seed: 1, steps: 4 })) if (drawn) return drawn.fingerprint;
      return '';
    }, `${cdn.address}pkg/index.js`);
    assert.match(print, /^[0-9a-f]{16}$/);
    assert.ok(cdn.requested.some((path) => path === 'pkg/page-cpu_bg.wasm'));
    cdn.close();
  });

  topic.test('under a strict Content-Security-Policy, that of README.md', async () => {
    const { site } = await ready();
    const readme = await readFile(`${ROOT}package/npm/README.md`, 'utf8');
    const policy = /Content-Security-Policy: (.*)/.exec(readme)[1];
    const host = await serve(site, '/', { 'content-security-policy': `default-src 'none'; img-src data:; ${policy}` });
    const tab = await topic.open({ base: host.address });
    const seen = await tab.page.evaluate(async (address) => {
      await import(address);
      const digit = document.createElement('ddpm-digit');
      digit.setAttribute('value', '5');
      digit.setAttribute('steps', '4');
      const drawn = new Promise((resolve, reject) => {
        digit.addEventListener('ddpm-drawn', ({ detail }) => resolve(detail.labels));
        digit.addEventListener('ddpm-error', ({ detail }) => reject(detail));
      });
      document.body.append(digit);
      return { labels: await drawn, width: digit.getBoundingClientRect().width };
    }, `${host.address}pkg/element.js`);
    assert.deepEqual(seen, { labels: [5], width: 112 });
    host.close();
  });
}
