/**
 * The panel that opens when the worker has ended: after a crash with a report to copy, or because one of its files cannot be
 * had. Its buttons start the worker again.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, create, element } from '../lib/dom.js';
import { askForDevice } from './device.js';
import { failureOf, recoveryFor } from './recovery.js';

/** What the panel says of a crash. */
const CRASH = {
  title: 'Something broke, and the program stopped',
  explanation: 'This is an error in the page, not something you did. Restart begins again from the weights that come with the '
    + 'page. If it happens again, the report below helps to find the error.',
  again: 'Restart',
};

/** What it says when a GPU has failed twice within a minute. @type {Record<import('./recovery.js').Failure, typeof CRASH>} */
const FAILED = {
  lost: {
    title: 'The GPU was lost',
    explanation: 'The browser has taken the GPU away, for the second time within a minute: its driver was restarted, or another program '
      + 'needs it.',
    again: 'Restart',
  },
  memory: {
    title: 'The GPU has no memory left',
    explanation: 'It had no room for what is computed, for the second time within a minute. Other tabs and programs may hold its memory: '
      + 'close some. Fewer digits at once, a smaller batch or a smaller model need less.',
    again: 'Restart',
  },
};

/**
 * What it says of what was under way.
 * @param {boolean} kept whether this browser keeps runs for the page
 * @param {boolean} goesOn whether Restart goes on with it
 */
function ofSession(kept, goesOn) {
  if (!kept) return 'A training session that was under way is lost, because this browser keeps no runs for this page.';
  return goesOn
    ? 'Restart goes on with what was under way: a training run from its last checkpoint, digits from the beginning.'
    : 'A training session that was under way is in the list of runs, as it was at its last checkpoint.';
}

/** What it says where a file is missing. @param {string} why a sentence */
const unloaded = (why) => ({
  title: 'A part of the page could not be loaded',
  explanation: `${why} Either the connection failed, or the page was not copied to this host as a whole.`,
  again: 'Try again',
});

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
 * @param {WorkerLink} link
 * @param {() => void} restart
 */
export function crashFor(link, restart) {
  const panel = any('crash');
  build(panel);
  const report = element('crash-report', HTMLTextAreaElement);
  const restartOnCpu = button('crash-restart-cpu');
  let onGpu = false;
  let kept = true;
  const recovery = recoveryFor(link, () => {
    panel.hidden = true;
    restart();
  });
  // The event `chosen` comes before the device is opened, so this also covers a crash while a GPU is being opened.
  link.on('chosen', ({ kind }) => { onGpu = kind === 'webgpu'; });
  link.on('runs', (runs) => { kept = runs.kept; });
  /** @param {typeof CRASH} words @param {boolean} crashed */
  const open = (words, crashed) => {
    const { title, explanation, again } = words;
    any('crash-heading').textContent = title;
    any('crash-explanation').textContent = crashed ? `${explanation} ${ofSession(kept, words !== CRASH)}` : explanation;
    button('crash-restart').textContent = again;
    for (const id of ['crash-report', 'crash-report-label', 'crash-copy']) any(id).hidden = !crashed;
    any('crash-cpu').hidden = restartOnCpu.hidden = !crashed || !onGpu;
    panel.hidden = false;
    any('crash-heading').focus();
  };
  link.on('crash', (event) => {
    if (recovery.begins(event.report)) return;
    report.value = `${event.report}\n\n${navigator.userAgent}\n${location.href}`;
    const failure = failureOf(event.report);
    open(failure ? FAILED[failure] : CRASH, true);
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
