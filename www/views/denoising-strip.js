/**
 * What a training session shows of itself: numbers, the loss chart, the row of samples.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any, canvas, input } from '../lib/dom.js';
import { count, duration, fixed } from '../lib/format.js';
import { LossChart } from './loss-chart.js';

const NUMBERS = ['step', 'epoch', 'loss', 'speed', 'epoch-left', 'run-left'];

/** @param {Link} link */
export function liveFor(link) {
  const panel = any('training');
  const chart = new LossChart(any('loss-chart'));
  const caption = any('samples-step');
  let started = false;

  const empty = () => {
    started = false;
    delete panel.dataset.started;
    panel.dataset.step = '0';
    for (const name of NUMBERS) any(`live-${name}`).textContent = '–';
    caption.textContent = '';
    chart.clear();
  };
  const begin = () => {
    if (started) return;
    empty();
    started = true;
    panel.dataset.started = '';
    any('live').scrollIntoView({ block: 'nearest' });
  };

  input('log-scale').addEventListener('change', () => chart.scale(input('log-scale').checked));
  link.on('state', ({ state, can }) => {
    if (state === 'training') begin();
    // Without a session there is nothing to reset: the next one draws a new curve. What the last
    // one showed stays until then.
    else if (!can.reset) started = false;
  });
  link.on('training', (now) => {
    chart.add(now.losses);
    panel.dataset.step = String(now.step);
    any('live-step').textContent = count(now.step);
    any('live-epoch').textContent = fixed(now.epoch, 2);
    any('live-loss').textContent = fixed(chart.smooth, 4);
    any('live-speed').textContent = fixed(now.images_per_s, now.images_per_s < 10 ? 1 : 0);
    any('live-epoch-left').textContent = duration(now.epoch_left_s);
    any('live-run-left').textContent = now.left_s == null ? 'no end' : duration(now.left_s);
  });
  link.on('samples', ({ step }) => {
    panel.dataset.samples = String(step);
    caption.textContent = `at step ${count(step)}`;
    canvas('training-canvas').setAttribute('aria-label', `Digits drawn at training step ${step}`);
  });
  link.on('crash', empty);
}
