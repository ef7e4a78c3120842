/**
 * The one bar that says what runs and holds it, lets it go on, or ends it; and the only place that
 * switches controls on and off.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 * @typedef {import('../protocol.js').Activity} Activity
 * @typedef {import('../protocol.js').State} State
 * @typedef {import('../protocol.js').Can} Can
 */

import { any, button } from '../lib/dom.js';
import { count, duration } from '../lib/format.js';

/** @type {Can} */
const NOTHING = {
  generate: false, edit: false, measure: false, train: false, pause: false, resume: false,
  cancel: false, reset: false, save: false, load: false,
};

/** The button that began what runs: where the keyboard goes back to when it has ended. */
let begun = 'generate';

/** Where the keyboard goes when the button under it is switched off. @type {Record<string, string[]>} */
const NEXT = {
  generate: ['pause', 'resume'],
  edit: ['pause', 'resume'],
  measure: ['cancel'],
  train: ['pause', 'resume'],
  pause: ['resume', 'generate', 'train'],
  resume: ['pause', 'generate', 'train'],
  cancel: ['generate', 'resume', 'train'],
  reset: ['train', 'generate'],
  save: ['pause', 'resume', 'generate'],
};

/** @param {State} state @param {Activity} activity */
function words(state, activity) {
  switch (state) {
    case 'loading': return 'Loading';
    case 'ready': return 'Ready';
    case 'generating': return activity === 'measurement' ? 'Measuring' : 'Generating';
    case 'training': return 'Training';
    case 'paused': return activity === 'generation' ? 'Generation paused' : 'Training paused';
    case 'error': return 'Stopped';
  }
}

/**
 * @param {State} state
 * @param {Activity} activity
 * @param {Can} can
 */
function show(state, activity, can) {
  document.body.dataset.state = state;
  any('state').textContent = words(state, activity);
  const focused = document.activeElement?.id ?? '';
  for (const [name, allowed] of Object.entries(can)) {
    const control = any(name);
    if (control instanceof HTMLButtonElement || control instanceof HTMLInputElement) {
      control.disabled = !allowed;
    }
  }
  if (focused in NEXT && button(focused).disabled) {
    if (focused === 'generate' || focused === 'edit' || focused === 'measure') begun = focused;
    const next = NEXT[focused].map((id) => (id === 'generate' ? begun : id)).map(button).find((candidate) => !candidate.disabled);
    next?.focus({ preventScroll: true });
  }
}

/** @param {Link} link */
export function transportFor(link) {
  const detail = any('state-detail');
  for (const type of /** @type {const} */ (['pause', 'resume', 'cancel', 'reset'])) {
    button(type).addEventListener('click', () => link.command({ type }));
  }
  // A training session can be held while digits are drawn from it: each keeps its own line.
  /** @type {Record<Activity, string>} */
  const lines = { nothing: '', generation: '', measurement: '', training: '' };
  /** @type {Activity} */
  let current = 'nothing';
  const tell = () => {
    detail.textContent = lines[current];
  };
  link.on('state', ({ state, activity, can }) => {
    show(state, activity, can);
    current = activity;
    if (current === 'nothing') lines.generation = lines.measurement = lines.training = '';
    tell();
  });
  link.on('sampling', ({ step, steps, left_s }) => {
    lines.generation = `step ${count(step)} of ${count(steps)}, ${duration(left_s)} left`;
    tell();
  });
  link.on('measuring', ({ what, left_s }) => {
    const left = left_s == null ? '' : `, ${duration(left_s)} left`;
    lines.measurement = `${what}${left}`;
    tell();
  });
  link.on('training', ({ step, left_s }) => {
    const left = left_s == null ? '' : `, ${duration(left_s)} left`;
    lines.training = `step ${count(step)}${left}`;
    tell();
  });
  link.on('crash', () => {
    show('error', 'nothing', NOTHING);
    current = 'nothing';
    tell();
  });
}

/** Back to how the page looks before the worker has said anything. */
export const showLoading = () => show('loading', 'nothing', NOTHING);
