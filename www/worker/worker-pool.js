/** Starts the workers that compute beside this one. */

/**
 * Threads in all: as many as phones have fast cores, because the slowest shard is waited for.
 */
const MOST = 4;
/** Threads that compute on this machine, this one counted. */
export const threads = () => Math.min(navigator.hardwareConcurrency, MOST);
/** Milliseconds after which a worker that has not begun is gone without. */
const PATIENCE = 20_000;

/**
 * Why no other thread can help this one, and what that costs: the end of a sentence; empty where others can. WebKitGTK has no
 * `SharedArrayBuffer` even where it says that the page is isolated.
 */
export function whyAlone() {
  const most = threads();
  if (!(most > 1)) return 'the browser reports no second core';
  const cost = `the page would use ${most}`;
  if (!isSecureContext) return `the page came over plain http; over https, from a host that sends isolation headers, ${cost}`;
  if (!crossOriginIsolated) return `this host sends no isolation headers; with them ${cost}`;
  if (typeof SharedArrayBuffer === 'undefined') return `this browser lets threads share no memory (SharedArrayBuffer); with it ${cost}`;
  return '';
}

/**
 * Workers that are ready; none where the browser does not let workers share memory
 * (https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/SharedArrayBuffer#security_requirements).
 *
 * @param {WebAssembly.Module} program
 * @param {URL} glue
 * @param {URL} helper the address of helper.js
 * @param {boolean} debug whether the workers' panics are written to the console
 * @returns {Promise<Worker[]>}
 */
export async function startWorkers(program, glue, helper, debug) {
  if (whyAlone()) return [];
  const count = threads() - 1;
  const one = async () => {
    const worker = new Worker(helper, { type: 'module', name: 'ddpm helper' });
    const ready = await new Promise((resolve) => {
      worker.addEventListener('message', () => resolve(true), { once: true });
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        resolve(false);
      });
      setTimeout(resolve, PATIENCE, false);
      worker.postMessage({ program, glue: glue.href, debug });
    });
    if (ready) return [worker];
    worker.terminate();
    return [];
  };
  return (await Promise.all(Array.from({ length: count }, one))).flat();
}
