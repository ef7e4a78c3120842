/**
 * The timeline under the stage: the kept frames of the last draw, or of one that is held, to be scrubbed and played. The worker paints
 * them; what is here is which one, and where it stands. There is no timeline before something is drawn, nor for digits that were drawn before the page was
 * loaded, whose frames are gone. Nothing plays by itself.
 *
 * @typedef {import('../lib/kept-frames.js').KeptFrames} KeptFrames
 * @typedef {import('../protocol.js').Frame} Frame
 * @typedef {import('../protocol.js').FrameKind} FrameKind
 */

import { any, button, canvas, element, input, select } from '../lib/dom.js';
import { count, significant } from '../lib/format.js';
import { SNR_BOX, snrCurve } from '../lib/snr-curve.js';

/** Frames a second at speed 1. */
const FRAMES_PER_S = 12;

/** What the kinds are called. @type {Record<FrameKind, string>} */
export const KIND_NAMES = { x: 'xₜ', x0_hat: 'x̂₀, the estimate of the digit', eps_hat: 'ε̂, the estimate of the noise' };

/** A frame's t, in words. @param {Frame} frame */
export const timeOf = ({ t }) => (t == null ? 'no noise left' : `t = ${count(t)}`);

/** A frame's signal-to-noise ratio. @param {Frame} frame */
const ratioOf = ({ snr }) => (Number.isFinite(snr) ? significant(snr) : '∞');

/** The frames that are shown, and which one: for the views that show a digit of it. */
export class Timeline {
  #frames;
  #slider = input('frame');
  /** @type {FrameKind} */
  #what = 'x';
  /** The frame last asked for. */
  #shown = 0;
  /** Of a play under way: its direction, 1 or −1, or 0. */
  #direction = 0;
  /** When the frame shown began to be shown, by `requestAnimationFrame`'s clock. */
  #since = 0;
  /** What the page says of the canvas while it shows the digits. */
  #label = '';
  /** @type {Array<() => void>} */
  #listeners = [];

  /** @param {KeptFrames} frames */
  constructor(frames) {
    this.#frames = frames;
    frames.onChange(() => this.#begin());
    this.#slider.addEventListener('input', () => {
      this.#stop();
      this.#show(this.#slider.valueAsNumber);
    });
    this.#slider.addEventListener('keydown', (event) => {
      if (event.key !== ' ') return;
      event.preventDefault();
      this.#play(this.#direction === 0 ? 1 : 0);
    });
    button('play').addEventListener('click', () => this.#play(this.#direction === 1 ? 0 : 1));
    button('play-back').addEventListener('click', () => this.#play(this.#direction === -1 ? 0 : -1));
    for (const radio of this.#kinds()) {
      radio.addEventListener('change', () => this.#choose(/** @type {FrameKind} */ (radio.value)));
    }
  }

  /** The kind of frames that is shown. */
  get what() {
    return this.#what;
  }

  /** The number of the frame that is shown. */
  get shown() {
    return this.#shown;
  }

  /** Show a frame, as if the visitor had moved the slider there. @param {number} frame */
  show(frame) {
    this.#stop();
    this.#show(frame);
  }

  /** Call `listener` whenever another frame, or another kind, is shown. @param {() => void} listener */
  onShow(listener) {
    this.#listeners.push(listener);
  }

  /** @returns {HTMLInputElement[]} */
  #kinds() {
    return [...element('frame-kind', HTMLFieldSetElement).querySelectorAll('input')];
  }

  /** Frames of a draw are there, or gone. */
  #begin() {
    this.#stop();
    const all = this.#frames.all;
    any('timeline').hidden = all.length === 0;
    if (all.length === 0) return;
    this.#label = canvas('generate-canvas').getAttribute('aria-label') ?? '';
    this.#what = 'x';
    for (const radio of this.#kinds()) radio.checked = radio.value === 'x';
    this.#slider.max = String(all.length - 1);
    // The canvas shows the digits, which are the last frame.
    this.#shown = all.length - 1;
    this.#showEnds();
    this.#say();
  }

  /** Show where the frames of this kind begin and end, and the course of their SNR. */
  #showEnds() {
    const frames = this.#frames.of(this.#what);
    any('frame-first').textContent = timeOf(frames[0]);
    any('frame-last').textContent = timeOf(frames[frames.length - 1]);
    const { points, balance } = snrCurve(frames);
    const line = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join('');
    const set = (/** @type {string} */ part, /** @type {string} */ d) => document.querySelector(`#snr-curve .${part}`)?.setAttribute('d', d);
    set('line', line);
    set('area', `${line}V${SNR_BOX.height}H0Z`);
    // Where image and noise are as strong as one another.
    set('balance', balance === null ? '' : `M0 ${balance.toFixed(2)}H${SNR_BOX.width}`);
  }

  /** @param {FrameKind} what */
  #choose(what) {
    this.#what = what;
    const last = this.#frames.of(what).length - 1;
    this.#slider.max = String(last);
    this.#showEnds();
    this.#show(Math.min(this.#shown, last));
  }

  /** @param {number} frame */
  #show(frame) {
    this.#shown = frame;
    this.#frames.paint(this.#what, frame);
    this.#say();
  }

  /** Say which frame is shown. */
  #say() {
    const frames = this.#frames.of(this.#what);
    const frame = frames[this.#shown];
    if (!frame) return;
    this.#slider.value = String(this.#shown);
    const where = `${timeOf(frame)}, SNR ${ratioOf(frame)}`;
    any('frame-level').textContent = where;
    this.#slider.setAttribute('aria-valuetext', `${where}, frame ${this.#shown + 1} of ${frames.length}`);
    const isEnd = this.#what === 'x' && this.#shown === frames.length - 1;
    canvas('generate-canvas').setAttribute('aria-label', isEnd ? this.#label : `${KIND_NAMES[this.#what]} at ${where}. ${this.#label}`);
    for (const listener of this.#listeners) listener();
  }

  /** @param {number} direction 1 to the digits, −1 to the noise, 0 stops */
  #play(direction) {
    this.#stop();
    if (direction === 0) return;
    this.#direction = direction;
    const last = this.#frames.of(this.#what).length - 1;
    if (this.#shown === (direction === 1 ? last : 0)) this.#show(direction === 1 ? 0 : last);
    this.#nameButtons();
    this.#since = performance.now();
    const tick = (/** @type {number} */ now) => {
      if (this.#direction !== direction) return;
      const due = Math.floor(((now - this.#since) / 1000) * FRAMES_PER_S * Number(select('play-speed').value));
      if (due >= 1) {
        this.#since = now;
        this.#show(Math.max(0, Math.min(last, this.#shown + due * direction)));
        if (this.#shown === (direction === 1 ? last : 0)) this.#stop();
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #stop() {
    this.#direction = 0;
    this.#nameButtons();
  }

  #nameButtons() {
    for (const [id, name, direction] of /** @type {const} */ ([['play', 'Play', 1], ['play-back', 'Play backwards', -1]])) {
      const plays = this.#direction === direction;
      button(id).setAttribute('aria-label', plays ? 'Stop playing' : name);
      button(id).classList.toggle('plays', plays);
    }
  }
}
