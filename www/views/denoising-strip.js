/**
 * The denoising strip in the header: six pictures of one digit on its way out of the noise. It shows noise until the
 * network has drawn a digit of its own (the event `preview`), and changes with the weights.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Preview} Preview
 */

import { any } from '../lib/dom.js';
import { PIXELS, SIDE, noisePicture, pictureOf } from '../lib/pictures.js';

const TILES = 6;

/** Show noise, unless there is something already. */
export function showNoise() {
  const strip = any('strip');
  if (strip.childElementCount > 0) return;
  strip.replaceChildren(...Array.from({ length: TILES }, (_, seed) => noisePicture(SIDE, seed)));
}

/** Show the digit that the network has drawn. @param {Preview} preview */
export function showPreview({ digit, times, pixels }) {
  const strip = any('strip');
  strip.replaceChildren(...times.map((t, i) => {
    const tile = pictureOf(pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
    tile.title = `t = ${t}`;
    return tile;
  }));
  strip.setAttribute('aria-label', `${times.length} pictures of ${digit === null ? 'a digit' : `the digit ${digit}`} being drawn: pure noise at first, then less and less of it`);
  any('strip-from').textContent = `noise, t = ${times[0]}`;
  any('strip-how').textContent = 'drawn just now';
  any('strip-to').textContent = `digit, t = ${times[times.length - 1]}`;
}

/** @param {WorkerLink} link */
export function denoisingStripFor(link) {
  showNoise();
  // New weights are in use, so "drawn just now" no longer holds of the digit shown.
  link.on('model', () => {
    any('strip-how').textContent = '';
  });
  link.on('preview', showPreview);
}
