/**
 * A static host for the built page, `sirv`, and the tests that the page works on hosts of other kinds: under a sub-path, without
 * cross-origin isolation, with wrong types of files.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import sirv from 'sirv';

/** The headers with which a host isolates the page, so that its workers may share memory. */
export const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** A file handler for a folder. @param {string} folder @param {Record<string, string>} headers sent with every file */
const filesOf = (folder, headers) => sirv(folder, {
  extensions: ['html'],
  setHeaders(response, path) {
    response.setHeader('cache-control', 'no-cache');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (path.endsWith('.safetensors')) response.setHeader('content-type', 'application/octet-stream');
    // sirv takes such a file for another one's compressed form; the page's data are compressed files themselves.
    if (path.endsWith('.gz')) {
      response.setHeader('content-type', 'application/gzip');
      response.setHeader('content-encoding', 'identity');
    }
  },
});

/**
 * Serve a folder on a free port of this machine.
 * @param {string} folder
 * @param {string} under the path it appears at, with a slash at both ends
 * @param {Record<string, string>} headers sent with every file
 * @param {Record<string, string | null>} instead texts of scripts, and of the page ('') that take the place of the folder's, by path;
 *   with `null` the file is missing. It is looked at with every request
 */
export async function serve(folder, under = '/', headers = {}, instead = {}) {
  let files = filesOf(folder, headers);
  const server = createServer(async (request, response) => {
    const url = request.url ?? '/';
    const missing = () => response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    if (!url.startsWith(under)) {
      missing();
      return;
    }
    request.url = url.slice(under.length - 1);
    const path = request.url.slice(1).split('?')[0];
    host.requested.push(path);
    if (await host.answer?.(path, response)) return;
    if (instead[path] === null) {
      missing();
      return;
    }
    if (path in instead) {
      const type = path === '' ? 'text/html' : 'text/javascript';
      response.writeHead(200, { ...headers, 'content-type': type, 'cache-control': 'no-cache' }).end(instead[path]);
      return;
    }
    files(request, response, missing);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const host = {
    address: `http://localhost:${server.address().port}${under}`,
    /** The paths that have been asked for. @type {string[]} */
    requested: [],
    /**
     * Answers a request in another way, or changes the response's headers; true where it has answered.
     * @type {((path: string, response: import('node:http').ServerResponse) => unknown) | undefined}
     */
    answer: undefined,
    /** Serve another folder from now on. @param {string} other */
    show(other) { files = filesOf(other, headers); },
    close: () => server.close(),
  };
  return host;
}

export default function host(topic) {
  topic.test('works from a sub-path of a plain static host', async () => {
    const { DIST } = await import('./environment.mjs');
    const elsewhere = await serve(DIST, '/some/deep/path/');
    try {
      const tab = await topic.open({ base: elsewhere.address });
      await tab.ready();
      const { fingerprint } = await tab.generate({ count: 1, steps: 2 });
      assert.match(fingerprint, /^[0-9a-f]{16}$/);
      const strays = tab.requested.filter((url) => url.startsWith('http') && !url.startsWith(elsewhere.address));
      assert.deepEqual(strays, [], 'everything comes from below the page');
    } finally {
      elsewhere.close();
    }
  });

  topic.test('a host that knows no types, and has the browser unpack the data', async () => {
    const { DIST } = await import('./environment.mjs');
    const { DRAW, TINY } = await import('./trained.mjs');
    const careless = await serve(DIST);
    careless.answer = async (path, response) => {
      if (!/\.(wasm|safetensors|gz)$/.test(path)) return false;
      const packed = path.endsWith('.gz') ? { 'content-encoding': 'gzip' } : {};
      response.writeHead(200, { 'content-type': 'text/plain', ...packed }).end(await readFile(`${DIST}/${path}`));
      return true;
    };
    const tab = await topic.open({ base: careless.address, query: '?device=cpu' });
    await tab.ready();
    await tab.generate(DRAW);
    await tab.trainToEnd({ ...TINY, 'Stop after': 1 });
    const [{ images }] = await tab.events('data');
    assert.equal(images, 60_000);
    careless.close();
  });

  topic.test('the page may load nothing from elsewhere, and no text becomes a script', async () => {
    const tab = await topic.open();
    await tab.ready();
    const { base } = { base: new URL(tab.page.url()).origin };
    assert.deepEqual(tab.requested.filter((url) => url.startsWith('http') && !url.startsWith(base)), []);
    const refused = await tab.page.evaluate(async () => {
      const violated = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective));
      const inline = document.createElement('script');
      const attempts = {
        fetch: () => fetch('https://example.org/'),
        eval: () => setTimeout('window.evaluated = true'),
        worker: () => new Worker('data:text/javascript,0'),
        inline: () => { inline.textContent = 'window.evaluated = true'; document.head.append(inline); },
      };
      const failed = [];
      for (const [name, attempt] of Object.entries(attempts)) {
        try { await attempt(); } catch { failed.push(name); }
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { violated: [...new Set(violated)], failed, evaluated: 'evaluated' in window };
    });
    assert.equal(refused.evaluated, false);
    assert.ok(refused.violated.includes('connect-src'), String(refused.violated));
    assert.deepEqual(refused.failed, ['fetch', 'eval', 'worker', 'inline']);
    tab.complaints();
  });
}
