/**
 * `<ddpm-digit value="7" seed="3">`: draws its digit where it stands. All elements of a page share one worker and are drawn in turn.
 *
 * Attributes: `value` (the digit; without it, any), `seed` (0 by default, so that a page shows the same digits to everybody on one
 * kind of device), `steps`, `guidance`, `label` (the accessible name; by default it says what the picture is). A change draws anew.
 * The picture fills the element, which is 112×112 CSS pixels unless a style says otherwise. Events: `ddpm-drawn` with the digit
 * (`Drawn`) as its `detail`, and `ddpm-error` with the error.
 */

/** @import { Ddpm } from './ddpm.js' */
/** @import { LoadOptions } from './index.js' */

import { CrashError, OptionError } from './errors.js';
import { load } from './index.js';

const SIDE = 28;
/** A sheet of its own, which a Content-Security-Policy lets pass where it refuses <style>. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: inline-block; width: 112px; height: 112px; background: black; overflow: auto; }
  :host([hidden]) { display: none; }
  canvas { display: block; width: 100%; height: 100%; object-fit: contain; image-rendering: pixelated; }
  p { margin: 0; padding: 4px; color: white; font: 12px/1.3 sans-serif; overflow-wrap: anywhere; }
  [hidden] { display: none; }
`);

/** The program of all elements, once one of them is drawn. @type {Promise<Ddpm> | undefined} */
let shared;
/** How it is loaded. @type {LoadOptions} */
let options = {};

/** @param {string} name @param {string | null} text */
function numberOf(name, text) {
  if (text === null || text.trim() === '') return undefined;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw new OptionError(name, `${name}="${text}" is no number.`);
}

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class DdpmDigit extends HTMLElement {
  static observedAttributes = ['value', 'seed', 'steps', 'guidance', 'label'];

  #canvas = document.createElement('canvas');
  #words = document.createElement('p');
  /** Ends what is being drawn. @type {AbortController | undefined} */
  #drawing;

  /** How the program of all elements is loaded, if the first has not been drawn yet. @param {LoadOptions} asked */
  static configure(asked) {
    options = asked;
  }

  /**
   * The program of all elements. It is loaded at the first call, and anew after it has failed.
   * @returns {Promise<Ddpm>}
   */
  static program() {
    if (!shared) {
      const loading = load(options);
      shared = loading;
      loading.catch(() => { if (shared === loading) shared = undefined; });
    }
    return shared;
  }

  constructor() {
    super();
    [this.#canvas.width, this.#canvas.height] = [SIDE, SIDE];
    this.#canvas.setAttribute('role', 'img');
    this.#words.setAttribute('role', 'status');
    this.#words.hidden = true;
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#canvas, this.#words);
  }

  connectedCallback() {
    this.draw();
  }

  disconnectedCallback() {
    this.#drawing?.abort();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (name === 'label') this.#name();
    else this.draw();
  }

  /** Say what the picture is. */
  #name() {
    const value = this.getAttribute('value');
    const words = this.getAttribute('label') ?? `${value ? `The digit ${value}` : 'A digit'}, drawn by a diffusion model`;
    this.#canvas.setAttribute('aria-label', words);
  }

  /** Draw the digit anew, in place of what is being drawn. Settled when it is there, was given up, or its error is shown. */
  async draw() {
    this.#drawing?.abort();
    const drawing = new AbortController();
    this.#drawing = drawing;
    this.#name();
    this.#words.hidden = true;
    this.#canvas.hidden = false;
    this.setAttribute('aria-busy', 'true');
    /** @type {Promise<Ddpm> | undefined} */
    let used;
    try {
      const value = numberOf('value', this.getAttribute('value'));
      const asked = {
        class: value ?? /** @type {const} */ ('any'),
        seed: numberOf('seed', this.getAttribute('seed')) ?? 0,
        steps: numberOf('steps', this.getAttribute('steps')),
        guidance: numberOf('guidance', this.getAttribute('guidance')),
        signal: drawing.signal,
      };
      used = DdpmDigit.program();
      const program = await used;
      const context = this.#canvas.getContext('2d');
      for await (const { image, drawn } of program.generate(asked)) {
        // Where motion is not wanted, the digit appears at once.
        if (drawn || !calm()) context?.drawImage(image, 0, 0);
        image.close();
        if (drawn) this.dispatchEvent(new CustomEvent('ddpm-drawn', { detail: drawn, bubbles: true }));
      }
    } catch (error) {
      // A program that ended by an error of its own is of no use to the next element. Another may have been loaded since.
      if (error instanceof CrashError && shared === used) shared = undefined;
      if (!drawing.signal.aborted) this.#show(error);
    } finally {
      if (this.#drawing === drawing) this.removeAttribute('aria-busy');
    }
  }

  /** Show an error in place of the picture. @param {unknown} error */
  #show(error) {
    this.#canvas.hidden = true;
    this.#words.hidden = false;
    this.#words.textContent = `This digit could not be drawn. ${error instanceof Error ? error.message : error}`;
    this.dispatchEvent(new CustomEvent('ddpm-error', { detail: error, bubbles: true }));
  }
}

if (!customElements.get('ddpm-digit')) customElements.define('ddpm-digit', DdpmDigit);
