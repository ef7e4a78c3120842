/**
 * The digits drawn last, with what they were drawn with. They outlive the worker, whose canvas is gone after a restart, and the
 * page itself: after a reload they are shown without being computed again.
 *
 * @typedef {import('../protocol.js').Sampled} Sampled
 * @typedef {Pick<Sampled, 'options' | 'steps' | 'complete' | 'elapsed_s' | 'fingerprint' | 'pixels' | 'labels'> & { weights: string }} Drawn
 *   `weights`: where the weights came from that drew them
 */

import { NO_CLASS } from './format.js';
import { bytesOf, keep, kept, textOf } from './kept.js';
import { PIXELS } from './pictures.js';

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
export function keepDrawn({ options, steps, complete, elapsed_s, fingerprint, pixels, labels, weights }) {
  last = { options, steps, complete, elapsed_s, fingerprint, pixels, labels, weights };
  keep(KEY, { ...last, pixels: textOf(pixels), asked: String(asked()) });
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
  return pixels ? { options, steps, complete: complete === true, elapsed_s, fingerprint: String(fingerprint), weights: String(weights), labels, pixels } : undefined;
}

/** The digits drawn last, on this page or before it was loaded. @returns {Drawn | undefined} */
export const drawnLast = () => (last ??= stored());
