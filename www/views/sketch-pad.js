/**
 * The sketch pad: a 28×28 picture to draw on with a mouse, a finger, a pen or the keyboard, and a mask over it. Both survive a
 * reload.
 */

import { canvas } from '../lib/dom.js';
import { bytesOf, keep, kept, textOf } from '../lib/kept.js';
import { PIXELS, SIDE } from '../lib/pictures.js';

/** Where the browser keeps picture and mask of the tool Edit. */
const KEY = 'ddpm.sketch';

/** Colour of marked pixels: red, green, blue. One is enough, because the pad is black in both colour schemes. */
const MARKED = [111, 211, 193];

/**
 * Radius of each brush in pixels. The pen's matches MNIST, whose strokes are two to three pixels wide with soft edges.
 * @typedef {'pen' | 'eraser' | 'mark'} Brush
 * @type {Record<Brush, number>}
 */
const RADIUS = { pen: 1.3, eraser: 2, mark: 2.4 };

/** @type {Record<string, [dx: number, dy: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{ x: number, y: number }} Point in pixels of the picture */

/**
 * The distance from a pixel's centre to the line between two points.
 * @param {Point} pixel @param {Point} a @param {Point} b
 */
function distance(pixel, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length > 0 ? ((pixel.x - a.x) * dx + (pixel.y - a.y) * dy) / length : 0;
  const share = Math.min(Math.max(along, 0), 1);
  return Math.hypot(pixel.x - a.x - share * dx, pixel.y - a.y - share * dy);
}

export class SketchPad {
  #canvas;
  #key;
  #ink = new Uint8Array(PIXELS);
  #mask = new Uint8Array(PIXELS);
  /** @type {Point} */
  #cursor = { x: SIDE / 2, y: SIDE / 2 };
  /** Set while the keyboard draws: only then is the cursor shown. */
  #byKeyboard = false;
  /** The brush in use. @type {Brush} */
  brush = 'pen';
  #markable = false;

  /** @param {string} id of the canvas @param {string} key where the browser keeps what is drawn on it */
  constructor(id, key = KEY) {
    this.#canvas = canvas(id);
    this.#key = key;
    this.#restore();
    this.#listenToPointers();
    this.#listenToKeys();
    this.#paint();
  }

  /** A copy of the picture, one byte a pixel, 0 black to 255 white. */
  get image() {
    return this.#ink.slice();
  }

  /** A copy of the mask, one byte a pixel, 1 where it is marked. */
  get mask() {
    return this.#mask.slice();
  }

  /** Show the mask, and let the eraser work on it. @param {boolean} on */
  set markable(on) {
    this.#markable = on;
    this.#paint();
  }

  /** Remove picture and mask. */
  clear() {
    this.#ink.fill(0);
    this.#mask.fill(0);
    this.#paint();
    this.#keep();
  }

  /** Show this picture, without a mask. @param {Uint8Array} image one byte a pixel */
  put(image) {
    this.#ink.set(image);
    this.#mask.fill(0);
    this.#paint();
    this.#keep();
  }

  #keep() {
    keep(this.#key, { ink: textOf(this.#ink), mask: textOf(this.#mask) });
  }

  /** Take up the picture and the mask that the browser has kept. */
  #restore() {
    const found = /** @type {any} */ (kept(this.#key));
    const [ink, mask] = [bytesOf(found?.ink, PIXELS), bytesOf(found?.mask, PIXELS)];
    if (ink) this.#ink.set(ink);
    if (mask) this.#mask.set(mask);
  }

  /** Draw a straight line with a brush. @param {Point} from @param {Point} to @param {Brush} brush */
  #stroke(from, to, brush) {
    for (let i = 0; i < PIXELS; i += 1) {
      const pixel = { x: (i % SIDE) + 0.5, y: Math.floor(i / SIDE) + 0.5 };
      const cover = Math.min(Math.max(RADIUS[brush] + 0.5 - distance(pixel, from, to), 0), 1);
      if (brush === 'pen') this.#ink[i] = Math.max(this.#ink[i], 255 * cover);
      else if (brush === 'mark') this.#mask[i] ||= Number(cover >= 0.5);
      else if (this.#markable && cover > 0) this.#mask[i] = 0;
      else this.#ink[i] = Math.min(this.#ink[i], 255 * (1 - cover));
    }
    this.#paint();
  }

  /** Copy picture, mask and cursor to the canvas. */
  #paint() {
    const image = new ImageData(SIDE, SIDE);
    this.#ink.forEach((grey, i) => {
      const marked = this.#markable && this.#mask[i];
      const colours = marked ? MARKED.map((colour) => (grey + colour) / 2) : [grey, grey, grey];
      image.data.set([...colours, 255], 4 * i);
    });
    if (this.#byKeyboard) {
      const at = 4 * (Math.floor(this.#cursor.y) * SIDE + Math.floor(this.#cursor.x));
      for (let c = 0; c < 3; c += 1) image.data[at + c] = image.data[at + c] > 127 ? 0 : 255;
    }
    this.#canvas.getContext('2d')?.putImageData(image, 0, 0);
  }

  #listenToPointers() {
    /** @type {Point} */
    let last = { x: 0, y: 0 };
    const at = (/** @type {PointerEvent} */ { clientX, clientY }) => {
      const box = this.#canvas.getBoundingClientRect();
      return { x: ((clientX - box.left) / box.width) * SIDE, y: ((clientY - box.top) / box.height) * SIDE };
    };
    // Bit 32 of `buttons`, and `button` 5 below, are the eraser at the other end of a pen (W3C Pointer Events, "Button states").
    const brush = (/** @type {PointerEvent} */ { buttons }) => (buttons & 32 ? 'eraser' : this.brush);
    this.#canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 && event.button !== 5) return;
      this.#canvas.setPointerCapture(event.pointerId);
      this.#byKeyboard = false;
      last = at(event);
      this.#stroke(last, last, brush(event));
    });
    this.#canvas.addEventListener('pointermove', (event) => {
      if (!this.#canvas.hasPointerCapture(event.pointerId)) return;
      const next = at(event);
      this.#stroke(last, next, brush(event));
      last = next;
    });
    // After the last point of a stroke, or where the browser has taken the pointer away.
    this.#canvas.addEventListener('lostpointercapture', () => this.#keep());
  }

  #listenToKeys() {
    const inside = (/** @type {number} */ n) => Math.min(Math.max(n, 0.5), SIDE - 0.5);
    this.#canvas.addEventListener('keydown', (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow && event.key !== ' ') return;
      event.preventDefault();
      const from = this.#cursor;
      const [dx, dy] = arrow ?? [0, 0];
      this.#cursor = { x: inside(Math.floor(from.x + dx) + 0.5), y: inside(Math.floor(from.y + dy) + 0.5) };
      this.#byKeyboard = true;
      if (arrow && !event.shiftKey) {
        this.#paint();
        return;
      }
      this.#stroke(from, this.#cursor, this.brush);
      this.#keep();
    });
    this.#canvas.addEventListener('blur', () => {
      this.#byKeyboard = false;
      this.#paint();
    });
  }
}
