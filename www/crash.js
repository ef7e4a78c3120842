/**
 * What is left to do after a panic: show the report, offer to begin again.
 *
 * @typedef {import('./link.js').Link} Link
 */

import { any, button, element } from './dom.js';

/**
 * @param {Link} link
 * @param {() => void} restart
 */
export function crashFor(link, restart) {
  const panel = any('crash');
  const report = element('crash-report', HTMLTextAreaElement);
  const copy = button('crash-copy');
  link.on('crash', (event) => {
    report.value = `${event.report}\n\n${navigator.userAgent}\n${location.href}`;
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
  button('crash-restart').addEventListener('click', () => {
    panel.hidden = true;
    any('generate-heading').focus();
    any('crash-copied').textContent = '';
    restart();
  });
}
