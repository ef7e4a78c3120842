/**
 * Pictures of what has been painted, for a page that does not give its own canvas to the worker (package/): of each frame a copy,
 * as an `ImageBitmap` or as its pixels.
 *
 * @typedef {import('./messages.js').FrameKind} FrameKind
 */

/** The canvas that the program paints digits on. @type {OffscreenCanvas | undefined} */
let painted;
/** What the last command asked for. @type {FrameKind | undefined} */
let kind;
/** Bitmaps are made here: to take one from the program's own canvas would leave that empty. @type {OffscreenCanvas | undefined} */
let copy;

/** The program paints here from now on. @param {OffscreenCanvas} canvas */
export function paintsOn(canvas) {
  painted = canvas;
}

/** Make such pictures from now on, or none. @param {FrameKind | undefined} asked */
export function askFor(asked) {
  kind = asked;
}

/** A context that reading is quick of where it is read. @param {OffscreenCanvas} canvas */
function contextOf(canvas) {
  const context = canvas.getContext('2d', { willReadFrequently: kind === 'data' });
  if (!context) throw new Error('this browser gives a worker no canvas to draw on');
  return context;
}

/** The picture that the canvas shows now, if it was asked for. @returns {ImageBitmap | ImageData | undefined} */
export function picture() {
  if (!kind || !painted || painted.width === 0 || painted.height === 0) return undefined;
  const { width, height } = painted;
  copy = copy ?? new OffscreenCanvas(width, height);
  // Setting the size also clears the canvas.
  [copy.width, copy.height] = [width, height];
  const context = contextOf(copy);
  context.drawImage(painted, 0, 0);
  return kind === 'data' ? context.getImageData(0, 0, width, height) : copy.transferToImageBitmap();
}
