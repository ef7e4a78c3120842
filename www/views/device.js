/**
 * The device that computes: the line in the header, the Device panel, and the address (`?device=`) that asks for one.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../worker/messages.js').DeviceChoice} DeviceChoice
 */

import { any, element, factRows } from '../lib/dom.js';
import { deviceAsked } from '../begin.js';

/**
 * Ask for a device from the next start of the worker on. The choice is kept in the page's address, so that it also
 * holds after a reload.
 * @param {DeviceChoice} device
 */
export function askForDevice(device) {
  const url = new URL(location.href);
  url.searchParams.set('device', device);
  history.replaceState(null, '', url);
}

/** @param {WorkerLink} link */
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
