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
import { NO_CLASS, className, count } from '../lib/format.js';
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
  /** The frames of a digit of these, of the kind that the timeline shows: in the end of this one. @type {TrajectoryFrames | undefined} */
  let answer;
  /** The tool that it took the place of. */
  let before = 'draw';
  let timesteps = 1000;
  /** @type {string[]} */
  let names = [];
  const grid = new DigitGrid((chosen) => enlarge(chosen));

  const isOpen = () => shown() === 'digit';
  const total = () => (drawn ? drawn.pixels.length / PIXELS : 0);
  /** The frames of this digit, if they are here. */
  const trajectory = () => (answer?.digit === index && answer.what === timeline.what ? answer : undefined);
  const pixels = () => (drawn ? drawn.pixels.slice(index * PIXELS, (index + 1) * PIXELS) : new Uint8Array());
  /** The class that a digit was drawn for; `null` for none. @param {number} which */
  const label = (which) => {
    const asked = drawn?.labels[which] ?? NO_CLASS;
    return asked === NO_CLASS ? null : asked;
  };

  /** What a digit is: the classifier's word, or else what was asked for. @param {number} which */
  const nameOf = (which) => {
    const [best] = opinions.of(drawn?.fingerprint ?? '', which);
    const asked = label(which);
    const what = best ? `${best.digit} (${percent(best.sure)} sure)` : asked === null ? 'no class asked for' : `asked for ${className(asked, names)}`;
    return `${what}, digit ${which + 1} of ${total()}`;
  };

  const nameAll = () => grid.name(nameOf, isOpen() ? index : -1);

  /** Show the large picture: of the frame that the timeline shows, or the digit itself. */
  const showPicture = () => {
    const at = timeline.shown;
    const mine = trajectory();
    const frame = mine?.frames[at];
    const greys = mine && frame ? mine.pixels.subarray(at * PIXELS, (at + 1) * PIXELS) : pixels();
    if (greys.length === PIXELS) picture.getContext('2d')?.drawImage(pictureOf(greys), 0, 0);
    const isEnd = !frame || (mine?.what === 'x' && at === mine.frames.length - 1);
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
    strip.hidden = frames.all.length === 0 || frames.held;
    const mine = trajectory();
    // Until the frames are here, that of the digit before keeps the place.
    if (!mine) return;
    const { frames: places, pixels: all } = mine;
    const had = strip.contains(document.activeElement) && document.activeElement instanceof HTMLElement ? document.activeElement.dataset['frame'] : undefined;
    strip.replaceChildren(...tiles(places.length).map((at) => {
      const tile = create('button', { type: 'button' }, pictureOf(all.subarray(at * PIXELS, (at + 1) * PIXELS)));
      const { t } = places[at];
      tile.dataset['frame'] = String(at);
      tile.setAttribute('aria-label', t == null ? 'Show the end' : `Show ${timeOf(places[at])}`);
      tile.append(create('span', { textContent: t == null ? 'end' : count(t) }));
      tile.addEventListener('click', () => timeline.show(at));
      return create('li', {}, tile);
    }));
    if (had !== undefined) strip.querySelector('button')?.focus({ preventScroll: true });
    strip.setAttribute('aria-label', `The digit on its way: ${KIND_NAMES[mine.what]}, by t`);
  };

  /** Ask for the digit's frames, if there are any. */
  const askFrames = async () => {
    if (!isOpen() || frames.all.length === 0 || frames.held || trajectory()) return;
    const found = await frames.ask(timeline.what, index).catch(() => undefined);
    // Another digit, or another kind, may have been chosen meanwhile, and is asked for by itself.
    if (!found || found.digit !== index || found.what !== timeline.what) return;
    answer = found;
    showStrip();
    showPicture();
  };

  const showOpinion = () => {
    const place = any('digit-opinion');
    const found = opinions.of(drawn?.fingerprint ?? '', index);
    const again = button('digit-ask');
    again.hidden = found.length > 0 || opinions.failure === '';
    if (found.length > 0) {
      // One that would be said to be 0 % is left out.
      const worth = found.filter(({ sure }, rank) => rank === 0 || (rank < BEST && sure >= 0.01));
      place.replaceChildren(...worth.map(({ digit, sure }) => {
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
    const { options, weights, fingerprint } = drawn;
    const asked = label(index);
    any('digit-facts').replaceChildren(...factRows([
      ['Asked for', asked === null ? 'no class' : className(asked, names)],
      ['Seed', String(options.seed)],
      ['Number', `${index + 1} of ${total()}`],
      ['Drawn with', weights],
      ['Fingerprint', fingerprint],
    ]));
  };

  /** Show all that there is about the digit, and ask for what is missing, if it is enlarged. */
  const showAll = () => {
    any('digit-nothing').hidden = Boolean(drawn);
    any('digit-parts').hidden = !drawn;
    any('digit-heading').textContent = drawn ? `Digit ${index + 1} of ${total()}` : 'Digit';
    nameAll();
    if (!drawn) return;
    if (isOpen() && !opinions.failure) opinions.ask(drawn.pixels, drawn.fingerprint);
    showFacts();
    showOpinion();
    showStrip();
    showPicture();
    askFrames();
  };

  /** Enlarge a digit of those on the stage. @param {number} chosen */
  const enlarge = (chosen) => {
    if (!drawn) return;
    index = chosen;
    if (!isOpen()) before = shown();
    open('digit');
    showAll();
    any('digit-heading').focus({ preventScroll: true });
    any('enlarged').scrollIntoView({ block: 'nearest' });
  };

  /** These digits are on the stage, or none. @param {Drawn | undefined} now */
  const have = (now) => {
    drawn = now;
    index = Math.min(index, Math.max(0, total() - 1));
    answer = undefined;
    grid.show(drawn);
    showAll();
    // What they are, for those who cannot see them.
    opinions.askWhenIdle(drawn?.complete ? drawn : undefined);
  };

  /** The class to draw another of it for. @returns {Class} */
  const classOf = () => {
    const asked = label(index);
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
    if (drawn) opinions.ask(drawn.pixels, drawn.fingerprint);
    showOpinion();
  });
  button('digit-close').addEventListener('click', () => {
    open(before);
    nameAll();
    grid.focus(index);
  });
  // By the browser's buttons, too.
  addEventListener('hashchange', showAll);

  opinions.onChange(() => {
    nameAll();
    showOpinion();
  });
  timeline.onShow(() => {
    // The frames of a draw that is held are not of this digit.
    if (!isOpen() || frames.held) return;
    if (trajectory()) showPicture();
    else askFrames();
  });
  link.on('model', (model) => {
    timesteps = model.timesteps;
    names = model.class_names;
    // After a reload the digits drawn last are shown again, without frames.
    if (drawn) showAll();
    else have(drawnLast());
  });
  link.on('state', ({ state, activity }) => {
    if (state === 'generating' && activity === 'generation') grid.show(undefined);
  });
  // The canvas shows other digits, for a moment.
  link.on('drafted', () => grid.show(undefined));
  // After settings.js has kept them.
  link.on('sampled', () => have(drawnLast()));
  const stopped = () => have(undefined);
  link.on('crash', stopped);
  link.on('start_failed', stopped);
  showAll();
}
