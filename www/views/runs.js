/**
 * The list of training runs that this browser keeps: continue, draw from, compare, export, rename and delete them. Files of
 * runs are imported like weights: by "Load weights", or dropped on the page.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../worker/messages.js').StoredRun} StoredRun
 */

import { any, button, create } from '../lib/dom.js';
import { bytes, capital, count, fixed } from '../lib/format.js';
import { clear, notify } from './notices.js';
import { compareLosses } from './training-progress.js';

/** Milliseconds after which a button that asked whether it is meant stops asking. */
const FORGET_MS = 5000;

/** @param {number} saved milliseconds since 1970 */
const when = (saved) => new Date(saved).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A run in a line. @param {StoredRun} run */
function inWords({ saved, size, info: { preset, step, end, loss, data } }) {
  const parts = [
    capital(preset ?? 'custom shape'),
    `${count(step)}${end ? ` of ${count(end)}` : ''} steps`,
  ];
  if (loss != null) parts.push(`loss ${fixed(loss, 4)}`);
  if (data) parts.push(data.name);
  parts.push(when(saved), bytes(size));
  return parts.join(', ');
}

/**
 * Whether a press of a button is meant: at the first one the button asks, and for a while the next one answers.
 * @param {HTMLButtonElement} control @param {string} text @param {string} question
 */
function meant(control, text, question) {
  const answered = control.textContent === question;
  control.textContent = answered ? text : question;
  if (!answered) setTimeout(() => { control.textContent = text; }, FORGET_MS);
  return answered;
}

/** A button that asks once more before it acts. @param {string} text @param {string} question @param {() => void} act */
function careful(text, question, act) {
  const made = create('button', { type: 'button', className: 'small' }, text);
  made.addEventListener('click', () => {
    if (meant(made, text, question)) act();
  });
  return made;
}

/** @param {WorkerLink} link */
export function runsFor(link) {
  const section = any('runs');
  let idle = false;
  let announced = false;
  /** The run whose losses are drawn beside those of the session. */
  let compared = '';
  /** The run that was to be continued last. */
  let asked = '';
  /** The run that is open, and the one that Reset was pressed for. */
  let open = '';
  let discarded = '';
  /** Whether a training session is open, and whether what it has done since its last checkpoint cannot be kept. */
  let session = false;
  let unkept = false;
  /** Whether the browser keeps runs at all. */
  let keeps = true;

  const goOn = (/** @type {string} */ id, take = false) => {
    asked = id;
    clear('train');
    link.run({ action: 'continue', id, take });
  };

  /** @param {StoredRun} run */
  const row = (run) => {
    const { id, name, info } = run;
    /** @param {string} text @param {() => void} act */
    const plain = (text, act, needsIdle = false) => {
      const made = create('button', { type: 'button', className: 'small', disabled: needsIdle && !idle }, text);
      if (needsIdle) made.dataset['needsIdle'] = '';
      made.addEventListener('click', act);
      return made;
    };
    const field = create('input', { type: 'text', value: name, maxLength: 80 });
    field.setAttribute('aria-label', `Name of the run ${name}`);
    field.addEventListener('change', () => {
      const next = field.value.trim();
      if (next && next !== name) link.run({ action: 'rename', id, name: next });
      else field.value = name;
    });
    const compare = plain(compared === id ? 'Stop comparing' : 'Compare', () => {
      compared = compared === id ? '' : id;
      compareLosses(compared ? { name, losses: info.losses } : null);
      for (const other of section.querySelectorAll('[data-compare]')) {
        other.textContent = other.getAttribute('data-compare') === compared ? 'Stop comparing' : 'Compare';
      }
    });
    compare.dataset['compare'] = id;
    return create(
      'li',
      {},
      create('div', { className: 'field' }, field),
      create('p', { className: 'soft' }, inWords(run)),
      create(
        'div',
        { className: 'choices' },
        plain('Continue', () => goOn(id), true),
        plain('Draw from it', () => link.run({ action: 'draw', id }), true),
        compare,
        plain('Export', () => link.run({ action: 'export', id })),
        careful('Delete', 'Really delete?', () => link.run({ action: 'delete', id })),
      ),
    );
  };

  /**
   * Leaving costs the steps since the last checkpoint at most, and the run can be continued, so nobody is asked. Where the browser
   * keeps no runs, or has no room, all of the run would be lost.
   * @param {BeforeUnloadEvent} event
   */
  const ask = (event) => event.preventDefault();
  const askIfLost = () => (session && unkept ? addEventListener : removeEventListener)('beforeunload', ask);

  /** Ask what can go, once there is no room for a checkpoint. @param {string} message */
  const askForRoom = (message) => {
    const others = listed.filter(({ id }) => id !== open);
    const oldest = others.at(-1);
    /** @type {Array<[string, () => void]>} */
    const choices = oldest ? [[`Delete “${oldest.name}”, ${bytes(oldest.size)}`, () => link.run({ action: 'delete', id: oldest.id })]] : [];
    notify('train', message, { code: 'storage_full', choices: [...choices, ['Not now', () => {}]] });
  };

  /** Offer what Reset has discarded, once it is in the list. @param {StoredRun[]} runs */
  const offerUndo = (runs) => {
    const run = runs.find(({ id }) => id === discarded);
    if (!run || !idle) return;
    discarded = '';
    notify('train', `The session is closed. Its run, “${run.name}”, is kept in the list of runs.`, {
      code: 'reset', calm: true,
      choices: [['Undo', () => goOn(run.id)], ['Dismiss', () => {}]],
    });
  };
  /** @type {StoredRun[]} */
  let listed = [];

  link.on('run_claimed', ({ id }) => {
    open = id;
    unkept = !keeps;
  });
  const reset = button('reset');
  // Before the run controls send the command.
  reset.addEventListener('click', (event) => {
    if (unkept && !meant(reset, 'Reset', 'Really reset?')) {
      event.stopImmediatePropagation();
      return;
    }
    reset.textContent = 'Reset';
    discarded = unkept ? '' : open;
  }, { capture: true });
  link.on('runs', ({ runs, kept, why }) => {
    // The open run has a checkpoint that it had not.
    if (runs.some(({ id, saved }) => id === open && saved !== listed.find((run) => run.id === id)?.saved)) unkept = false;
    keeps = kept;
    if (!kept) unkept = true;
    askIfLost();
    listed = runs;
    offerUndo(runs);
    section.hidden = kept && runs.length === 0;
    any('runs-note').textContent = kept
      ? 'Kept in this browser, and saved every half minute while they train.'
      : `This browser keeps no runs for this page: ${why}. A training session ends when you leave; download its weights before.`;
    any('switch-note').textContent = kept
      ? 'The page loads anew; a training session can then be continued from the list of runs.'
      : 'The page loads anew, and a training session ends with that.';
    any('runs-list').replaceChildren(...runs.map(row));
    const [last] = runs;
    if (last && !announced && idle) {
      notify('train', `“${last.name}” can go on: ${inWords(last)}.`, {
        code: 'run_kept', calm: true, unasked: true,
        choices: [['Continue', () => goOn(last.id)], ['Not now', () => {}]],
      });
    }
    announced = true;
  });
  // A new worker lists the runs again, one of which may have been open in the old one.
  link.on('crash', () => { announced = false; });
  link.on('state', ({ can }) => {
    idle = can.train;
    session = can.reset;
    askIfLost();
    offerUndo(listed);
    for (const made of section.querySelectorAll('[data-needs-idle]')) made.toggleAttribute('disabled', !idle);
  });
  link.on('run_opened', ({ info }) => {
    clear('train');
    notify('train', `The run stands at step ${count(info.step)}. Press Resume to go on with it.`, { code: 'run_opened', calm: true });
  });
  link.on('run_taken', () => {
    notify('train', 'Another tab goes on with this run. Everything up to its last checkpoint is in the list of runs.', { code: 'run_taken', calm: true });
  });
  link.on('refused', ({ code, message }) => {
    if (code === 'storage_full' || code === 'not_saved') {
      unkept = true;
      askIfLost();
      if (code === 'storage_full') askForRoom(message);
    }
    if (code !== 'run_in_use') return;
    notify('train', message, {
      code,
      calm: true,
      choices: [['Take it over', () => goOn(asked, true)], ['Leave it there', () => {}]],
    });
  });

  // A hidden page may be closed or frozen at any time.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') link.command({ type: 'checkpoint' });
  });
  addEventListener('pagehide', () => link.command({ type: 'checkpoint' }));
}
