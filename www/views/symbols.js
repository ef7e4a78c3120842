/**
 * Drawings of the visitor's own, to train on: each is drawn on a pad and kept in the browser. They reach the worker as a pair of idx
 * files, as other images do.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { bytesOf, keep, kept, textOf } from '../lib/kept.js';
import { PIXELS, SIDE, pictureOf } from '../lib/pictures.js';
import { SketchPad } from './sketch-pad.js';

/** Where the browser keeps them. */
const KEY = 'ddpm.symbols';
/** So many are kept at most, which is less than what browsers give a site. */
const MOST = 60;
/** So many are a start: a network has learned the shape of twenty drawings of a kind. */
const ENOUGH = 20;
/** What Rust calls the set. */
const NAME = 'my symbols';

/** The drawings that the browser has kept. @returns {Uint8Array[]} */
function restored() {
  const found = kept(KEY);
  if (!Array.isArray(found)) return [];
  return found.slice(0, MOST).map((text) => bytesOf(text, PIXELS)).filter((drawing) => drawing !== null);
}

/** An idx file (crate/data/idx.rs) of bytes. @param {number[]} dims @param {BlobPart[]} content @param {string} name */
function idxFile(dims, content, name) {
  const header = new DataView(new ArrayBuffer(4 + 4 * dims.length));
  header.setUint32(0, 0x800 + dims.length);
  dims.forEach((size, index) => header.setUint32(4 + 4 * index, size));
  return { name, file: new File([header.buffer, ...content], name) };
}

/**
 * @param {WorkerLink} link
 * @param {() => void} choose called when they are to be learned from
 */
export function symbolsFor(link, choose) {
  const pad = new SketchPad('symbol-pad', 'ddpm.symbol-sketch');
  const list = any('symbols-list');
  let drawings = restored();
  let allowed = false;

  const use = () => {
    if (drawings.length === 0 || !allowed) return;
    const images = idxFile([drawings.length, SIDE, SIDE], drawings.map((drawing) => /** @type {BlobPart} */ (drawing)), NAME);
    const labels = idxFile([drawings.length], [new Uint8Array(drawings.length)], `${NAME}, labels`);
    link.load([images, labels], false);
  };
  const show = () => {
    list.replaceChildren(...drawings.map((drawing, index) => {
      const remove = document.createElement('button');
      remove.type = 'button';
      remove.setAttribute('aria-label', `Remove symbol ${index + 1}`);
      remove.title = 'Remove it';
      remove.append(pictureOf(drawing));
      remove.addEventListener('click', () => {
        drawings = drawings.filter((other) => other !== drawing);
        changed();
      });
      return remove;
    }));
    const n = drawings.length;
    any('symbols-count').textContent = n === 0 ? `None yet: draw ${ENOUGH} of one kind.`
      : `${count(n)} ${n === 1 ? 'drawing' : 'drawings'}${n < ENOUGH ? `, ${count(ENOUGH - n)} more are a good start` : ''}.`;
    button('symbols-use').disabled = n === 0 || !allowed;
    button('symbols-clear').disabled = n === 0;
    button('symbol-add').disabled = n >= MOST;
  };
  const changed = () => {
    keep(KEY, drawings.map(textOf));
    show();
  };

  button('symbol-add').addEventListener('click', () => {
    const drawing = pad.image;
    if (drawing.every((grey) => grey === 0) || drawings.length >= MOST) return;
    drawings = [...drawings, drawing];
    pad.clear();
    changed();
  });
  button('symbol-pad-clear').addEventListener('click', () => pad.clear());
  button('symbols-clear').addEventListener('click', () => {
    drawings = [];
    changed();
  });
  button('symbols-use').addEventListener('click', () => {
    use();
    choose();
  });
  link.on('state', ({ can }) => {
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
