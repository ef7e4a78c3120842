/**
 * Notices: a message beside the form or panel that it concerns, with buttons to dismiss it or to go on in another way.
 * Refusals from Rust and from the worker's script end here.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, element, input } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { announce, reveal } from './tools.js';

/** The element that shows the notices about each subject (`what` of a refusal). @type {Record<string, string>} */
const PLACES = {
  generate: 'notice-generate',
  edit: 'notice-edit',
  train: 'notice-train',
  adjust: 'notice-train',
  step: 'notice-train',
  time_training: 'notice-train',
  data: 'notice-train',
  pictures: 'notice-train',
  assume: 'notice-weights',
  weights: 'notice-weights',
  save: 'notice-weights',
  measure: 'notice-measure',
  frames: 'notice-frames',
  recognise: 'notice-recognise',
};

/**
 * @param {string} label
 * @param {() => void} action
 */
function choiceButton(label, action) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'small';
  made.textContent = label;
  made.addEventListener('click', action);
  return made;
}

/**
 * Show a notice in place of the one before it.
 * @param {string} what the subject
 * @param {string} message
 * @param {{ code?: string, calm?: boolean, unasked?: boolean, choices?: Array<[string, () => void]> }} more `code`: the refusal's, for
 *   scripts; `calm`: nothing is wrong; `unasked`: the visitor has done nothing that led to it, so it does not take the place of the tool shown;
 *   `choices`: buttons in place of Dismiss, by label
 */
export function notify(what, message, { code = '', calm = false, unasked = false, choices = [] } = {}) {
  const place = any(PLACES[what] ?? PLACES.generate);
  const text = document.createElement('p');
  text.textContent = message;
  const buttons = document.createElement('div');
  buttons.className = 'choices';
  const offered = choices.length > 0 ? choices : [/** @type {[string, () => void]} */ (['Dismiss', () => {}])];
  for (const [label, action] of offered) {
    buttons.append(
      choiceButton(label, () => {
        clear(what);
        action();
      }),
    );
  }
  place.dataset.code = code;
  place.classList.toggle('calm', calm);
  place.replaceChildren(text, buttons);
  if (unasked) announce(place);
  else reveal(place);
}

/** Remove the notice about a subject, if there is one. @param {string} what */
export function clear(what) {
  const place = any(PLACES[what] ?? PLACES.generate);
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren();
  delete place.dataset.code;
  // A removed button that had the focus would send it back to the top of the page. The panel's heading takes it instead.
  if (hadFocus) place.closest('section')?.querySelector('h2')?.focus({ preventScroll: true });
}

/** @param {WorkerLink} link */
export function noticesFor(link) {
  link.on('refused', ({ what, code, message, batch }) => {
    /** @type {Array<[string, () => void]>} */
    const choices = batch == null ? [] : [
      [`Train with batches of ${count(batch)}`, () => {
        input('batch-size').value = String(batch);
        element('train-form', HTMLFormElement).requestSubmit();
      }],
      ['Dismiss', () => {}],
    ];
    // `command` is a command that Rust could not read, so it does not know which; the link does.
    // The classifier is asked about the digit that is enlarged, or else by the page itself.
    notify(what === 'command' ? link.lastCommand : what, message, { code, choices, unasked: what === 'recognise' });
  });
  link.on('note', ({ what, message }) => notify(what, message, { code: 'note', calm: true }));
  link.on('model', () => clear('weights'));
  link.on('data', () => clear('data'));
}
