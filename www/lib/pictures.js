/** Small canvases that the page itself fills: images that the worker sent as bytes, and noise. */

/** Edge of an MNIST image, in pixels. */
export const SIDE = 28;
/** Pixels of an MNIST image. */
export const PIXELS = SIDE * SIDE;

/**
 * A canvas that shows these greys, one pixel each.
 * @param {Uint8Array | Uint8ClampedArray} greys 0 black to 255 white, row by row
 * @param {number} width
 */
export function pictureOf(greys, width = SIDE) {
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

/** Pixels between neighbouring digits of a grid, as in crate/images.rs. */
const GAP = 2;

/**
 * How digits are laid out in a picture: place p is in row p / `columns`, and `places` has that of each digit.
 * @typedef {{ columns: number, places: number[] }} Layout
 */

/** The grid closest to a square (`Grid::square` in crate/images.rs). @param {number} digits @returns {Layout} */
export const squareOf = (digits) =>
  ({ columns: Math.ceil(Math.sqrt(digits)), places: Array.from({ length: digits }, (_, index) => index) });

/** The size of a picture with this layout, in pixels. @param {Layout} layout */
export function sizeOf({ columns, places }) {
  const edge = (/** @type {number} */ n) => n * (SIDE + GAP) - GAP;
  return { width: edge(columns), height: edge(Math.floor(Math.max(...places) / columns) + 1) };
}

/** Where a place begins in the picture, in pixels. @param {number} place @param {number} columns */
export const cornerOf = (place, columns) =>
  ({ x: (place % columns) * (SIDE + GAP), y: Math.floor(place / columns) * (SIDE + GAP) });

/**
 * A canvas that shows digits as the worker paints them.
 * @param {Uint8Array} pixels 28×28 bytes a digit
 * @param {Layout} [layout] without one, the grid closest to a square
 */
export function gridOf(pixels, layout = squareOf(pixels.length / PIXELS)) {
  const made = Object.assign(document.createElement('canvas'), sizeOf(layout));
  const context = made.getContext('2d');
  layout.places.forEach((place, i) => {
    const digit = pictureOf(pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
    const { x, y } = cornerOf(place, layout.columns);
    context?.drawImage(digit, x, y);
  });
  return made;
}

/** A canvas that shows digits in a row, as the worker paints them (`Grid::row` in crate/images.rs). @param {Uint8Array} pixels 28×28 bytes a digit */
export function rowOf(pixels) {
  const digits = pixels.length / PIXELS;
  const made = document.createElement('canvas');
  made.width = digits * (SIDE + GAP) - GAP;
  made.height = SIDE;
  const context = made.getContext('2d');
  for (let i = 0; i < digits; i += 1) {
    context?.drawImage(pictureOf(pixels.subarray(i * PIXELS, (i + 1) * PIXELS)), i * (SIDE + GAP), 0);
  }
  return made;
}

/** Standard normal numbers (Box–Muller), the same ones for the same seed. @param {number} n @param {number} seed */
function gaussian(n, seed) {
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
 * A square canvas of Gaussian noise, in the greys that x_T has: −1 is black, 1 is white. It only decorates the page
 * until the network draws; what the network draws from is made in Rust.
 * @param {number} side
 * @param {number} seed
 */
export const noisePicture = (side, seed) =>
  pictureOf(Uint8ClampedArray.from(gaussian(side ** 2, seed), (eps) => (eps + 1) * 127.5), side);
