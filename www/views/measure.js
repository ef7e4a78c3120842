/**
 * How good the digits are: what to measure, how far it is, and the table of figures.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 * @typedef {import('../protocol.js').Measured} Measured
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 */

import { any, button, element, fill, input, number, progress, select } from '../lib/dom.js';
import { drawOptions } from './draw-options.js';
import { count, duration, fixed, share } from '../lib/format.js';
import { clear } from './notices.js';
import { saveAs } from '../lib/save-as.js';

/**
 * @param {string[]} texts
 * @param {'td' | 'th'} kind of all cells but the first, which names the row
 */
function row([name, ...texts], kind) {
  const made = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = kind === 'th' ? 'col' : 'row';
  head.textContent = name;
  made.append(head);
  for (const text of texts) {
    const cell = document.createElement(kind);
    if (kind === 'th') cell.scope = 'col';
    cell.textContent = text;
    made.append(cell);
  }
  return made;
}

/** Like a title; Greek letters are symbols and stay. @param {string} text */
const entitled = (text) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

/** What is being measured, in a line. @param {ModelInfo | undefined} model */
function subject(model) {
  const { class: digit, cfg_scale, sampler } = drawOptions();
  const guidance = digit === 'none' ? ', without a class' : `, guidance ${fixed(cfg_scale, 2)}`;
  const title = select('sampler').selectedOptions[0]?.text ?? '';
  const weights = model ? `${model.source}, ${count(model.steps)} training steps` : 'the weights in use';
  return `Of ${weights}; drawn with ${title}, ${count(sampler.steps)} steps${guidance}.`;
}

/** @param {Link} link */
export function measureFor(link) {
  const bar = progress('measure-progress');
  const what = any('measure-what');
  const left = any('measure-left');
  /** @type {ModelInfo | undefined} */
  let model;
  /** @type {Measured | undefined} */
  let found;
  let running = false;
  /** What the figures to come are of. */
  let asked = '';

  element('measure-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('measure');
    asked = subject(model);
    link.command({
      type: 'measure',
      draw: { ...drawOptions(), count: number('measure-count') },
      neighbours: input('measure-neighbours').checked,
      cas: input('measure-cas').checked,
      network: input('measure-network').checked,
    });
  });
  button('measure-save').addEventListener('click', () => {
    if (found) saveAs(found.json, 'evaluation.json');
  });

  link.on('model', (info) => {
    model = info;
  });
  link.on('download', ({ what: part, loaded, total }) => {
    if (part !== 'measure') return;
    any('measuring').dataset.begun = '';
    fill(bar, loaded, total);
    what.textContent = 'Fetching MNIST and the classifier';
    left.textContent = share(loaded, total);
  });
  link.on('state', ({ activity }) => {
    const runs = activity === 'measurement';
    if (runs && !running) {
      any('measuring').dataset.begun = '';
      any('measure-results').hidden = true;
      any('measure-of').textContent = asked;
      found = undefined;
    } else if (!runs && running) {
      what.textContent = found?.complete ? 'Measured' : 'Cancelled';
      left.textContent = '';
      fill(bar, found?.complete ? 1 : 0, 1);
    }
    running = runs;
  });
  link.on('measuring', ({ what: now, share: done, left_s }) => {
    fill(bar, done, 1);
    what.textContent = now;
    left.textContent = left_s == null || done >= 1 ? '' : `${duration(left_s)} left`;
  });
  link.on('measured', (event) => {
    found = event;
    const [head, ...rows] = event.rows;
    any('measure-head').replaceChildren(row(head.map(entitled), 'th'));
    // One set is measured at a time here, and the line above says which.
    const named = rows.map(([name, ...texts]) => [entitled(name.replace(/^(un)?conditional: /, '')), ...texts]);
    any('measure-rows').replaceChildren(...named.map((texts) => row(texts, 'td')));
    any('measure-results').hidden = false;
  });
  link.on('crash', () => {
    running = false;
    what.textContent = '';
    left.textContent = '';
    fill(bar, 0, 1);
  });
}
