/**
 * The base of the page's two charts: a uPlot that is as wide as its element and takes its colours from style.css, so
 * it follows the light and the dark scheme.
 */

import uPlot from '../vendor/uplot/uPlot.esm.js';

/** Height in CSS pixels; style.css reserves the same for the empty element. */
const HEIGHT = 220;

/** The value of a CSS variable, read anew at each redraw. @param {string} name e.g. `--accent` */
export const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);

/** An axis in the page's colours. @param {uPlot.Axis} own settings added to the common ones */
export const axis = (own) => ({
  stroke: colour('--soft'),
  grid: { stroke: colour('--line'), width: 1 },
  ticks: { stroke: colour('--line'), width: 1 },
  font: '12px system-ui, sans-serif',
  ...own,
});

/**
 * A series drawn as a line without dots.
 * @param {string} label
 * @param {string} stroke name of a CSS variable
 * @param {uPlot.Series} own settings added to the common ones
 */
export const line = (label, stroke, own = {}) => ({ label, stroke: colour(stroke), width: 2, points: { show: false }, ...own });

/** @typedef {Pick<uPlot.Options, 'scales' | 'axes' | 'series'>} Parts what one chart has of its own */

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
   * Draw a new plot in place of the old one: uPlot's scales cannot be changed later.
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

  /** Show other data in the same plot. @param {uPlot.AlignedData} data */
  show(data) {
    this.#plot?.setData(data);
  }

  /** Follow the element's width. It is 0 while the element is folded away. */
  #fit() {
    const width = this.#box.clientWidth;
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }
}
