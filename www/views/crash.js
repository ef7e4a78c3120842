/**
 * The panel that opens when the worker has ended: after a crash with a report to copy, or because one of its files cannot be
 * had. Its buttons start the worker again.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, create, element } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { askForDevice } from './device.js';
import { notify } from './notices.js';

/** What the panel says of a crash. */
const CRASH = {
  title: 'Something broke, and the program stopped',
  explanation: 'This is an error in the page, not something you did. Restart begins again from the weights that come with the '
    + 'page. A training session that was under way is in the list of runs, as it was at its last checkpoint. If it happens '
    + 'again, the report below helps to find the error.',
  again: 'Restart',
};

/** What it says when a GPU was lost twice within a minute. */
const LOST = {
  title: 'The GPU was lost',
  explanation: 'The browser has taken the GPU away, for the second time within a minute: its driver was restarted, or another program '
    + 'needs it. A training session that was under way is in the list of runs, as it was at its last checkpoint.',
  again: 'Restart',
};

/** What it says where a file is missing. @param {string} why a sentence */
const unloaded = (why) => ({
  title: 'A part of the page could not be loaded',
  explanation: `${why} Either the connection failed, or the page was not copied to this host as a whole.`,
  again: 'Try again',
});

/** What Rust reports when the browser takes the device away: the driver was restarted, the GPU process ended, a laptop slept. */
const DEVICE_LOST = /^The GPU device was lost/m;

/** Milliseconds after a recovery within which another loss is left to the visitor. */
const AGAIN_MS = 60_000;

/** Milliseconds between the first sign of a loss and the report of it, at most. */
const JUST_BEFORE_MS = 5000;

/** Puts the panel's elements in their place. @param {HTMLElement} panel */
function build(panel) {
  /** @param {string} id @param {string} text @param {Partial<HTMLButtonElement>} [properties] */
  const action = (id, text, properties = {}) => create('button', { id, type: 'button', ...properties }, text);
  panel.append(
    create('h2', { id: 'crash-heading', tabIndex: -1 }),
    create('p', { id: 'crash-explanation' }),
    create('p', { id: 'crash-cpu', hidden: true }, 'If the GPU was the cause, Restart on the CPU does without it.'),
    create(
      'div',
      { className: 'choices' },
      action('crash-restart', '', { className: 'primary' }),
      action('crash-restart-cpu', 'Restart on the CPU', { hidden: true }),
      action('crash-copy', 'Copy report'),
      create('span', { id: 'crash-copied', className: 'soft', role: 'status' }),
    ),
    create('label', { htmlFor: 'crash-report', id: 'crash-report-label' }, 'Report'),
    create('textarea', { id: 'crash-report', readOnly: true, rows: 9, spellcheck: false }),
  );
}

/**
 * After the loss of a GPU the page opens it again by itself, once a minute at most, and a training session goes on from its
 * last checkpoint.
 * @param {WorkerLink} link
 * @param {() => void} restart
 */
function recoveryOf(link, restart) {
  let last = -Infinity;
  /** The run whose session is open. */
  let open = '';
  let training = false;
  /** When a step failed because the device gave nothing back, which comes a moment before its loss is reported. */
  let failed = -Infinity;
  /** What goes on when the page is ready again. @type {{ run: string, training: boolean } | undefined} */
  let pending;

  link.on('run_claimed', ({ id }) => { open = id; });
  link.on('state', ({ state, can }) => {
    if (state === 'loading') return;
    training = state === 'training';
    if (!can.reset) open = '';
  });
  link.on('refused', ({ code }) => {
    if (code === 'device' && training) failed = performance.now();
  });
  link.on('runs', ({ runs }) => {
    if (!pending) return;
    const kept = runs.find(({ id }) => id === pending?.run);
    if (kept) {
      link.run({ action: 'continue', id: kept.id });
      return;
    }
    pending = undefined;
    notify('generate', 'The GPU was lost, and the page has opened it again. Nothing was being trained that had been saved.', { code: 'recovered', calm: true });
  });
  link.on('run_opened', ({ info }) => {
    if (!pending) return;
    if (pending.training) link.command({ type: 'resume' });
    pending = undefined;
    notify('train', `The GPU was lost, and the page has opened it again: the training goes on from step ${count(info.step)}.`, { code: 'recovered', calm: true });
  });
  return {
    /** Whether the page goes on by itself after this crash. @param {string} report */
    begins(report) {
      if (!DEVICE_LOST.test(report) || performance.now() - last < AGAIN_MS) return false;
      last = performance.now();
      pending = { run: open, training: training || last - failed < JUST_BEFORE_MS };
      // After the other views have seen the crash.
      setTimeout(restart);
      return true;
    },
  };
}

/**
 * @param {WorkerLink} link
 * @param {() => void} restart
 */
export function crashFor(link, restart) {
  const panel = any('crash');
  build(panel);
  const report = element('crash-report', HTMLTextAreaElement);
  const restartOnCpu = button('crash-restart-cpu');
  let onGpu = false;
  /** The training session that was open when the device was lost, and goes on once the page is ready again. */
  const recovery = recoveryOf(link, () => {
    panel.hidden = true;
    restart();
  });
  // The event `chosen` comes before the device is opened, so this also covers a crash while a GPU is being opened.
  link.on('chosen', ({ kind }) => { onGpu = kind === 'webgpu'; });
  /** @param {typeof CRASH} words @param {boolean} crashed */
  const open = ({ title, explanation, again }, crashed) => {
    any('crash-heading').textContent = title;
    any('crash-explanation').textContent = explanation;
    button('crash-restart').textContent = again;
    for (const id of ['crash-report', 'crash-report-label', 'crash-copy']) any(id).hidden = !crashed;
    any('crash-cpu').hidden = restartOnCpu.hidden = !crashed || !onGpu;
    panel.hidden = false;
    any('crash-heading').focus();
  };
  link.on('crash', (event) => {
    if (recovery.begins(event.report)) return;
    report.value = `${event.report}\n\n${navigator.userAgent}\n${location.href}`;
    open(DEVICE_LOST.test(event.report) ? LOST : CRASH, true);
  });
  link.on('start_failed', ({ why }) => open(unloaded(why), false));
  button('crash-copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(report.value);
    } catch {
      // The browser gave no permission, or the page came over plain http. The report is selected instead, so that
      // the visitor can copy it by keyboard.
      report.select();
      return;
    }
    any('crash-copied').textContent = 'Copied.';
  });
  const startAgain = () => {
    panel.hidden = true;
    any('generate-heading').focus();
    any('crash-copied').textContent = '';
    restart();
  };
  button('crash-restart').addEventListener('click', startAgain);
  restartOnCpu.addEventListener('click', () => {
    askForDevice('cpu');
    startAgain();
  });
}
