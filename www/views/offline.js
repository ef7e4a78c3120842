/**
 * What the browser keeps so that the page opens without a connection: how much, a button that clears it, and the browser's own
 * installation where it offers one. On hosts that do not isolate the page it also says when more threads can be had.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { build } from '../begin.js';
import { any, button } from '../lib/dom.js';
import { bytes } from '../lib/format.js';
import { askServiceWorker, hasServiceWorkers } from '../lib/service-worker-link.js';
import { threads } from '../worker/worker-pool.js';

/** @param {string} text */
const say = (text) => { any('offline-summary').textContent = text; };

/** The button that has the browser install the page, shown while the browser offers to. */
function offerInstallation() {
  const install = button('install');
  /** @type {(Event & { prompt: () => Promise<unknown> }) | undefined} */
  let offer;
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    offer = /** @type {typeof offer} */ (event);
    install.hidden = false;
  });
  const over = () => {
    offer = undefined;
    install.hidden = true;
  };
  addEventListener('appinstalled', over);
  install.addEventListener('click', () => {
    offer?.prompt();
    over();
  });
}

/** @param {WorkerLink} link */
export function offlineFor(link) {
  if (!hasServiceWorkers()) return;
  const clear = button('offline-clear');
  /** Addresses of what the page has fetched for its work. @type {Set<string>} */
  const used = new Set();
  let ready = false;
  let onCpu = false;
  let cleared = false;
  /** Questions to the service worker, one after the other. @type {Promise<void>} */
  let asking = Promise.resolve();

  const keep = async () => {
    if (cleared) return;
    const answer = await askServiceWorker({ type: 'keep', build: build(), used: [...used] });
    if (!answer) {
      say('not in this browser window');
      any('offline-words').textContent = 'This window keeps nothing for later visits, as private windows do: without a connection the page does not open here.';
    }
    if (!answer || cleared) return;
    const { kept = false, bytes: size = 0, error } = answer;
    clear.disabled = !kept && !error;
    if (error) say(`not all could be kept (${error})`);
    else if (kept) say(`${bytes(size)} kept`);
    const more = any('more-threads');
    more.hidden = !kept || !onCpu || crossOriginIsolated || threads() < 2;
    more.textContent = 'The offline copy of this page is isolated, whatever its host does: from the next reload on, '
      + `up to ${threads()} threads compute.`;
  };
  const keepSoon = () => {
    if (ready) asking = asking.then(keep);
  };

  link.on('device', ({ kind }) => { onCpu = kind === 'cpu'; });
  link.on('used', ({ url }) => {
    used.add(url);
    keepSoon();
  });
  // Not before the page is of use: until then the connection and the processor have better things to do.
  link.on('state', ({ state }) => {
    if (ready || state === 'loading') return;
    ready = true;
    any('offline').hidden = false;
    keepSoon();
  });

  clear.addEventListener('click', async () => {
    cleared = true;
    clear.disabled = true;
    await asking;
    await askServiceWorker({ type: 'clear' });
    say('cleared; this page is kept again when it is opened the next time');
    any('more-threads').hidden = true;
  });
  offerInstallation();
}
