/** The chart of the training loss against the step, raw and smoothed. */

import { Chart, axis, line } from '../lib/chart.js';
import { fixed } from '../lib/format.js';
import { LossHistory } from './loss-history.js';

/** Milliseconds between redraws: many steps a second would otherwise keep the main thread busy with drawing. */
const REDRAW_MS = 250;

export class LossChart {
  #box;
  #chart;
  #history = new LossHistory();
  #due = false;

  /** @param {HTMLElement} box the empty element to draw into */
  constructor(box) {
    this.#box = box;
    this.#chart = new Chart(box);
    this.scale(false);
  }

  /** The smoothed loss now. */
  get smooth() {
    return this.#history.smooth;
  }

  /** Add losses as they arrive; they are drawn a little later. @param {Array<[step: number, loss: number]>} losses */
  add(losses) {
    for (const [step, loss] of losses) this.#history.push(step, loss);
    this.#drawSoon();
  }

  /** Forget all losses, for a new session. */
  clear() {
    this.#history = new LossHistory();
    this.#drawSoon();
  }

  /** Choose the scale of the loss, logarithmic or linear from 0. @param {boolean} log */
  scale(log) {
    this.#chart.build(
      {
        scales: {
          x: { time: false, range: (_, low, high) => (low === null ? [0, 100] : [low, Math.max(high, low + 10)]) },
          y: log
            ? { distr: 3, log: 10, range: (_, low, high) => (low > 0 ? [low * 0.8, high * 1.25] : [0.01, 1]) }
            : { range: (_, _low, high) => [0, (high || 1) * 1.05] },
        },
        axes: [axis({ size: 28, space: 70 }), axis({ size: 52, space: 34 })],
        series: [{ label: 'Step' }, line('Raw', '--raw', { width: 1 }), line('Smoothed', '--accent')],
      },
      this.#history.columns(),
    );
  }

  #drawSoon() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => requestAnimationFrame(() => {
      this.#due = false;
      this.#chart.show(this.#history.columns());
      const now = fixed(this.smooth, 4);
      this.#box.setAttribute('aria-label', `Loss against training step; the smoothed loss is ${now}`);
    }), REDRAW_MS);
  }
}
