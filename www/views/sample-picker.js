/** The sample picker: a row of the digits drawn last, one of which can be chosen, as the picture to edit or to blend into. */

import { any } from '../lib/dom.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';

export class SamplePicker {
  #list = any('picks-list');
  /** All digits, one after the other. @type {Uint8Array} */
  #pixels = new Uint8Array();
  #chosen = 0;

  /** The pixels of the chosen digit; empty while no digits have been drawn. */
  get chosen() {
    return this.#pixels.slice(this.#chosen * PIXELS, (this.#chosen + 1) * PIXELS);
  }

  /** Offer these digits and choose the first. @param {Uint8Array} pixels 28×28 bytes a digit */
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
      label.append(radio, pictureOf(digit));
      return label;
    });
    this.#list.replaceChildren(...labels);
  }
}
