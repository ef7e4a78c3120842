/** Frames on a canvas that the caller gives. */

import { OptionError } from './errors.js';

/**
 * What paints pictures on a canvas: as large as they fit, in the middle, with square pixels. The canvas keeps its size.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @returns {(picture: ImageBitmap) => void}
 */
export function painter(canvas) {
  const is = (/** @type {string} */ name) => name in globalThis && canvas instanceof /** @type {any} */ (globalThis)[name];
  if (!is('HTMLCanvasElement') && !is('OffscreenCanvas')) {
    throw new OptionError('canvas', 'canvas must be a <canvas> element or an OffscreenCanvas.');
  }
  const context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (canvas.getContext('2d'));
  if (!context) {
    throw new OptionError('canvas', 'The canvas has a context of another kind than 2d, so nothing can be painted on it: give another one.');
  }
  return (picture) => {
    const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  };
}
