/**
 * How digits are to be drawn: the fields under Generate, which edits go by too. Settings that the chosen
 * sampler has no use for are out of sight.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 * @typedef {import('../protocol.js').Class} Class
 * @typedef {import('../protocol.js').GenerateOptions} GenerateOptions
 * @typedef {import('../protocol.js').SamplerInfo} SamplerInfo
 * @typedef {import('../protocol.js').SamplerKind} SamplerKind
 * @typedef {import('../protocol.js').Setting} Setting
 * @typedef {import('../protocol.js').Spacing} Spacing
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { any, input, number, select } from '../lib/dom.js';
import { count } from '../lib/format.js';

/**
 * What a field holds, or opens with where it does not apply: what cannot be seen must not be refused.
 * @param {string} id
 */
export function applying(id) {
  const field = input(id);
  const applies = !field.disabled && field.closest('[hidden]') === null;
  return applies ? number(id) : Number(field.defaultValue);
}

/** @returns {Class} */
function chosenClass() {
  const { value } = select('class');
  return value === 'any' || value === 'none' || value === 'all' ? value : { one: Number(value) };
}

/** @returns {GenerateOptions} */
export function drawOptions() {
  const clipping = select('clipping').value;
  return {
    count: number('count'),
    seed: number('seed'),
    class: chosenClass(),
    cfg_scale: applying('guidance'),
    sampler: {
      kind: /** @type {SamplerKind} */ (select('sampler').value),
      steps: number('steps'),
      spacing: /** @type {Spacing} */ (select('spacing').value),
      variance_type: /** @type {VarianceType} */ (select('variance').value),
      eta: applying('eta'),
      clip: clipping === 'static',
      thresholding: clipping === 'dynamic',
      threshold_percentile: applying('threshold'),
      langevin_inner: applying('langevin-inner'),
      langevin_step_size: applying('langevin-step-size'),
    },
  };
}

/** @param {Link} link */
export function drawOptionsFor(link) {
  const sampler = select('sampler');
  const steps = input('steps');
  /** @type {SamplerInfo[]} */
  let samplers = [];
  /** Steps that the visitor has typed are theirs: no sampler changes them. */
  let typed = false;

  const refresh = () => {
    const chosen = samplers.find(({ kind }) => kind === sampler.value);
    for (const field of document.querySelectorAll('[data-setting]')) {
      const setting = /** @type {Setting} */ (field.getAttribute('data-setting'));
      /** @type {HTMLElement} */ (field).hidden = !chosen?.settings.includes(setting);
    }
    any('threshold-field').hidden = select('clipping').value !== 'dynamic';
    // Without a class there is nothing to insist on.
    input('guidance').disabled = select('class').value === 'none';
    if (chosen && !typed) steps.value = String(Math.min(chosen.steps, Number(steps.max)));
  };

  for (const id of ['sampler', 'clipping', 'class']) select(id).addEventListener('change', refresh);
  steps.addEventListener('input', () => {
    typed = true;
  });
  link.on('samplers', (event) => {
    const before = sampler.value;
    samplers = event.samplers;
    sampler.replaceChildren(...samplers.map(({ kind, title }) => new Option(title, kind)));
    if (samplers.some(({ kind }) => kind === before)) sampler.value = before;
    refresh();
  });
  link.on('model', ({ timesteps }) => {
    steps.max = String(timesteps);
    any('steps-hint').textContent = `1 to ${count(timesteps)}`;
    if (steps.valueAsNumber > timesteps) steps.value = steps.max;
    refresh();
  });
}
