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
  #log = false;
  /** @type {{ name: string, losses: Array<[step: number, loss: number]> } | null} */
  #other = null;

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

  /** Begin with the losses of a run that was opened. @param {Array<[step: number, loss: number]>} losses */
  open(losses) {
    this.clear();
    this.add(losses);
  }

  /**
   * Draw another run's losses beside these, or nothing any more.
   * @param {{ name: string, losses: Array<[step: number, loss: number]> } | null} other
   */
  compare(other) {
    this.#other = other;
    this.scale(this.#log);
  }

  /** Choose the scale of the loss, logarithmic or linear from 0. @param {boolean} log */
  scale(log) {
    this.#log = log;
    const other = this.#other ? [line(this.#other.name, '--ink', { width: 1, spanGaps: true })] : [];
    this.#chart.build(
      {
        scales: {
          x: { time: false, range: (_, low, high) => (low === null ? [0, 100] : [low, Math.max(high, low + 10)]) },
          y: log
            ? { distr: 3, log: 10, range: (_, low, high) => (low > 0 ? [low * 0.8, high * 1.25] : [0.01, 1]) }
            : { range: (_, _low, high) => [0, (high || 1) * 1.05] },
        },
        axes: [axis({ size: 28, space: 70 }), axis({ size: 52, space: 34 })],
        series: [{ label: 'Step' }, line('Raw', '--raw', { width: 1 }), line('Smoothed', '--accent'), ...other],
      },
      this.#columns(),
    );
  }

  /** The columns that uPlot draws; steps that only one of the two runs has are gaps of the other. */
  #columns() {
    const [steps, raw, smooth] = this.#history.columns();
    if (!this.#other) return /** @type {[number[], number[], number[]]} */ ([steps, raw, smooth]);
    const own = new Map(steps.map((step, index) => [step, [raw[index], smooth[index]]]));
    const theirs = new Map(this.#other.losses);
    const all = [...new Set([...steps, ...theirs.keys()])].sort((a, b) => a - b);
    const column = (/** @type {(step: number) => number | undefined} */ of) => all.map((step) => of(step) ?? null);
    return /** @type {any} */ ([all, column((s) => own.get(s)?.[0]), column((s) => own.get(s)?.[1]), column((s) => theirs.get(s))]);
  }

  #drawSoon() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => requestAnimationFrame(() => {
      this.#due = false;
      this.#chart.show(this.#columns());
      const now = fixed(this.smooth, 4);
      this.#box.setAttribute('aria-label', `Loss against training step; the smoothed loss is ${now}`);
    }), REDRAW_MS);
  }
}
