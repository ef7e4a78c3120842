/**
 * A thread that computes shares of the worker's batches (see crate/web/shared_memory_pool.rs), with the worker's program and a
 * memory of its own.
 *
 * @typedef {import('./messages.js').Helping} Helping
 * @typedef {import('./messages.js').Wasm} Wasm
 */

/** What the worker reads in the first word of the memory that they share. */
const FAILED = 2;

/** @type {Helping | undefined} */
let helping;

/** @param {{ program: WebAssembly.Module, glue: string }} first */
async function begin({ program, glue }) {
  /** @type {Wasm} */
  const wasm = await import(glue);
  await wasm.default({ module_or_path: program });
  if (!wasm.Helping) throw new Error('this program has no helpers');
  helping = new wasm.Helping();
  postMessage('ready');
}

addEventListener('message', async ({ data }) => {
  if (!helping) {
    await begin(data);
    return;
  }
  try {
    helping.obey(data);
  } catch {
    // Whoever ordered it goes on without helpers.
    const word = new Int32Array(data.desk, 0, 1);
    Atomics.store(word, 0, FAILED);
    Atomics.notify(word, 0);
  }
});
