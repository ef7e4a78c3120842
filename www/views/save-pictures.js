/**
 * What was drawn last, as files: a picture, an array for numpy, or a film of the way out of the noise. A file is downloaded, copied
 * or handed to the system's own dialog, where the browser has those.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../lib/kept-frames.js').KeptFrames} KeptFrames
 * @typedef {import('../lib/pictures.js').Layout} Layout
 * @typedef {import('../worker/messages.js').FilmKind} FilmKind
 * @typedef {'png' | 'strip' | 'npy' | FilmKind | 'way'} Kind
 */

import { any, button, element, fill, input, number, progress, saveAs, select } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { FilmMaker, fitting, pace, videoKinds } from '../lib/films.js';
import { count } from '../lib/format.js';
import { npyOf } from '../lib/npy.js';
import { PIXELS, SIDE, sizeOf } from '../lib/pictures.js';
import { enlarged, pngOf } from '../lib/png.js';

/** Milliseconds that the line about what was done stays. */
const SAID_MS = 6000;
/** Pictures in a strip. */
const TILES = 10;

/** Kinds that need the frames of the draw. @type {Kind[]} */
const OF_FRAMES = ['strip', 'gif', 'mp4', 'webm', 'way'];
/** Kinds that are pictures, still or moving, and have a size. @type {Kind[]} */
const PICTURES = ['png', 'strip', 'gif', 'mp4', 'webm'];
/** Kinds that are PNG files. @type {Kind[]} */
const STILL = ['png', 'strip'];
/** Kinds that not every browser makes, and what they are called. @type {Array<['mp4' | 'webm', string]>} */
const VIDEOS = [['mp4', 'MP4'], ['webm', 'WebM']];

/** One digit alone. @type {Layout} */
const ALONE = { columns: 1, places: [0] };

/** The frames of a strip: spread over all, the first and the last included. @param {number} frames */
function tilesOf(frames) {
  const tiles = Math.min(TILES, frames);
  return Array.from({ length: tiles }, (_, tile) => Math.round((tile * (frames - 1)) / Math.max(1, tiles - 1)));
}

/** @param {WorkerLink} link @param {KeptFrames} frames */
export function savePicturesFor(link, frames) {
  const what = select('save-what');
  const films = new FilmMaker();
  let saying = 0;
  /** The film made last, with what it was made of: it takes a while. @type {{ of: string, file: File } | undefined} */
  let made;
  /** The kinds of videos that this browser makes, once it has said so. @type {Kind[] | undefined} */
  let videos;

  const kind = () => /** @type {Kind} */ (select('save-kind').value);

  /** @param {string} text */
  const say = (text) => {
    any('save-said').textContent = text;
    clearTimeout(saying);
    saying = setTimeout(() => { any('save-said').textContent = ''; }, SAID_MS);
  };

  /** What this browser does not make, in words. */
  const lacking = () => {
    const names = VIDEOS.filter(([kind]) => videos?.includes(kind) === false).map(([, name]) => name);
    if (names.length === 0) return '';
    return `This browser makes no ${names.length === VIDEOS.length ? 'videos' : `${names.join()} videos`}.`;
  };

  const refresh = () => {
    const last = drawnLast();
    // Of a draw that is held there is nothing to save yet, and the digits drawn last are no longer to be seen.
    any('saving').hidden = !last || frames.held;
    input('save-digit').max = String(last?.options.count ?? 1);
    const hasFrames = frames.all.length > 0;
    for (const option of select('save-kind').options) {
      option.disabled = OF_FRAMES.includes(/** @type {Kind} */ (option.value)) && !hasFrames;
    }
    for (const [kind] of VIDEOS) {
      const option = select('save-kind').querySelector(`[value="${kind}"]`);
      if (option instanceof HTMLOptionElement) option.disabled ||= !videos?.includes(kind);
    }
    if (select('save-kind').selectedOptions[0]?.disabled) select('save-kind').value = 'png';
    const chosen = kind();
    any('save-kind-hint').textContent = !hasFrames
      ? 'Films can be made of digits drawn since the page was opened.'
      : lacking() || 'What kind of file it is.';
    any('save-what-field').hidden = chosen === 'strip';
    any('save-digit-field').hidden = chosen !== 'strip' && what.value !== 'digit';
    any('save-scale-field').hidden = !PICTURES.includes(chosen);
    any('save-transparent-field').hidden = !STILL.includes(chosen);
    button('save-copy').hidden = !STILL.includes(chosen) || !('ClipboardItem' in window);
  };

  /** The number of the digit that is asked for, counted from 0; null where all are. */
  const chosenDigit = () => {
    const last = drawnLast();
    if (!last) throw new Error('Nothing has been drawn yet.');
    if (kind() !== 'strip' && what.value === 'all') return null;
    const all = last.pixels.length / PIXELS;
    const index = number('save-digit') - 1;
    if (!Number.isInteger(index) || index < 0 || index >= all) throw new Error(`There is no such digit: choose 1 to ${count(all)}.`);
    return index;
  };

  /** @param {Uint8Array} pixels @param {Layout} layout @param {string} name */
  const png = async (pixels, layout, name) => {
    const picture = enlarged(pixels, layout, Number(select('save-scale').value), input('save-transparent').checked);
    return new File([await pngOf(picture)], `${name}.png`, { type: 'image/png' });
  };

  /** @param {Uint8Array} bytes @param {number[]} shape @param {string} name */
  const npy = (bytes, shape, name) => new File([npyOf(bytes, shape)], `${name}.npy`, { type: 'application/octet-stream' });

  /**
   * A film of these frames, while the bar shows how far it is.
   * @param {FilmKind} which
   * @param {import('../protocol.js').TrajectoryFrames} way
   * @param {Layout} layout
   * @param {string} name
   */
  const film = async (which, way, { columns, places }, name) => {
    const bar = progress('save-progress');
    const total = way.frames.length;
    const scale = fitting(Number(select('save-scale').value), sizeOf({ columns, places }));
    const of = JSON.stringify([which, way.digit ?? null, scale, drawnLast()?.fingerprint]);
    if (made?.of === of) return made.file;
    fill(bar, 0, total);
    any('save-making').hidden = false;
    try {
      const { bytes, mime, ending } = await films.make({
        kind: which,
        // A view into the message that it came in would take all of that along.
        pixels: way.pixels.slice(),
        digits: way.digits,
        frames: total,
        columns,
        places,
        scale,
        ...pace(total),
      }, { progress: (done) => fill(bar, done, total), used: (url) => link.used(url) });
      made = { of, file: new File([/** @type {BlobPart} */ (bytes)], `${name}${ending}`, { type: mime }) };
      return made.file;
    } finally {
      any('save-making').hidden = true;
    }
  };

  /** The file that is asked for. @returns {Promise<File>} */
  const file = async () => {
    const last = drawnLast();
    const digit = chosenDigit();
    if (!last) throw new Error('Nothing has been drawn yet.');
    const chosen = kind();
    const layout = digit === null ? { columns: last.columns, places: last.places } : ALONE;
    const name = `${digit === null ? 'digits' : `digit-${digit + 1}`}-seed-${last.options.seed}`;
    const pixels = digit === null ? last.pixels : last.pixels.slice(digit * PIXELS, (digit + 1) * PIXELS);
    if (chosen === 'png') return png(pixels, layout, name);
    if (chosen === 'npy') return npy(pixels, [pixels.length / PIXELS, SIDE, SIDE], name);
    const way = await frames.ask('x', digit);
    if (chosen === 'way') return npy(way.pixels, [way.digits, way.frames.length, SIDE, SIDE], `${name}-way`);
    if (chosen !== 'strip') return film(chosen, way, layout, `${name}-way`);
    const tiles = tilesOf(way.frames.length);
    const strip = new Uint8Array(tiles.length * PIXELS);
    tiles.forEach((at, tile) => strip.set(way.pixels.subarray(at * PIXELS, (at + 1) * PIXELS), tile * PIXELS));
    return png(strip, { columns: tiles.length, places: tiles.map((_, tile) => tile) }, `${name}-strip`);
  };

  /**
   * Do something with the file, and say what was done or why it was not. `act` gets the file before it is made, because some browsers
   * let a page copy only in the very moment of the click.
   * @param {(file: Promise<File>) => Promise<string>} act
   */
  const attempt = async (act) => {
    const making = file();
    // It may fail before `act` looks at it, or where `act` fails earlier and never does; the reason is asked for below.
    making.catch(() => {});
    try {
      say(await act(making));
    } catch (failure) {
      // Where there is no file, that is the reason, whatever the browser says of not getting one.
      const error = await making.then(() => failure, (why) => why);
      const gone = error instanceof DOMException && error.name === 'AbortError';
      // Closing the system's dialog is no failure.
      say(gone ? '' : error instanceof Error ? error.message : String(error));
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
    try {
      await navigator.share({ files });
    } catch (error) {
      // The click is too long ago: a film takes a while. It is there now.
      if (error instanceof DOMException && error.name === 'NotAllowedError') return 'The file is ready: press Share… once more.';
      throw error;
    }
    return 'Shared.';
  }));
  const saving = element('saving', HTMLDetailsElement);
  // Not before it is of use: the browser may have to start a process for the answer.
  saving.addEventListener('toggle', async () => {
    if (!saving.open || videos) return;
    videos = await videoKinds();
    refresh();
  });
  button('save-stop').addEventListener('click', () => films.stop());
  // On a narrow screen it stands above the tools: whoever goes on to another has done with it.
  addEventListener('hashchange', () => {
    if (location.hash !== '#digit' && matchMedia('(width < 60rem)').matches) saving.open = false;
  });
  for (const list of [what, select('save-kind')]) list.addEventListener('change', refresh);
  frames.onChange(refresh);
  // After settings.js has kept them.
  link.on('sampled', refresh);
  link.on('model', refresh);
  refresh();
}
