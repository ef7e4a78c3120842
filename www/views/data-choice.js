/**
 * What a training learns from: MNIST, a part of Fashion-MNIST, drawings made on the page (symbols.js), or images that the visitor
 * has given.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../worker/messages.js').ShippedSet} ShippedSet
 */

import { any, select } from '../lib/dom.js';
import { classCounts, count } from '../lib/format.js';
import { symbolsFor } from './symbols.js';

/** What is said of the sets of this site before they are fetched. @type {Record<ShippedSet, string>} */
const NOT_YET = {
  mnist: 'MNIST: 60,000 handwritten digits, fetched (9.8 MB) when you press Train.',
  fashion: 'A part of Fashion-MNIST: 10,000 articles of clothing, fetched (4.4 MB) when you press Train.',
};
/** What Rust calls them. @type {Record<string, ShippedSet>} */
const SHIPPED = { MNIST: 'mnist', 'Fashion-MNIST': 'fashion' };

/** @param {WorkerLink} link */
export function dataChoiceFor(link) {
  const choice = select('data-set');
  const given = /** @type {HTMLOptionElement} */ (choice.querySelector('[value=given]'));
  const words = any('data-line');
  /** What the worker has, and the words for it. */
  let held = { set: '', words: '' };

  const show = () => {
    const set = choice.value;
    any('symbols').hidden = set !== 'symbols';
    words.textContent = set === held.set ? held.words : (NOT_YET[/** @type {ShippedSet} */ (set)] ?? '');
  };
  const symbols = symbolsFor(link, () => {
    choice.value = 'symbols';
    show();
  });

  choice.addEventListener('change', () => {
    const set = choice.value;
    if (set === 'mnist' || set === 'fashion') link.learnFrom(set);
    else if (set === 'symbols') symbols.use();
    show();
  });
  link.on('data', ({ name, images, classes, class_names }) => {
    /** @type {string} */
    const set = SHIPPED[name] ?? (symbols.isName(name) ? 'symbols' : 'given');
    const named = class_names.length > 0 ? ` of ${classCounts(classes, class_names)}` : '';
    held = { set, words: `Learns from ${name}, ${count(images)} ${images === 1 ? 'image' : 'images'}${named}.` };
    given.hidden = set !== 'given';
    if (set === 'given') given.textContent = `Own images: ${name}`;
    choice.value = set;
    show();
  });
  // A new worker has nothing.
  link.on('crash', () => {
    held = { set: '', words: '' };
    if (choice.value === 'given') choice.value = 'mnist';
    given.hidden = true;
    show();
  });
  link.on('device', () => {
    const set = choice.value;
    if (held.set === '' && set === 'fashion') link.learnFrom(set);
  });
  show();
}
