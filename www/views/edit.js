/**
 * The form that makes something of a picture: a digit like it, the same with a part drawn anew, or a
 * walk to another digit.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 * @typedef {import('../protocol.js').Edit} Edit
 * @typedef {import('./pad.js').Brush} Brush
 * @typedef {'picture' | 'part' | 'blend'} Task
 */

import { any, button, element, input, number, select } from '../lib/dom.js';
import { applying, drawOptions } from './draw-options.js';
import { count } from '../lib/format.js';
import { clear } from './notices.js';
import { Pad } from './pad.js';
import { Picks } from './sample-picker.js';

/** @type {Record<Task, { button: string, words: string }>} */
const TASKS = {
  picture: {
    button: 'Turn into a digit',
    words: 'Noise is put on the picture, as much as Strength says, and taken away again: little strength keeps the picture, much forgets it.',
  },
  part: {
    button: 'Redraw the part',
    words: 'Mark a part of the picture with the brush. It is drawn anew, in several rounds, so that it fits the rest, which stays as it is.',
  },
  blend: {
    button: 'Blend',
    words: 'Eight pictures lead from the picture to the digit chosen below. Both are followed up to the noise they come from, and from points between the two the way goes down again, in 50 steps of DDIM each way, without a class.',
  },
};

/** @param {string} value */
function setBrush(value) {
  for (const radio of document.querySelectorAll('input[name="brush"]')) {
    /** @type {HTMLInputElement} */ (radio).checked = radio.getAttribute('value') === value;
  }
}

/** @param {Link} link */
export function editFor(link) {
  const pad = new Pad('pad');
  const picks = new Picks();
  const task = select('edit-task');
  const chosen = () => /** @type {Task} */ (task.value);
  let timesteps = 1000;

  /** The noise level that the strength stands for, of 0 … T−1. */
  const level = () => Math.round((number('strength') / 100) * (timesteps - 1));
  const showLevel = () => {
    any('strength-level').textContent = `${number('strength')} %: noise of t = ${count(level())}`;
  };
  /** @param {Brush} brush */
  const take = (brush) => {
    pad.brush = brush;
    setBrush(brush);
  };
  const refresh = () => {
    const { button: label, words } = TASKS[chosen()];
    for (const field of document.querySelectorAll('[data-task]')) {
      const tasks = field.getAttribute('data-task')?.split(' ');
      /** @type {HTMLElement} */ (field).hidden = !tasks?.includes(chosen());
    }
    button('edit').textContent = label;
    any('edit-words').textContent = words;
    any('brush-mark').hidden = chosen() !== 'part';
    pad.markable = chosen() === 'part';
    take(chosen() === 'part' ? 'mark' : 'pen');
  };
  /** @returns {Edit} */
  const edit = () => {
    switch (chosen()) {
      case 'picture': return { picture: { image: pad.image, t: level() } };
      case 'part': return { part: { image: pad.image, mask: pad.mask } };
      case 'blend': return { blend: { from: pad.image, to: picks.chosen } };
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
  button('pick-use').addEventListener('click', () => pad.put(picks.chosen));
  element('edit-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('edit');
    link.command({ type: 'edit', draw: { ...drawOptions(), count: applying('versions') }, edit: edit() });
  });
  link.on('model', (model) => {
    timesteps = model.timesteps;
    showLevel();
  });
  link.on('sampled', ({ pixels }) => {
    picks.show(pixels);
    any('picks').hidden = false;
    element('edit-blend', HTMLOptionElement).disabled = false;
  });
  refresh();
  showLevel();
}
