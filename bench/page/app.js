/** This app on the page's main thread. With several threads it runs in a worker, because a main thread must not block. */

import { contender } from './app-program.js';

const query = new URLSearchParams(location.search);
const how = { device: query.get('device'), half: query.get('bits') === '16', threads: query.has('threads') };

/** The contender in a worker: each method sends a message and returns a promise of the answer. */
function inWorker() {
  const worker = new Worker(new URL('./app-worker.js', import.meta.url), { type: 'module' });
  const pending = new Map();
  let last = 0;
  worker.addEventListener('message', ({ data: { id, value, error } }) => {
    const { resolve, reject } = pending.get(id);
    pending.delete(id);
    if (error) reject(new Error(error));
    else resolve(value);
  });
  const call = (method, ...args) => new Promise((resolve, reject) => {
    last += 1;
    pending.set(last, { resolve, reject });
    worker.postMessage({ id: last, method, args });
  });
  const methods = ['init', 'check', 'forward', 'chain', 'train', 'widen', 'wasmBytes'];
  const bench = Object.fromEntries(methods.map((method) => [method, (...args) => call(method, ...args)]));
  return { ...bench, init: () => call('open', how).then(bench.init) };
}

window.bench = how.threads ? inWorker() : contender(how);
