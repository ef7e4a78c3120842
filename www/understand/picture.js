/** Pictures of 28×28 numbers, of which one pixel is marked and can be chosen by hand. */

import { create } from '../lib/dom.js';
import { PIXELS, SIDE } from '../lib/pictures.js';

/** Colours of a number that may have either sign: blue below 0, orange above, black at 0. @param {number} share −1 to 1 @returns {[number, number, number]} */
const signed = (share) => (share < 0 ? [40 * -share, 140 * -share, 255 * -share] : [255 * share, 150 * share, 30 * share]);

export class Picture {
  #canvas = create('canvas', { width: SIDE, height: SIDE });
  #mark = create('span', { className: 'pixel-mark' });
  #label;
  #caption = create('figcaption', {});
  /** @type {ArrayLike<number>} */
  #values = [];
  #span;
  /** The figure, to be put on the page. */
  element;

  /**
   * @param {string} label what is shown
   * @param {{ span?: number, signed?: boolean, caption?: (Node | string)[] }} [options] `span`: the numbers from −span to span are
   *   told apart; `signed`: in colours, for what is no image
   */
  constructor(label, { span = 1, signed: isSigned = false, caption = [label] } = {}) {
    this.#label = label;
    this.#span = span;
    this.signed = isSigned;
    this.#caption.append(...caption);
    this.#mark.setAttribute('aria-hidden', 'true');
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.setAttribute('aria-label', label);
    this.frame = create('div', { className: 'pixels' }, this.#canvas, this.#mark);
    this.element = create('figure', { className: 'picture' }, this.frame, this.#caption);
  }

  /** Show these numbers. @param {ArrayLike<number>} values */
  show(values) {
    this.#values = values;
    const image = new ImageData(SIDE, SIDE);
    for (let at = 0; at < PIXELS; at += 1) {
      const share = Math.min(1, Math.max(-1, values[at] / this.#span));
      const grey = (share + 1) * 127.5;
      image.data.set(this.signed ? signed(share) : [grey, grey, grey], 4 * at);
      image.data[4 * at + 3] = 255;
    }
    this.#canvas.getContext('2d')?.putImageData(image, 0, 0);
  }

  /** The number of a pixel. @param {number} pixel */
  at(pixel) {
    return this.#values[pixel] ?? NaN;
  }

  /** Mark a pixel. @param {number} pixel */
  mark(pixel) {
    this.#mark.style.left = `${((pixel % SIDE) / SIDE) * 100}%`;
    this.#mark.style.top = `${(Math.floor(pixel / SIDE) / SIDE) * 100}%`;
  }

  /**
   * Let the visitor choose a pixel by pointing at it.
   * @param {(pixel: number) => void} choose
   */
  choosable(choose) {
    this.frame.classList.add('choosable');
    const point = (/** @type {PointerEvent} */ event) => {
      const box = this.#canvas.getBoundingClientRect();
      const place = (/** @type {number} */ at, /** @type {number} */ size) => Math.min(SIDE - 1, Math.max(0, Math.floor((at / size) * SIDE)));
      choose(place(event.clientY - box.top, box.height) * SIDE + place(event.clientX - box.left, box.width));
    };
    this.frame.addEventListener('pointerdown', point);
    this.frame.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) point(event);
    });
  }

  /**
   * Let the visitor choose a pixel with the arrow keys, too. Only one picture of a scene should: each is one more stop for Tab.
   * @param {() => number} chosen
   * @param {(pixel: number) => void} choose
   */
  steerable(chosen, choose) {
    const { frame } = this;
    frame.tabIndex = 0;
    frame.setAttribute('role', 'application');
    frame.setAttribute('aria-label', `${this.#label}: the arrow keys choose the pixel`);
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE };
    frame.addEventListener('keydown', (event) => {
      const move = moves[event.key];
      if (move === undefined) return;
      event.preventDefault();
      const next = chosen() + move;
      const sameRow = Math.floor(next / SIDE) === Math.floor(chosen() / SIDE);
      if (next >= 0 && next < PIXELS && (sameRow || Math.abs(move) === SIDE)) choose(next);
    });
  }
}

/** A row of pictures. @param {...Picture} pictures */
export const pictureRow = (...pictures) =>
  create('div', { className: 'picture-row' }, ...pictures.map(({ element }) => element));
