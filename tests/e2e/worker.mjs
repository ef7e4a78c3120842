/** Scripts put into the page's worker, by these tests and by bench/. */

/** Run a script in the worker before the worker's own, with names of its own, on every page that is loaded from now on. @param {string} script */
export const inWorker = (script) => (/** @type {import('playwright-core').Page} */ page) =>
  page.route('**/www/worker/main.js*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `{${script}\n}\n${await response.text()}` });
  });

/** Keeps the program's memory where `wasmBytes` finds it, on every page that is loaded from now on. */
export const keepMemory = inWorker(`
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await real.apply(WebAssembly, given);
      self.programMemory = (made.instance ?? made).exports.memory;
      return made;
    };
  }
`);

/** How large the program's memory is, which never shrinks. @param {import('./tab.mjs').Tab} tab opened with `keepMemory` */
export async function wasmBytes(tab) {
  const sizes = await Promise.all(tab.page.workers().map((worker) => worker.evaluate('self.programMemory?.buffer.byteLength ?? 0')));
  return sizes.reduce((sum, size) => sum + size, 0);
}
