/**
 * Pictures drawn once: in the header one digit on its way out of the noise, by the page's own formula,
 * x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε with ε the same in every tile.
 */

import { any } from './dom.js';

const SIZE = 28;
const TIMES = [999, 500, 350, 220, 110, 0];

/** A 3 from the MNIST training set (image 7), 16 greys: rows 5 to 24, columns 5 to 22. */
const DIGIT = `
......226ffffffa..
....28eeffffffff9.
....bffffffffffff3
....6ffe8888bffff3
.....111.....effa.
............5fff9.
...........5bfff..
.........5dffffc..
....27cccffffe61..
...2dfffffffffb...
...2dfffffffff4...
....17322228ff4...
............ff4...
...........5ff4...
..4.......6fff4...
3bf1....15efff4...
dff98888cfffb5....
dfffffffffe9......
39fffffdc92.......
..6efa61..........`
  .trim()
  .split('\n');

/** x_0 in [−1, 1] at row and column of the 28×28 image. @param {number} i */
function x0(i) {
  const grey = DIGIT[Math.floor(i / SIZE) - 5]?.[(i % SIZE) - 5] ?? '.';
  return grey === '.' ? -1 : Number.parseInt(grey, 16) / 7.5 - 1;
}

/** ᾱ_t of the linear schedule, β from 1e-4 to 0.02, T = 1000. @param {number} t */
function alphaBar(t) {
  let product = 1;
  for (let s = 0; s <= t; s += 1) product *= 1 - (1e-4 + ((0.02 - 1e-4) * s) / 999);
  return product;
}

/** Standard normal numbers, the same ones at every visit. @param {number} n */
function noise(n) {
  let state = 3;
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
 * A canvas with one value in [−1, 1] a pixel.
 * @param {ArrayLike<number>} values
 * @param {number} width
 */
export function picture(values, width) {
  const image = new ImageData(width, values.length / width);
  for (let i = 0; i < values.length; i += 1) {
    image.data.fill((values[i] + 1) * 127.5, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  const made = document.createElement('canvas');
  made.width = image.width;
  made.height = image.height;
  made.getContext('2d')?.putImageData(image, 0, 0);
  return made;
}

/** The strip in the header, and the noise behind the stage's invitation. */
export function drawPictures() {
  const eps = noise(SIZE * SIZE);
  const tiles = TIMES.map((t) => {
    const a = t === 0 ? 1 : alphaBar(t);
    return picture(eps.map((e, i) => Math.sqrt(a) * x0(i) + Math.sqrt(1 - a) * e), SIZE);
  });
  any('strip').replaceChildren(...tiles);
  const stage = picture(noise((4 * SIZE) ** 2), 4 * SIZE);
  stage.setAttribute('aria-hidden', 'true');
  any('noise').prepend(stage);
}
