/**
 * Serves the contenders' folders on this machine with `sirv`, below `/isolated` with cross-origin isolation, and records
 * which files each page has requested.
 */

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import sirv from 'sirv';

const ISOLATED = '/isolated';

/** @param {string} root */
export async function serve(root) {
  /** @type {Set<string>} */
  const sent = new Set();
  const files = sirv(root, {
    // Files are read when they are asked for: builds may be written while the server runs.
    dev: true,
    extensions: ['html'],
    setHeaders(response, url) {
      sent.add(path.join(root, url.endsWith('/') ? `${url}index.html` : url));
      response.setHeader('Cache-Control', 'no-cache');
      if (url.endsWith('.safetensors')) response.setHeader('Content-Type', 'application/octet-stream');
      // sirv takes such a file for another one's compressed form; data sets are compressed files themselves.
      if (url.endsWith('.gz')) {
        response.setHeader('Content-Type', 'application/gzip');
        response.setHeader('Content-Encoding', 'identity');
      }
    },
  });
  const server = http.createServer((request, response) => {
    if (request.url.startsWith(`${ISOLATED}/`)) {
      request.url = request.url.slice(ISOLATED.length);
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    files(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  return {
    address,
    /** The address of a folder's page. */
    page: (folder, { threads = false, query = '' }) => `${address}${threads ? ISOLATED : ''}/${folder}/?${query}`,
    /** Sizes of the files of one folder that were asked for, in bytes, by extension. */
    sizes(folder) {
      const sizes = {};
      for (const file of [...sent].filter((file) => file.startsWith(path.join(root, folder) + path.sep))) {
        const kind = path.extname(file).slice(1);
        const bytes = fs.readFileSync(file);
        const { raw = 0, gzip = 0 } = sizes[kind] ?? {};
        sizes[kind] = { raw: raw + bytes.length, gzip: gzip + zlib.gzipSync(bytes, { level: 9 }).length };
      }
      return sizes;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
