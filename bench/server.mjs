/**
 * Serves the contenders' folders on this machine, below `/isolated` cross-origin isolated, and remembers which files each
 * of them asked for.
 */

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

const ISOLATED = '/isolated';

/** @param {string} root */
export async function serve(root) {
  const sent = new Set();
  const server = http.createServer((request, response) => {
    const asked = decodeURIComponent(request.url.split('?')[0]).replace(/\/$/, '/index.html');
    const isolated = asked.startsWith(ISOLATED);
    const file = path.join(root, isolated ? asked.slice(ISOLATED.length) : asked);
    if (!file.startsWith(root + path.sep) || !fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    sent.add(file);
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    fs.createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  return {
    address,
    /** Of a folder's page. */
    page: (folder, { threads = false, query = '' }) => `${address}${threads ? ISOLATED : ''}/${folder}/?${query}`,
    /** Bytes of the files of one folder that were asked for, by extension. */
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
