/**
 * What may be changed of a training session while it runs or is held: learning rate, batch size, a step to stop at; and single steps.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').AdjustOptions} AdjustOptions
 */

import { any, button, element, input, number } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { clear } from './notices.js';

/** @param {WorkerLink} link */
export function adjustFor(link) {
  const form = element('adjust-form', HTMLFormElement);
  const fields = element('adjust-fields', HTMLFieldSetElement);
  /** How the session goes on as far as the worker has said. @type {AdjustOptions} */
  let now = { learning_rate: null, batch_size: null, stop_at: null };
  /** Inputs that the visitor has changed and not sent. @type {Set<EventTarget | null>} */
  const changed = new Set();

  const show = () => {
    const put = (/** @type {string} */ id, /** @type {number | null} */ value) => {
      if (!changed.has(input(id))) input(id).value = value === null ? '' : String(value);
    };
    put('adjust-learning-rate', now.learning_rate);
    put('adjust-batch', now.batch_size);
    put('adjust-stop', now.stop_at);
    any('adjust-stops').textContent = now.stop_at === null ? '' : `Stops at step ${count(now.stop_at)}.`;
  };
  const forget = () => {
    changed.clear();
    show();
  };

  fields.addEventListener('input', ({ target }) => changed.add(target));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clear('train');
    const typed = (/** @type {string} */ id) => (changed.has(input(id)) ? number(id) : null);
    const stop = input('adjust-stop').value.trim() === '' ? 0 : number('adjust-stop');
    link.command({
      type: 'adjust',
      learning_rate: typed('adjust-learning-rate'),
      batch_size: typed('adjust-batch'),
      stop_at: changed.has(input('adjust-stop')) ? stop : null,
    });
    changed.clear();
  });
  button('step').addEventListener('click', () => link.command({ type: 'step' }));
  link.on('state', ({ can }) => {
    fields.disabled = !can.reset;
    if (!can.reset) forget();
  });
  link.on('training', ({ peak_learning_rate, batch_size, stop_at }) => {
    // Rust's `None` arrives as `undefined`.
    now = { learning_rate: peak_learning_rate, batch_size, stop_at: stop_at ?? null };
    show();
  });
  link.on('run_opened', ({ info }) => {
    // The rest is said with its first step.
    now = { learning_rate: null, batch_size: null, stop_at: info.stop_at ?? null };
    forget();
  });
  link.on('crash', () => { fields.disabled = true; });
}
