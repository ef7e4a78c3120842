/**
 * A worker of the worker pool: a thread that computes shards of the batches of the page's worker (see
 * crate/web/shared_memory_pool.rs), with the same program and a memory of its own.
 *
 * @typedef {import('./messages.js').PoolWorker} PoolWorker
 * @typedef {import('./messages.js').Wasm} Wasm
 */

/** The page's worker reads this in the first word of the memory that they share. */
const FAILED = 2;

/** @type {PoolWorker | undefined} */
let worker;

/** @param {{ program: WebAssembly.Module, glue: string, debug: boolean }} first */
async function begin({ program, glue, debug }) {
  /** @type {Wasm} */
  const wasm = await import(/* @vite-ignore */ glue);
  await wasm.default({ module_or_path: program });
  if (!wasm.PoolWorker) throw new Error('this program has no worker pool');
  worker = new wasm.PoolWorker(debug);
  postMessage('ready');
}

addEventListener('message', async ({ data }) => {
  if (!worker) {
    await begin(data);
    return;
  }
  try {
    worker.run(data);
  } catch {
    // The page's worker then goes on without helpers.
    const word = new Int32Array(data.buffer, 0, 1);
    Atomics.store(word, 0, FAILED);
    Atomics.notify(word, 0);
  }
});
