/**
 * The network's errors for the image at all t. They are asked for in parts, coarse ones first, so that a chart has its
 * shape early and grows finer; whatever else is asked meanwhile comes between two parts.
 *
 * @typedef {import('../protocol.js').Term} Term
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { textOf } from '../lib/kept.js';

/** t of one question: as many as one forward pass of a training step has. */
const PART = 16;
/** Steps between the t that are asked for first: a power of two. */
const COARSEST = 16;

/** Every t below `timesteps`: first every 16th and the last, then those half-way, and so on. @param {number} timesteps */
function coarseFirst(timesteps) {
  const order = new Set();
  for (let stride = COARSEST; stride >= 1; stride /= 2) {
    for (let t = 0; t < timesteps; t += stride) order.add(t);
    order.add(timesteps - 1);
  }
  return /** @type {number[]} */ ([...order]);
}

export class AllTimes {
  #context;
  #options;
  #run = 0;
  /** What the terms that are there belong to. */
  #asked = '';
  /** What is there, by t. @type {Term[]} */
  terms = [];
  /** L_T in bits/dim. */
  prior = NaN;
  /** How many there will be. */
  wanted = 0;

  /**
   * @param {import('./scene.js').Context} context
   * @param {{ variance: () => VarianceType, inView: () => boolean }} options `inView`: whether somebody sees them; if
   *   not, no more are asked for
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
  }

  /** Ask for what is not there yet, and call `show` whenever there is more. @param {(terms: Term[]) => void} show */
  async begin(show) {
    this.#run += 1;
    const run = this.#run;
    const { shared, questions } = this.#context;
    const { image, seed, digit, pixel, timesteps, chosen, weights } = shared.now;
    if (!chosen || timesteps === 0) return;
    const order = coarseFirst(timesteps);
    const variance = this.#options.variance();
    const asked = JSON.stringify([weights, seed, digit, variance, timesteps, textOf(image)]);
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.terms = [];
    }
    this.wanted = order.length;
    if (this.terms.length > 0) show(this.terms);
    while (this.terms.length < order.length) {
      if (run !== this.#run || !this.#options.inView()) return;
      const from = this.terms.length;
      const answer = await questions.ask({
        terms: { image, seed, times: order.slice(from, from + PART), class: digit, variance_type: variance, pixel },
      });
      if (run !== this.#run || !answer || !('terms' in answer)) return;
      this.terms = [...this.terms, ...answer.terms.terms].sort((a, b) => a.level.t - b.level.t);
      this.prior = answer.terms.l_t;
      show(this.terms);
    }
  }
}
