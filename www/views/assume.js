/**
 * What the outputs of the weights in use mean, where their file does not say it: the program assumes something, and this
 * form changes that.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').AssumeOptions} AssumeOptions
 * @typedef {import('../protocol.js').RecipeField} RecipeField
 */

import { any, element, number, select } from '../lib/dom.js';
import { announce } from './tools.js';

/** @param {RecipeField[]} fields @param {'schedule' | 'prediction'} name */
function fillList(fields, name) {
  const control = fields.find((field) => field.name === name)?.control;
  if (control?.kind !== 'choice') return;
  select(`assume-${name}`).replaceChildren(...control.options.map(([value, text]) => new Option(text, value)));
}

/** @param {WorkerLink} link */
export function assumeFor(link) {
  link.on('recipe', ({ fields }) => {
    fillList(fields, 'schedule');
    fillList(fields, 'prediction');
  });
  link.on('model', ({ assumed, recipe }) => {
    any('assume-form').hidden = !assumed;
    if (assumed) announce(any('assume-form'));
    element('assume-timesteps', HTMLInputElement).value = String(recipe.timesteps);
    select('assume-schedule').value = recipe.schedule;
    select('assume-prediction').value = recipe.prediction;
  });
  any('assume-form').addEventListener('submit', (event) => {
    event.preventDefault();
    link.command({
      type: 'assume',
      timesteps: number('assume-timesteps'),
      schedule: /** @type {AssumeOptions['schedule']} */ (select('assume-schedule').value),
      prediction: /** @type {AssumeOptions['prediction']} */ (select('assume-prediction').value),
    });
  });
}
