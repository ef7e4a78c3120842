/**
 * What the network of a training session is asked: images with noise, and its answers, asked for every two seconds while it trains and
 * once when it is held, as long as the part of the page is open.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, create, element } from '../lib/dom.js';
import { count, fixed } from '../lib/format.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';

/** Milliseconds between two questions. */
const EVERY_MS = 2000;
/** The pictures of an image, in the order of the event. */
const PICTURES = ['x₀', 'xₜ', 'ε', 'ε̂', 'x̂₀'];
/** What screen readers hear of them. */
const WORDS = ['the image', 'with noise', 'the noise', 'the noise that the network sees', 'the image that it sees'];

/** @param {WorkerLink} link */
export function examplesFor(link) {
  const part = element('asked', HTMLDetailsElement);
  const table = any('asked-rows');
  let set = 1;
  let training = false;
  let session = false;
  /** Whether the answer to a question is still to come. */
  let waiting = false;

  const ask = () => {
    if (!part.open || !session || waiting) return;
    waiting = true;
    link.command({ type: 'examples', set });
  };

  setInterval(() => {
    // A question that came in just as the training ended has no answer.
    if (training) {
      waiting = false;
      ask();
    }
  }, EVERY_MS);
  part.addEventListener('toggle', ask);
  button('asked-others').addEventListener('click', () => {
    set += 1;
    waiting = false;
    ask();
  });
  link.on('state', ({ state, activity, can }) => {
    session = can.reset;
    const was = training;
    training = state === 'training';
    if (training || state !== 'paused' || activity !== 'training') return;
    waiting = false;
    if (was || can.step) ask();
  });
  link.on('examples', (examples) => {
    waiting = false;
    if (examples.set !== set) return;
    const { step, t, losses, pixels } = examples;
    any('asked-step').textContent = `at step ${count(step)}`;
    table.replaceChildren(...t.map((at, row) => create(
      'tr', {},
      create('th', { scope: 'row' }, count(at)),
      ...PICTURES.map((_, column) => {
        const number = row * PICTURES.length + column;
        const picture = pictureOf(pixels.subarray(number * PIXELS, (number + 1) * PIXELS));
        picture.setAttribute('role', 'img');
        picture.setAttribute('aria-label', `${WORDS[column]}, t = ${at}`);
        return create('td', {}, picture);
      }),
      create('td', {}, fixed(losses[row], 4)),
    )));
  });
  link.on('crash', () => {
    training = false;
    session = false;
  });
}
