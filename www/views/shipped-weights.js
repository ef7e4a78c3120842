/**
 * The weights that this site has: buttons with `data-weights`, the name of a file in `www/weights/`. A press fetches the file
 * and loads it as if the visitor had chosen it. The service worker keeps it for later visits.
 *
 * @typedef {import('../lib/given-files.js').Given} Given
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { build } from '../begin.js';
import { clear, notify } from './notices.js';

/** @param {WorkerLink} link @param {(files: Given[]) => void} load takes files as if they had been chosen */
export function offerShippedWeights(link, load) {
  /** Presses so far: the file of the last one is loaded, whichever comes first. */
  let presses = 0;
  const use = async (/** @type {string} */ name) => {
    presses += 1;
    const press = presses;
    notify('weights', `Fetching ${name} …`, { code: 'fetching', calm: true });
    try {
      const { href } = new URL(`../weights/${name}?v=${build()}`, import.meta.url);
      const response = await fetch(href);
      if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
      const file = new File([await response.blob()], name);
      link.used(href);
      if (press !== presses) return;
      clear('weights');
      load([{ name, file }]);
    } catch (error) {
      if (press !== presses) return;
      const why = error instanceof Error ? error.message : String(error);
      notify('weights', `${name} could not be fetched: ${why}. The weights in use stay. Try again when the site can be reached.`, { code: 'unreachable' });
    }
  };
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('button[data-weights]'));
  for (const each of buttons) each.addEventListener('click', () => use(each.dataset.weights ?? ''));
}
