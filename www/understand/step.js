/**
 * Scene 4, One step back: the posterior's mean of x̂₀ and x_t, and the noise that is added to it; for the chosen pixel, or with numbers
 * typed by hand.
 *
 * @typedef {import('../protocol.js').Step} Step
 * @typedef {import('../protocol.js').StepNumbers} StepNumbers
 * @typedef {import('../protocol.js').StepCoefficients} StepCoefficients
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { bar, figure, fill, formula, fraction, imageFromNoise, indexed, root, slot, sub, sup, symbols, text, tilde } from './math.js';
import { Picture, pictureRow } from './picture.js';
import { action, check, choice, choosePixel, classChoice, codeLine, compose, field, isLearned, noiseButton, placeOf, stepSlider, varianceChoice } from './scene.js';

/** The numbers of an example that can be followed by hand: x_t 0.4, ε̂ 0.3, z 0.1 at ᾱ = 0.5 and β = 0.01 lead to 0.408, with σ² = β and no clipping. */
const EXAMPLE = { x_t: 0.4, eps_hat: 0.3, z: 0.1, alpha_bar: 0.5, beta: 0.01 };

/** Names, labels, and what the numbers are. @type {Array<[keyof typeof EXAMPLE, string, string]>} */
const TYPED = [
  ['x_t', 'xₜ', 'Where the step begins.'], ['eps_hat', 'ε̂', 'The noise seen in it.'], ['z', 'z', 'The fresh noise.'],
  ['alpha_bar', 'ᾱₜ', 'What is left of the image, as power.'], ['beta', 'βₜ', 'The noise of this step, as power.'],
];

/** The steps of the arithmetic, symbols above numbers. */
function arithmetic() {
  const before = () => sub(bar('α'), 't − 1');
  const one = imageFromNoise(
    'First the image: x 0 hat is x t minus the root of 1 minus alpha bar times epsilon hat, divided by the root of alpha bar, with numbers',
    'x0Hat',
  );
  const two = formula(
    'Then the mean: a coefficient times x 0 hat plus another times x t, with numbers',
    [tilde('μ'), '=', fraction([root(before()), sub('β', 't')], ['1 −', symbols.alphaBar()]), symbols.x0Hat(),
      '+', fraction([root('1 −', sub('β', 't')), '( 1 −', before(), ')'], ['1 −', symbols.alphaBar()]), symbols.xT()],
    ['=', slot('c0'), '·', slot('x0Used', 'factor'), '+', slot('cT'), '·', slot('xT', 'factor'), '=', slot('mean')],
  );
  const three = formula(
    'Then the noise: x at t minus 1 is the mean plus sigma times z, with numbers',
    [sub('x', 't − 1'), '=', tilde('μ'), '+', 'σ', 'z'],
    ['=', slot('mean'), '+', slot('sigma'), '·', slot('z', 'factor'), '=', slot('xPrev')],
  );
  return { one, two, three };
}

/** Where ln σ² of a pixel lies between those of β̃ (0) and β (1). @param {Step} step @param {number} pixel */
const shareOf = ({ variance, coefficients: { beta, beta_tilde } }, pixel) =>
  (variance.length === 0 ? NaN : Math.log(variance[pixel] / beta_tilde) / Math.log(beta / beta_tilde));

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function stepScene(place, context) {
  const { shared, questions } = context;
  const from = new Picture('x_t, where the step begins');
  const eps = new Picture('ε̂, the noise that the network sees', { span: 2.5 });
  const x0 = new Picture('x̂₀, the image that it sees');
  const mean = new Picture('μ̃, the mean');
  const noise = new Picture('σ·z, the noise');
  const to = new Picture('x at the end of the step');
  const between = new Picture('σ² as the network says it, from β̃ (black) to β (white)');
  const pictures = [from, eps, x0, mean, noise, to];
  choosePixel(context, [...pictures, between]);

  /** @type {VarianceType} */
  let variance = 'fixed_large';
  let clip = true;
  let stride = 1;
  /** Where the next step begins, if steps have been taken; else it is x_t of the image. @type {number[]} */
  let reached = [];
  /** @type {Step | undefined} */
  let last;

  const variances = varianceChoice(context, [['fixed_large', 'β'], ['fixed_small', 'β̃']], (value) => {
    variance = value;
    all();
  });
  /** The σ² of the arithmetic by hand, where no network says one. */
  const byHandVariance = () => (isLearned(variance) ? 'fixed_large' : variance);
  const clipping = check('Clip x̂₀ to −1 … 1', 'Keeps the estimate in the range of images', clip, (checked) => {
    clip = checked;
    all();
  });
  const strides = choice('Steps at once', 'How far one press goes.', [['1', '1'], ['10', '10'], ['50', '50'], ['200', '200']], (value) => {
    stride = Number(value);
    show();
  });
  const told = classChoice(context);

  const next = action('Take the step', () => {
    if (!last) return;
    if (last.prev == null) {
      reached = [];
      shared.set({ t: shared.now.timesteps - 1 });
      show();
      return;
    }
    reached = last.x_prev;
    stepping = true;
    shared.set({ t: last.prev });
    stepping = false;
    show();
  });
  /** Whether t changes because a step was taken, and x with it. */
  let stepping = false;
  const restart = action('From the image again', () => {
    reached = [];
    show();
  });

  const { one, two, three } = arithmetic();
  const learned = formula(
    'The variance of this pixel: sigma squared is beta to the power v times beta tilde to the power 1 minus v, with numbers',
    [sup('σ', '2'), '=', sup(sub('β', 't'), 'v'), '·', sup(tilde('β'), ['1 −', 'v'])],
    ['v =', slot('share'), text(' ,  '), sup('σ', '2'), '=', slot('variance')],
  );
  const clipped = create('p', { className: 'soft' });
  const coefficients = create('dl', { className: 'numbers' });
  const where = create('p', { className: 'soft' });
  where.setAttribute('role', 'status');

  // The same for numbers typed by hand.
  const byHand = arithmetic();
  const inputs = TYPED.map(([name, label, words]) => {
    const input = create('input', { type: 'number', step: 'any', defaultValue: String(EXAMPLE[name]) });
    input.addEventListener('input', () => showTyped());
    return { name, input, box: field(label, input, words) };
  });
  const example = action('0.4, 0.3, 0.1', () => {
    for (const { name, input } of inputs) input.value = String(EXAMPLE[name]);
    handClipBox.checked = false;
    if (byHandVariance() !== 'fixed_large') variances.choose('fixed_large');
    showTyped();
  });
  example.setAttribute('aria-description', 'An example to follow by hand, with σ² = β and no clipping: it ends at 0.408');
  const pixel = action('The pixel’s numbers', () => {
    if (!last) return;
    const at = shared.now.pixel;
    const { alpha_bar, beta } = last.coefficients;
    const numbers = { x_t: last.x_t[at], eps_hat: last.eps_hat[at], z: last.z[at], alpha_bar, beta };
    for (const { name, input } of inputs) input.value = String(Number(numbers[name].toPrecision(6)));
    showTyped();
  });
  const handClip = check('Clip x̂₀', 'Keeps x̂₀ of the typed numbers in −1 … 1', false, () => showTyped());
  const handClipBox = /** @type {HTMLInputElement} */ (handClip.querySelector('input'));
  const handResult = create('p', {});
  handResult.setAttribute('role', 'status');
  const hand = create('details', { className: 'more', open: true },
    create('summary', {}, 'By hand'),
    create('p', { className: 'soft' }, 'The same arithmetic for numbers of your own. σ² is that chosen above; where the network says it, there is none for typed numbers, and β takes its place.'),
    create('div', { className: 'fields three' }, ...inputs.map(({ box }) => box)),
    create('div', { className: 'actions' }, example, pixel, handClip),
    byHand.one, byHand.two, byHand.three, handResult);
  hand.classList.add('by-hand');

  compose(
    place,
    context,
    'One step back',
    'Were x₀ known, x at t − 1 would be Gaussian around a mix of x₀ and x_t. The network’s guess x̂₀ takes its place; σ² is β or the smaller β̃, '
      + 'and z is fresh noise. In the last step none is added.',
    stepSlider(context),
    create('div', { className: 'fields three' }, variances.box, strides.box, told.box),
    create('div', { className: 'actions' }, next, restart, noiseButton(context), clipping),
    where,
    pictureRow(...pictures, between),
    coefficients,
    one, clipped, two, three, learned,
    hand,
    codeLine(['crate/diffusion/schedule/posterior.rs', 'Posterior'], ['crate/diffusion/reverse_step.rs', 'ReverseStep'], ['crate/samplers/ddpm.rs', 'Ddpm']),
  );

  /** @param {StepCoefficients} of */
  const shown = (of) => ({
    noise: Math.sqrt(1 - of.alpha_bar), signal: Math.sqrt(of.alpha_bar), c0: of.x0, cT: of.x_t, sigma: of.sigma ?? NaN,
  });

  const showPixel = () => {
    if (!last) return;
    const at = shared.now.pixel;
    const of = last.coefficients;
    const sigma = of.sigma ?? (last.z[at] === 0 ? NaN : last.noise[at] / last.z[at]);
    const numbers = {
      ...shown(of), sigma, xT: last.x_t[at], eps: last.eps_hat[at], x0Hat: last.x0_hat[at], x0Used: last.x0_used[at],
      mean: last.mean[at], z: last.z[at], xPrev: last.x_prev[at],
    };
    const share = shareOf(last, at);
    for (const part of [one, two, three, learned]) fill(part, { ...numbers, share, variance: last.variance[at] ?? NaN });
    const changed = Math.abs(last.x0_hat[at] - last.x0_used[at]) > 1e-6;
    clipped.textContent = changed ? `Clipped, x̂₀ is ${figure(last.x0_used[at])}.` : '';
    place.dataset.pixel = String(at);
  };

  const show = async () => {
    if (!shared.now.chosen) return;
    told.follow();
    variance = variances.follow();
    const answer = await questions.latest('step', {
      step: { noisy: shared.noisy(), x_t: reached, stride, class: shared.now.digit, variance_type: variance, clip },
    });
    if (!answer || !('step' in answer)) return;
    last = answer.step;
    from.show(last.x_t);
    eps.show(last.eps_hat);
    x0.show(last.x0_used);
    mean.show(last.mean);
    noise.show(last.noise);
    to.show(last.x_prev);
    const { variance: said } = last;
    between.element.hidden = learned.hidden = said.length === 0;
    if (said.length > 0) {
      const step = last;
      between.show(said.map((_, pixel) => 2 * shareOf(step, pixel) - 1));
    }
    const of = last.coefficients;
    coefficients.replaceChildren(...[['factor of x̂₀', of.x0], ['factor of x_t', of.x_t], ['β', of.beta], ['β̃', of.beta_tilde], ['σ', of.sigma]]
      .map(([name, value]) => create('div', {}, create('dt', {}, ...indexed(String(name))), create('dd', {}, value == null ? 'learned' : figure(Number(value))))));
    const end = last.prev == null ? 'x₀, without noise' : `t = ${count(last.prev)}`;
    where.textContent = `From t = ${count(last.level.t)} to ${end}. The pixel is in ${placeOf(shared.now.pixel)}.`;
    next.textContent = last.prev == null ? 'Begin at noise again' : 'Take the step';
    place.dataset.t = String(last.level.t);
    showPixel();
  };

  const showTyped = async () => {
    /** @type {any} */
    const typed = Object.fromEntries(inputs.map(({ name, input }) => [name, input.valueAsNumber]));
    const answer = await questions.latest('pixel step', { pixel_step: { ...typed, variance_type: byHandVariance(), clip: handClipBox.checked } });
    if (!answer) return;
    hand.dataset.answered = JSON.stringify(typed);
    if ('refused' in answer) {
      handResult.textContent = answer.refused;
      return;
    }
    if (!('pixel_step' in answer)) return;
    const found = answer.pixel_step;
    const numbers = {
      ...shown(found.coefficients), xT: typed.x_t, eps: typed.eps_hat, x0Hat: found.x0_hat, x0Used: found.x0_used, mean: found.mean, z: typed.z, xPrev: found.x_prev,
    };
    for (const part of [byHand.one, byHand.two, byHand.three]) fill(part, numbers);
    handResult.textContent = `xₜ = ${figure(typed.x_t)} goes to ${figure(found.x_prev)}.`;
  };

  const all = () => {
    variance = variances.follow();
    show();
    showTyped();
  };

  return {
    show: all,
    changed: (names) => {
      if (names.has('t') && !stepping) reached = [];
      if (['image', 'seed', 'weights'].some((name) => names.has(name))) reached = [];
      if (stepping) return;
      if (['image', 'seed', 't', 'digit'].some((name) => names.has(name))) show();
      else if (names.has('pixel')) showPixel();
    },
  };
}
