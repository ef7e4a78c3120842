/**
 * How a training session goes: the numbers, the chart and its table. The rows of samples are in film.js, what the network is asked in
 * examples.js, and what may be changed while it runs in adjust.js.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('./training-chart.js').Kind} Kind
 * @typedef {import('./training-chart.js').Run} Run
 */

import { any, button, input, saveAs, select } from '../lib/dom.js';
import { count, duration, fixed } from '../lib/format.js';
import { MetricHistory } from '../lib/metric-history.js';
import { filmFor, onRowShown, showRowNear } from './film.js';
import { TrainingChart } from './training-chart.js';

/** Ends of the ids `live-…` of the numbers shown. */
const NUMBERS = ['step', 'epoch', 'loss', 'speed', 'epoch-left', 'run-left'];
/** So many earlier runs are drawn faintly. */
const EARLIER = 3;

/** Show another run's losses in the chart, or none. @type {(other: Run | null) => void} */
let compareWith = () => {};
/** @param {Run | null} other */
export const compareLosses = (other) => compareWith(other);

/** @param {WorkerLink} link */
export function trainingProgressFor(link) {
  const panel = any('training');
  const emptyFilm = filmFor(link);
  let history = new MetricHistory();
  const chart = new TrainingChart(any('loss-chart'), history);
  let started = false;
  /** The run that is open, and all that are kept. */
  let open = '';
  /** @type {Array<Run & { id: string }>} */
  let kept = [];

  const empty = () => {
    started = false;
    delete panel.dataset.started;
    panel.dataset.step = '0';
    for (const name of NUMBERS) any(`live-${name}`).textContent = '–';
    history = new MetricHistory();
    chart.show(history);
  };
  const begin = () => {
    if (started) return;
    empty();
    emptyFilm();
    started = true;
    panel.dataset.started = '';
    any('live').scrollIntoView({ block: 'nearest' });
  };
  const showEarlier = () => {
    chart.earlier = kept.filter(({ id, losses }) => id !== open && losses.length > 1).slice(0, EARLIER);
  };

  input('log-scale').addEventListener('change', () => chart.scale(input('log-scale').checked));
  select('chart-kind').addEventListener('change', () => { chart.kind = /** @type {Kind} */ (select('chart-kind').value); });
  button('save-csv').addEventListener('click', () => saveAs(history.csv(), 'training.csv'));
  chart.onStep = showRowNear;
  onRowShown((step) => chart.mark(step));

  link.on('state', ({ state, can }) => {
    if (state === 'training') begin();
    // A session is open exactly while it can be reset. After its end the numbers and the curve stay on the page, until
    // the next session begins with empty ones.
    else if (!can.reset) started = false;
  });
  link.on('run_claimed', ({ id }) => {
    open = id;
    showEarlier();
  });
  link.on('runs', ({ runs }) => {
    kept = runs.map(({ id, name, info }) => ({ id, name, losses: info.losses }));
    showEarlier();
  });
  link.on('run_opened', ({ info, metrics, validation }) => {
    empty();
    started = true;
    panel.dataset.started = '';
    panel.dataset.step = String(info.step);
    any('live-step').textContent = count(info.step);
    any('live-epoch').textContent = fixed(info.epoch, 2);
    if (info.loss != null) any('live-loss').textContent = fixed(info.loss, 4);
    history.open(info.losses, metrics, validation);
    chart.add(info.losses);
    any('live').scrollIntoView({ block: 'nearest' });
  });
  compareWith = (other) => chart.compare(other);
  link.on('training', (progress) => {
    const { losses, step, epoch, images_per_s, epoch_left_s, left_s } = progress;
    history.add(progress);
    chart.add(losses);
    panel.dataset.step = String(step);
    any('live-step').textContent = count(step);
    any('live-epoch').textContent = fixed(epoch, 2);
    any('live-loss').textContent = fixed(history.smooth, 4);
    any('live-speed').textContent = fixed(images_per_s, images_per_s < 10 ? 1 : 0);
    any('live-epoch-left').textContent = duration(epoch_left_s);
    any('live-run-left').textContent = left_s == null ? 'no end' : duration(left_s);
  });
  link.on('crash', empty);
}
