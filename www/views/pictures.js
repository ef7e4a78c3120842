/**
 * Pictures drawn once: the strip in the header, noise until the network has drawn a digit of its own.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any } from '../lib/dom.js';

const SIZE = 28;
const TILES = 6;

/** Standard normal numbers, the same ones for the same seed. @param {number} n @param {number} seed */
function noise(n, seed) {
  let state = seed;
  const uniform = () => {
    // mulberry32, public domain, by Tommy Ettinger.
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float64Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/**
 * A canvas with one grey, 0 to 255, a pixel.
 * @param {Uint8Array | Uint8ClampedArray} greys
 * @param {number} width
 */
export function picture(greys, width) {
  const image = new ImageData(width, greys.length / width);
  for (let i = 0; i < greys.length; i += 1) {
    image.data.fill(greys[i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  const made = document.createElement('canvas');
  made.width = image.width;
  made.height = image.height;
  made.getContext('2d')?.putImageData(image, 0, 0);
  return made;
}

/** @param {number} width @param {number} seed */
const noisy = (width, seed) => picture(Uint8ClampedArray.from(noise(width ** 2, seed), (eps) => (eps + 1) * 127.5), width);

/** @param {Link} link */
export function picturesFor(link) {
  const strip = any('strip');
  strip.replaceChildren(...Array.from({ length: TILES }, (_, seed) => noisy(SIZE, seed)));
  const stage = noisy(4 * SIZE, TILES);
  stage.setAttribute('aria-hidden', 'true');
  any('noise').prepend(stage);

  // Whatever is there was drawn from other weights.
  link.on('model', () => {
    any('strip-how').textContent = '';
  });
  link.on('preview', ({ digit, times, pixels }) => {
    strip.replaceChildren(...times.map((t, i) => {
      const tile = picture(pixels.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2), SIZE);
      tile.title = `t = ${t}`;
      return tile;
    }));
    strip.setAttribute('aria-label', `${times.length} pictures of the digit ${digit} being drawn: pure noise at first, then less and less of it`);
    any('strip-from').textContent = `noise, t = ${times[0]}`;
    any('strip-how').textContent = 'drawn just now';
    any('strip-to').textContent = `digit, t = ${times[times.length - 1]}`;
  });
}
