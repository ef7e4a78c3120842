/**
 * Which image the scenes look at: one of the digits drawn last, the digit that the page drew by itself, or one of the training images
 * if they are here. Nothing is fetched for it.
 *
 * @typedef {import('../views/understand.js').Known} Known
 * @typedef {{ pixels: Uint8Array, label: string, short: string, digit: number | null }} Offered
 */

import { create } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';

/** So many of the digits drawn last are offered. */
const DRAWN = 10;

/** @param {Uint8Array} pixels @param {number} index */
const imageOf = (pixels, index) => pixels.slice(index * PIXELS, (index + 1) * PIXELS);

/** @returns {Offered[]} */
function drawn() {
  const last = drawnLast();
  if (!last) return [];
  const { pixels, options } = last;
  const all = Math.min(DRAWN, pixels.length / PIXELS);
  const asked = typeof options.class === 'object' && 'one' in options.class ? options.class.one : null;
  return Array.from({ length: all }, (_, index) => ({
    pixels: imageOf(pixels, index),
    label: `Digit ${index + 1} of those drawn last`,
    short: `${index + 1} of those drawn`,
    digit: asked ?? (options.class === 'all' ? index : null),
  }));
}

/** @param {Known} known @returns {Offered[]} */
const first = ({ preview }) =>
  (preview ? [{ pixels: imageOf(preview.pixels, preview.times.length - 1), label: 'The digit that the page drew by itself', short: 'the page’s own', digit: preview.digit ?? null }] : []);

/**
 * @param {import('./scene.js').Context} context
 * @param {Known} known
 */
export function imagePicker({ shared, questions }, known) {
  const list = create('div', { className: 'sample-picker' });
  const legend = create('legend', {}, 'The image');
  const element = create('fieldset', { className: 'image-picker' }, legend, list);
  element.setAttribute('aria-description', 'All scenes look at this one');
  /** @type {Offered[]} */
  let offered = [];

  const isSame = (/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) => a.every((grey, at) => grey === b[at]);

  return {
    element,
    /** The images on offer. */
    get offered() {
      return offered;
    },
    /** Offer what there is now. An image that was chosen stays so while it is on offer. */
    async follow() {
      const answer = await questions.ask('images');
      const found = answer && typeof answer === 'object' && 'images' in answer ? answer.images : undefined;
      const examples = Array.from(found?.labels ?? [], (label, index) => ({
        pixels: imageOf(/** @type {Uint8Array} */ (found?.pixels), index), label: `A training image of the class ${label}`, short: `class ${label}`, digit: label,
      }));
      offered = [...drawn(), ...first(known), ...examples];
      element.hidden = offered.length === 0;
      const { image, chosen } = shared.now;
      const kept = chosen ? offered.findIndex(({ pixels }) => isSame(pixels, image)) : -1;
      const index = Math.max(kept, 0);
      list.replaceChildren(...offered.map(({ pixels, label }, at) => {
        const radio = create('input', { type: 'radio', name: 'understand-image', checked: at === index });
        radio.setAttribute('aria-label', label);
        radio.addEventListener('change', () => shared.set({ image: pixels, chosen: true }));
        return create('label', { title: label }, radio, pictureOf(pixels));
      }));
      if (kept < 0 && offered.length > 0) shared.set({ image: offered[0].pixels, chosen: true });
      shared.announce('offered');
    },
  };
}
