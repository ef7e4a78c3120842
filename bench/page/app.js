/** This app on the page's own thread; with helpers in a worker, because the page may not wait for them. */

import { contender } from './app-program.js';

const asked = new URLSearchParams(location.search);
const how = { device: asked.get('device'), half: asked.get('bits') === '16', threads: asked.has('threads') };

function inWorker() {
  const worker = new Worker(new URL('./app-worker.js', import.meta.url), { type: 'module' });
  const waiting = new Map();
  let last = 0;
  worker.addEventListener('message', ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error));
    else resolve(value);
  });
  const ask = (method, ...args) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    worker.postMessage({ id: last, method, args });
  });
  const methods = ['init', 'check', 'forward', 'chain', 'train', 'widen', 'wasmBytes'];
  const bench = Object.fromEntries(methods.map((method) => [method, (...args) => ask(method, ...args)]));
  return { ...bench, init: () => ask('open', how).then(bench.init) };
}

window.bench = how.threads ? inWorker() : contender(how);
