/** The page's worker from outside; for bench/ as well. */

/** Has the script run in the worker before its own, on pages to come. @param {string} script */
export const inWorker = (script) => (/** @type {import('playwright-core').Page} */ page) =>
  page.route('**/www/worker/main.js*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: script + (await response.text()) });
  });
