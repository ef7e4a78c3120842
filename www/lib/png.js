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
  if (!transparent) for (let at = 3; at < small.data.length; at += 4) small.data[at] = 255;
  layout.places.forEach((place, digit) => {
    const { x, y } = cornerOf(place, layout.columns);
    for (let at = 0; at < PIXELS; at += 1) {
      const grey = pixels[digit * PIXELS + at];
      const to = 4 * ((y + Math.floor(at / SIDE)) * width + x + (at % SIDE));
      small.data.set(transparent ? [255, 255, 255, grey] : [grey, grey, grey, 255], to);
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
