/**
 * The digits drawn last, to choose one from.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any } from '../lib/dom.js';
import { picture } from './pictures.js';

const SIZE = 28;
const PIXELS = SIZE * SIZE;

export class Picks {
  #list = any('picks-list');
  /** @type {Uint8Array} */
  #pixels = new Uint8Array();
  #chosen = 0;

  /** The pixels of the digit chosen; none where none were drawn. */
  get chosen() {
    return this.#pixels.slice(this.#chosen * PIXELS, (this.#chosen + 1) * PIXELS);
  }

  /** @param {Uint8Array} pixels 28×28 bytes a digit */
  show(pixels) {
    this.#pixels = pixels;
    this.#chosen = 0;
    const all = pixels.length / PIXELS;
    const labels = Array.from({ length: all }, (_, index) => {
      const label = document.createElement('label');
      const radio = document.createElement('input');
      radio.type = 'radio';
      radio.name = 'pick';
      radio.checked = index === 0;
      radio.setAttribute('aria-label', `Digit ${index + 1} of ${all}`);
      radio.addEventListener('change', () => {
        this.#chosen = index;
      });
      const digit = pixels.subarray(index * PIXELS, (index + 1) * PIXELS);
      label.append(radio, picture(digit, SIZE));
      return label;
    });
    this.#list.replaceChildren(...labels);
  }
}
