/**
 * What was drawn last, as files: a picture, an array for numpy, or a film of the way out of the noise. A file is downloaded, copied
 * or handed to the system's own dialog, where the browser has those.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../lib/pictures.js').Layout} Layout
 * @typedef {'png' | 'npy'} Kind
 */

import { any, button, element, input, number, saveAs, select } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { npyOf } from '../lib/npy.js';
import { PIXELS, SIDE } from '../lib/pictures.js';
import { enlarged, pngOf } from '../lib/png.js';

/** Milliseconds that the line about what was done stays. */
const SAID_MS = 4000;

/** @param {WorkerLink} link */
export function savePicturesFor(link) {
  const what = select('save-what');
  const kind = select('save-kind');
  let saying = 0;

  /** @param {string} text */
  const say = (text) => {
    any('save-said').textContent = text;
    clearTimeout(saying);
    saying = setTimeout(() => { any('save-said').textContent = ''; }, SAID_MS);
  };

  const isPng = () => kind.value === 'png';
  const refresh = () => {
    const last = drawnLast();
    any('saving').hidden = !last;
    input('save-digit').max = String(last?.options.count ?? 1);
    any('save-digit-field').hidden = what.value !== 'digit';
    any('save-scale-field').hidden = !isPng();
    any('save-transparent-field').hidden = !isPng();
    button('save-copy').hidden = !isPng() || !('ClipboardItem' in window);
  };

  /** The digits that are asked for, and where they lie in a picture. @returns {{ pixels: Uint8Array, layout: Layout, name: string }} */
  const chosen = () => {
    const last = drawnLast();
    if (!last) throw new Error('Nothing has been drawn yet.');
    const name = `seed-${last.options.seed}`;
    if (what.value === 'all') return { pixels: last.pixels, layout: last, name: `digits-${name}` };
    const count = last.pixels.length / PIXELS;
    const index = number('save-digit') - 1;
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new Error(`There is no such digit: choose 1 to ${count}.`);
    return {
      pixels: last.pixels.slice(index * PIXELS, (index + 1) * PIXELS),
      layout: { columns: 1, places: [0] },
      name: `digit-${index + 1}-${name}`,
    };
  };

  /** The file that is asked for. @returns {Promise<File>} */
  const file = async () => {
    const { pixels, layout, name } = chosen();
    if (isPng()) {
      const picture = enlarged(pixels, layout, Number(select('save-scale').value), input('save-transparent').checked);
      return new File([await pngOf(picture)], `${name}.png`, { type: 'image/png' });
    }
    const array = npyOf(pixels, [pixels.length / PIXELS, SIDE, SIDE]);
    return new File([array], `${name}.npy`, { type: 'application/octet-stream' });
  };

  /**
   * Do something with the file, and say what was done or why it was not. `act` gets the file before it is made, because some browsers
   * let a page copy only in the very moment of the click.
   * @param {(file: Promise<File>) => Promise<string>} act
   */
  const attempt = async (act) => {
    try {
      say(await act(file()));
    } catch (error) {
      // Closing the system's dialog is no failure.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      say(error instanceof Error ? error.message : String(error));
    }
  };

  element('save-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async (making) => {
      const made = await making;
      saveAs(made, made.name);
      return `Saved as ${made.name}.`;
    });
  });
  button('save-copy').addEventListener('click', () => attempt(async (making) => {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': making })]);
    return 'Copied.';
  }));
  const sample = new File([''], 'digits.png', { type: 'image/png' });
  button('save-share').hidden = !navigator.canShare?.({ files: [sample] });
  button('save-share').addEventListener('click', () => attempt(async (making) => {
    const files = [await making];
    if (!navigator.canShare({ files })) return 'This system does not share such files; download it instead.';
    await navigator.share({ files });
    return '';
  }));
  what.addEventListener('change', refresh);
  kind.addEventListener('change', refresh);
  link.on('sampled', refresh);
  refresh();
}
