/**
 * The panel that a crash of the worker opens: a report to copy, and buttons that start the worker again.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, create, element } from '../lib/dom.js';
import { askForDevice } from './device.js';

const EXPLANATION = 'This is an error in the page, not something you did. Restart begins again from the weights that come with the '
  + 'page; a training session that was under way is lost. If it happens again, the report below helps to find the error.';

/** Puts the panel's elements in their place. @param {HTMLElement} panel */
function build(panel) {
  /** @param {string} id @param {string} text @param {Partial<HTMLButtonElement>} [properties] */
  const action = (id, text, properties = {}) => create('button', { id, type: 'button', ...properties }, text);
  panel.append(
    create('h2', { id: 'crash-heading', tabIndex: -1 }, 'Something broke, and the program stopped'),
    create('p', {}, EXPLANATION),
    create('p', { id: 'crash-cpu', hidden: true }, 'If the GPU was the cause, Restart on the CPU does without it.'),
    create(
      'div',
      { className: 'choices' },
      action('crash-restart', 'Restart', { className: 'primary' }),
      action('crash-restart-cpu', 'Restart on the CPU', { hidden: true }),
      action('crash-copy', 'Copy report'),
      create('span', { id: 'crash-copied', className: 'soft', role: 'status' }),
    ),
    create('label', { htmlFor: 'crash-report' }, 'Report'),
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
  // The event `chosen` comes before the device is opened, so this also covers a crash while a GPU is being opened.
  link.on('chosen', ({ kind }) => { onGpu = kind === 'webgpu'; });
  link.on('crash', (event) => {
    report.value = `${event.report}\n\n${navigator.userAgent}\n${location.href}`;
    any('crash-cpu').hidden = restartOnCpu.hidden = !onGpu;
    panel.hidden = false;
    any('crash-heading').focus();
  });
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
