/**
 * What could not be used, told next to the thing it concerns, and offers to go on another way.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any } from '../lib/dom.js';

/** Which panel a refusal belongs to. @type {Record<string, string>} */
const PLACES = {
  generate: 'notice-generate',
  edit: 'notice-edit',
  train: 'notice-train',
  data: 'notice-train',
  weights: 'notice-weights',
  save: 'notice-weights',
  measure: 'notice-measure',
};

/**
 * @param {string} label
 * @param {() => void} action
 */
function choice(label, action) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'small';
  made.textContent = label;
  made.addEventListener('click', action);
  return made;
}

/**
 * @param {string} what
 * @param {string} message
 * @param {{ code?: string, choices?: Array<[string, () => void]> }} more
 */
export function notify(what, message, { code = '', choices = [] } = {}) {
  const place = any(PLACES[what] ?? PLACES.generate);
  const text = document.createElement('p');
  text.textContent = message;
  const buttons = document.createElement('div');
  buttons.className = 'choices';
  const offered = choices.length > 0 ? choices : [/** @type {[string, () => void]} */ (['Dismiss', () => {}])];
  for (const [label, action] of offered) {
    buttons.append(
      choice(label, () => {
        clear(what);
        action();
      }),
    );
  }
  place.dataset.code = code;
  place.replaceChildren(text, buttons);
  place.scrollIntoView({ block: 'nearest' });
}

/** @param {string} what */
export function clear(what) {
  const place = any(PLACES[what] ?? PLACES.generate);
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren();
  delete place.dataset.code;
  // The focus would fall back to the top of the page; its panel's heading is where it was.
  if (hadFocus) place.closest('section')?.querySelector('h2')?.focus({ preventScroll: true });
}

/** @param {Link} link */
export function noticesFor(link) {
  link.on('refused', ({ what, code, message }) => {
    // A command that could not even be read: it belongs where it was given.
    notify(what === 'command' ? link.lastCommand : what, message, { code });
  });
  link.on('model', () => clear('weights'));
  link.on('data', () => clear('data'));
}
