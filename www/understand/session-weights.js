/**
 * While a training session runs: which weights the scenes are about, and a button that has them use the newest. They do not follow
 * every step, because a scene asks the network many times, and all of its answers are to be those of the same weights.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { action } from './scene.js';

/**
 * @param {WorkerLink} link
 * @param {import('./scene.js').Context} context
 * @param {() => void} show has the scene that is shown ask anew
 */
export function sessionWeights(link, { questions, shared }, show) {
  const words = create('p', {});
  words.setAttribute('role', 'status');
  const box = create('div', { className: 'session-weights', hidden: true }, words);

  const say = async (/** @type {boolean} */ newest) => {
    const answer = await questions.latest('weights', { weights: { newest } });
    if (!answer || typeof answer !== 'object' || !('weights' in answer)) return;
    const { step } = answer.weights;
    words.textContent = `A network is being trained. The scenes show its average weights after step ${count(step)}${step === 0 ? ', where it began' : ''}.`;
    box.dataset.step = String(step);
    if (!newest) return;
    // What was computed with the weights of before is of no use any more.
    shared.set({ weights: shared.now.weights + 1 });
    show();
  };
  box.append(action('Use its newest weights', () => say(true)));
  const follow = (/** @type {boolean} */ trains) => {
    const begins = trains && box.hidden;
    box.hidden = !trains;
    if (begins) say(false);
  };
  link.on('state', ({ state }) => follow(state === 'training'));
  // The scenes may be fetched while it runs.
  follow(document.body.dataset.state === 'training');
  return box;
}
