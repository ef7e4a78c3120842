/**
 * The generation canvas and what is said of it: loading, progress, the digits' fingerprint.
 *
 * @typedef {import('../lib/worker-link.js').Link} Link
 */

import { any, canvas, fill, progress } from '../lib/dom.js';
import { count, duration, share } from '../lib/format.js';

/** @param {'empty' | 'loading' | 'shown'} what */
const curtain = (what) => {
  any('stage').dataset.curtain = what;
};

/** @param {string} text */
const describe = (text) => canvas('generate-canvas').setAttribute('aria-label', text);

/** Before a worker (or another one) is there. */
export function stageLoading() {
  curtain('loading');
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

/** @param {Link} link */
export function stageFor(link) {
  const stage = any('stage');
  const step = any('generate-step');
  const left = any('generate-left');
  let generating = false;
  let hasWeights = false;

  link.on('download', ({ what, loaded, total }) => {
    if (what !== 'wasm' && what !== 'weights') return;
    fill(progress(`download-${what}`), loaded, total);
    any(`download-${what}-size`).textContent = share(loaded, total);
  });
  // The device may be ready before the shipped weights have come: until those are settled, one way
  // or another, the page still loads.
  const settled = () => {
    if (stage.dataset.curtain === 'loading') curtain('empty');
  };
  const invite = () => {
    any('invitation').textContent = hasWeights
      ? 'Press Generate to turn noise into digits.'
      : 'No weights yet: train first, or load a weights file.';
  };
  link.on('model', () => {
    hasWeights = true;
    invite();
    settled();
  });
  link.on('no_weights', settled);
  link.on('refused', settled);
  link.on('crash', () => {
    hasWeights = false;
    generating = false;
    any('invitation').textContent = '';
    settled();
  });
  link.on('state', ({ activity }) => {
    if (!hasWeights) invite();
    // A held generation is still the same one when it goes on.
    const begins = activity === 'generation' && !generating;
    generating = activity === 'generation';
    if (begins) {
      curtain('shown');
      stage.scrollIntoView({ block: 'nearest' });
      delete stage.dataset.fingerprint;
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
  link.on('sampled', ({ options, steps, complete, elapsed_s, fingerprint }) => {
    stage.dataset.fingerprint = fingerprint;
    any('fingerprint').textContent = fingerprint;
    const digits = `${options.count} ${options.count === 1 ? 'digit' : 'digits'}`;
    if (complete) step.textContent = `${digits} in ${count(steps)} ${steps === 1 ? 'step' : 'steps'}`;
    left.textContent = complete ? `took ${duration(elapsed_s)}` : 'cancelled';
    describe(complete ? `${digits} drawn from seed ${options.seed}` : `${digits}, cancelled half-way`);
  });
}
