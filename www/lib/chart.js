/**
 * The base of the page's two charts: a uPlot that is as wide as its element and takes its colours from style.css, so
 * it follows the light and the dark scheme.
 */

/**
 * The library, fetched after the page has started. A page without it, where it is missing or cannot run, has everything but
 * the charts.
 */
const library = import('../vendor/uplot/uPlot.esm.js').then((module) => module.default);
// Each chart reports that itself.
library.catch(() => {});

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

/** @typedef {Pick<uPlot.Options, 'scales' | 'axes' | 'series' | 'hooks'>} Parts what one chart has of its own */

export class Chart {
  #box;
  /** @type {uPlot | undefined} */
  #plot;
  /** What is shown as soon as the library is there. @type {{ parts: Parts, data: uPlot.AlignedData } | undefined} */
  #wanted;

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
    this.#wanted = { parts, data };
    this.#draw();
  }

  /** Show other data in the same plot. @param {uPlot.AlignedData} data */
  show(data) {
    if (this.#wanted) this.#wanted.data = data;
    this.#plot?.setData(data);
  }

  /** Draw the same once more, because something that a hook draws has changed. */
  redraw() {
    this.#plot?.redraw(false);
  }

  async #draw() {
    const wanted = this.#wanted;
    try {
      const UPlot = await library;
      if (!wanted || wanted !== this.#wanted) return;
      this.#plot?.destroy();
      this.#plot = new UPlot(
        {
          width: Math.max(this.#box.clientWidth, 100),
          height: HEIGHT,
          padding: [8, 16, 0, 0],
          legend: { show: false },
          cursor: { y: false, drag: { setScale: false, x: false, y: false } },
          ...wanted.parts,
        },
        wanted.data,
        this.#box,
      );
    } catch (error) {
      this.#box.textContent = `This chart cannot be shown (${error instanceof Error ? error.message : error}). Everything else works.`;
      this.#box.classList.add('chart-failed');
    }
  }

  /** Follow the element's width. It is 0 while the element is folded away. */
  #fit() {
    const width = this.#box.clientWidth;
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }
}
