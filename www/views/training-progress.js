/**
 * How a training session goes: the numbers and the loss chart. The rows of samples are in film.js.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, input } from '../lib/dom.js';
import { count, duration, fixed } from '../lib/format.js';
import { filmFor } from './film.js';
import { LossChart } from './loss-chart.js';

/** Ends of the ids `live-…` of the numbers shown. */
const NUMBERS = ['step', 'epoch', 'loss', 'speed', 'epoch-left', 'run-left'];

/**
 * Show another run's losses in the chart, or none.
 * @type {(other: { name: string, losses: Array<[step: number, loss: number]> } | null) => void}
 */
let compareWith = () => {};
/** @param {Parameters<typeof compareWith>[0]} other */
export const compareLosses = (other) => compareWith(other);

/** @param {WorkerLink} link */
export function trainingProgressFor(link) {
  const panel = any('training');
  const chart = new LossChart(any('loss-chart'));
  const emptyFilm = filmFor(link);
  let started = false;

  const empty = () => {
    started = false;
    delete panel.dataset.started;
    panel.dataset.step = '0';
    for (const name of NUMBERS) any(`live-${name}`).textContent = '–';
    chart.clear();
  };
  const begin = () => {
    if (started) return;
    empty();
    emptyFilm();
    started = true;
    panel.dataset.started = '';
    any('live').scrollIntoView({ block: 'nearest' });
  };

  input('log-scale').addEventListener('change', () => chart.scale(input('log-scale').checked));
  link.on('state', ({ state, can }) => {
    if (state === 'training') begin();
    // A session is open exactly while it can be reset. After its end the numbers and the curve stay on the page, until
    // the next session begins with empty ones.
    else if (!can.reset) started = false;
  });
  link.on('run_opened', ({ info }) => {
    empty();
    started = true;
    panel.dataset.started = '';
    panel.dataset.step = String(info.step);
    any('live-step').textContent = count(info.step);
    any('live-epoch').textContent = fixed(info.epoch, 2);
    if (info.loss != null) any('live-loss').textContent = fixed(info.loss, 4);
    chart.open(info.losses);
    any('live').scrollIntoView({ block: 'nearest' });
  });
  compareWith = (other) => chart.compare(other);
  link.on('training', ({ losses, step, epoch, images_per_s, epoch_left_s, left_s }) => {
    chart.add(losses);
    panel.dataset.step = String(step);
    any('live-step').textContent = count(step);
    any('live-epoch').textContent = fixed(epoch, 2);
    any('live-loss').textContent = fixed(chart.smooth, 4);
    any('live-speed').textContent = fixed(images_per_s, images_per_s < 10 ? 1 : 0);
    any('live-epoch-left').textContent = duration(epoch_left_s);
    any('live-run-left').textContent = left_s == null ? 'no end' : duration(left_s);
  });
  link.on('crash', empty);
}
