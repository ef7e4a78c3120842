/**
 * The run controls: a bar that names what runs, with buttons to pause, resume, cancel or reset it. This is also the only
 * place that enables and disables the page's buttons, as the event `state` allows.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Activity} Activity
 * @typedef {import('../protocol.js').State} State
 * @typedef {import('../protocol.js').Can} Can
 */

import { any, button, input } from '../lib/dom.js';
import { count, duration } from '../lib/format.js';

/** @type {Can} */
const NOTHING = {
  generate: false, edit: false, measure: false, train: false, pause: false, resume: false,
  cancel: false, reset: false, step: false, save: false, load: false,
};

/** The ids of buttons whose names in `Can` are those of tools, and so addresses. @type {Record<string, string>} */
const IDS = { edit: 'begin-edit', measure: 'begin-measure', train: 'begin-train' };

/** The ids of buttons that start something which returns to them at its end. */
const STARTS = ['generate', 'generate-digits', 'begin-edit', 'begin-measure', 'digit-again', 'digit-variations'];

/** The id of the button that started what runs. When that ends, the keyboard's focus returns to it. */
let startedBy = 'generate';

/**
 * Where the keyboard's focus goes when the focused button is disabled: the first of these buttons that is enabled.
 * `generate` stands for the button in `startedBy`.
 * @type {Record<string, string[]>}
 */
const NEXT = {
  generate: ['pause', 'resume'],
  'generate-digits': ['pause', 'resume'],
  'begin-edit': ['pause', 'resume'],
  'digit-again': ['pause', 'resume'],
  'digit-variations': ['pause', 'resume'],
  'begin-measure': ['cancel'],
  'begin-train': ['pause', 'resume'],
  pause: ['resume', 'generate', 'begin-train'],
  resume: ['pause', 'generate', 'begin-train'],
  cancel: ['generate', 'resume', 'begin-train'],
  reset: ['begin-train', 'generate'],
  save: ['pause', 'resume', 'generate'],
};

/** The text of the state line. @param {State} state @param {Activity} activity */
function stateName(state, activity) {
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
 * Show a state, and enable the buttons that it allows.
 * @param {State} state
 * @param {Activity} activity
 * @param {Can} can
 */
function show(state, activity, can) {
  document.body.dataset.state = state;
  any('state').textContent = stateName(state, activity);
  const focused = document.activeElement?.id ?? '';
  for (const [name, allowed] of Object.entries(can)) {
    const control = any(IDS[name] ?? name);
    if (control instanceof HTMLButtonElement || control instanceof HTMLInputElement) {
      control.disabled = !allowed;
    }
  }
  // Other buttons that send the same commands name them in `data-needs`.
  for (const control of document.querySelectorAll('button[data-needs]')) {
    const needs = /** @type {keyof Can} */ (control.getAttribute('data-needs'));
    /** @type {HTMLButtonElement} */ (control).disabled = !can[needs];
  }
  for (const chooser of ['load-data', 'load-folder']) input(chooser).disabled = !can.load;
  if (focused in NEXT && button(focused).disabled) {
    if (STARTS.includes(focused)) startedBy = focused;
    const next = NEXT[focused].map((id) => (id === 'generate' ? startedBy : id)).map(button)
      .find((candidate) => !candidate.disabled && candidate.checkVisibility());
    next?.focus({ preventScroll: true });
  }
}

/** @param {WorkerLink} link */
export function runControlsFor(link) {
  const detail = any('state-detail');
  for (const type of /** @type {const} */ (['pause', 'resume', 'cancel', 'reset'])) {
    button(type).addEventListener('click', () => link.command({ type }));
  }
  // A training session can be paused while digits are drawn from it, so each activity keeps a line of its own.
  /** @type {Record<Activity, string>} */
  const lines = { nothing: '', generation: '', measurement: '', training: '' };
  /** @type {Activity} */
  let current = 'nothing';
  const refresh = () => {
    detail.textContent = lines[current];
  };
  link.on('state', ({ state, activity, can }) => {
    show(state, activity, can);
    current = activity;
    if (current === 'nothing') lines.generation = lines.measurement = lines.training = '';
    refresh();
  });
  link.on('sampling', ({ step, steps, left_s }) => {
    lines.generation = `step ${count(step)} of ${count(steps)}, ${duration(left_s)} left`;
    refresh();
  });
  link.on('measuring', ({ what, left_s }) => {
    const left = left_s == null ? '' : `, ${duration(left_s)} left`;
    lines.measurement = `${what}${left}`;
    refresh();
  });
  link.on('training', ({ step, left_s }) => {
    const left = left_s == null ? '' : `, ${duration(left_s)} left`;
    lines.training = `step ${count(step)}${left}`;
    refresh();
  });
  const stopped = () => {
    show('error', 'nothing', NOTHING);
    current = 'nothing';
    refresh();
  };
  link.on('crash', stopped);
  link.on('start_failed', stopped);
}

/** Show the state before the worker has sent anything: everything is disabled. */
export const showLoading = () => show('loading', 'nothing', NOTHING);
