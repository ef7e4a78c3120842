/**
 * The canvas that digits are drawn on, the overlay over it (download progress, or an invitation), and the lines about
 * it: progress, time, the digits' fingerprint. The pixels themselves are painted by the worker. Digits that were drawn before the
 * page was loaded, or by a worker that has ended, are on a canvas of their own in its place.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, canvas, fill, progress } from '../lib/dom.js';
import { drawnLast } from '../lib/drawn-last.js';
import { count, downloaded, duration } from '../lib/format.js';
import { PIXELS, SIDE, gridOf, noisePicture, pictureOf } from '../lib/pictures.js';
import { clear, notify } from './notices.js';

/** Milliseconds that each picture of the page's own first digit is seen. */
const PREVIEW_MS = 160;

/** Seed of the noise behind the invitation: not one of those in the header, 0 to 5. */
const NOISE_SEED = 6;

/**
 * Show the overlay with the downloads (`loading`) or the invitation (`empty`), the canvas without one (`shown`), or the digits
 * drawn last (`last`). style.css and the tests read the attribute `data-curtain`.
 * @param {'empty' | 'loading' | 'shown' | 'last'} what
 */
const setOverlay = (what) => {
  any('stage').dataset.curtain = what;
};

/** Say what is on the canvas, to those who cannot see it. @param {string} text @param {string} [id] of the canvas */
const describe = (text, id = 'generate-canvas') => canvas(id).setAttribute('aria-label', text);

/**
 * Write the lines about digits that are drawn.
 * @param {import('../protocol.js').Sampled | import('../lib/drawn-last.js').Drawn} drawn
 * @returns {string} what to say of the canvas
 */
function writeLines({ options, steps, complete, elapsed_s, fingerprint }) {
  any('stage').dataset.fingerprint = fingerprint;
  any('fingerprint').textContent = fingerprint;
  const digits = `${count(options.count)} ${options.count === 1 ? 'digit' : 'digits'}`;
  if (complete) any('generate-step').textContent = `${digits} in ${count(steps)} ${steps === 1 ? 'step' : 'steps'}`;
  any('generate-left').textContent = complete ? `took ${duration(elapsed_s)}` : 'cancelled';
  const what = options.text === null || options.text === undefined ? digits : `“${options.text.trim()}”`;
  return complete ? `${what} drawn from seed ${options.seed}` : `${what}, cancelled half-way`;
}

/** Show the digits drawn last in place of the worker's canvas. Whether there are any. */
function showLast() {
  const last = drawnLast();
  if (!last) return false;
  const old = canvas('last-canvas');
  const picture = gridOf(last.pixels, last);
  old.width = picture.width;
  old.height = picture.height;
  old.getContext('2d')?.drawImage(picture, 0, 0);
  describe(`${writeLines(last)}, shown again`, old.id);
  fill(progress('generate-progress'), last.complete ? 1 : 0, 1);
  if (!last.complete) any('generate-step').textContent = `Step ${count(last.steps)}`;
  any('generate-left').textContent = `drawn before with ${last.weights}`;
  setOverlay('last');
  return true;
}

/** Show that the worker is loading: nothing is drawn and nothing has been downloaded. */
export function showCanvasLoading() {
  setOverlay('loading');
  delete any('stage').dataset.fingerprint;
  any('fingerprint').textContent = '–';
  any('generate-step').textContent = 'No step yet';
  any('generate-left').textContent = '';
  fill(progress('generate-progress'), 0, 1);
  for (const what of ['wasm', 'weights']) {
    progress(`download-${what}`).removeAttribute('value');
    any(`download-${what}-size`).textContent = '';
  }
  describe('No digits drawn yet');
}

/**
 * Show the page's own first digit on its way out of the noise, in place of the noise behind the invitation.
 * @param {Uint8Array} pixels of the pictures, one after the other
 */
function playPreview(pixels) {
  const place = any('noise');
  const count = pixels.length / PIXELS;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const show = (/** @type {number} */ index) => {
    const picture = pictureOf(pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
    picture.setAttribute('aria-hidden', 'true');
    place.querySelector('canvas')?.replaceWith(picture);
    if (index + 1 < count) setTimeout(() => show(index + 1), PREVIEW_MS);
  };
  place.classList.add('drawn');
  show(still ? count - 1 : 0);
}

/** @param {WorkerLink} link */
export function canvasFor(link) {
  const frame = any('stage');
  const step = any('generate-step');
  const left = any('generate-left');
  let generating = false;
  let hasWeights = false;

  const noise = noisePicture(4 * SIDE, NOISE_SEED);
  noise.setAttribute('aria-hidden', 'true');
  any('noise').prepend(noise);

  link.on('download', ({ what, loaded, total }) => {
    if (what !== 'wasm' && what !== 'weights') return;
    fill(progress(`download-${what}`), loaded, total);
    any(`download-${what}-size`).textContent = downloaded(loaded, total);
  });
  // The overlay shows the downloads until the weights are loaded, missing on the server, or refused.
  const endLoading = () => {
    if (frame.dataset.curtain === 'loading' && !showLast()) setOverlay('empty');
  };
  const invite = () => {
    any('invitation').textContent = hasWeights
      ? 'Press Generate to turn noise into digits.'
      : 'No weights yet: train first, or load a weights file.';
  };
  link.on('model', () => {
    if (!hasWeights) clear('generate');
    hasWeights = true;
    invite();
    endLoading();
  });
  link.on('no_weights', ({ why }) => {
    endLoading();
    notify('generate', `The trained weights are not here: ${why} You can train your own, or load a file.`, {
      code: 'no_weights',
      unasked: true,
      choices: [['Try again', () => link.fetchWeights()]],
    });
  });
  link.on('preview', ({ digit, pixels }) => {
    playPreview(pixels);
    // What was asked for, because weights that have hardly been trained draw something else.
    const who = digit === null ? 'The network' : `Asked for ${digit === 8 ? 'an' : 'a'} ${digit}, the network`;
    any('invitation').textContent = `${who} drew this here, out of noise. Press Generate for more.`;
  });
  link.on('refused', endLoading);
  const stopped = () => {
    hasWeights = false;
    generating = false;
    any('invitation').textContent = '';
    endLoading();
    // What is on the worker's canvas may be gone with its GPU.
    if (frame.dataset.curtain === 'shown') showLast();
  };
  link.on('crash', stopped);
  link.on('start_failed', stopped);
  link.on('state', ({ activity }) => {
    if (!hasWeights) invite();
    // A generation that is resumed after a pause is no new one: what is shown of it stays.
    const begins = activity === 'generation' && !generating;
    generating = activity === 'generation';
    if (begins) {
      setOverlay('shown');
      frame.scrollIntoView({ block: 'nearest' });
      delete frame.dataset.fingerprint;
      any('fingerprint').textContent = '–';
      step.textContent = 'Drawing noise';
      left.textContent = '';
      fill(progress('generate-progress'), 0, 1);
      describe('Digits being drawn');
    }
  });
  link.on('sampling', ({ step: done, steps, left_s }) => {
    fill(progress('generate-progress'), done, steps);
    step.textContent = `Step ${count(done)} of ${count(steps)}`;
    left.textContent = `${duration(left_s)} left`;
  });
  link.on('drafted', () => {
    setOverlay('shown');
    delete frame.dataset.fingerprint;
    any('fingerprint').textContent = '–';
    step.textContent = 'Drawn in few steps while you move';
    left.textContent = '';
    describe('Digits that follow the control being moved');
  });
  link.on('sampled', (drawn) => describe(writeLines(drawn)));
}
