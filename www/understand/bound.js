/**
 * Scene 5, The bound: what it would cost to send the image through the chain, term by term, and what L_simple makes of the terms.
 *
 * @typedef {import('../protocol.js').Term} Term
 * @typedef {import('../protocol.js').VarianceType} VarianceType
 */

import { Chart, axis, line } from '../lib/chart.js';
import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { AllTimes } from './all-times.js';
import { bar, figure, fill, formula, fraction, hat, indexed, named, root, slot, sub, sup, symbols, text, tilde } from './math.js';
import { drawLater, logAxis, pointable, thinned } from './plots.js';
import { Picture, pictureRow } from './picture.js';
import { choosePixel, classChoice, codeLine, compose, isLearned, noiseButton, placeOf, stepSlider, varianceChoice } from './scene.js';

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function boundScene(place, context) {
  const { shared, questions } = context;
  /** @type {VarianceType} */
  let variance = 'fixed_small';
  const all = new AllTimes(context, { variance: () => variance, inView: () => place.checkVisibility() });
  const told = classChoice(context);
  const clean = new Picture('x₀, the image that is sent');
  choosePixel(context, [clean]);
  const variances = varianceChoice(context, [['fixed_small', 'β̃'], ['fixed_large', 'β']], (value) => {
    variance = value;
    noWeights.hidden = !isLearned(variance);
    all.begin(showTerms);
    showTerm();
  });
  const noWeights = create('p', { className: 'soft' }, 'With a σ² that the network says, a term depends on σ² as well as on the error, so there is no weight to draw: only the error of ε̂ is shown.');

  const whole = formula(
    'The bound: minus the logarithm of p of x 0 is at most L T plus the sum of all L t minus 1 plus L 0; with the numbers in bits per dimension',
    ['−', named('ln'), 'p', '(', symbols.x0(), ') ≤', sub('L', 'T'), '+', sub('∑', 't'), sub('L', 't − 1'), '+', sub('L', '0')],
    [slot('total'), '=', slot('prior'), '+', slot('middle'), '+', slot('decoder'), text(' bits/dim')],
  );
  const divergence = formula(
    'A term, in nats: the KL divergence of two Gaussians, one half of the ratio of the variances minus 1 minus its logarithm, plus the squared difference of the means over twice sigma squared; with the numbers of the chosen pixel',
    [sub('L', 't − 1'), '=', fraction('1', '2'), '( r − 1 −', named('ln'), 'r ) +', fraction([sup('c', '2'), sup(['(', symbols.x0(), '−', symbols.x0Hat(), ')'], '2')], ['2', sup('σ', '2')])],
    ['r =', fraction(tilde('β'), sup('σ', '2')), text(' ,  '), 'c =', fraction([root(sub(bar('α'), 't − 1')), sub('β', 't')], ['1 −', symbols.alphaBar()])],
    ['=', slot('ratioPart'), '+', fraction([sup(slot('factor', 'factor'), '2'), '·', sup(['(', slot('x0'), '−', slot('x0Hat', 'factor'), ')'], '2')], ['2 ·', slot('variance', 'factor')])],
    ['=', slot('nats'), text(' nats')],
  );
  const decoder = formula(
    'The last term: minus the logarithm of the probability that a Gaussian around x 0 hat gives to the grey level of the pixel; with the numbers of the chosen pixel',
    [sub('L', '0'), '= −', named('ln'), 'p', '(', symbols.x0(), '|', sub('x', '1'), ')'],
    ['= −', named('ln'), 'N', '(', slot('x0', 'factor'), ';', slot('x0Hat', 'factor'), ',', slot('variance'), ') =', slot('nats')],
  );
  const simple = formula(
    'Written with the noise, a term is a weight times the squared error of epsilon hat; L simple puts 1 in the place of the weight',
    [sub('L', 't − 1'), '≈', sub('w', 't'), '·', sup(['∥', 'ε −', hat('ε'), '∥'], '2'), text(' ,  '), sub('w', 't'), '=', slot('weight')],
  );
  const where = create('p', { className: 'soft' });

  const parts = ['L_T', 'ΣL', 'L_0'].map((name) => create('span', { className: 'part', title: name }));
  const barBox = create('div', { className: 'stack' }, ...parts);
  barBox.setAttribute('role', 'img');
  const legend = create('dl', { className: 'numbers' });
  const progress = create('progress', { max: 1, value: 0 });
  progress.setAttribute('aria-label', 'Terms of the bound computed');
  const progressWords = create('p', { className: 'soft' });

  const termBox = create('div', { className: 'understand-chart' });
  pointable(termBox, shared);
  const terms = new Chart(termBox);
  const logY = { distr: /** @type {3} */ (3), log: /** @type {10} */ (10) };
  terms.build({
    scales: { x: { time: false }, y: logY },
    axes: [axis({ size: 28, space: 70 }), logAxis()],
    series: [{ label: 't' }, line('bits/dim', '--accent'), line('now', '--ink', { width: 0, points: { show: true, size: 10 } })],
  }, [[], [], []]);
  const weightBox = create('div', { className: 'understand-chart' });
  pointable(weightBox, shared);
  const weights = new Chart(weightBox);
  weights.build({
    scales: { x: { time: false }, y: logY },
    axes: [axis({ size: 28, space: 70 }), logAxis()],
    series: [{ label: 't' }, line('weight in the bound', '--accent'), line('weight in L_simple', '--ink', { dash: [8, 5] }), line('error of ε̂', '--soft', { dash: [2, 4] })],
  }, [[], [], [], []]);

  compose(
    place,
    context,
    'The bound',
    'How many bits does it take to send this image, if sender and receiver share the network? The chain sends it in steps, and each costs as much as the network’s Gaussian is off. '
      + 'The sum is a bound on −ln p(x₀); L_simple, which trains the network, weighs the same errors in another way.',
    create('div', { className: 'fields three' }, variances.box, told.box),
    create('div', { className: 'actions' }, noiseButton(context)),
    create('div', { className: 'bound-progress' }, progress, progressWords),
    barBox, legend, whole,
    create('figure', { className: 'chart' }, create('p', { className: 'chart-title' }, 'Bits/dim of each step'), termBox),
    stepSlider(context),
    pictureRow(clean), where, divergence, decoder, simple,
    create('figure', { className: 'chart' },
      create('p', { className: 'chart-title' }, ...indexed('What L_simple leaves out')),
      create('figcaption', { className: 'key' }, create('span', { className: 'smooth' }, 'weight in the bound'), create('span', { className: 'noise' }, ...indexed('in L_simple')), create('span', { className: 'snr' }, 'squared error of ε̂')),
      weightBox, noWeights,
      create('p', { className: 'soft' }, ...indexed('L_simple gives every t the weight 1, and leaves out L_T, the grey levels of L_0, and what σ² costs. Against the bound it so looks more at noisy images, where shapes are decided, and less at the last bits of grey.'))),
    codeLine(['crate/diffusion/vlb.rs', 'VariationalBound'], ['crate/diffusion/decoder.rs', 'ln_level_probability'], ['crate/diffusion/loss.rs', 'VlbCoefficients']),
  );

  /** @param {Term[]} found */
  const showTerms = (found) => {
    const sum = (/** @type {Term[]} */ of) => of.reduce((bits, term) => bits + term.bits, 0);
    const last = sum(found.filter(({ level }) => level.t === 0));
    const middle = sum(found.filter(({ level }) => level.t > 0));
    const { prior } = all;
    const total = prior + middle + last;
    fill(whole, { total, prior, middle, decoder: last });
    /** @type {Array<[string, number, string]>} */
    const shares = [['L_T, what is left at the end', prior, 'prior'], ['the steps between', middle, 'middle'], ['L_0, the grey levels', last, 'decoder']];
    for (const [index, [, bits]] of shares.entries()) parts[index].style.flexGrow = String(Math.max(bits / total, 0));
    barBox.setAttribute('aria-label', `${figure(total)} bits/dim: ${shares.map(([name, bits]) => `${name} ${figure(bits)}`).join(', ')}`);
    legend.replaceChildren(...[...shares, /** @type {[string, number, string]} */ (['together', total, 'total'])].map(([name, bits, kind]) =>
      create('div', { className: kind }, create('dt', {}, ...indexed(name)), create('dd', {}, figure(bits)))));
    const complete = found.length === all.wanted;
    progress.value = found.length / all.wanted;
    progressWords.textContent = complete
      ? `All ${count(all.wanted)} terms, from one draw of noise.`
      : `${count(found.length)} of ${count(all.wanted)} terms so far; the sum grows until all are there.`;
    place.dataset.complete = String(complete);
    const times = found.map(({ level }) => level.t);
    const nearest = times.reduce((best, t, index) => (Math.abs(t - shared.now.t) < Math.abs(times[best] - shared.now.t) ? index : best), 0);
    const positive = (/** @type {number | null} */ value) => (value !== null && value > 0 ? value : null);
    const shown = thinned(found.length, nearest).map((index) => found[index]);
    const at = shown.map(({ level }) => level.t);
    drawLater('terms', () => terms.show([at, shown.map(({ bits }) => positive(bits)), shown.map((term) => (term === found[nearest] ? positive(term.bits) : null))]));
    drawLater('weights', () => weights.show([at, shown.map(({ weight }) => positive(weight)), at.map((t) => (t > 0 ? 1 : null)), shown.map(({ errors }) => positive(errors.eps))]));
    const most = found.reduce((best, term) => (term.bits > best.bits ? term : best), found[0]);
    termBox.setAttribute('aria-label', `Bits/dim of each step over t, on a logarithmic axis; the dearest is t = ${count(most.level.t)} with ${figure(most.bits)}`);
    weightBox.setAttribute('aria-label', 'The weight of each t in the bound and in L_simple, and the squared error of ε̂, on a logarithmic axis');
  };

  const showTerm = async () => {
    const { image, seed, t, digit, pixel, chosen } = shared.now;
    if (!chosen) return;
    clean.show(Array.from(image, (grey) => grey / 127.5 - 1));
    const answer = await questions.latest('term', { terms: { image, seed, times: [t], class: digit, variance_type: variance, pixel } });
    if (!answer || !('terms' in answer)) return;
    const [{ level, weight, pixel: of }] = answer.terms.terms;
    const ratio = of.beta_tilde / of.variance;
    const numbers = {
      factor: of.x0_factor, x0: of.x0, x0Hat: of.x0_hat, variance: of.variance, nats: of.nats,
      ratioPart: 0.5 * (ratio - 1 - Math.log(ratio)), weight: weight ?? NaN,
    };
    for (const part of [divergence, decoder, simple]) fill(part, numbers);
    decoder.hidden = level.t > 0;
    divergence.hidden = level.t === 0;
    simple.hidden = weight == null;
    where.textContent = `The term of t = ${count(level.t)}, and in it the pixel in ${placeOf(pixel)}, in nats.`;
    place.dataset.t = String(level.t);
    place.dataset.pixel = String(pixel);
    if (all.terms.length > 0) showTerms(all.terms);
  };

  return {
    show: () => {
      told.follow();
      variance = variances.follow();
      noWeights.hidden = !isLearned(variance);
      all.begin(showTerms);
      showTerm();
    },
    changed: (names) => {
      if (['image', 'seed', 'digit', 'timesteps'].some((name) => names.has(name))) all.begin(showTerms);
      if (['image', 'seed', 'digit', 't', 'pixel'].some((name) => names.has(name))) showTerm();
    },
  };
}
