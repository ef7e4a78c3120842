/**
 * The form Train, which begins a training session, and the progress of the images' download before the first one.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Preset} Preset
 * @typedef {import('../protocol.js').Prediction} Prediction
 * @typedef {import('../protocol.js').ScheduleKind} ScheduleKind
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../protocol.js').TrainOptions} TrainOptions
 */

import { any, element, fill, input, number, progress, select } from '../lib/dom.js';
import { count, downloaded } from '../lib/format.js';
import { clear } from './notices.js';

/** The fields as they are now. @returns {TrainOptions} */
function options() {
  const timesteps = number('timesteps');
  const sampleSteps = number('sample-steps');
  return {
    config: {
      batch_size: number('batch-size'),
      learning_rate: number('learning-rate'),
      warmup_steps: number('warmup'),
      decay_steps: 0, // The learning rate stays at its peak, because a visitor's run has no planned end.
      timesteps,
      schedule: /** @type {ScheduleKind} */ (select('beta-schedule').value),
      zero_terminal_snr: input('zero-terminal-snr').checked,
      prediction: /** @type {Prediction} */ (select('prediction').value),
      min_snr_gamma: number('min-snr-gamma'),
      ema_decay: number('ema-decay'),
      weight_decay: number('weight-decay'),
      grad_clip: number('grad-clip'),
      label_dropout: number('label-dropout'),
      max_shift: number('max-shift'),
      seed: number('training-seed'),
    },
    // The list is empty while training goes on from weights of a custom shape; Rust then ignores the preset.
    preset: /** @type {Preset} */ (select('preset').value || 'small'),
    from_current: select('start-from').value === 'current',
    sample_every: number('sample-every'),
    // Samples take at most T steps. With a short T they take all of them, which needs no refusal.
    sample_steps: timesteps < sampleSteps ? timesteps : sampleSteps,
    max_steps: number('stop-after'),
  };
}

/** @param {WorkerLink} link */
export function trainingFor(link) {
  const fields = element('train-fields', HTMLFieldSetElement);
  const startFrom = select('start-from');
  /** @type {ModelInfo | undefined} */
  let model;
  let allowed = false;
  let fetching = false;

  const refresh = () => {
    // Train stays enabled while the images are fetched, so that it keeps the keyboard's focus. The worker ignores a
    // second press.
    fields.disabled = !allowed || fetching;
    any('data-download').hidden = !fetching;
    /** @type {HTMLOptionElement} */ (startFrom.options[1]).disabled = !model;
    // Weights that are trained further keep their shape, schedule and prediction type.
    const continued = startFrom.value === 'current' && model;
    for (const field of [
      select('preset'), input('timesteps'), select('beta-schedule'), input('zero-terminal-snr'), select('prediction'),
    ]) {
      field.disabled = Boolean(continued);
    }
    if (continued) {
      const { timesteps, schedule, zero_terminal_snr, prediction } = continued.recipe;
      select('preset').value = continued.preset ?? '';
      input('timesteps').value = String(timesteps);
      select('beta-schedule').value = schedule;
      input('zero-terminal-snr').checked = zero_terminal_snr;
      select('prediction').value = prediction;
    }
  };
  const fetched = () => {
    fetching = false;
    refresh();
  };

  element('train-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('train');
    link.command({ type: 'train', ...options() });
  });
  startFrom.addEventListener('change', refresh);
  link.on('state', ({ can }) => {
    allowed = can.train;
    any('session-hint').hidden = !can.reset;
    refresh();
  });
  link.on('model', (info) => {
    model = info;
    refresh();
  });
  link.on('download', ({ what, loaded, total }) => {
    if (what !== 'data') return;
    fetching = true;
    fill(progress('download-data'), loaded, total);
    any('download-data-size').textContent = downloaded(loaded, total);
    refresh();
  });
  link.on('data', ({ name, images }) => {
    any('data-line').textContent = `Learns from ${name}, ${count(images)} images.`;
    fetched();
  });
  link.on('refused', fetched);
  link.on('crash', () => {
    allowed = false;
    model = undefined;
    startFrom.value = 'fresh';
    fetched();
  });
}
