/**
 * Drawings of the visitor's own, to train on (lib/own-symbols.js): a pad to draw them on, and what is there of each kind. They reach
 * the worker as a pair of idx files with one that names the classes, as other images do.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, create, input } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { MOST, MOST_NAMES, ownSymbols } from '../lib/own-symbols.js';
import { SIDE, pictureOf } from '../lib/pictures.js';
import { SketchPad } from './sketch-pad.js';

/** So many of a kind are a start: a network has learned the shape of twenty drawings of a kind. */
const ENOUGH = 20;
/** What Rust calls the set. */
const NAME = 'my symbols';
/** What Rust takes the names of the classes from (crate/data/given.rs). */
const CLASSES = 'classes.txt';

/** An idx file (crate/data/idx.rs) of bytes. @param {number[]} dims @param {BlobPart[]} content @param {string} name */
function idxFile(dims, content, name) {
  const header = new DataView(new ArrayBuffer(4 + 4 * dims.length));
  header.setUint32(0, 0x800 + dims.length);
  dims.forEach((size, index) => header.setUint32(4 + 4 * index, size));
  return { name, file: new File([header.buffer, ...content], name) };
}

/** How many drawings there are, in words. @param {number} n */
const drawings = (n) => `${count(n)} ${n === 1 ? 'drawing' : 'drawings'}`;

/**
 * @param {WorkerLink} link
 * @param {() => void} choose called when they are to be learned from
 */
export function symbolsFor(link, choose) {
  const pad = new SketchPad('symbol-pad', 'ddpm.symbol-sketch');
  const name = input('symbol-name');
  let allowed = false;

  const use = () => {
    const { all, names } = ownSymbols;
    if (all.length === 0 || names.length > MOST_NAMES || !allowed) return;
    const images = idxFile([all.length, SIDE, SIDE], all.map(({ ink }) => /** @type {BlobPart} */ (ink)), NAME);
    const labels = idxFile([all.length], [Uint8Array.from(all, (drawing) => names.indexOf(drawing.name))], `${NAME}, labels`);
    link.load([images, labels, { name: CLASSES, file: new File([names.join('\n')], CLASSES) }], false);
  };
  /** Say beside the name that no drawing can have it, where a network would have too many classes, or there are too many already. */
  const showName = () => {
    const { all, names } = ownSymbols;
    const over = names.length - MOST_NAMES;
    const refused = ownSymbols.isOneTooMany(name.value);
    any('symbol-name-hint').textContent = over > 0
      ? `A network has at most ${MOST_NAMES} kinds, and these are ${names.length}: remove all drawings of ${over === 1 ? 'one kind' : `${over} kinds`} to train.`
      : refused ? `There are ${MOST_NAMES} kinds, as many as a network can have: write one of their names, or remove all drawings of one kind.` : '';
    button('symbol-add').disabled = all.length >= MOST || refused;
    button('symbols-use').disabled = all.length === 0 || over > 0 || !allowed;
  };
  const show = () => {
    const { all, names } = ownSymbols;
    any('symbols-list').replaceChildren(...names.map((kind) => {
      const own = all.filter((drawing) => drawing.name === kind);
      const tiles = own.map((drawing) => {
        const remove = create('button', { type: 'button', title: 'Remove it' }, pictureOf(drawing.ink));
        remove.setAttribute('aria-label', `Remove symbol ${all.indexOf(drawing) + 1}, ${kind}`);
        remove.addEventListener('click', () => ownSymbols.remove(drawing));
        return remove;
      });
      const more = own.length < ENOUGH ? `, ${count(ENOUGH - own.length)} more are a good start` : '';
      return create('div', {}, create('p', { className: 'soft' }, create('strong', {}, kind), `: ${drawings(own.length)}${more}`), create('div', { className: 'symbols-tiles' }, ...tiles));
    }));
    any('symbol-names').replaceChildren(...names.map((kind) => create('option', { value: kind })));
    const n = all.length;
    any('symbols-count').textContent = n === 0 ? `None yet: draw ${ENOUGH} of one kind.`
      : `${drawings(n)}${names.length > 1 ? ` of ${count(names.length)} kinds` : ''}${n >= MOST ? ', which is as many as are kept' : ''}.`;
    button('symbols-clear').disabled = n === 0;
    showName();
  };

  button('symbol-add').addEventListener('click', () => {
    if (ownSymbols.add(pad.image, name.value)) pad.clear();
  });
  name.addEventListener('input', showName);
  button('symbol-pad-clear').addEventListener('click', () => pad.clear());
  button('symbols-clear').addEventListener('click', () => ownSymbols.clear());
  button('symbols-use').addEventListener('click', () => {
    use();
    choose();
  });
  ownSymbols.onChange(show);
  link.on('state', ({ can }) => {
    if (allowed === can.load) return;
    allowed = can.load;
    show();
  });
  show();
  return {
    use,
    /** Whether a data set of this name is theirs. @param {string} name */
    isName: (name) => name === NAME,
  };
}
