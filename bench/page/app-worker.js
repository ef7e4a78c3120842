/** The worker of app.js: calls the contender's methods for its page. */

import { contender } from './app-program.js';

let bench;
addEventListener('message', async ({ data: { id, method, args } }) => {
  try {
    if (method === 'open') bench = contender(...args);
    postMessage({ id, value: method === 'open' ? undefined : await bench[method](...args) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
});
