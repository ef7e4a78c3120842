/** Digits as PNG files. */

import { PIXELS, SIDE, cornerOf, sizeOf } from './pictures.js';

/** @typedef {import('./pictures.js').Layout} Layout */

/**
 * A canvas with digits, each of their pixels `scale` pixels wide and high.
 * @param {Uint8Array} pixels 28×28 bytes a digit
 * @param {Layout} layout
 * @param {number} scale
 * @param {boolean} transparent white ink on nothing, in place of greys on black
 */
export function enlarged(pixels, layout, scale, transparent) {
  const { width, height } = sizeOf(layout);
  const small = new ImageData(width, height);
  // Pixels as the canvas keeps them: alpha, blue, green, red, from the highest byte of a number to the lowest.
  const colours = new Uint32Array(small.data.buffer);
  if (!transparent) colours.fill(0xff000000);
  layout.places.forEach((place, digit) => {
    const { x, y } = cornerOf(place, layout.columns);
    for (let at = 0; at < PIXELS; at += 1) {
      const grey = pixels[digit * PIXELS + at];
      const to = (y + Math.floor(at / SIDE)) * width + x + (at % SIDE);
      colours[to] = transparent ? grey * 0x1000000 + 0xffffff : 0xff000000 + grey * 0x10101;
    }
  });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(small, 0, 0);
  const large = new OffscreenCanvas(width * scale, height * scale);
  const context = large.getContext('2d');
  if (context) {
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, large.width, large.height);
  }
  return large;
}

/** The canvas as a PNG file. @param {OffscreenCanvas} canvas */
export const pngOf = (canvas) => canvas.convertToBlob({ type: 'image/png' });
