/**
 * What the scenes look at: an image, a pixel of it, a step t, and noise. They share it, so that whoever goes from one scene to the
 * next meets the same digit at the same t.
 */

import { PIXELS } from '../lib/pictures.js';

/**
 * @typedef {{
 *   image: Uint8Array, chosen: boolean, pixel: number, t: number, seed: number, digit: number | null, timesteps: number, weights: number,
 * }} Study `chosen`: whether there is an image; `digit`: the class that the network is told, if any;
 *   `weights`: another number for other weights
 */

/** The pixel that is looked at first: near the middle, where digits have ink. */
const FIRST_PIXEL = 13 * 28 + 14;
/** The first t, as a share of T − 1: the digit is still to be seen, and so is the noise. */
const FIRST_SHARE = 0.25;
/** The seed of the first noise. */
const FIRST_SEED = 1;

export class Shared {
  /** @type {Study} */
  now = { image: new Uint8Array(PIXELS), chosen: false, pixel: FIRST_PIXEL, t: 0, seed: FIRST_SEED, digit: null, timesteps: 0, weights: 0 };
  /** @type {Array<(changed: Set<string>) => void>} */
  #listeners = [];

  /** Call `listener` after every change, with the names of what has changed. @param {(changed: Set<string>) => void} listener */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** @param {Partial<Study>} changes */
  set(changes) {
    const changed = new Set(Object.keys(changes).filter((name) => changes[/** @type {keyof Study} */ (name)] !== this.now[/** @type {keyof Study} */ (name)]));
    if (changed.size === 0) return;
    this.now = { ...this.now, ...changes };
    for (const listener of this.#listeners) listener(changed);
  }

  /** Look at the first pixel and t with the first noise, and tell the network no class. */
  reset() {
    this.set({ pixel: FIRST_PIXEL, t: Math.round(FIRST_SHARE * Math.max(0, this.now.timesteps - 1)), seed: FIRST_SEED, digit: null });
  }

  /** Tell the listeners that something beside the study has changed. @param {string} name */
  announce(name) {
    for (const listener of this.#listeners) listener(new Set([name]));
  }

  /** Look at other weights, with this T: t stays at the same share of it. @param {number} timesteps */
  setTimesteps(timesteps) {
    const before = this.now.timesteps;
    const share = before > 1 ? this.now.t / (before - 1) : FIRST_SHARE;
    this.set({ timesteps, t: Math.round(share * (timesteps - 1)), weights: this.now.weights + 1 });
  }

  /** The image with noise of this seed at this t, as questions name it. */
  noisy() {
    const { image, seed, t } = this.now;
    return { image, seed, t };
  }
}
