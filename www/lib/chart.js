/** What the page's charts share: uPlot as wide as its box, in the page's own colours, light or dark. */

import uPlot from '../vendor/uplot/uPlot.esm.js';

const HEIGHT = 220;

/** @param {string} name */
export const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);

/** @param {uPlot.Axis} own */
export const axis = (own) => ({
  stroke: colour('--soft'),
  grid: { stroke: colour('--line'), width: 1 },
  ticks: { stroke: colour('--line'), width: 1 },
  font: '12px system-ui, sans-serif',
  ...own,
});

/**
 * A line without dots.
 * @param {string} label
 * @param {string} stroke a colour of the style sheet
 * @param {uPlot.Series} own
 */
export const line = (label, stroke, own = {}) => ({ label, stroke: colour(stroke), width: 2, points: { show: false }, ...own });

/** @typedef {Pick<uPlot.Options, 'scales' | 'axes' | 'series'>} Parts */

export class Chart {
  #box;
  /** @type {uPlot | undefined} */
  #plot;

  /** @param {HTMLElement} box the empty element to draw into */
  constructor(box) {
    this.#box = box;
    new ResizeObserver(() => this.#fit()).observe(box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw(false));
  }

  /**
   * Begin anew.
   * @param {Parts} parts
   * @param {uPlot.AlignedData} data
   */
  build(parts, data) {
    this.#plot?.destroy();
    this.#plot = new uPlot(
      {
        width: Math.max(this.#box.clientWidth, 100),
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { setScale: false, x: false, y: false } },
        ...parts,
      },
      data,
      this.#box,
    );
  }

  /** @param {uPlot.AlignedData} data */
  show(data) {
    this.#plot?.setData(data);
  }

  #fit() {
    const width = this.#box.clientWidth;
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }
}
