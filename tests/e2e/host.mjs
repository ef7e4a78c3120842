/**
 * A plain static host: a server that sends no headers of its own but the content type, and the test that the page works
 * from a sub-path of one (relative URLs, no cross-origin isolation).
 */

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm',
  '.gz': 'application/gzip', '.safetensors': 'application/octet-stream',
};

/** The headers with which a host isolates the page, so that its workers may share memory. */
export const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/**
 * Serve a folder on a free port of this machine.
 * @param {string} folder
 * @param {string} under the path it appears at, with a slash at both ends
 * @param {Record<string, string>} headers sent with every file
 * @param {Record<string, string>} instead texts served in place of files of the folder, by path
 */
export async function serve(folder, under = '/', headers = {}, instead = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const inside = path.startsWith(under) ? path.slice(under.length) || 'index.html' : null;
    const file = inside && join(folder, normalize(`/${inside}`));
    const found = file && (await stat(file).catch(() => null));
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    if (inside in instead) {
      response.writeHead(200, { ...headers, 'content-type': type }).end(instead[inside]);
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': type, 'content-length': found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const address = `http://localhost:${server.address().port}${under}`;
  return { address, close: () => server.close() };
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
}
