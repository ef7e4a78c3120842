/** The whole page takes dropped files. */

import { any } from '../lib/dom.js';

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

/** @param {(files: File[]) => void} load */
export function dropZone(load) {
  const veil = any('drop-veil');
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    // Between two elements there is a next one; out of the window there is none.
    if (event.relatedTarget === null) veil.hidden = true;
  });
  addEventListener('drop', (event) => {
    veil.hidden = true;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    // While something runs Rust says what to do first, which is better than taking no notice.
    if (document.body.dataset.state !== 'error') load(files);
  });
}
