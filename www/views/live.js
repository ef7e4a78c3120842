/**
 * Digits that follow a control while it is moved: the sliders of guidance, seed and η, and the walk between two seeds. While one
 * moves, drafts of few steps are drawn, as many as this device takes at once, and when it is let go, the digits proper. The newest
 * position counts: the worker keeps one draft waiting, and a draw of the form gives way to the next. Where even the
 * shortest draft would take too long, the digits are drawn when the slider is let go, and not before.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Command} Command
 * @typedef {import('../protocol.js').GenerateOptions} GenerateOptions
 */

import { any, button, element, input } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { drawOptions, numberIfUsed, randomSeed } from './generate.js';
import { clear } from './notices.js';

/** Seconds that a draft may take for its digits to follow a hand. */
const AT_ONCE_S = 0.2;
/** Passes of a draft at most (`DRAFT_STEPS` in crate/samplers/registry.rs; DDIM's has a few more), and at least. */
const [DRAFT_STEPS, LEAST_STEPS] = [5, 2];
/** Digits of a walk, where the device moves so many and nobody has chosen another number. */
const FIELD = 64;
/** Milliseconds after which a control that is let go counts as let go: held-down arrow keys let go with every repetition. */
const LET_GO_MS = 200;

/**
 * The images in a pass of the network: with guidance there are two for each digit. Without a class the second one, if any, is for the
 * guide, which is small beside the network and not counted.
 * @param {GenerateOptions} options
 */
const imagesOf = ({ count: digits, class: chosen, cfg_scale }) =>
  digits * (chosen !== 'none' && cfg_scale !== 0 && cfg_scale !== 1 ? 2 : 1);

/** How far along the walk, 0 to 1. */
const position = () => input('walk').valueAsNumber;

/** The digits that the form Draw asks for. @returns {GenerateOptions} */
const generateOptions = () => ({
  ...drawOptions(),
  walk: position() > 0 ? { to_seed: numberIfUsed('to-seed'), position: position() } : null,
});

class Live {
  #link;
  #can = false;
  /** Whether a draw runs that this form has begun: by a control, or by Generate. */
  #own = false;
  /** What is sent once that draw has given way. @type {Command | undefined} */
  #next;
  /** Whether the digits on the canvas are a draft. */
  #drafted = false;
  /** Seconds that an image takes in a pass, by the last draw; 0 before the first. */
  #pace = 0;
  #lettingGo = 0;

  /** @param {WorkerLink} link */
  constructor(link) {
    this.#link = link;
    link.on('state', ({ can, activity }) => {
      this.#can = can.generate;
      if (activity === 'generation' && !can.generate) this.#drafted = false;
      if (!can.generate) return;
      const next = this.#next;
      this.#own = false;
      this.#next = undefined;
      if (next) this.#send(next);
    });
    // A draw that is refused begins nothing.
    link.on('refused', ({ what }) => {
      if (what !== 'generate' || !this.#own) return;
      this.#own = false;
      this.#can = true;
    });
    link.on('drafted', ({ options, steps, elapsed_s }) => {
      this.#drafted = true;
      this.#pace = elapsed_s / (steps * imagesOf(options));
    });
    link.on('sampled', ({ options, steps, elapsed_s }) => {
      if (steps > 0) this.#pace = elapsed_s / (steps * imagesOf(options));
    });
    // Other weights may be of another size.
    link.on('model', () => { this.#pace = 0; });
    for (const type of /** @type {const} */ (['crash', 'start_failed'])) {
      link.on(type, () => {
        this.#can = this.#own = false;
        this.#next = undefined;
      });
    }
  }

  /** Whether drafts of so many digits, with all their steps, follow a hand; undefined before this device has drawn anything. @param {number} digits */
  follows(digits) {
    return this.#pace === 0 ? undefined : this.#stepsOf({ ...generateOptions(), count: digits }) >= DRAFT_STEPS;
  }

  /** Steps that this device draws these digits with at once, as far as is known. @param {GenerateOptions} options */
  #stepsOf(options) {
    return this.#pace === 0 ? DRAFT_STEPS : Math.floor(AT_ONCE_S / (this.#pace * imagesOf(options)));
  }

  /** @param {Command} command */
  #send(command) {
    if (command.type === 'generate') {
      clear('generate');
      this.#own = true;
      this.#can = false;
      this.#link.command({ ...command, still: this.#drafted });
    } else {
      this.#link.command(command);
    }
  }

  /** Send a command now, or once the draw that runs has given way. @param {Command} command */
  #draw(command) {
    if (this.#can) {
      this.#send(command);
    } else if (this.#own) {
      if (!this.#next) this.#link.command({ type: 'cancel' });
      this.#next = command;
    }
  }

  /** A control has been moved. */
  moved() {
    clearTimeout(this.#lettingGo);
    const options = generateOptions();
    const steps = this.#stepsOf(options);
    if (steps < LEAST_STEPS) return;
    // A draft takes no more steps than the digits proper.
    const { sampler } = options;
    this.#draw({ type: 'draft', ...options, sampler: steps < DRAFT_STEPS ? { ...sampler, steps: Math.min(steps, sampler.steps) } : sampler });
  }

  /** A control has been let go. */
  letGo() {
    clearTimeout(this.#lettingGo);
    this.#lettingGo = setTimeout(() => this.#draw({ type: 'generate', ...generateOptions() }), LET_GO_MS);
  }

  /** Draw what the form asks for, as Generate does. */
  generate() {
    clearTimeout(this.#lettingGo);
    this.#own = true;
    this.#can = false;
    this.#link.command({ type: 'generate', ...generateOptions() });
  }
}

/**
 * Call `letGo` when a slider is let go after it was moved. A hand that comes back to where it began lets go without an event `change`.
 * @param {HTMLInputElement} slider
 * @param {() => void} letGo
 */
function whenLetGo(slider, letGo) {
  let moved = false;
  slider.addEventListener('input', ({ isTrusted }) => { moved ||= isTrusted; });
  const end = () => {
    if (moved) letGo();
    moved = false;
  };
  slider.addEventListener('change', end);
  // The hand may be elsewhere by then.
  for (const type of ['pointerup', 'pointercancel']) addEventListener(type, end);
}

/**
 * Have a slider and a number field show the same number. The field is what counts.
 * @param {HTMLInputElement} slider
 * @param {Live} live
 */
function couple(slider, live) {
  const field = input(slider.dataset['for'] ?? '');
  const follow = () => { slider.value = field.value; };
  field.addEventListener('input', follow);
  slider.addEventListener('input', () => {
    field.value = slider.value;
    // As if it had been typed: it is kept, and checked.
    field.dispatchEvent(new Event('input', { bubbles: true }));
    live.moved();
  });
  whenLetGo(slider, () => {
    field.dispatchEvent(new Event('change', { bubbles: true }));
    live.letGo();
  });
  follow();
}

/** @param {WorkerLink} link */
export function liveFor(link) {
  const live = new Live(link);
  const [walk, digits] = [input('walk'), input('count')];
  /** Whether the visitor has chosen a number of digits. */
  let chosen = false;

  for (const slider of document.querySelectorAll('input[data-for]')) {
    if (slider instanceof HTMLInputElement) couple(slider, live);
  }
  button('new-seed').addEventListener('click', () => input('seed').dispatchEvent(new Event('input', { bubbles: true })));
  // Also by an address, or on an earlier visit.
  digits.addEventListener('change', ({ isTrusted }) => { chosen = isTrusted || digits.value !== digits.defaultValue; });

  const showPosition = () => {
    walk.ariaValueText = any('walk-position').textContent = `${Math.round(100 * position())} %`;
  };
  /** A field of digits where they follow the hand, unless the visitor has chosen another number. */
  const fit = () => {
    if (chosen || digits.disabled || digits.valueAsNumber >= FIELD || !live.follows(FIELD)) return;
    digits.value = String(FIELD);
    digits.dispatchEvent(new Event('input', { bubbles: true }));
    any('walk-hint').textContent = `${count(FIELD)} digits: this device redraws as many at once`;
  };
  walk.addEventListener('input', (event) => {
    showPosition();
    if (!event.isTrusted) return;
    fit();
    live.moved();
  });
  whenLetGo(walk, () => live.letGo());
  button('new-way').addEventListener('click', () => {
    input('to-seed').value = String(randomSeed());
    input('to-seed').dispatchEvent(new Event('input', { bubbles: true }));
    live.letGo();
  });
  element('generate-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('generate');
    live.generate();
  });
  showPosition();
}
