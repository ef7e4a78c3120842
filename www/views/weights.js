/**
 * The weights in use: facts about them, saving them to a file, loading them and data sets from files, which may be chosen
 * or dropped anywhere on the page.
 *
 * @typedef {import('../lib/given-files.js').Given} Given
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Dtype} Dtype
 * @typedef {import('../protocol.js').GuidanceInterval} GuidanceInterval
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../protocol.js').TrainConfig} TrainConfig
 */

import { any, button, factRows, input, saveAs, select } from '../lib/dom.js';
import { bytes, capital, count, guidedSteps, millions, significant } from '../lib/format.js';
import { chosenFiles, droppedFiles } from '../lib/given-files.js';
import { clear, notify } from './notices.js';
import { offerShippedWeights } from './shipped-weights.js';

/** The most bytes of files that are read at once: the program has 4 GiB, and holds a file and what becomes of it. */
const MOST_BYTES = 2 ** 30;

/** A training recipe as a sentence. @param {TrainConfig} recipe */
function recipeInWords(recipe) {
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
 * How the weights were trained and how good they are. Random weights, of 0 steps, have no recipe to show.
 * @param {ModelInfo} model
 * @returns {Array<[string, string]>}
 */
function trainingFacts({ recipe, steps, classes, class_names, guide, commit, loss, figures }) {
  /** @type {Array<[string, string]>} */
  const facts = [];
  if (steps > 0) facts.push(['Recipe', recipeInWords(recipe)]);
  /** @param {number} scale @param {GuidanceInterval} interval */
  const guidance = (scale, interval) => [significant(scale), guidedSteps(interval, recipe.timesteps)].filter(Boolean).join(', ');
  if (steps > 0 && classes > 0) facts.push(['Guidance', guidance(recipe.cfg_scale, recipe)]);
  if (guide) facts.push(['Guide', `${count(guide.parameters)} parameters; guidance without a digit: ${guidance(guide.cfg_scale, guide.interval)}`]);
  if (class_names.length > 0) facts.push(['Classes', class_names.join(', ')]);
  if (typeof loss === 'number') facts.push(['Training loss', significant(loss)]);
  if (commit) facts.push(['Commit', commit]);
  for (const [name, value] of figures) facts.push([name, significant(value)]);
  return facts;
}

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

/** Take files and folders that are dropped anywhere on the page. @param {(files: Given[]) => void} load */
function acceptDrops(load) {
  const overlay = any('drop-veil');
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    overlay.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    // The event also fires between two elements of the page. Only out of the window there is no next element.
    if (event.relatedTarget === null) overlay.hidden = true;
  });
  addEventListener('drop', async (event) => {
    overlay.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = await droppedFiles(event.dataTransfer);
    if (files.length === 0) return;
    // Files are passed on while something runs, too: Rust then says what has to end first. After a crash no worker
    // is there to answer.
    if (document.body.dataset.state !== 'error') load(files);
  });
}

/** @param {WorkerLink} link */
export function weightsFor(link) {
  link.on('state', ({ can }) => { any('load-hint').hidden = can.load || !can.reset; });
  /** The files given last. If the visitor agrees to another preset, they are read again. @type {Given[]} */
  let last = [];

  const load = (/** @type {Given[]} */ files, /** @type {boolean} */ switchPreset) => {
    last = files;
    // A notice about a file that was refused says nothing about the next one, whatever that is.
    clear('weights');
    clear('data');
    const size = files.reduce((sum, { file }) => sum + file.size, 0);
    if (size > MOST_BYTES) {
      const what = files.length === 1 ? `${files[0].name} has` : `These ${count(files.length)} files have`;
      notify('weights', `${what} ${bytes(size)}, and at most ${bytes(MOST_BYTES)} can be read at once. Nothing was read.`, { code: 'files_too_large' });
      return;
    }
    link.load(files, switchPreset).catch((error) => {
      notify('weights', `The file could not be read: ${error.message}`, { code: 'unreadable' });
    });
  };

  for (const id of ['load', 'load-data', 'load-folder']) {
    const chooser = input(id);
    chooser.addEventListener('change', () => {
      const files = chosenFiles(chooser);
      if (files.length > 0) load(files, false);
    });
  }
  offerShippedWeights(link, (files) => load(files, true));
  button('save').addEventListener('click', () => {
    link.command({ type: 'save', dtype: /** @type {Dtype} */ (select('dtype').value) });
  });

  link.on('weights', ({ bytes, name }) => saveAs(bytes, name));
  link.on('model', (model) => {
    const { preset, parameters, timesteps, source, provenance, steps } = model;
    any('model-preset').textContent = `${capital(preset ?? 'custom shape')}, ${millions(parameters)} parameters`;
    any('model-source').textContent = source;
    any('model-steps').textContent = `${count(steps)} steps, T = ${count(timesteps)}`;
    any('model-provenance').textContent = provenance;
    any('model-making').replaceChildren(...factRows(trainingFacts(model)));
  });
  link.on('no_weights', () => {
    any('model-source').textContent = 'none yet: train here, or load a file';
  });
  link.on('other_preset', ({ name, offered, current }) => {
    const [other, present] = [offered ?? 'a custom shape', current ?? 'the present one'];
    notify('weights', `${name} holds weights of another size: ${other}. In use is ${present}.`, {
      code: 'other_preset',
      calm: true,
      choices: [
        [`Switch to ${other}`, () => load(last.filter((file) => file.name === name), true)],
        [`Keep ${present}`, () => {}],
      ],
    });
  });
  acceptDrops((files) => load(files, false));
}
