/**
 * The scenes of Understand: which one is shown, the image they look at, and the questions they ask. Fetched when the tool is opened
 * for the first time.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../views/understand.js').Known} Known
 * @typedef {import('./scene.js').Scene} Scene
 * @typedef {import('./scene.js').Context} Context
 * @typedef {(place: HTMLElement, context: Context) => Scene} MakeScene
 */

import { addStyles, any, create } from '../lib/dom.js';
import { drawOptions } from '../views/generate.js';
import { imagePicker } from './images.js';
import { Questions } from './questions.js';
import { sessionWeights } from './session-weights.js';
import { Shared } from './study.js';

/** The scenes in their order: the end of the address, the title, and where it comes from. @type {Array<[name: string, title: string, fetch: () => Promise<MakeScene>]>} */
const SCENES = [
  ['forgetting', 'Forgetting', async () => (await import('./forgetting.js')).forgettingScene],
  ['schedules', 'Schedules', async () => (await import('./schedules.js')).schedulesScene],
  ['noise', 'Naming the noise', async () => (await import('./noise.js')).noiseScene],
  ['step', 'One step back', async () => (await import('./step.js')).stepScene],
  ['bound', 'The bound', async () => (await import('./bound.js')).boundScene],
  ['score', 'The score', async () => (await import('./score.js')).scoreScene],
  ['network', 'Inside the U-Net', async () => (await import('./network.js')).networkScene],
];

/**
 * Show the scenes.
 * @param {WorkerLink} link
 * @param {Known} known what the worker has said so far
 * @param {import('../views/understand.js').Draw} draw the frames of the last draw
 */
export async function openScenes(link, known, draw) {
  await addStyles(new URL('./understand.css', import.meta.url).href);
  const shared = new Shared();
  const status = create('p', { className: 'soft' });
  status.setAttribute('role', 'status');
  let running = '';
  const questions = new Questions(link, known.model !== undefined, (late, why) => {
    if (late) status.textContent = `Waiting for ${running || 'the network'}…`;
    else status.textContent = why;
  });
  /** @type {Context} */
  const context = {
    shared,
    questions,
    model: () => known.model,
    curves: () => known.curves,
    offered: () => images.offered,
    draw,
    drawDigits: () => link.command({ type: 'generate', ...drawOptions(), count: 10, class: 'all' }),
  };
  const images = imagePicker(context, known);
  const weights = sessionWeights(link, context, () => inView()?.show());
  any('understand-study').replaceChildren(images.element, weights, status);

  const tool = /** @type {HTMLElement} */ (any('understanding').closest('[data-tool]'));
  /** The scene that is shown, if it is there and its tool is open: no other asks the network anything. */
  const inView = () => (tool.hidden ? undefined : ready.get(shown));
  /** Those that have been asked for. @type {Map<string, Promise<Scene>>} */
  const scenes = new Map();
  /** Those that are there. @type {Map<string, Scene>} */
  const ready = new Map();
  let shown = '';
  const places = new Map(SCENES.map(([name]) => [name, any(`understand-${name}`)]));
  const links = new Map(SCENES.map(([name, title], index) => [name, create('a', { href: `#understand-${name}` }, `${index + 1} ${title}`)]));
  any('understand-scenes').replaceChildren(...links.values());

  /** Show a scene in place of the one before. @param {string} name @param {boolean} asked whether the visitor wants to go on there */
  const open = async (name, asked) => {
    shown = name;
    for (const [other, place] of places) place.hidden = other !== name;
    for (const [other, anchor] of links) {
      if (other === name) anchor.setAttribute('aria-current', 'true');
      else anchor.removeAttribute('aria-current');
    }
    const place = /** @type {HTMLElement} */ (places.get(name));
    const made = scenes.get(name) ?? SCENES.find(([own]) => own === name)?.[2]().then((make) => make(place, context));
    if (!made) return;
    scenes.set(name, made);
    try {
      const scene = await made;
      ready.set(name, scene);
      if (inView() === scene) scene.show();
    } catch (error) {
      scenes.delete(name);
      status.textContent = `This scene could not be fetched (${error instanceof Error ? error.message : error}).`;
      return;
    }
    if (!asked) return;
    const heading = place.querySelector('h3');
    heading?.focus({ preventScroll: true });
    place.scrollIntoView({ block: 'nearest' });
    heading?.scrollIntoView({ block: 'nearest' });
  };
  const follow = (/** @type {boolean} */ asked) => {
    const name = location.hash.replace('#understand-', '');
    if (places.has(name)) open(name, asked);
    else if (location.hash === '#understand' || shown === '') open(shown || SCENES[0][0], false);
  };

  const ask = async () => {
    status.textContent = known.model ? '' : 'There are no weights yet: train first, or load a weights file.';
    if (known.model === undefined) return;
    if (known.curves) shared.setTimesteps(known.curves.snr.length);
    await images.follow();
    inView()?.show();
  };
  shared.listen((changed) => inView()?.changed(changed));
  link.on('state', ({ state, activity }) => {
    running = state === 'training' || state === 'generating' ? `the step of the ${activity} that runs` : '';
  });
  // It comes after the event `model`, which views/understand.js has noted by then.
  link.on('schedule', ask);
  // While another tool is open, training and drawing have the processor for themselves.
  const follows = async () => {
    if (!tool.hidden) await images.follow();
  };
  for (const type of /** @type {const} */ (['preview', 'sampled', 'data'])) link.on(type, follows);
  new MutationObserver(async () => {
    await follows();
    inView()?.show();
  }).observe(tool, { attributes: true, attributeFilter: ['hidden'] });
  addEventListener('hashchange', () => follow(true));
  follow(false);
  await ask();
}
