/**
 * The weights in use: what they are, out to a file, in from a file.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 * @typedef {import('../protocol.js').Dtype} Dtype
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../protocol.js').TrainConfig} TrainConfig
 */

import { any, button, factRows, input, select } from '../lib/dom.js';
import { capital, count, millions, significant } from '../lib/format.js';
import { clear, notify } from './notices.js';
import { saveAs } from '../lib/save-as.js';

/** A recipe in words. @param {TrainConfig} recipe */
function inWords(recipe) {
  const { schedule, zero_terminal_snr, prediction, min_snr_gamma, batch_size, learning_rate, max_shift } = recipe;
  const parts = [
    `${schedule.replace('_', ' ')} schedule${zero_terminal_snr ? ' with zero terminal SNR' : ''}`,
    `predicts ${{ epsilon: 'the noise ε', x0: 'the image x₀', v: 'the velocity v' }[prediction]}`,
    `batches of ${count(batch_size)}`,
    `learning rate ${significant(learning_rate)}`,
  ];
  if (min_snr_gamma > 0) parts.push(`min-SNR γ = ${significant(min_snr_gamma)}`);
  if (max_shift > 0) parts.push(`images shifted by up to ${count(max_shift)} pixels`);
  return `${capital(parts.join(', '))}.`;
}

/**
 * What the weights say of their making. Fresh ones, of 0 steps, have none.
 * @param {ModelInfo} model
 * @returns {Array<[string, string]>}
 */
function making({ recipe, steps, commit, loss, figures }) {
  /** @type {Array<[string, string]>} */
  const facts = [];
  if (steps > 0) facts.push(['Recipe', inWords(recipe)]);
  if (typeof loss === 'number') facts.push(['Training loss', significant(loss)]);
  if (commit) facts.push(['Commit', commit]);
  for (const [name, value] of figures) facts.push([name, significant(value)]);
  return facts;
}

/** @param {Link} link */
export function weightsFor(link) {
  /** The files last given: an offer to switch the preset reads them again. @type {File[]} */
  let given = [];

  const load = (/** @type {File[]} */ files, /** @type {boolean} */ switchPreset) => {
    given = files;
    clear('weights');
    link.load(files, switchPreset).catch((error) => {
      notify('weights', `The file could not be read: ${error.message}`, { code: 'unreadable' });
    });
  };

  input('load').addEventListener('change', () => {
    const files = [...(input('load').files ?? [])];
    // So that choosing the same file again is a change too.
    input('load').value = '';
    if (files.length > 0) load(files, false);
  });
  button('save').addEventListener('click', () => {
    link.command({ type: 'save', dtype: /** @type {Dtype} */ (select('dtype').value) });
  });

  link.on('weights', ({ bytes, name }) => saveAs(bytes, name));
  link.on('model', (model) => {
    const { preset, parameters, timesteps, source, provenance, steps } = model;
    any('model-preset').textContent = `${capital(preset ?? 'own shape')}, ${millions(parameters)} parameters`;
    any('model-source').textContent = source;
    any('model-steps').textContent = `${count(steps)} steps, T = ${count(timesteps)}`;
    any('model-provenance').textContent = provenance;
    any('model-making').replaceChildren(...factRows(making(model)));
  });
  link.on('no_weights', () => {
    any('model-source').textContent = 'none yet: train here, or load a file';
  });
  link.on('other_preset', ({ name, offered, current }) => {
    const [other, own] = [offered ?? 'its own shape', current ?? 'the present one'];
    notify('weights', `${name} holds weights of another size: ${other}. In use is ${own}.`, {
      code: 'other_preset',
      choices: [
        [`Switch to ${other}`, () => load(given.filter((file) => file.name === name), true)],
        [`Keep ${own}`, () => {}],
      ],
    });
  });
  return { load: (/** @type {File[]} */ files) => load(files, false) };
}
