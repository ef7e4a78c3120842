/**
 * The digits on the stage as buttons, laid over the canvas: a grid with one place for the keyboard's Tab, in which the arrows move. A
 * digit's name is what the classifier says of it, soon after it was drawn.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../lib/drawn-last.js').Drawn} Drawn
 */

import { any } from '../lib/dom.js';

export class DigitGrid {
  #place = any('digit-grid');
  #columns = 1;
  /** Where each digit is: place p is in row p / `columns`. @type {number[]} */
  #places = [];

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

  /** Show digits that are laid out so, or none. @param {import('../lib/pictures.js').Layout | undefined} layout */
  show(layout) {
    const { columns, places } = layout ?? { columns: 1, places: [] };
    [this.#columns, this.#places] = [columns, places];
    this.#place.hidden = any('digit-grid-hint').hidden = places.length === 0;
    this.#place.style.setProperty('--columns', String(columns));
    this.#place.style.setProperty('--rows', String(Math.floor(Math.max(0, ...places) / columns) + 1));
    this.#place.replaceChildren(...places.map((place, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.tabIndex = index === 0 ? 0 : -1;
      button.style.gridColumn = String((place % columns) + 1);
      button.style.gridRow = String(Math.floor(place / columns) + 1);
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
    // In the rows above and below there is a digit or there is none: a text has gaps.
    const beside = (/** @type {number} */ rows) => this.#places.indexOf(this.#places[at] + rows * this.#columns);
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: beside(-1), ArrowDown: beside(1), Home: 0, End: buttons.length - 1 };
    const to = steps[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  }
}
