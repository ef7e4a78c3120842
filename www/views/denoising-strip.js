/**
 * The denoising strip in the header: six pictures of one digit on its way out of the noise. It shows noise until the
 * network has drawn a digit of its own (the event `preview`), and changes with the weights.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any } from '../lib/dom.js';
import { PIXELS, SIDE, noisePicture, pictureOf } from '../lib/pictures.js';

const TILES = 6;

/** @param {WorkerLink} link */
export function denoisingStripFor(link) {
  const strip = any('strip');
  strip.replaceChildren(...Array.from({ length: TILES }, (_, seed) => noisePicture(SIDE, seed)));

  // New weights are in use, so "drawn just now" no longer holds of the digit shown.
  link.on('model', () => {
    any('strip-how').textContent = '';
  });
  link.on('preview', ({ digit, times, pixels }) => {
    strip.replaceChildren(...times.map((t, i) => {
      const tile = pictureOf(pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
      tile.title = `t = ${t}`;
      return tile;
    }));
    strip.setAttribute('aria-label', `${times.length} pictures of ${digit === null ? 'a digit' : `the digit ${digit}`} being drawn: pure noise at first, then less and less of it`);
    any('strip-from').textContent = `noise, t = ${times[0]}`;
    any('strip-how').textContent = 'drawn just now';
    any('strip-to').textContent = `digit, t = ${times[times.length - 1]}`;
  });
}
