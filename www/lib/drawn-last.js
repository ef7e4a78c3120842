/**
 * The digits drawn last, with what they were drawn with. They outlive the worker, whose canvas is gone after a restart, and the
 * page itself: after a reload they are shown without being computed again.
 *
 * @typedef {import('../protocol.js').Sampled} Sampled
 * @typedef {Pick<Sampled, 'options' | 'labels' | 'columns' | 'places' | 'steps' | 'complete' | 'elapsed_s' | 'fingerprint' | 'pixels'> & { weights: string }} Drawn
 *   `weights`: where the weights came from that drew them
 */

import { NO_CLASS } from './format.js';
import { bytesOf, keep, kept, textOf } from './kept.js';
import { PIXELS, squareOf } from './pictures.js';

const KEY = 'ddpm.drawn';
/** As many digits as a draw may have. */
const MOST = 64;
/** Parameters of the page's address that do not change which digits are drawn. */
const ELSEWHERE = ['device', 'paint', 'patience', 'debug'];

/** What the page's address says of the digits. */
function asked() {
  const parameters = new URLSearchParams(location.search);
  for (const name of ELSEWHERE) parameters.delete(name);
  return parameters;
}

/** @type {Drawn | undefined} */
let last;

/**
 * Keep these digits. The page's address must be theirs already.
 * @param {Drawn} drawn
 */
export function keepDrawn({ options, steps, complete, elapsed_s, fingerprint, pixels, labels, columns, places, weights }) {
  last = { options, steps, complete, elapsed_s, fingerprint, pixels, labels, columns, places, weights };
  keep(KEY, { ...last, pixels: textOf(pixels), asked: String(asked()) });
}

/** Whether this is a list of so many whole numbers from 0 to `most`. @param {unknown} list @param {number} length @param {number} most */
const isList = (list, length, most) =>
  Array.isArray(list) && list.length === length && list.every((n) => Number.isInteger(n) && n >= 0 && n <= most);

/** The layout that was kept with so many digits, or that of a square. @param {any} found @param {number} count */
function layoutOf({ columns, places }, count) {
  const sound = isList([columns], 1, MOST) && columns > 0 && isList(places, count, 2 * MOST) && new Set(places).size === count;
  return sound ? { columns, places } : squareOf(count);
}

/** A class, or what stands for none. @param {unknown} kept */
const labelOf = (kept) => (typeof kept === 'number' && Number.isInteger(kept) && kept >= 0 && kept < NO_CLASS ? kept : NO_CLASS);

/** What the browser has kept, if it is what it should be. @returns {Drawn | undefined} */
function stored() {
  // An address with a seed wants certain digits seen: only the very tab that drew them may show its own in their place.
  const ownTab = asked().has('seed');
  const found = /** @type {any} */ (kept(KEY, { ownTab }));
  if (typeof found !== 'object' || found === null || (ownTab && found.asked !== String(asked()))) return undefined;
  const { options, steps, complete, elapsed_s, fingerprint, weights } = found;
  const count = options?.count;
  if (!Number.isInteger(count) || count < 1 || count > MOST) return undefined;
  if (![steps, elapsed_s, options.seed].every(Number.isFinite)) return undefined;
  const pixels = bytesOf(found.pixels, count * PIXELS);
  const labels = Array.from({ length: count }, (_, index) => labelOf(found.labels?.[index]));
  const { columns, places } = layoutOf(found, count);
  return pixels ? { options, labels, columns, places, steps, complete: complete === true, elapsed_s, fingerprint: String(fingerprint), weights: String(weights), pixels } : undefined;
}

/** The digits drawn last, on this page or before it was loaded. @returns {Drawn | undefined} */
export const drawnLast = () => (last ??= stored());
