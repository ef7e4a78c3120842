/** Charts with bars, on the base of the page's line charts. */

import { Chart, axis, colour, line } from '../lib/chart.js';

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
