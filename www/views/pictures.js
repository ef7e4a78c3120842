/**
 * Pictures that a visitor wants to train on: what the network will see of them is shown, and can be changed, before they are
 * used. Rust converts them (crate/data/pictures/).
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Conversion} Conversion
 * @typedef {import('../protocol.js').PicturesAction} PicturesAction
 */

import { any, button, input, select } from '../lib/dom.js';
import { classCounts, count } from '../lib/format.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';
import { reveal } from './tools.js';

/** What the form says. @returns {Conversion} */
const conversion = () => ({
  invert: input('pictures-invert').checked,
  transpose: input('pictures-transpose').checked,
  fit: /** @type {Conversion['fit']} */ (select('pictures-fit').value),
});

/** @param {WorkerLink} link */
export function picturesFor(link) {
  const panel = any('pictures');
  const send = (/** @type {PicturesAction} */ action) => {
    link.command({ type: 'pictures', conversion: conversion(), action });
  };

  for (const id of ['pictures-invert', 'pictures-transpose', 'pictures-fit']) {
    any(id).addEventListener('change', () => send('preview'));
  }
  button('pictures-use').addEventListener('click', () => send('use'));
  button('pictures-discard').addEventListener('click', () => {
    send('discard');
    panel.hidden = true;
    any('train-heading').focus({ preventScroll: true });
  });

  link.on('pictures', ({ name, classes, class_names, conversion, pixels }) => {
    const all = classes.reduce((sum, n) => sum + n, 0);
    const shown = pixels.length / PIXELS;
    const pictures = `${count(all)} ${all === 1 ? 'picture' : 'pictures'}`;
    // Pictures that lie in no common folder are called by their number.
    const called = name === pictures ? pictures : `${name}: ${pictures}`;
    const some = shown < all ? ` ${count(shown)} of them:` : '';
    any('pictures-words').textContent = `${called}, ${classCounts(classes, class_names)}.${some}`;
    input('pictures-invert').checked = conversion.invert;
    input('pictures-transpose').checked = conversion.transpose;
    select('pictures-fit').value = conversion.fit;
    const digits = Array.from({ length: shown }, (_, index) => pictureOf(pixels.subarray(index * PIXELS, (index + 1) * PIXELS)));
    any('pictures-shown').replaceChildren(...digits);
    any('pictures-shown').setAttribute('aria-label', `${count(shown)} pictures as the network will see them, bright on black`);
    if (!panel.hidden) return;
    panel.hidden = false;
    reveal(panel);
    any('pictures-heading').focus({ preventScroll: true });
  });
  link.on('data', () => {
    const hadFocus = panel.contains(document.activeElement);
    panel.hidden = true;
    if (hadFocus) any('train-heading').focus({ preventScroll: true });
  });
  link.on('crash', () => {
    panel.hidden = true;
  });
}
