/**
 * The base of the page's charts: a uPlot that is as wide as its element and takes its colours from style.css, so it follows the light
 * and the dark scheme. The numbers of the point under the pointer stand below it; on a chart that has the focus the arrow keys move from
 * point to point, and Enter chooses one as a click does (the event `chosen` of the element, with the point's x).
 */

import { addStyles } from './dom.js';
import { significant } from './format.js';

/** @type {Promise<typeof uPlot> | undefined} */
let fetched;
/**
 * The library, fetched when a chart is first seen. A page without it, where it is missing or cannot run, has everything but the
 * charts, each of which says so.
 */
const library = () => (fetched ??= Promise.all([
  import('../vendor/uplot/uPlot.esm.js'), addStyles(new URL('../vendor/uplot/uPlot.min.css', import.meta.url).href),
]).then(([module]) => module.default));

/** Height in CSS pixels; style.css reserves the same for the empty element, and below it room for the numbers. */
const HEIGHT = 220;

/**
 * The places of a logarithmic axis: the multiples 1 to 9 of the powers of ten from `low` to `high`, both above 0. uPlot's own places
 * begin at the lower end, and where that lies just below a power of ten (0.0096, say) its rounding never gets beyond it.
 * @param {number} low @param {number} high
 */
export function logSplits(low, high) {
  const splits = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    // Read as a decimal, a place has no rounding error.
    for (let digit = 1; digit <= 9; digit += 1) splits.push(Number(`${digit}e${power}`));
  }
  return splits.filter((split) => split >= low && split <= high);
}

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

/** @typedef {Pick<uPlot.Options, 'scales' | 'axes' | 'series' | 'hooks'>} Parts what one chart has of its own; with a hook `setCursor` it
 *   says its numbers itself */

/** Share of the points that Page up and Page down move by. */
const PAGE = 0.1;

/** Whether a series only marks a point of another. @param {uPlot.Series} series */
const isMark = ({ width, points }) => width === 0 && points?.show === true;

export class Chart {
  #box;
  /** @type {uPlot | undefined} */
  #plot;
  /** What is shown as soon as it is seen and the library is there. @type {{ parts: Parts, data: uPlot.AlignedData } | undefined} */
  #wanted;
  /** Resolves when the element is first seen, as it is not in a part of the page that is folded away. */
  #seen;
  #see = () => {};

  /** The numbers of the point under the pointer, below the chart. */
  #values = document.createElement('output');

  /** @param {HTMLElement} box the empty element to draw into */
  constructor(box) {
    this.#box = box;
    this.#seen = new Promise((resolve) => { this.#see = () => resolve(undefined); });
    this.#values.className = 'chart-values';
    box.tabIndex = 0;
    box.setAttribute('role', 'application');
    box.setAttribute('aria-roledescription', 'chart');
    box.setAttribute('aria-description', 'The arrow keys move through its points');
    box.addEventListener('keydown', (event) => this.#key(event));
    box.addEventListener('blur', () => this.#plot?.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(() => this.#fit()).observe(box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw(false));
  }

  /**
   * Draw a new plot in place of the old one, as soon as it can be seen: uPlot's scales cannot be changed later.
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
      await this.#seen;
      if (wanted !== this.#wanted) return;
      const UPlot = await library();
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
          hooks: { setCursor: [(plot) => this.#say(plot)], ...wanted.parts.hooks },
        },
        wanted.data,
        this.#box,
      );
      this.#values.value = '';
      if (!wanted.parts.hooks?.setCursor) this.#box.append(this.#values);
    } catch (error) {
      this.#box.textContent = `This chart cannot be shown (${error instanceof Error ? error.message : error}). Everything else works.`;
      this.#box.classList.add('chart-failed');
    }
  }

  /** Say the numbers of the point under the pointer. @param {uPlot} plot */
  #say({ cursor, data, series }) {
    const index = cursor.idx;
    const x = index == null ? undefined : data[0][index];
    if (index == null || x == null) {
      this.#values.value = '';
      return;
    }
    const numbers = series.slice(1).flatMap((of, column) => {
      const value = data[column + 1][index];
      return value == null || isMark(of) ? [] : [`${of.label} ${significant(value)}`];
    });
    this.#values.value = `${series[0].label} ${significant(x)}: ${numbers.join(', ')}`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const plot = this.#plot;
    const points = plot?.data[0];
    if (!plot || !points || points.length === 0 || event.target !== this.#box) return;
    const last = points.length - 1;
    const now = plot.cursor.idx;
    const page = Math.max(1, Math.round(PAGE * last));
    const by = (/** @type {number} */ step) => (now == null ? (step > 0 ? 0 : last) : now + step);
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: by(-1), ArrowRight: by(1), PageUp: by(page), PageDown: by(-page), Home: 0, End: last };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const x = points[Math.min(Math.max(to, 0), last)];
      plot.setCursor({ left: plot.valToPos(Number(x), 'x'), top: plot.over.clientHeight / 2 });
    } else if (event.key === 'Enter' && now != null) {
      event.preventDefault();
      this.#box.dispatchEvent(new CustomEvent('chosen', { detail: points[now] }));
    }
  }

  /** Follow the element's width. It is 0 while the element is folded away. */
  #fit() {
    const width = this.#box.clientWidth;
    if (width > 0) this.#see();
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }
}
