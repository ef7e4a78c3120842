/**
 * The noise schedule that the weights in use were trained with: a chart, and the same in words and as a table.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Curves} Curves
 */

import { Chart, axis, line } from '../lib/chart.js';
import { any } from '../lib/dom.js';
import { count, fixed } from '../lib/format.js';

/** The t of the table's rows, as shares of T − 1. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

/** Marks on the axis of the signal-to-noise ratio. A schedule may end far below the lowest of them. */
const POWERS = [-8, -6, -4, -2, 0, 2, 4].map((exponent) => 10 ** exponent);

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** 10⁻⁴. @param {number} exponent */
const power = (exponent) =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;

/** Three significant figures, small values as powers of ten: 0.0778, 4.0e-5. @param {number} value */
const figures = (value) => (value === 0 || value >= 0.001 ? String(Number(value.toPrecision(3))) : value.toExponential(1));

/**
 * The columns that uPlot draws: t and the four curves. An SNR of 0, with which a schedule with zero terminal SNR ends,
 * becomes a gap, because a logarithmic axis has no place for it.
 * @param {Curves} curves
 */
const columns = ({ alpha_bar, signal, noise, snr }) =>
  /** @type {[number[], number[], number[], number[], Array<number | null>]} */ ([
    alpha_bar.map((_, t) => t), alpha_bar, signal, noise, snr.map((ratio) => (ratio > 0 ? ratio : null)),
  ]);

/** The schedule in three sentences. @param {Curves} curves */
function words({ signal, noise, snr }) {
  const last = snr.length - 1;
  const crossing = snr.findIndex((ratio) => ratio < 1);
  const balance = crossing < 0 ? 'The image stays stronger than the noise.' : `From t = ${count(crossing)} on the noise is the stronger.`;
  return `x at step t is √ᾱ times the image plus √(1−ᾱ) times noise. Over T = ${count(snr.length)} steps the image's share falls `
    + `from ${fixed(signal[0], 2)} to ${fixed(signal[last], 3)}, the noise's rises from ${fixed(noise[0], 2)} to ${fixed(noise[last], 2)}. ${balance}`;
}

/** The rows of the table. @param {Curves} curves */
function rows({ alpha_bar, signal, noise, snr }) {
  return SHARES.map((share) => {
    const t = Math.round(share * (snr.length - 1));
    const row = document.createElement('tr');
    for (const text of [count(t), ...[alpha_bar, signal, noise, snr].map((curve) => figures(curve[t]))]) {
      row.insertCell().textContent = text;
    }
    return row;
  });
}

/** @param {WorkerLink} link */
export function scheduleFor(link) {
  const figure = any('schedule-figure');
  const chart = new Chart(any('schedule-chart'));
  chart.build(
    {
      scales: {
        x: { time: false },
        y: { range: [0, 1] },
        snr: { distr: 3, log: 10, range: (_, low, high) => (low > 0 ? [low, high] : [0.1, 10]) },
      },
      axes: [
        axis({ size: 28, space: 70 }),
        axis({ size: 40, space: 34 }),
        axis({
          scale: 'snr',
          side: 1,
          size: 44,
          grid: { show: false },
          splits: (_plot, _axis, low, high) => POWERS.filter((split) => split >= low && split <= high),
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((split) => power(Math.round(Math.log10(split)))),
        }),
      ],
      series: [
        { label: 't' },
        line('ᾱ', '--accent'),
        line('√ᾱ', '--accent', { dash: [8, 5] }),
        line('√(1−ᾱ)', '--ink'),
        line('SNR', '--soft', { scale: 'snr', dash: [2, 4] }),
      ],
    },
    [[], [], [], [], []],
  );
  link.on('schedule', (curves) => {
    figure.hidden = false;
    figure.dataset.timesteps = String(curves.snr.length);
    any('schedule-words').textContent = words(curves);
    any('schedule-rows').replaceChildren(...rows(curves));
    chart.show(columns(curves));
  });
}
