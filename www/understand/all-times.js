/**
 * The network's errors for the image at all t, or at many. They are asked for in parts, coarse ones first, so that a chart has its
 * shape early and grows finer; whatever else is asked meanwhile comes between two parts.
 *
 * @typedef {import('../protocol.js').Term} Term
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { textOf } from '../lib/kept.js';

/** t of one question: as many as one forward pass of a training step has. */
const PART = 16;

/**
 * Every t below `timesteps`, or at most `most` of them evenly spread: first every 16th, then those half-way, and so on.
 * @param {number} timesteps
 * @param {number} most
 */
function coarseFirst(timesteps, most) {
  const wanted = Math.min(timesteps, most);
  const at = (/** @type {number} */ index) => (wanted > 1 ? Math.round((index * (timesteps - 1)) / (wanted - 1)) : 0);
  const order = [];
  const taken = new Set();
  for (let stride = 16; stride >= 1; stride /= 2) {
    for (let index = 0; index < wanted; index += stride) {
      if (!taken.has(index)) order.push(at(index));
      taken.add(index);
    }
    if (stride === 16 && !taken.has(wanted - 1)) {
      order.push(at(wanted - 1));
      taken.add(wanted - 1);
    }
  }
  return order;
}

export class AllTimes {
  #context;
  #options;
  #run = 0;
  /** What the terms that are there, all of them, belong to. */
  #complete = '';
  /** What is there, by t. @type {Term[]} */
  terms = [];
  /** L_T in bits/dim. */
  prior = NaN;
  /** How many there will be. */
  wanted = 0;

  /**
   * @param {import('./scene.js').Context} context
   * @param {{ most: number, variance: () => VarianceType, place: () => boolean }} options `most`: so many t; `place`: whether they are still wanted
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
  }

  /** Ask anew unless all is there already, and call `show` whenever there is more. @param {(terms: Term[]) => void} show */
  async begin(show) {
    this.#run += 1;
    const run = this.#run;
    const { shared, questions } = this.#context;
    const { image, seed, digit, pixel, timesteps, chosen, weights } = shared.now;
    if (!chosen || timesteps === 0) return;
    const order = coarseFirst(timesteps, this.#options.most);
    const variance = this.#options.variance();
    const asked = JSON.stringify([weights, seed, digit, variance, timesteps, textOf(image)]);
    if (asked === this.#complete) {
      show(this.terms);
      return;
    }
    this.wanted = order.length;
    /** @type {Term[]} */
    let terms = [];
    for (let from = 0; from < order.length; from += PART) {
      if (run !== this.#run || !this.#options.place()) return;
      const answer = await questions.ask({
        terms: { image, seed, times: order.slice(from, from + PART), class: digit, variance_type: variance, pixel },
      });
      if (run !== this.#run || !answer || !('terms' in answer)) return;
      terms = [...terms, ...answer.terms.terms].sort((a, b) => a.level.t - b.level.t);
      this.terms = terms;
      this.prior = answer.terms.l_t;
      show(terms);
    }
    this.#complete = asked;
  }
}
