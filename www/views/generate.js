/**
 * The form Generate: which digits to draw, and how. Edit and Measure draw by the same fields. Settings that the chosen
 * sampler does not use are hidden; which ones it uses, Rust says in the event `samplers`.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Class} Class
 * @typedef {import('../protocol.js').GenerateOptions} GenerateOptions
 * @typedef {import('../protocol.js').SamplerInfo} SamplerInfo
 * @typedef {import('../protocol.js').SamplerKind} SamplerKind
 * @typedef {import('../protocol.js').Setting} Setting
 * @typedef {import('../protocol.js').Spacing} Spacing
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { any, button, element, input, isUsed, number, select } from '../lib/dom.js';
import { className, count } from '../lib/format.js';
import { clear } from './notices.js';

/**
 * The number in a field that may be hidden or disabled; it then counts as the one the page opens with. A visitor must
 * not be refused over a number that they cannot see.
 * @param {string} id
 */
export function numberIfUsed(id) {
  const field = input(id);
  return isUsed(field) ? number(id) : Number(field.defaultValue);
}

/** @returns {Class} */
function chosenClass() {
  const { value } = select('class');
  return value === 'any' || value === 'none' || value === 'all' ? value : { one: Number(value) };
}

/** The fields as they are now. @returns {GenerateOptions} */
export function drawOptions() {
  const clipping = select('clipping').value;
  return {
    count: number('count'),
    seed: number('seed'),
    class: chosenClass(),
    cfg_scale: numberIfUsed('guidance'),
    sampler: {
      kind: /** @type {SamplerKind} */ (select('sampler').value),
      steps: number('steps'),
      spacing: /** @type {Spacing} */ (select('spacing').value),
      variance_type: /** @type {VarianceType} */ (select('variance').value),
      eta: numberIfUsed('eta'),
      clip: clipping === 'static',
      thresholding: clipping === 'dynamic',
      threshold_percentile: numberIfUsed('threshold'),
      langevin_inner: numberIfUsed('langevin-inner'),
      langevin_step_size: numberIfUsed('langevin-step-size'),
    },
  };
}

/** A seed of four random bytes. */
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

/**
 * Offer the classes that the weights in use know.
 * @param {number} classes 0 for an unconditional network
 * @param {string[]} names what they are called; empty where they are digits
 */
function offerClasses(classes, names) {
  const list = select('class');
  const before = list.value;
  for (const option of [...list.options]) {
    if (/^\d+$/.test(option.value)) option.remove();
    else if (option.value === 'all') option.hidden = classes === 0;
  }
  list.append(...Array.from({ length: classes }, (_, index) => new Option(className(index, names), String(index))));
  const chosen = [...list.options].find(({ value, hidden }) => value === before && !hidden);
  list.value = chosen ? before : 'any';
}

/** Offer a learned variance where the weights have one, and choose it. @param {VarianceType} trained */
function offerVariance(trained) {
  const list = select('variance');
  for (const option of list.options) {
    const learned = option.value.startsWith('learned');
    option.hidden = learned && option.value !== trained;
    if (learned && !option.hidden && list.dataset['trained'] !== trained) list.value = trained;
  }
  list.dataset['trained'] = trained;
  if (list.selectedOptions[0]?.hidden) list.value = 'fixed_small';
}

/** @param {WorkerLink} link */
export function generateFor(link) {
  const sampler = select('sampler');
  const steps = input('steps');
  /** @type {SamplerInfo[]} */
  let samplers = [];
  /** Set once the visitor has typed a number of steps: no sampler's default replaces it from then on. */
  let typed = false;

  const refresh = () => {
    const chosen = samplers.find(({ kind }) => kind === sampler.value);
    for (const field of document.querySelectorAll('[data-setting]')) {
      const setting = /** @type {Setting} */ (field.getAttribute('data-setting'));
      /** @type {HTMLElement} */ (field).hidden = !chosen?.settings.includes(setting);
    }
    any('threshold-field').hidden = select('clipping').value !== 'dynamic';
    // Guidance strengthens the chosen class, and here none is chosen.
    input('guidance').disabled = select('class').value === 'none';
    if (chosen && !typed) steps.value = String(Math.min(chosen.steps, Number(steps.max)));
  };

  for (const id of ['sampler', 'clipping', 'class']) select(id).addEventListener('change', refresh);
  steps.addEventListener('input', () => {
    typed = true;
  });
  button('new-seed').addEventListener('click', () => {
    input('seed').value = String(randomSeed());
  });
  element('generate-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('generate');
    link.command({ type: 'generate', ...drawOptions() });
  });
  link.on('samplers', (event) => {
    const before = sampler.value;
    samplers = event.samplers;
    sampler.replaceChildren(...samplers.map(({ kind, title }) => new Option(title, kind)));
    if (samplers.some(({ kind }) => kind === before)) sampler.value = before;
    refresh();
  });
  link.on('model', ({ timesteps, classes, class_names, recipe }) => {
    offerClasses(classes, class_names);
    offerVariance(recipe.variance_type);
    steps.max = String(timesteps);
    any('steps-hint').textContent = `1 to ${count(timesteps)}`;
    if (steps.valueAsNumber > timesteps) steps.value = steps.max;
    refresh();
  });
}
