/**
 * What scenes are made of: their heading and text, the controls that several have, and where the code is.
 *
 * @typedef {import('./study.js').Shared} Shared
 * @typedef {import('./questions.js').Questions} Questions
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 * @typedef {{
 *   shared: Shared, questions: Questions, model: () => ModelInfo | undefined, curves: () => import('../protocol.js').Curves | undefined,
 *   offered: () => import('./images.js').Offered[], drawDigits: () => void, draw: import('../views/understand.js').Draw,
 * }} Context `offered`: the images that can be looked at; `drawDigits` draws more; `draw`: the frames of the last draw
 * @typedef {{ show: () => void, changed: (names: Set<string>) => void }} Scene `show` asks for everything that is not there yet; `changed`
 *   only for what depends on these parts of the study. Neither is called while the scene is out of view
 */

import { create } from '../lib/dom.js';
import { setField, standardOf } from '../lib/fields.js';
import { count } from '../lib/format.js';
import { indexed } from './math.js';

let made = 0;
/** An id that nothing else has. @param {string} name */
const fresh = (name) => {
  made += 1;
  return `understand-${name}-${made}`;
};

/**
 * A field with its label, and what it does below it.
 * @template {HTMLInputElement | HTMLSelectElement} T
 * @param {string} name
 * @param {T} control
 * @param {HTMLElement | string} words an element where they change
 */
export function field(name, control, words) {
  control.id = fresh('field');
  const hint = typeof words === 'string' ? create('span', {}, words) : words;
  hint.id = fresh('hint');
  hint.classList.add('hint');
  control.setAttribute('aria-describedby', hint.id);
  return create('div', { className: 'field' }, create('label', { htmlFor: control.id }, name), control, hint);
}

/**
 * A box to be checked.
 * @param {string} label
 * @param {string} words what it does
 * @param {boolean} checked
 * @param {(checked: boolean) => void} change
 */
export function check(label, words, checked, change) {
  const box = create('input', { type: 'checkbox', defaultChecked: checked });
  box.setAttribute('aria-description', words);
  box.addEventListener('change', () => change(box.checked));
  return create('label', { className: 'check', title: words }, box, ` ${label}`);
}

/**
 * A choice of one among a few, of which the first is the default.
 * @template {string} V
 * @param {string} name
 * @param {string} words what is chosen
 * @param {Array<[V, string]>} options value and text
 * @param {(value: V) => void} change
 */
export function choice(name, words, options, change) {
  const select = create('select', {}, ...options.map(([value, words]) => create('option', { value }, words)));
  select.addEventListener('change', () => change(/** @type {V} */ (select.value)));
  return { box: field(name, select, words), select };
}

/** A button of a scene. @param {string} label @param {() => void} press */
export function action(label, press) {
  const button = create('button', { type: 'button', className: 'small' }, label);
  button.addEventListener('click', press);
  return button;
}

/** The slider for t, which all scenes share. @param {Context} context */
export function stepSlider({ shared }) {
  const slider = create('input', { type: 'range', min: '0', step: '1' });
  const hint = create('span', {});
  const follow = () => {
    const { t, timesteps } = shared.now;
    slider.max = String(Math.max(timesteps - 1, 0));
    slider.value = String(t);
    hint.textContent = timesteps > 0 ? `t = ${count(t)} of 0 to ${count(timesteps - 1)}` : 'no schedule yet';
  };
  slider.addEventListener('input', () => shared.set({ t: slider.valueAsNumber }));
  shared.listen(follow);
  follow();
  const box = field('Step t', slider, hint);
  box.classList.add('wide');
  return box;
}

/** A button that makes other noise. @param {Context} context */
export const noiseButton = ({ shared }) => action('New noise', () => shared.set({ seed: Math.floor(Math.random() * 2 ** 32) }));

/** The class that the network is told. @param {Context} context */
export function classChoice({ shared, model }) {
  const { box, select } = choice('The network is told', 'Which class it takes the image for.', [['', 'no class']], (value) => shared.set({ digit: value === '' ? null : Number(value) }));
  const follow = () => {
    const { classes = 0, class_names = [] } = model() ?? {};
    const options = Array.from({ length: classes }, (_, index) =>
      create('option', { value: String(index) }, class_names[index] || `the class ${index}`));
    select.replaceChildren(create('option', { value: '' }, 'no class'), ...options);
    const { digit } = shared.now;
    select.value = digit === null || digit >= classes ? '' : String(digit);
    box.hidden = classes === 0;
  };
  follow();
  return { box, follow };
}

/** @typedef {import('../protocol.js').VarianceType} VarianceType */

/**
 * The choice of σ²: β, β̃ or, where the network of the weights in use says it, that.
 * @param {Context} context
 * @param {Array<[VarianceType, string]>} fixed those that need no network, the one to begin with first
 * @param {(variance: VarianceType) => void} change
 */
export function varianceChoice({ model }, fixed, change) {
  const hint = create('span', {});
  const select = create('select', {});
  select.addEventListener('change', () => change(/** @type {VarianceType} */ (select.value)));
  const box = field('σ²', select, hint);
  /** What the weights of before say. @type {VarianceType | undefined} */
  let said;
  return {
    box,
    /** Offer what the weights in use say; weights that say a variance begin with it. Gives the choice. @returns {VarianceType} */
    follow() {
      const now = model()?.recipe.variance_type ?? 'fixed_small';
      if (now === said) return /** @type {VarianceType} */ (select.value);
      said = now;
      const learns = now === 'learned' || now === 'learned_range';
      const chosen = learns ? now : fixed.some(([value]) => value === select.value) ? select.value : fixed[0][0];
      /** @type {Array<[string, string]>} */
      const options = learns ? [...fixed, [now, 'as the network says']] : fixed;
      select.replaceChildren(...options.map(([value, words]) => create('option', { value, defaultSelected: value === chosen }, words)));
      select.value = chosen;
      hint.textContent = `The variance of the noise of a step${learns ? '' : '. A network can learn to say it for each pixel; these weights have not'}.`;
      return /** @type {VarianceType} */ (chosen);
    },
    /** Choose one that is on offer, as a visitor would. @param {VarianceType} value */
    choose(value) {
      select.value = value;
      select.dispatchEvent(new Event('change'));
    },
  };
}

/** Whether the network says it, for each pixel. @param {VarianceType} variance */
export const isLearned = (variance) => variance === 'learned' || variance === 'learned_range';

/**
 * Show a pixel's place in pictures, and let it be chosen there: in all by pointing, in the first with the arrow keys.
 * @param {Context} context
 * @param {import('./picture.js').Picture[]} pictures
 */
export function choosePixel({ shared }, pictures) {
  const choose = (/** @type {number} */ pixel) => shared.set({ pixel });
  const [first] = pictures;
  first.steerable(() => shared.now.pixel, choose);
  const mark = () => {
    for (const picture of pictures) picture.mark(shared.now.pixel);
  };
  for (const picture of pictures) picture.choosable(choose);
  shared.listen((changed) => {
    if (changed.has('pixel')) mark();
  });
  mark();
}

/** A pixel's place, for people. @param {number} pixel */
export const placeOf = (pixel) => `row ${Math.floor(pixel / 28) + 1}, column ${(pixel % 28) + 1}`;

/** The address that paths in the repository follow, as the host of the page says it in index.html; empty where it says none. */
const repository = () => document.querySelector('meta[name="repository"]')?.getAttribute('content') ?? '';

/** A path in the repository, as a link where its address is known. @param {string} path */
function codePath(path) {
  const text = create('code', {}, path);
  const address = repository();
  return address ? create('a', { href: `${address.replace(/\/*$/, '/')}${path}` }, text) : text;
}

/**
 * Where the code of a scene is: paths in the repository, each with a button that copies it.
 * @param {...[path: string, names: string]} places path, and the function or type to look for there
 */
export function codeLine(...places) {
  const said = create('span', { className: 'soft' });
  said.setAttribute('role', 'status');
  const items = places.flatMap(([path, names], index) => {
    const copy = create('button', { type: 'button', className: 'link' }, 'copy');
    copy.setAttribute('aria-label', `Copy ${path}`);
    copy.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(path);
        said.textContent = 'copied';
      } catch {
        said.textContent = 'The browser does not let this page copy.';
      }
    });
    return [index > 0 ? '; ' : '', codePath(path), ` (${names}) `, copy];
  });
  return create('p', { className: 'code-line soft' }, 'The code: ', ...items, ' ', said);
}

/**
 * Put a scene's fields, and what all scenes look at, back to what they were at first. The sliders show the latter.
 * @param {HTMLElement} place
 * @param {Shared} shared
 */
function useDefaults(place, shared) {
  for (const control of place.querySelectorAll('input:not([type=range]), select')) {
    if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) setField(control, standardOf(control));
  }
  shared.reset();
}

/**
 * A scene's parts in their place.
 * @param {HTMLElement} place
 * @param {Context} context
 * @param {string} title
 * @param {string} words two or three sentences
 * @param {...Node} parts
 */
export function compose(place, { shared }, title, words, ...parts) {
  const heading = create('h3', { id: `${place.id}-heading`, tabIndex: -1 }, title);
  place.setAttribute('aria-labelledby', heading.id);
  const defaults = action('Use the defaults', () => useDefaults(place, shared));
  place.replaceChildren(heading, create('p', {}, ...indexed(words)), ...parts, create('div', { className: 'actions' }, defaults));
}
