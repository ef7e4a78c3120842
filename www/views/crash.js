/**
 * What is left to do after a panic: show the report, offer to begin again.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any, button, element } from '../lib/dom.js';
import { askForDevice } from '../lib/worker-link.js';

/**
 * @param {Link} link
 * @param {() => void} restart
 */
export function crashFor(link, restart) {
  const panel = any('crash');
  const report = element('crash-report', HTMLTextAreaElement);
  const copy = button('crash-copy');
  const restartOnCpu = button('crash-restart-cpu');
  let onGpu = false;
  link.on('chosen', ({ kind }) => { onGpu = kind === 'webgpu'; });
  link.on('crash', (event) => {
    report.value = `${event.report}\n\n${navigator.userAgent}\n${location.href}`;
    any('crash-cpu').hidden = restartOnCpu.hidden = !onGpu;
    panel.hidden = false;
    any('crash-heading').focus();
  });
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(report.value);
    } catch {
      // No permission, or no secure context: the selection can still be copied by hand.
      report.select();
      return;
    }
    any('crash-copied').textContent = 'Copied.';
  });
  const again = () => {
    panel.hidden = true;
    any('generate-heading').focus();
    any('crash-copied').textContent = '';
    restart();
  };
  button('crash-restart').addEventListener('click', again);
  restartOnCpu.addEventListener('click', () => {
    askForDevice('cpu');
    again();
  });
}
