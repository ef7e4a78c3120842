/**
 * The form that asks for digits.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { button, element, input, randomSeed } from '../lib/dom.js';
import { drawOptions } from './draw-options.js';
import { clear } from './notices.js';

/** @param {Link} link */
export function generateFor(link) {
  button('new-seed').addEventListener('click', () => {
    input('seed').value = String(randomSeed());
  });
  element('generate-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('generate');
    link.command({ type: 'generate', ...drawOptions() });
  });
}
