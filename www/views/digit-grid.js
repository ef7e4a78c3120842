/**
 * The digits on the stage as buttons, laid over the canvas: a grid with one place for the keyboard's Tab, in which the arrows move. A
 * digit's name is what the classifier says of it, once it has been asked.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../lib/drawn-last.js').Drawn} Drawn
 */

import { any } from '../lib/dom.js';

/** @typedef {import('../lib/pictures.js').Layout} Layout */

/** No digits. @type {Layout} */
const NONE = { columns: 1, places: [] };

export class DigitGrid {
  #place = any('digit-grid');
  #layout = NONE;

  /** @param {(index: number) => void} choose is called with the digit that is chosen */
  constructor(choose) {
    this.#place.addEventListener('click', ({ target }) => {
      const index = target instanceof HTMLButtonElement ? this.#buttons().indexOf(target) : -1;
      if (index >= 0) choose(index);
    });
    this.#place.addEventListener('keydown', (event) => this.#move(event));
    this.#place.addEventListener('focusin', ({ target }) => {
      for (const button of this.#buttons()) button.tabIndex = button === target ? 0 : -1;
    });
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.#place.querySelectorAll('button')];
  }

  /** Lay buttons over digits that are laid out so; without a layout there are none. @param {Layout} [layout] */
  show(layout = NONE) {
    const { columns, places } = layout;
    this.#layout = layout;
    this.#place.hidden = places.length === 0;
    this.#place.style.setProperty('--columns', String(columns));
    this.#place.style.setProperty('--rows', String(Math.floor(Math.max(0, ...places) / columns) + 1));
    this.#place.replaceChildren(...places.map((place, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.tabIndex = index === 0 ? 0 : -1;
      button.style.gridArea = `${Math.floor(place / columns) + 1} / ${(place % columns) + 1}`;
      return button;
    }));
  }

  /** Name each digit, and mark the one that is enlarged. @param {(index: number) => string} name @param {number} enlarged −1 for none */
  name(name, enlarged) {
    for (const [index, button] of this.#buttons().entries()) {
      button.setAttribute('aria-label', name(index));
      if (index === enlarged) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  /** Give a digit the keyboard's focus. @param {number} index */
  focus(index) {
    this.#buttons()[index]?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const buttons = this.#buttons();
    const at = buttons.findIndex((button) => button === document.activeElement);
    const { columns, places } = this.#layout;
    /** The digit so many rows below. @param {number} rows */
    const below = (rows) => places.indexOf(places[at] + rows * columns);
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: below(-1), ArrowDown: below(1), Home: 0, End: buttons.length - 1 };
    const to = steps[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  }
}
