/**
 * A digit, enlarged: it takes the place of the tools. Its way out of the noise, what was asked for and what the classifier says, the
 * numbers that draw it again, and buttons to draw another like it, to vary it, or to go on with it in Edit. The large picture is of the
 * frame that the timeline shows.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../lib/drawn-last.js').Drawn} Drawn
 * @typedef {import('../lib/kept-frames.js').KeptFrames} KeptFrames
 * @typedef {import('../protocol.js').Class} Class
 * @typedef {import('../protocol.js').FrameKind} FrameKind
 * @typedef {import('../protocol.js').TrajectoryFrames} TrajectoryFrames
 * @typedef {import('./timeline.js').Timeline} Timeline
 */

import { any, button, canvas, create, factRows } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { className, count } from '../lib/format.js';
import { Opinions, percent } from '../lib/opinions.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';
import { DigitGrid } from './digit-grid.js';
import { randomSeed } from './generate.js';
import { clear } from './notices.js';
import { KIND_NAMES, timeOf } from './timeline.js';
import { open, shown } from './tools.js';

/** Pictures in the strip. */
const TILES = 10;
/** Opinions of the classifier that are shown. */
const BEST = 3;
/** Versions that Variations draws, and the share of T that it puts noise on for. */
const VERSIONS = 9;
const VARIATION = 0.5;

/** What a draw of one digit does not take over from that of a text or of a place between two seeds. */
const ALONE = { text: null, walk: null, still: false };

/**
 * @param {WorkerLink} link
 * @param {{ frames: KeptFrames, timeline: Timeline, useInEdit: (pixels: Uint8Array) => void }} others
 */
export function digitFor(link, { frames, timeline, useInEdit }) {
  const opinions = new Opinions(link);
  const picture = canvas('digit-picture');
  /** The digits on the stage. @type {Drawn | undefined} */
  let drawn;
  /** The one that is enlarged, or was last. */
  let index = 0;
  /** Whether it was opened: a draw then shows its own in its place. */
  let opened = false;
  /** Its frames, of the kind that the timeline shows. @type {TrajectoryFrames | undefined} */
  let trajectory;
  /** The tool that it took the place of. */
  let before = 'draw';
  let timesteps = 1000;
  /** @type {string[]} */
  let names = [];
  const grid = new DigitGrid((chosen) => enlarge(chosen));

  const total = () => (drawn ? drawn.pixels.length / PIXELS : 0);
  const pixels = () => (drawn ? drawn.pixels.slice(index * PIXELS, (index + 1) * PIXELS) : new Uint8Array());
  const label = () => drawn?.labels[index] ?? null;

  /** What a digit is: the classifier's word, or else what was asked for. @param {number} which */
  const nameOf = (which) => {
    const [best] = opinions.of(drawn?.fingerprint ?? '', which);
    const asked = drawn?.labels[which] ?? null;
    const what = best ? `${best.digit} (${percent(best.sure)} sure)` : asked === null ? 'no class asked for' : `asked for ${className(asked, names)}`;
    return `${what}, digit ${which + 1} of ${total()}`;
  };

  const nameAll = () => grid.name(nameOf, opened && shown() === 'digit' ? index : -1);

  /** Show the large picture: of the frame that the timeline shows, or the digit itself. */
  const showPicture = () => {
    const at = timeline.shown;
    const frame = trajectory?.frames[at];
    const greys = trajectory && frame ? trajectory.pixels.subarray(at * PIXELS, (at + 1) * PIXELS) : pixels();
    if (greys.length === PIXELS) picture.getContext('2d')?.drawImage(pictureOf(greys), 0, 0);
    const isEnd = !frame || (trajectory?.what === 'x' && at === trajectory.frames.length - 1);
    const words = isEnd ? '' : `${KIND_NAMES[timeline.what]} at ${timeOf(frame)}`;
    any('digit-caption').textContent = words;
    picture.setAttribute('aria-label', words ? `${nameOf(index)}: ${words}` : nameOf(index));
    for (const tile of any('digit-strip').querySelectorAll('button')) {
      tile.toggleAttribute('aria-current', tile.dataset['frame'] === String(at));
    }
  };

  /** The frames of the strip: spread over all, the first and the last included. @param {number} all */
  const tiles = (all) => {
    const shownTiles = Math.min(TILES, all);
    return Array.from({ length: shownTiles }, (_, tile) => Math.round((tile * (all - 1)) / Math.max(1, shownTiles - 1)));
  };

  const showStrip = () => {
    const strip = any('digit-strip');
    strip.hidden = !trajectory;
    if (!trajectory) return;
    const { frames: places, pixels: all } = trajectory;
    const had = strip.contains(document.activeElement) && document.activeElement instanceof HTMLElement ? document.activeElement.dataset['frame'] : undefined;
    strip.replaceChildren(...tiles(places.length).map((at) => {
      const tile = create('button', { type: 'button' }, pictureOf(all.subarray(at * PIXELS, (at + 1) * PIXELS)));
      const { t } = places[at];
      tile.dataset['frame'] = String(at);
      tile.setAttribute('aria-label', `Show ${timeOf(places[at])}`);
      tile.append(create('span', { textContent: t === null ? 'end' : count(t) }));
      tile.addEventListener('click', () => timeline.show(at));
      return create('li', {}, tile);
    }));
    if (had !== undefined) strip.querySelector('button')?.focus({ preventScroll: true });
    strip.setAttribute('aria-label', `The digit on its way: ${KIND_NAMES[trajectory.what]}, by t`);
  };

  /** Ask for the digit's frames, if there are any. */
  const askFrames = async () => {
    trajectory = undefined;
    if (!opened || frames.all.length === 0) return;
    const [digit, what] = [index, timeline.what];
    const answer = await frames.ask(what, digit).catch(() => undefined);
    // Another digit may have been chosen meanwhile.
    if (!answer || digit !== index || what !== timeline.what) return;
    trajectory = answer;
    showStrip();
    showPicture();
  };

  const showOpinion = () => {
    const place = any('digit-opinion');
    const found = opinions.of(drawn?.fingerprint ?? '', index);
    const again = button('digit-ask');
    again.hidden = found.length > 0 || opinions.failure === '';
    if (found.length > 0) {
      place.replaceChildren(...found.slice(0, BEST).map(({ digit, sure }) => {
        const bar = create('progress', { max: 1, value: sure });
        bar.setAttribute('aria-hidden', 'true');
        return create('li', {}, create('span', { textContent: String(digit) }), bar, create('span', { textContent: percent(sure) }));
      }));
      any('digit-word').textContent = 'What the classifier says';
    } else {
      place.replaceChildren();
      any('digit-word').textContent = !opinions.possible
        ? 'The classifier knows handwritten digits only, and these weights have learned something else.'
        : opinions.failure ? 'The classifier has not answered.' : 'The classifier is looking at it …';
    }
  };

  const showFacts = () => {
    if (!drawn) return;
    const { options, weights } = drawn;
    const asked = label();
    any('digit-facts').replaceChildren(...factRows([
      ['Asked for', asked === null ? 'no class' : className(asked, names)],
      ['Seed', String(options.seed)],
      ['Number', `${index + 1} of ${total()}`],
      ['Drawn with', weights],
    ]));
  };

  const showAll = () => {
    any('digit-nothing').hidden = Boolean(drawn);
    any('digit-parts').hidden = !drawn;
    any('digit-heading').textContent = drawn ? `Digit ${index + 1} of ${total()}` : 'Digit';
    if (!drawn) return;
    showFacts();
    showOpinion();
    showStrip();
    showPicture();
    nameAll();
  };

  /** Enlarge a digit of those on the stage. @param {number} chosen */
  const enlarge = (chosen) => {
    if (!drawn) return;
    index = chosen;
    if (shown() !== 'digit') before = shown();
    const first = !opened;
    opened = true;
    open('digit');
    trajectory = undefined;
    if (first || (opinions.of(drawn.fingerprint, index).length === 0 && !opinions.failure)) opinions.ask(drawn.pixels);
    showAll();
    askFrames();
    any('digit-heading').focus({ preventScroll: true });
    any('enlarged').scrollIntoView({ block: 'nearest' });
  };

  /** These digits are on the stage, or none. @param {Drawn | undefined} now */
  const have = (now) => {
    drawn = now;
    index = Math.min(index, Math.max(0, total() - 1));
    trajectory = undefined;
    grid.show(drawn);
    nameAll();
    if (now) showAll();
  };

  /** The class to draw another of it for. @returns {Class} */
  const classOf = () => {
    const asked = label();
    return asked === null ? 'none' : { one: asked };
  };

  button('digit-again').addEventListener('click', () => {
    if (!drawn) return;
    clear('generate');
    link.command({ type: 'generate', ...drawn.options, ...ALONE, class: classOf(), count: 1, seed: randomSeed() });
  });
  button('digit-variations').addEventListener('click', () => {
    if (!drawn) return;
    clear('edit');
    const t = Math.round((timesteps - 1) * VARIATION);
    link.command({
      type: 'edit',
      draw: { ...drawn.options, ...ALONE, class: classOf(), count: VERSIONS, seed: randomSeed() },
      edit: { picture: { image: pixels(), t } },
    });
  });
  button('digit-edit').addEventListener('click', () => useInEdit(pixels()));
  button('digit-ask').addEventListener('click', () => {
    clear('recognise');
    if (drawn) opinions.ask(drawn.pixels);
    showOpinion();
  });
  button('digit-close').addEventListener('click', () => {
    open(before);
    nameAll();
    grid.focus(index);
  });
  addEventListener('hashchange', nameAll);

  opinions.onChange(() => {
    nameAll();
    showOpinion();
  });
  timeline.onShow(() => {
    if (!opened) return;
    if (trajectory && trajectory.what !== timeline.what) askFrames();
    else showPicture();
  });
  link.on('model', (model) => {
    timesteps = model.timesteps;
    names = model.class_names;
    // After a reload the digits drawn last are shown again, without frames.
    if (!drawn) have(drawnLast());
    showOpinion();
  });
  link.on('state', ({ state }) => {
    if (state === 'generating') grid.show(undefined);
  });
  // The canvas shows other digits, for a moment.
  link.on('drafted', () => grid.show(undefined));
  // After settings.js has kept them.
  link.on('sampled', () => {
    have(drawnLast());
    askFrames();
  });
  const stopped = () => have(undefined);
  link.on('crash', stopped);
  link.on('start_failed', stopped);
  showAll();
}
