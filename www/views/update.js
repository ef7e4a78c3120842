/**
 * Says when the host has a new version of the page. The service worker has fetched it by then, and nothing happens until the
 * visitor presses Reload; a training session is saved first.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { build } from '../begin.js';
import { any, create } from '../lib/dom.js';
import { askServiceWorker } from '../lib/service-worker-link.js';

/** Milliseconds between two questions of a page that stays in sight. */
const EVERY_MS = 3_600_000;
/** Milliseconds that a reload waits for the training session to be saved. */
const SAVING_MS = 20_000;

/** Knows whether the training session that is open is saved. @param {WorkerLink} link */
function sessionOf(link) {
  let open = '';
  let step = 0;
  let kept = true;
  /** The step at which each run is saved. @type {Map<string, number>} */
  let saved = new Map();
  /** @type {() => void} */
  let changed = () => {};
  link.on('run_claimed', ({ id }) => {
    open = id;
    step = 0;
  });
  link.on('training', (event) => { step = event.step; });
  link.on('state', ({ state, can }) => {
    if (state !== 'loading' && !can.reset) open = '';
  });
  link.on('runs', (event) => {
    kept = event.kept;
    saved = new Map(event.runs.map(({ id, info }) => [id, info.step]));
    changed();
  });
  return {
    /** Whether the browser keeps runs. */
    get isKept() { return kept; },
    /** Settled once the session is saved as it was when this was called, or the time for it is over. */
    async save() {
      const wanted = step;
      const isSaved = () => !open || !kept || (saved.get(open) ?? 0) >= wanted;
      if (isSaved()) return;
      await new Promise((resolve) => {
        changed = () => { if (isSaved()) resolve(undefined); };
        setTimeout(resolve, SAVING_MS);
        link.command({ type: 'checkpoint' });
      });
    },
  };
}

/** @param {WorkerLink} link */
export function updateFor(link) {
  const notice = any('update');
  const session = sessionOf(link);
  let asking = false;

  const show = () => {
    const words = session.isKept
      ? 'A new version of this page is ready. A training run is kept, and can go on after the reload.'
      : 'A new version of this page is ready. This browser keeps no runs: a reload ends a training session.';
    const reload = create('button', { type: 'button', className: 'small' }, 'Reload');
    reload.addEventListener('click', async () => {
      reload.disabled = true;
      await session.save();
      location.reload();
    });
    notice.replaceChildren(create('span', {}, words), reload);
    notice.hidden = false;
  };
  const check = async () => {
    if (asking || !notice.hidden) return;
    asking = true;
    const answer = await askServiceWorker({ type: 'check', build: build() });
    asking = false;
    if (answer?.update) show();
  };

  let ready = false;
  link.on('state', ({ state }) => {
    if (ready || state === 'loading') return;
    ready = true;
    check();
    setInterval(check, EVERY_MS);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') check();
    });
  });
}
