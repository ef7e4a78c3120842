/** Files as callers give them. */

import { LoadError, OptionError } from './errors.js';

/**
 * A file: its address, or its content.
 * @typedef {string | URL | Blob | ArrayBuffer | Uint8Array} Source
 */

/**
 * The content of a file, in memory of its own that may be given away, and a name for it.
 * @param {Source} source
 * @param {string} option the option's name
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ name: string, bytes: Uint8Array<ArrayBuffer> }>}
 */
export async function read(source, option, signal) {
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : option;
    return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
  }
  if (source instanceof ArrayBuffer) return { name: option, bytes: new Uint8Array(source.slice(0)) };
  if (source instanceof Uint8Array) return { name: option, bytes: new Uint8Array(source) };
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new OptionError(option, `${option} must be an address, a Blob, an ArrayBuffer or a Uint8Array.`);
  }
  const url = new URL(source, location.href);
  const name = decodeURIComponent(url.pathname.split('/').pop() ?? '') || option;
  /** @param {string} why @param {unknown} [cause] */
  const failed = (why, cause) => new LoadError('not_fetched', `${url.href} ${why}.`, { cause });
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw failed('could not be reached: the connection failed, or its host does not allow this page to read it (CORS)', error);
  }
  if (!response.ok) throw failed(`could not be had: the host answered with HTTP ${response.status}`);
  if (response.headers.get('content-type')?.startsWith('text/html')) throw failed('is missing on its host, which sent a web page in its place');
  try {
    return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw failed('was cut short', error);
  }
}
