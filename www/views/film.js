/**
 * The film of a training session: the rows of samples that its weights drew on the way, always from the same noise. The slider, or
 * a step chosen in the chart, shows an earlier row in place of the newest one.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').SampleRow} SampleRow
 */

import { any, canvas, input } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { PIXELS, rowOf } from '../lib/pictures.js';

/**
 * What is called with the step of the row that is shown; null where the newest one is, which changes as the training goes on.
 * @type {Array<(step: number | null) => void>}
 */
const watchers = [];
/** @param {(step: number | null) => void} watcher */
export const onRowShown = (watcher) => { watchers.push(watcher); };

/** Show the row that was drawn nearest to a step. @type {(step: number) => void} */
let showNearest = () => {};
/** @param {number} step */
export const showRowNear = (step) => showNearest(step);

/** @param {WorkerLink} link */
export function filmFor(link) {
  const panel = any('training');
  const slider = input('film');
  const caption = any('samples-step');
  /** The canvas of the page, for rows that are not the newest: that of the worker shows what the worker paints. */
  const earlier = canvas('film-canvas');
  /** @type {SampleRow[]} */
  let rows = [];
  /** The step of the row that was chosen; null follows the newest. @type {number | null} */
  let chosen = null;

  const show = () => {
    const last = rows.length - 1;
    const index = chosen === null ? last : rows.findIndex(({ step }) => step === chosen);
    // Rows in the middle of a long film are left out now and then.
    const shown = rows[index < 0 ? last : index];
    const newest = shown === rows[last];
    if (newest) chosen = null;
    any('film-controls').hidden = rows.length < 2;
    slider.max = String(Math.max(last, 0));
    slider.value = String(shown ? rows.indexOf(shown) : 0);
    earlier.hidden = !shown || newest;
    canvas('training-canvas').hidden = !earlier.hidden;
    caption.textContent = shown ? `at step ${count(shown.step)}` : '';
    slider.setAttribute('aria-valuetext', caption.textContent || 'no row yet');
    if (shown) {
      const words = `Digits drawn at training step ${shown.step}`;
      canvas('training-canvas').setAttribute('aria-label', words);
      earlier.setAttribute('aria-label', words);
      if (!newest) earlier.getContext('2d')?.drawImage(rowOf(shown.pixels), 0, 0);
    }
    for (const watcher of watchers) watcher(chosen);
  };
  const choose = (/** @type {SampleRow | undefined} */ row) => {
    chosen = row?.step ?? null;
    show();
  };
  const empty = () => {
    rows = [];
    choose(undefined);
  };

  slider.addEventListener('input', () => choose(rows[slider.valueAsNumber]));
  showNearest = (step) => {
    const distance = (/** @type {SampleRow} */ row) => Math.abs(row.step - step);
    const [nearest] = [...rows].sort((a, b) => distance(a) - distance(b));
    if (nearest) choose(nearest);
  };
  link.on('samples', ({ row, kept }) => {
    panel.dataset.samples = String(row.step);
    earlier.width = (row.pixels.length / PIXELS) * 30 - 2;
    rows = [...rows.filter(({ step }) => step !== row.step && kept.includes(step)), row];
    show();
  });
  link.on('run_opened', ({ film }) => {
    rows = film;
    choose(undefined);
  });
  link.on('crash', empty);
  return empty;
}
