/** Scripts put into the page's worker, by these tests and by bench/. */

/** Run a script in the worker before the worker's own, with names of its own, on every page that is loaded from now on. @param {string} script */
export const inWorker = (script) => (/** @type {import('playwright-core').Page} */ page) =>
  page.route('**/www/worker/main.js*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `{${script}\n}\n${await response.text()}` });
  });
