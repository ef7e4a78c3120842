/**
 * Downloads that report their progress.
 *
 * @typedef {(loaded: number, total: number) => void} Progress
 */

/** Why a file of the site cannot be used; the page shows it like a refusal of the program's. */
export class Refusal extends Error {
  /**
   * @param {import('../protocol.js').Refusal['what']} what
   * @param {string} code
   * @param {string} message
   */
  constructor(what, code, message) {
    super(message);
    this.what = what;
    this.code = code;
  }
}

/**
 * The response, its body counted as it is read; `null` where there is no such file, which is also where a server answers
 * with its start page (`trunk serve` does for unknown paths).
 *
 * @param {URL} url
 * @param {Progress} progress
 * @param {string} type the content type of the response handed back
 */
export async function open(url, progress, type = 'application/octet-stream') {
  const response = await fetch(url);
  const isPage = response.headers.get('content-type')?.startsWith('text/html');
  if (response.status === 404 || isPage) return null;
  if (!response.ok || !response.body) throw new Error(`${url.pathname}: HTTP ${response.status}`);
  // `content-length` counts bytes on the wire, the body gives bytes after decoding: they say nothing about each other.
  const encoded = response.headers.has('content-encoding');
  const total = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
  let loaded = 0;
  /** @type {TransformStream<Uint8Array, Uint8Array>} */
  const counter = new TransformStream({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      progress(loaded, total);
      out.enqueue(chunk);
    },
    flush: () => progress(loaded, loaded),
  });
  return new Response(response.body.pipeThrough(counter), { headers: { 'content-type': type } });
}

/**
 * The whole file, or `null` where there is no such file.
 *
 * @param {URL} url
 * @param {Progress} progress
 */
export async function bytes(url, progress) {
  const response = await open(url, progress);
  return response && new Uint8Array(await response.arrayBuffer());
}
