/**
 * The form Edit, which starts from a picture on the sketch pad. It draws digits like the picture (image to image), draws
 * a marked part of it anew (inpainting), or blends it into another digit (interpolation).
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Edit} Edit
 * @typedef {import('./sketch-pad.js').Brush} Brush
 * @typedef {'picture' | 'part' | 'blend'} Task
 */

import { any, button, element, input, number, select } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { count } from '../lib/format.js';
import { MOST, MOST_NAMES, ownSymbols } from '../lib/own-symbols.js';
import { drawOptions, numberIfUsed } from './generate.js';
import { clear } from './notices.js';
import { SamplePicker } from './sample-picker.js';
import { SketchPad } from './sketch-pad.js';

/** For each task, the text of the button and the explanation above it. @type {Record<Task, { button: string, words: string }>} */
const TASKS = {
  picture: {
    button: 'Turn into a digit',
    words: 'Noise is added to the picture, as much as Strength says, and removed again: a low strength keeps the picture, a high one forgets it.',
  },
  part: {
    button: 'Redraw the part',
    words: 'Mark a part of the picture with the brush. That part is drawn anew, in several rounds, so that it fits the rest; the rest stays as it is.',
  },
  blend: {
    button: 'Blend',
    words: 'Eight pictures lead from yours to the digit chosen below. DDIM in reverse finds the noise that each of the two comes from; DDIM then draws from both noises and from mixtures of them, in 50 steps each way, without a class.',
  },
};

/** Check the radio button of a brush. @param {Brush} value */
function checkBrush(value) {
  for (const radio of document.querySelectorAll('input[name="brush"]')) {
    /** @type {HTMLInputElement} */ (radio).checked = radio.getAttribute('value') === value;
  }
}

/**
 * @param {WorkerLink} link
 * @returns {{ use: (pixels: Uint8Array) => void }} puts a digit on the sketch pad, to be turned into others
 */
export function editFor(link) {
  const pad = new SketchPad('pad');
  const picker = new SamplePicker();
  const task = select('edit-task');
  const chosen = () => /** @type {Task} */ (task.value);
  let timesteps = 1000;

  /** The t, of 0 … T−1, whose noise level the strength stands for. */
  const level = () => Math.round((number('strength') / 100) * (timesteps - 1));
  const showLevel = () => {
    any('strength-level').textContent = `How much of it is redrawn, ${number('strength')} %: noise of t = ${count(level())}`;
  };
  /** @param {Brush} brush */
  const useBrush = (brush) => {
    pad.brush = brush;
    checkBrush(brush);
  };
  const refresh = () => {
    const { button: label, words } = TASKS[chosen()];
    for (const field of document.querySelectorAll('[data-task]')) {
      const tasks = field.getAttribute('data-task')?.split(' ');
      /** @type {HTMLElement} */ (field).hidden = !tasks?.includes(chosen());
    }
    button('begin-edit').textContent = label;
    any('edit-words').textContent = words;
    any('brush-mark').hidden = chosen() !== 'part';
    pad.markable = chosen() === 'part';
    useBrush(chosen() === 'part' ? 'mark' : 'pen');
  };
  /** @returns {Edit} */
  const edit = () => {
    switch (chosen()) {
      case 'picture': return { picture: { image: pad.image, t: level() } };
      case 'part': return { part: { image: pad.image, mask: pad.mask } };
      case 'blend': return { blend: { from: pad.image, to: picker.chosen } };
    }
  };

  for (const radio of document.querySelectorAll('input[name="brush"]')) {
    radio.addEventListener('change', () => {
      pad.brush = /** @type {Brush} */ (radio.getAttribute('value'));
    });
  }
  task.addEventListener('change', refresh);
  input('strength').addEventListener('input', showLevel);
  button('pad-clear').addEventListener('click', () => pad.clear());
  button('pad-symbol').addEventListener('click', () => {
    const wanted = input('symbol-name').value;
    const name = ownSymbols.add(pad.image, wanted);
    const alike = ownSymbols.all.filter((drawing) => drawing.name === name).length;
    any('pad-said').textContent = name
      ? `Kept as “${name}”, of which there ${alike === 1 ? 'is 1' : `are ${count(alike)}`} now. Train has them under Learn from: My symbols.`
      : ownSymbols.all.length >= MOST ? 'As many symbols are kept as there is room for: remove some in Train.'
        : ownSymbols.isOneTooMany(wanted) ? `There are ${MOST_NAMES} kinds of symbols, as many as a network can have: write the name of one of them in Train.`
          : 'Draw something first.';
  });
  button('pick-use').addEventListener('click', () => pad.put(picker.chosen));
  element('edit-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('edit');
    link.command({ type: 'edit', draw: { ...drawOptions(), count: numberIfUsed('versions') }, edit: edit() });
  });
  link.on('model', (model) => {
    timesteps = model.timesteps;
    showLevel();
  });
  const offer = (/** @type {Uint8Array} */ pixels) => {
    picker.show(pixels);
    any('picks').hidden = false;
    element('edit-blend', HTMLOptionElement).disabled = false;
  };
  link.on('sampled', ({ pixels }) => offer(pixels));
  const last = drawnLast();
  if (last) offer(last.pixels);
  refresh();
  showLevel();
  return {
    use(pixels) {
      pad.put(pixels);
      task.value = 'picture';
      refresh();
    },
  };
}
