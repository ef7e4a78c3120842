/**
 * The form Measure, which evaluates the digits that the weights in use draw: its progress, and the table of figures.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Measured} Measured
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 */

import { any, button, create, element, fill, input, number, progress, saveAs, select } from '../lib/dom.js';
import { capital, count, downloaded, duration, fixed } from '../lib/format.js';
import { drawOptions } from './generate.js';
import { clear } from './notices.js';

/**
 * A row of the table. The first text names the row and is a header in any case.
 * @param {string[]} texts
 * @param {'td' | 'th'} kind of the other cells: `th` makes the row of column headers
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
    // A figure's confidence interval, which stands in parentheses after it, gets a line of its own.
    const [figure, ...interval] = text.split(/(?<= )(?=\()/);
    cell.append(figure, ...interval.map((ends) => create('span', { className: 'interval' }, ends)));
    made.append(cell);
  }
  return made;
}

/** The table's caption: which weights, and how their digits are drawn. @param {ModelInfo | undefined} model */
function captionFor(model) {
  const { class: digit, cfg_scale, sampler } = drawOptions();
  const guidance = digit === 'none' ? ', without a class' : `, guidance ${fixed(cfg_scale, 2)}`;
  const title = select('sampler').selectedOptions[0]?.text ?? '';
  const weights = model ? `${model.source}, ${count(model.steps)} training steps` : 'the weights in use';
  return `Of ${weights}; drawn with ${title}, ${count(sampler.steps)} steps${guidance}. In parentheses, the 95 % confidence interval.`;
}

/** @param {WorkerLink} link */
export function measureFor(link) {
  const bar = progress('measure-progress');
  const what = any('measure-what');
  const left = any('measure-left');
  /** @type {ModelInfo | undefined} */
  let model;
  /** @type {Measured | undefined} */
  let measured;
  let running = false;
  /** The caption of the table to come: weights and fields as they were when Measure was pressed. */
  let caption = '';

  element('measure-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('measure');
    caption = captionFor(model);
    link.command({
      type: 'measure',
      draw: { ...drawOptions(), count: number('measure-count') },
      neighbours: input('measure-neighbours').checked,
      cas: input('measure-cas').checked,
      network: input('measure-network').checked,
    });
  });
  button('measure-save').addEventListener('click', () => {
    if (measured) saveAs(measured.json, 'evaluation.json');
  });

  link.on('model', (info) => {
    model = info;
  });
  link.on('download', ({ what: part, loaded, total }) => {
    if (part !== 'measure') return;
    any('measuring').dataset.begun = '';
    fill(bar, loaded, total);
    what.textContent = 'Fetching MNIST and the classifier';
    left.textContent = downloaded(loaded, total);
  });
  link.on('state', ({ activity }) => {
    const runs = activity === 'measurement';
    if (runs && !running) {
      any('measuring').dataset.begun = '';
      any('measure-results').hidden = true;
      any('measure-of').textContent = caption;
      measured = undefined;
    } else if (!runs && running) {
      what.textContent = measured?.complete ? 'Measured' : 'Cancelled';
      left.textContent = '';
      fill(bar, measured?.complete ? 1 : 0, 1);
    }
    running = runs;
  });
  link.on('measuring', ({ what: now, share: done, left_s }) => {
    fill(bar, done, 1);
    what.textContent = now;
    left.textContent = left_s == null || done >= 1 ? '' : `${duration(left_s)} left`;
  });
  link.on('measured', (event) => {
    measured = event;
    const [head, ...rows] = event.rows;
    any('measure-head').replaceChildren(row(head.map(capital), 'th'));
    // The prefix tells two sets of digits apart. Here there is one, and the caption says which.
    const named = rows.map(([name, ...texts]) => [capital(name.replace(/^(un)?conditional: /, '')), ...texts]);
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
