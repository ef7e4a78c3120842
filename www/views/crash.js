/**
 * The panel that a crash of the worker opens: a report to copy, and buttons that start the worker again.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, element } from '../lib/dom.js';
import { askForDevice } from './device.js';

/**
 * @param {WorkerLink} link
 * @param {() => void} restart
 */
export function crashFor(link, restart) {
  const panel = any('crash');
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
