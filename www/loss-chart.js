/**
 * The loss against the step, raw and smoothed, drawn by uPlot; at most four times a second, and in
 * the page's own colours, light or dark.
 */

import uPlot from './vendor/uplot/uPlot.esm.js';
import { fixed } from './format.js';
import { LossHistory } from './loss-history.js';

const HEIGHT = 220;
const REDRAW_MS = 250;

/** @param {string} name */
const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);

export class LossChart {
  #box;
  #history = new LossHistory();
  #log = false;
  #due = false;
  /** @type {uPlot | undefined} */
  #plot;

  /** @param {HTMLElement} box the empty element to draw into */
  constructor(box) {
    this.#box = box;
    this.#build();
    new ResizeObserver(() => this.#fit()).observe(box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw(false));
  }

  /** The smoothed loss now. */
  get smooth() {
    return this.#history.smooth;
  }

  /** @param {Array<[step: number, loss: number]>} losses */
  add(losses) {
    for (const [step, loss] of losses) this.#history.push(step, loss);
    this.#drawSoon();
  }

  clear() {
    this.#history = new LossHistory();
    this.#drawSoon();
  }

  /** @param {boolean} log */
  scale(log) {
    this.#log = log;
    this.#build();
  }

  #drawSoon() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => requestAnimationFrame(() => {
      this.#due = false;
      this.#plot?.setData(this.#history.columns());
      const now = fixed(this.smooth, 4);
      this.#box.setAttribute('aria-label', `Loss against training step; the smoothed loss is ${now}`);
    }), REDRAW_MS);
  }

  #fit() {
    const width = this.#box.clientWidth;
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }

  #build() {
    this.#plot?.destroy();
    const axis = {
      stroke: colour('--soft'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '12px system-ui, sans-serif',
    };
    const value = (/** @type {uPlot} */ _, /** @type {number | null} */ v) => (v == null ? '–' : fixed(v, 4));
    this.#plot = new uPlot(
      {
        width: Math.max(this.#box.clientWidth, 100),
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { setScale: false, x: false, y: false } },
        scales: {
          x: { time: false, range: (_, low, high) => (low === null ? [0, 100] : [low, Math.max(high, low + 10)]) },
          y: this.#log
            ? { distr: 3, log: 10, range: (_, low, high) => (low > 0 ? [low * 0.8, high * 1.25] : [0.01, 1]) }
            : { range: (_, _low, high) => [0, (high || 1) * 1.05] },
        },
        axes: [
          { ...axis, size: 28, space: 70 },
          { ...axis, size: 52, space: 34 },
        ],
        series: [
          { label: 'Step' },
          { label: 'Raw', stroke: colour('--raw'), width: 1, points: { show: false }, value },
          { label: 'Smoothed', stroke: colour('--accent'), width: 2, points: { show: false }, value },
        ],
      },
      this.#history.columns(),
      this.#box,
    );
  }
}
