/**
 * Downloads that report their progress, and that say what went wrong: a file that is missing is told from one that is cut
 * short, and from a host that does not answer.
 *
 * @typedef {(loaded: number, total: number) => void} Progress
 */

import { within } from './webgpu-shims.js';

/** Seconds without a single byte after which a download is given up. */
const STALLED_S = 20;

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

/** A file that could not be had. The message is a sentence that names it. */
export class DownloadError extends Error {
  /** @param {URL} url @param {string} why goes on after the file's name */
  constructor(url, why) {
    super(`${url.pathname.split('/').pop()} ${why}.`);
  }
}

/**
 * The response to a request for a file, if it is the file.
 * @param {URL} url
 */
async function answer(url) {
  let response;
  try {
    response = await within(STALLED_S, fetch(url));
  } catch {
    throw new DownloadError(url, 'could not be reached: the connection failed, or the host does not answer');
  }
  if (response.status === 404) throw new DownloadError(url, 'is missing on this host (HTTP 404)');
  if (!response.ok) throw new DownloadError(url, `could not be had: the host answered with HTTP ${response.status}`);
  // Many hosts answer requests for files that they do not have with their start page.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new DownloadError(url, 'is missing on this host, which sent a web page in its place');
  }
  return response;
}

/** Why a body ended too early: browsers tell whoever reads it something else. @type {WeakMap<Response, DownloadError>} */
const failures = new WeakMap();

/** Why the body of a response of `open` ended too early, if it did. @param {Response} response */
export const failureOf = (response) => failures.get(response);

/**
 * The response, its body counted as it is read. Reading fails if the body ends too early, and `failureOf` then knows why.
 *
 * @param {URL} url
 * @param {Progress} progress
 * @param {string} type the content type of the response handed back
 * @throws {DownloadError}
 */
export async function open(url, progress, type = 'application/octet-stream') {
  const response = await answer(url);
  const reader = response.body?.getReader();
  if (!reader) throw new DownloadError(url, 'came without content');
  // `content-length` counts bytes on the wire, the body gives bytes after decoding: they say nothing about each other.
  const encoded = response.headers.has('content-encoding');
  const total = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
  let loaded = 0;
  const cut = () => new DownloadError(url, `was cut short: ${loaded}${total ? ` of ${total}` : ''} bytes arrived`);
  const counted = new ReadableStream({
    async pull(out) {
      const part = await within(STALLED_S, reader.read()).catch(() => null);
      if (!part || (part.done && loaded < total)) {
        const failure = cut();
        failures.set(checked, failure);
        out.error(failure);
      } else if (part.done) {
        progress(loaded, loaded);
        out.close();
      } else {
        loaded += part.value.byteLength;
        progress(loaded, total);
        out.enqueue(part.value);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const checked = new Response(counted, { headers: { 'content-type': type } });
  return checked;
}

/**
 * The whole file.
 *
 * @param {URL} url
 * @param {Progress} progress
 * @throws {DownloadError}
 */
export async function bytes(url, progress) {
  const response = await open(url, progress);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw failureOf(response) ?? error;
  }
}

/**
 * What is wrong with a script that cannot be imported.
 * @param {URL} url
 * @param {unknown} error what the import failed with
 */
export async function importError(url, error) {
  try {
    await answer(url);
  } catch (why) {
    return why;
  }
  return new DownloadError(url, `is damaged, cut short or sent with a wrong type: it cannot be run (${error})`);
}
