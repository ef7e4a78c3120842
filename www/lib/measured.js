/**
 * What has been measured on this page, so that weights can be compared: the browser keeps the newest measurement of each weights
 * and manner of drawing.
 *
 * @typedef {import('../protocol.js').Figures} Figures
 * @typedef {{ id: string, title: string, of: string, at: string, figures: Figures }} Measurement
 *   `id`: tells weights and manner apart, `title`: which weights, `of`: how their digits were drawn as well, `at`: when (ISO 8601)
 */

import { keep, kept } from './kept.js';

const KEY = 'ddpm.measured';
/** A measurement takes about four kilobytes. */
const MOST = 20;

/** Whether this has the form of a figure. @param {any} figure */
const isFigure = (figure) => Number.isFinite(figure?.value);

/** Whether all figures are there that are always shown. Anybody may have changed what the browser keeps. @param {any} entry */
function isSound(entry) {
  if (![entry?.title, entry?.of, entry?.at].every((text) => typeof text === 'string')) return false;
  const { classifier, conditional, unconditional } = entry.figures ?? {};
  const sets = [conditional, unconditional].filter((set) => set);
  return isFigure(classifier?.accuracy) && sets.length > 0 && sets.every(({ count, frechet, recognised, histogram, accuracy }) =>
    Number.isInteger(count) && [frechet, recognised].every((both) => isFigure(both?.samples) && isFigure(both?.real))
    && Array.isArray(histogram) && histogram.every(isFigure) && (accuracy == null || isFigure(accuracy.all)));
}

/** The measurements that are kept, the newest first. @returns {Measurement[]} */
export function measurements() {
  const found = kept(KEY);
  // Earlier versions of the page told them apart by their words.
  return Array.isArray(found) ? found.filter(isSound).map((entry) => ({ ...entry, id: String(entry.id ?? entry.of) })) : [];
}

/** Keep a measurement, in place of an earlier one of the same weights and manner. @param {Measurement} measurement */
export function keepMeasurement(measurement) {
  const others = measurements().filter(({ id }) => id !== measurement.id);
  keep(KEY, [measurement, ...others].slice(0, MOST));
}
