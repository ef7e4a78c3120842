/**
 * The form that asks for digits.
 *
 * @typedef {import('./link.js').Link} Link
 */

import { any, button, element, input, number, randomSeed } from './dom.js';
import { count } from './format.js';
import { clear } from './notices.js';

/** @param {Link} link */
export function generateFor(link) {
  button('new-seed').addEventListener('click', () => {
    input('seed').value = String(randomSeed());
  });
  element('generate-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('generate');
    link.command({ type: 'generate', count: number('count'), seed: number('seed'), steps: number('steps') });
  });
  link.on('model', ({ timesteps }) => {
    const steps = input('steps');
    steps.max = String(timesteps);
    any('steps-hint').textContent = `1 to ${count(timesteps)}`;
    if (steps.valueAsNumber > timesteps) steps.value = steps.max;
  });
}
