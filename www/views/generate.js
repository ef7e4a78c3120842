/**
 * The form Generate: which digits to draw, and how; live.js sends it. Edit and Measure draw by the same fields. Settings that the
 * chosen sampler does not use are hidden; which ones it uses, Rust says in the event `samplers`.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Class} Class
 * @typedef {import('../protocol.js').GenerateOptions} GenerateOptions
 * @typedef {import('../protocol.js').GuidanceInterval} GuidanceInterval
 * @typedef {import('../protocol.js').SamplerInfo} SamplerInfo
 * @typedef {import('../protocol.js').SamplerKind} SamplerKind
 * @typedef {import('../protocol.js').Setting} Setting
 * @typedef {import('../protocol.js').Spacing} Spacing
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { any, button, input, isUsed, number, select } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { className, count, guidedSteps } from '../lib/format.js';

/**
 * The number in a field that may be hidden or disabled; it then counts as the one the page opens with. A visitor must
 * not be refused over a number that they cannot see.
 * @param {string} id
 */
export function numberIfUsed(id) {
  const field = input(id);
  return isUsed(field) ? number(id) : Number(field.defaultValue);
}

/** The number of classes that the weights in use know. */
let classes = 0;

/** Which digits, and how many where the choice itself says it. @returns {{ class: Class, text: string | null, count?: number }} */
function chosenClass() {
  const { value } = select('class');
  switch (value) {
    case 'any': case 'none': case 'all': return { class: value, text: null };
    case 'row': return { class: { each: Array.from({ length: classes }, (_, index) => index) }, text: null, count: classes };
    // Rust knows which characters name which classes, and says so where one names none.
    case 'text': return { class: 'any', text: input('text').value };
    default: return { class: { one: Number(value) }, text: null };
  }
}

/** The fields as they are now. @returns {GenerateOptions} */
export function drawOptions() {
  const clipping = select('clipping').value;
  return {
    count: numberIfUsed('count'),
    seed: number('seed'),
    ...chosenClass(),
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
    walk: null,
    still: false,
  };
}

/** A seed of four random bytes. */
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

/** Choices of more than one class, which an unconditional network has not. */
const SEVERAL = ['all', 'row', 'text'];

/**
 * Offer the classes that the weights in use know.
 * @param {string[]} names what they are called; empty where they are digits
 */
function offerClasses(names) {
  const list = select('class');
  const before = list.value;
  for (const option of [...list.options]) {
    if (/^\d+$/.test(option.value)) option.remove();
    else if (SEVERAL.includes(option.value)) option.hidden = classes === 0;
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

/**
 * Give a field another default. A number that the visitor has chosen stays.
 * @param {string} id @param {number} value
 */
function propose(id, value) {
  const field = input(id);
  const untouched = field.value === field.defaultValue;
  field.defaultValue = String(value);
  if (untouched) field.value = field.defaultValue;
}

/** @param {WorkerLink} link */
export function generateFor(link) {
  const sampler = select('sampler');
  const steps = input('steps');
  /** @type {SamplerInfo[]} */
  let samplers = [];
  /** Set once the visitor has typed a number of steps: no sampler's default replaces it from then on. */
  let typed = false;
  /** Whether the weights in use know no classes. */
  let unconditional = false;
  /** The guidance that the weights in use propose with a class and without one; without, `null` if they have no guide. */
  let proposed = { withClass: 1.5, without: /** @type {number | null} */ (null) };
  /** In which steps guidance acts, as a sentence; empty where in all. */
  let guided = { withClass: '', without: '' };
  /** A file of the site that draws better without a digit than the weights in use. @type {string | null} */
  let better = null;

  const refresh = () => {
    const chosen = samplers.find(({ kind }) => kind === sampler.value);
    for (const field of document.querySelectorAll('[data-setting]')) {
      const setting = /** @type {Setting} */ (field.getAttribute('data-setting'));
      /** @type {HTMLElement} */ (field).hidden = !chosen?.settings.includes(setting);
    }
    any('threshold-field').hidden = select('clipping').value !== 'dynamic';
    const { value } = select('class');
    const classless = value === 'none' || unconditional;
    input('guidance').disabled = classless && proposed.without === null;
    propose('guidance', (classless ? proposed.without : null) ?? proposed.withClass);
    any('guidance-hint').textContent = classless && proposed.without !== null
      ? `How far to lead away from what a weaker network draws, 0 to 8; 1 is no guidance.${guided.without}`
      : `How much the chosen digit counts, 0 to 8; 1 is no guidance.${guided.withClass}`;
    any('class-hint').textContent = value === 'none' && better
      ? `Any of them, as it comes. The weights “${better}”, under Weights, are better at it.`
      : 'What the network is asked to draw.';
    if (chosen) propose('eta', classless ? chosen.eta.without_class : chosen.eta.with_class);
    any('text-field').hidden = value !== 'text';
    // There it follows from the classes.
    input('count').disabled = value === 'text' || value === 'row';
    for (const slider of document.querySelectorAll('input[data-for]')) {
      if (!(slider instanceof HTMLInputElement)) continue;
      const field = input(slider.dataset['for'] ?? '');
      slider.disabled = field.disabled;
      slider.value = field.value;
    }
    if (chosen && !typed) steps.value = String(Math.min(chosen.steps, Number(steps.max)));
  };

  for (const id of ['sampler', 'clipping', 'class']) select(id).addEventListener('change', refresh);
  steps.addEventListener('input', () => {
    typed = true;
  });
  button('generate-digits').addEventListener('click', () => {
    if (drawnLast()) button('new-seed').click();
    button('generate').click();
  });
  button('new-seed').addEventListener('click', () => {
    input('seed').value = String(randomSeed());
  });
  link.on('samplers', (event) => {
    const before = sampler.value;
    samplers = event.samplers;
    sampler.replaceChildren(...samplers.map(({ kind, title }) => new Option(title, kind)));
    if (samplers.some(({ kind }) => kind === before)) sampler.value = before;
    refresh();
  });
  link.on('model', ({ timesteps, classes: known, class_names, recipe, guide, source, steps: trained }) => {
    classes = known;
    proposed = { withClass: recipe.cfg_scale, without: guide?.cfg_scale ?? null };
    const sentence = (/** @type {GuidanceInterval | undefined} */ interval) => {
      const where = interval && guidedSteps(interval, timesteps);
      return where ? ` It acts ${where}.` : '';
    };
    guided = { withClass: sentence(recipe), without: sentence(guide?.interval) };
    better = document.querySelector(`[data-weights][data-better-without-class-than="${CSS.escape(source)}"]`)?.textContent ?? null;
    unconditional = known === 0;
    any('drawn-with').textContent = `Weights: ${source}, ${count(trained)} training steps.`;
    offerClasses(class_names);
    offerVariance(recipe.variance_type);
    steps.max = String(timesteps);
    any('steps-hint').textContent = `How often noise is taken away, 1 to ${count(timesteps)} times.`;
    if (steps.valueAsNumber > timesteps) steps.value = steps.max;
    refresh();
  });
}
