/**
 * Drawings of the visitor's own, each with the name of what it shows, kept in the browser to be trained on. Drawings of one name are
 * one class.
 *
 * @typedef {{ name: string, ink: Uint8Array }} Drawing `ink`: 28×28 bytes, 0 black to 255 white
 */

import { bytesOf, keep, kept, textOf } from './kept.js';
import { PIXELS } from './pictures.js';

/** Where the browser keeps them. */
const KEY = 'ddpm.symbols';
/** So many are kept at most: 220 kB as text, where browsers give a site 5 MB. */
export const MOST = 200;
/** So many names they may have: the classes that a network has at most (`MAX_CLASSES`, crate/nn/unet/config.rs). */
export const MOST_NAMES = 62;
/** Characters of a name at most. */
const LONGEST = 24;
/** What a drawing is called that nobody has named. */
const UNNAMED = 'symbol';

/** @param {unknown} name */
const nameOf = (name) => (typeof name === 'string' ? name.trim().slice(0, LONGEST) : '') || UNNAMED;

/** The drawings that the browser has kept. @returns {Drawing[]} */
function restored() {
  const found = kept(KEY);
  if (!Array.isArray(found)) return [];
  return found.slice(0, MOST).flatMap((entry) => {
    // Those of before had no names, and were texts.
    const { name, ink } = typeof entry === 'object' && entry !== null ? entry : { name: '', ink: entry };
    const bytes = bytesOf(ink, PIXELS);
    return bytes ? [{ name: nameOf(name), ink: bytes }] : [];
  });
}

class OwnSymbols {
  #drawings = restored();
  /** @type {Array<() => void>} */
  #listeners = [];

  /** All of them, in the order in which they were drawn. */
  get all() {
    return this.#drawings;
  }

  /** Their names, in the order in which they first appear: the classes. */
  get names() {
    return [...new Set(this.#drawings.map(({ name }) => name))];
  }

  /** Whether a drawing of this name would be of one class more than a network has. @param {string} name */
  isOneTooMany(name) {
    const { names } = this;
    return names.length >= MOST_NAMES && !names.includes(nameOf(name));
  }

  /** Call `listener` after each change. @param {() => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /**
   * Keep a drawing.
   * @param {Uint8Array} ink
   * @param {string} name
   * @returns {string} the name that it got; empty where it was not kept, because it is empty, or there are too many or too many names
   */
  add(ink, name) {
    if (ink.every((grey) => grey === 0) || this.#drawings.length >= MOST || this.isOneTooMany(name)) return '';
    const drawing = { name: nameOf(name), ink };
    this.#change([...this.#drawings, drawing]);
    return drawing.name;
  }

  /** @param {Drawing} drawing */
  remove(drawing) {
    this.#change(this.#drawings.filter((other) => other !== drawing));
  }

  clear() {
    this.#change([]);
  }

  /** @param {Drawing[]} drawings */
  #change(drawings) {
    this.#drawings = drawings;
    keep(KEY, drawings.map(({ name, ink }) => ({ name, ink: textOf(ink) })));
    for (const listener of this.#listeners) listener();
  }
}

/** Those of this page. */
export const ownSymbols = new OwnSymbols();
