/** What the scenes' charts have beyond the page's line charts: a histogram, and an axis of powers of ten. */

import { Chart, axis, colour, line } from '../lib/chart.js';
import { powerOfTen } from './math.js';

/** The library's ways of drawing a series, other than a line. Without it the chart says so itself. */
const paths = import('../vendor/uplot/uPlot.esm.js').then(({ default: UPlot }) => UPlot.paths, () => undefined);

/**
 * A histogram as bars, a second one as a broken line, and a curve.
 * @param {HTMLElement} element the empty element to draw into
 * @param {[bars: string, other: string, curve: string]} labels
 */
export function histogramChart(element, [bars, other, curve]) {
  const chart = new Chart(element);
  /** @type {uPlot.AlignedData} */
  let data = [[], [], [], []];
  let built = false;
  paths.then((kinds) => {
    chart.build({
      scales: { x: { time: false }, y: { range: (_, __, high) => [0, Math.max(high, 1)] } },
      axes: [axis({ size: 28, space: 50 }), axis({ size: 40, space: 34 })],
      series: [
        { label: 'value' },
        line(bars, '--accent', { fill: colour('--accent'), width: 0, paths: kinds?.bars?.({ size: [0.85, 60] }) }),
        line(other, '--soft', { dash: [3, 3] }),
        line(curve, '--ink', { paths: kinds?.spline?.() }),
      ],
    }, data);
    built = true;
  });
  return {
    element,
    /** @param {number[]} middles @param {number[]} first @param {number[]} second @param {number[]} third */
    show(middles, first, second, third) {
      data = [middles, first, second, third];
      if (built) chart.show(data);
    },
  };
}

/**
 * Have a chart over all t answer to the hand: pointing at it moves t there, as does Enter on a point chosen by keyboard.
 * @param {HTMLElement} box the chart's element
 * @param {import('./study.js').Shared} shared
 */
export function pointable(box, shared) {
  box.classList.add('choosable');
  const point = (/** @type {PointerEvent} */ event) => {
    // uPlot's plotting area, which is as wide as the scale.
    const area = box.querySelector('.u-over')?.getBoundingClientRect();
    if (!area || area.width === 0) return;
    const share = Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
    shared.set({ t: Math.round(share * (shared.now.timesteps - 1)) });
  };
  box.addEventListener('pointerdown', point);
  box.addEventListener('chosen', (event) => {
    if (event instanceof CustomEvent) shared.set({ t: Math.round(event.detail) });
  });
  box.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) point(event);
  });
}

/** Points of a curve that a chart is given at most: more than it has pixels for on a phone. */
const MOST_POINTS = 320;

/**
 * Some of the places of `length` values, evenly spread, the last and `also` among them.
 * @param {number} length
 * @param {number} [also]
 */
export function thinned(length, also) {
  const stride = Math.max(1, Math.ceil(length / MOST_POINTS));
  const places = new Set([length - 1, also ?? length - 1]);
  for (let at = 0; at < length; at += stride) places.add(at);
  return [...places].sort((a, b) => a - b);
}

/**
 * Draw charts one at a time, each in a task of its own after the present one, so that none keeps the page from answering: for each
 * chart only what was asked last.
 * @type {Map<string, () => void>}
 */
const toDraw = new Map();

/** @param {string} chart a name @param {() => void} draw */
export function drawLater(chart, draw) {
  const idle = toDraw.size === 0;
  toDraw.set(chart, draw);
  if (!idle) return;
  const next = () => {
    const first = toDraw.entries().next();
    if (first.done) return;
    const [name, now] = first.value;
    toDraw.delete(name);
    now();
    if (toDraw.size > 0) setTimeout(next);
  };
  setTimeout(next);
}

/** Most marks on an axis of powers of ten. */
const MARKS = 6;

/** A logarithmic axis that marks powers of ten and nothing between. */
export const logAxis = () => axis({
  size: 48,
  splits: (_plot, _axis, low, high) => {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const stride = Math.max(1, Math.ceil((last - first) / MARKS));
    const from = Math.ceil(first / stride) * stride;
    return Array.from({ length: Math.max(0, Math.floor((last - from) / stride) + 1) }, (_, index) => 10 ** (from + index * stride));
  },
  filter: (_, splits) => splits,
  values: (_, splits) => splits.map((split) => powerOfTen(Math.round(Math.log10(split)))),
});
