/**
 * Where the arithmetic happens, and why there.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any, element, factRows } from '../lib/dom.js';
import { deviceAsked } from '../begin.js';

/** @param {Link} link */
export function deviceFor(link) {
  const panel = element('device', HTMLDetailsElement);
  any('device-link').addEventListener('click', () => {
    panel.open = true;
  });
  link.on('device', ({ kind, name, reason, facts }) => {
    document.body.dataset.device = kind;
    for (const choice of document.querySelectorAll('[data-device-choice]')) {
      const asked = choice.getAttribute('data-device-choice') === deviceAsked();
      choice.setAttribute('aria-current', String(asked));
    }
    const cpu = kind === 'cpu';
    any('device-line').textContent = cpu ? `Runs on the CPU. ${reason}` : `Runs on WebGPU: ${name}.`;
    any('device-summary').textContent = cpu ? 'CPU' : 'WebGPU';
    any('device-facts').replaceChildren(...factRows([['Name', name], ['Why', reason], ...facts]));
  });
}
