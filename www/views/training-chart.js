/**
 * The chart of a training session: the loss, the loss by t, the gradient's norm, the learning rate or the speed, with the numbers
 * under the pointer and the step whose row of samples is shown.
 *
 * @typedef {import('../lib/metric-history.js').MetricHistory} MetricHistory
 * @typedef {'loss' | 'tenths' | 'grad_norm' | 'learning_rate' | 'images_per_s'} Kind
 * @typedef {{ name: string, losses: Array<[step: number, loss: number]> }} Run
 * @typedef {Array<number | null>} Column
 */

import { Chart, axis, colour, line, logSplits } from '../lib/chart.js';
import { any, create } from '../lib/dom.js';
import { count, fixed, significant } from '../lib/format.js';
import { LossHistory } from './loss-history.js';

/** Milliseconds between redraws: many steps a second would otherwise keep the main thread busy with drawing. */
const REDRAW_MS = 250;
/** Points of another run's curve, of which only the course matters. */
const POINTS = 200;

/** What each kind is, in words. @type {Record<Kind, string>} */
const NAMES = {
  loss: 'Loss', tenths: 'Loss by t', grad_norm: 'Norm of the gradient', learning_rate: 'Learning rate', images_per_s: 'Images a second',
};

/** The smoothed losses of another run, few points. @param {Run} run @returns {Array<[number, number]>} */
function smoothed({ losses }) {
  const history = new LossHistory();
  /** @type {Array<[number, number]>} */
  const points = [];
  const every = Math.max(1, Math.ceil(losses.length / POINTS));
  losses.forEach(([step, loss], index) => {
    history.push(step, loss);
    if (index % every === 0 || index === losses.length - 1) points.push([step, history.smooth]);
  });
  return points;
}

export class TrainingChart {
  #box;
  #chart;
  /** @type {MetricHistory} */
  #history;
  #losses = new LossHistory();
  #due = false;
  #log = false;
  /** @type {Kind} */
  #kind = 'loss';
  /** The run that is compared. @type {Run | null} */
  #other = null;
  /** Runs before this one. @type {Run[]} */
  #earlier = [];
  /** The curves of the other runs, the compared one first if there is one. @type {Array<{ name: string, points: Array<[number, number]> }>} */
  #curves = [];
  /** The step whose row of samples is shown, if it is not the newest. @type {number | null} */
  #marked = null;
  /** What is drawn: the columns of the last redraw. @type {Column[]} */
  #shown = [];
  /** Names of the columns, but for the first. @type {string[]} */
  #labels = [];
  /** Whether the key names losses on other images. */
  #validates = false;
  /** Called with the step that was clicked. @type {(step: number) => void} */
  onStep = () => {};

  /** @param {HTMLElement} box the empty element to draw into @param {MetricHistory} history */
  constructor(box, history) {
    this.#box = box;
    this.#history = history;
    this.#chart = new Chart(box);
    box.addEventListener('chosen', (event) => {
      if (event instanceof CustomEvent && this.#kind !== 'tenths') this.onStep(event.detail);
    });
    this.#build();
  }

  /** The smoothed loss now. */
  get smooth() {
    return this.#history.smooth;
  }

  /** Draw another session's history. @param {MetricHistory} history */
  show(history) {
    this.#history = history;
    this.#losses = new LossHistory();
    this.drawSoon();
  }

  /** Losses that the history has taken note of; single high ones stay visible. @param {Array<[step: number, loss: number]>} losses */
  add(losses) {
    for (const [step, loss] of losses) this.#losses.push(step, loss);
    this.drawSoon();
  }

  /** @param {Kind} kind */
  set kind(kind) {
    this.#kind = kind;
    this.#build();
  }

  /** Draw another run's losses beside these, or nothing any more. @param {Run | null} other */
  compare(other) {
    this.#other = other;
    this.#build();
  }

  /** Draw earlier runs faintly. @param {Run[]} runs */
  set earlier(runs) {
    const same = runs.length === this.#earlier.length && runs.every(({ name, losses }, index) =>
      name === this.#earlier[index].name && losses.length === this.#earlier[index].losses.length);
    if (same) return;
    this.#earlier = runs;
    this.#build();
  }

  /** Mark the step whose row of samples is shown. @param {number | null} step */
  mark(step) {
    if (step === this.#marked) return;
    this.#marked = step;
    this.#chart.redraw();
  }

  /** Choose the scale of the values, logarithmic or linear from 0. @param {boolean} log */
  scale(log) {
    this.#log = log;
    this.#build();
  }

  #build() {
    const others = [this.#other, ...this.#earlier].filter((run) => run !== null);
    this.#curves = this.#kind === 'loss' ? others.map((run) => ({ name: run.name, points: smoothed(run) })) : [];
    const byT = this.#kind === 'tenths';
    const series = this.#series();
    this.#labels = series.map(({ label }) => String(label));
    this.#showKey();
    any('chart-readout').textContent = '';
    this.#shown = this.#columns();
    this.#chart.build(
      {
        scales: {
          x: byT
            ? { time: false, range: [0, 100] }
            : { time: false, range: (_, low, high) => (low === null ? [0, 100] : [low, Math.max(high, low + 10)]) },
          y: this.#log
            ? { distr: 3, log: 10, range: (_, low, high) => (low > 0 && high < Infinity ? [low * 0.8, high * 1.25] : [0.01, 1]) }
            : { range: (_, _low, high) => [0, (high || 1) * 1.05] },
        },
        axes: [
          axis({ size: 28, space: 70, ...(byT && { values: (_, values) => values.map((value) => `${value} %`) }) }),
          axis({ size: 60, space: 34, ...(this.#log && { splits: (_plot, _axis, low, high) => logSplits(low, high) }) }),
        ],
        series: [{ label: byT ? 't' : 'Step' }, ...series],
        hooks: {
          setCursor: [({ cursor }) => this.#read(cursor.idx ?? null)],
          ready: [(plot) => plot.over.addEventListener('click', () => this.#click(plot.cursor.idx ?? null))],
          draw: [(plot) => this.#drawMark(plot)],
        },
      },
      /** @type {any} */ (this.#shown),
    );
  }

  /** @returns {uPlot.Series[]} */
  #series() {
    const dots = { points: { show: true, size: 7 } };
    switch (this.#kind) {
      case 'loss': return [
        line('loss', '--raw', { width: 1, spanGaps: true }), line('smoothed', '--accent', { spanGaps: true }),
        line('validation', '--ink', { ...dots, spanGaps: true }),
        ...this.#curves.map(({ name }, index) => line(name, '--ink', { width: 1, spanGaps: true, alpha: this.#other && index === 0 ? 1 : 0.35 })),
      ];
      case 'tenths': return [
        line('half-way', '--raw', { ...dots, spanGaps: true }), line('now', '--accent', { ...dots, spanGaps: true }),
      ];
      default: return [line(NAMES[this.#kind].toLowerCase(), '--accent', { width: this.#kind === 'grad_norm' ? 1 : 2, spanGaps: true })];
    }
  }

  #showKey() {
    this.#validates = this.#history.validation.length > 0;
    any('chart-key').replaceChildren(...this.#key());
  }

  /** What the colours mean. */
  #key() {
    const entry = (/** @type {string} */ className, /** @type {string} */ text) => create('span', { className }, text);
    switch (this.#kind) {
      case 'loss': return [
        entry('raw', 'Loss'), entry('smooth', 'smoothed'),
        ...(this.#history.validation.length > 0 ? [entry('validation', 'on other images')] : []),
        ...(this.#other ? [entry('other', this.#other.name)] : []),
        ...(this.#earlier.length > 0 ? [entry('earlier', this.#earlier.length === 1 ? 'an earlier run' : 'earlier runs')] : []),
      ];
      case 'tenths': return [entry('smooth', 'Loss of images with such a t, now'), entry('raw', 'half-way')];
      default: return [entry('smooth', NAMES[this.#kind])];
    }
  }

  /** The columns that uPlot draws. @returns {Column[]} */
  #columns() {
    if (this.#kind === 'tenths') {
      const places = Array.from({ length: 10 }, (_, tenth) => 10 * tenth + 5);
      const column = (/** @type {Column | null} */ tenths) => tenths ?? places.map(() => null);
      return [places, column(this.#history.earlierTenths), column(this.#history.tenths)];
    }
    if (this.#kind !== 'loss') {
      const kind = this.#kind;
      const known = this.#history.rows.filter((row) => row[kind] !== null);
      return [known.map(({ step }) => step), known.map((row) => row[kind])];
    }
    const [steps, raw, smooth] = this.#losses.columns();
    const { validation } = this.#history;
    if (validation.length === 0 && this.#curves.length === 0) return [steps, raw, smooth, steps.map(() => null)];
    // Steps that only one of them has are gaps of the others.
    const own = new Map(steps.map((step, index) => [step, index]));
    const others = [validation, ...this.#curves.map(({ points }) => points)].map((points) => new Map(points));
    const all = [...new Set([...steps, ...others.flatMap((points) => [...points.keys()])])].sort((a, b) => a - b);
    const of = (/** @type {number[]} */ values) => all.map((step) => {
      const index = own.get(step);
      return index === undefined ? null : values[index];
    });
    return [all, of(raw), of(smooth), ...others.map((points) => all.map((step) => points.get(step) ?? null))];
  }

  /** Say the numbers at this place of the chart. @param {number | null} index */
  #read(index) {
    const at = index === null ? null : this.#shown[0]?.[index];
    if (index === null || at === null || at === undefined) {
      any('chart-readout').textContent = '';
      return;
    }
    const values = this.#shown.slice(1).flatMap((column, series) => {
      const value = column[index];
      return value === null || value === undefined ? [] : [`${this.#labels[series]} ${significant(value)}`];
    });
    const where = this.#kind === 'tenths' ? `t from ${at - 5} to ${at + 5} % of T` : `Step ${count(at)}`;
    any('chart-readout').textContent = `${where}: ${values.join(', ')}`;
  }

  /** @param {number | null} index */
  #click(index) {
    const step = index === null ? null : this.#shown[0]?.[index];
    if (this.#kind !== 'tenths' && step !== null && step !== undefined) this.onStep(step);
  }

  /** A line at the step whose row of samples is shown. @param {uPlot} plot */
  #drawMark(plot) {
    if (this.#marked === null || this.#kind === 'tenths') return;
    const { left, top, width, height } = plot.bbox;
    const x = plot.valToPos(this.#marked, 'x', true);
    if (x < left || x > left + width) return;
    plot.ctx.save();
    plot.ctx.strokeStyle = colour('--ink')();
    plot.ctx.lineWidth = devicePixelRatio;
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top);
    plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }

  /** Draw what is new, a little later. */
  drawSoon() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => requestAnimationFrame(() => {
      this.#due = false;
      this.#shown = this.#columns();
      this.#chart.show(/** @type {any} */ (this.#shown));
      if (this.#validates !== this.#history.validation.length > 0) this.#showKey();
      const now = fixed(this.smooth, 4);
      this.#box.setAttribute('aria-label', `${NAMES[this.#kind]} against ${this.#kind === 'tenths' ? 't' : 'training step'}; the smoothed loss is ${now}`);
    }), REDRAW_MS);
  }
}
