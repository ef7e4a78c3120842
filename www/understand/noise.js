/**
 * Scene 3, Naming the noise: what the network says of a noisy image, as noise, as image and as velocity, and its error over all t.
 *
 * @typedef {import('../protocol.js').Predicted} Predicted
 * @typedef {import('../protocol.js').Term} Term
 */

import { Chart, axis, line } from '../lib/chart.js';
import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { figure, fill, formula, fraction, hat, imageFromNoise, slot, sub, sup, symbols } from './math.js';
import { Picture, pictureRow } from './picture.js';
import { drawLater, logAxis, pointable, thinned } from './plots.js';
import { AllTimes } from './all-times.js';
import { choosePixel, classChoice, codeLine, compose, noiseButton, placeOf, stepSlider } from './scene.js';

/** What the network was trained to say, for people. */
const SAYS = { epsilon: 'the noise ε̂', x0: 'the image x̂₀', v: 'the velocity v̂' };

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function noiseScene(place, context) {
  const { shared, questions } = context;
  const noisy = new Picture('x_t, what the network sees');
  const eps = new Picture('ε, the noise in it', { span: 2.5 });
  const epsHat = new Picture('ε̂, the noise that it sees', { span: 2.5 });
  const error = new Picture('ε̂ − ε, blue below 0 and orange above', { span: 1.5, signed: true });
  const x0Hat = new Picture('x̂₀, the image that follows');
  const vHat = new Picture('v̂, the velocity that follows', { span: 2.5 });
  const pictures = [noisy, eps, epsHat, error, x0Hat, vHat];
  choosePixel(context, pictures);
  const told = classChoice(context);

  const toImage = imageFromNoise(
    'The image from the noise: x 0 hat is x t minus the root of 1 minus alpha bar times epsilon hat, divided by the root of alpha bar, with the numbers of the chosen pixel',
    'x0',
  );
  const toVelocity = formula(
    'The velocity: v hat is the root of alpha bar times epsilon hat minus the root of 1 minus alpha bar times x 0 hat, with the numbers of the chosen pixel',
    [hat('v'), '=', symbols.rootAlphaBar(), symbols.epsHat(), '−', symbols.rootNoise(), symbols.x0Hat()],
    ['=', slot('signal'), '·', slot('eps', 'factor'), '−', slot('noise'), '·', slot('x0', 'factor'), '=', slot('v')],
  );
  const loss = formula(
    'The loss: the mean over all pixels of the squared difference of epsilon hat and epsilon; for the chosen pixel and for the image',
    [sub('L', 'simple'), '=', fraction('1', '784'), '∑', sup(['( ε −', symbols.epsHat(), ')'], '2')],
    [sup(['(', slot('epsTrue'), '−', slot('eps', 'factor'), ')'], '2'), '=', slot('square')],
    [sub('L', 'simple'), '=', slot('loss')],
  );
  const three = create('tbody', {});
  const table = create('table', {},
    create('caption', { className: 'soft' }),
    create('thead', {}, create('tr', {}, ...['quantity', 'true', 'said', 'mean squared error'].map((name) => Object.assign(create('th', {}, name), { scope: 'col' })))),
    three);

  const chartBox = create('div', { className: 'understand-chart' });
  pointable(chartBox, shared);
  const chart = new Chart(chartBox);
  chart.build({
    scales: { x: { time: false }, y: { distr: 3, log: 10 } },
    axes: [axis({ size: 28, space: 70 }), logAxis()],
    series: [{ label: 't' }, line('of ε̂', '--accent'), line('of x̂₀', '--ink'), line('of v̂', '--soft', { dash: [2, 4] }), line('now', '--accent', { points: { show: true, size: 10 }, width: 0 })],
  }, [[], [], [], [], []]);
  const all = new AllTimes(context, { variance: () => 'fixed_small', inView: () => place.checkVisibility() });
  const chartWords = create('p', { className: 'soft' });

  compose(
    place,
    context,
    'Naming the noise',
    'The network sees only the noisy image and t, and says which part of it is noise. With that the image is known, too: noise, image and velocity are three ways to say the same. '
      + 'Training makes the squared error of one of them small, at all t at once.',
    stepSlider(context),
    create('div', { className: 'fields three' }, told.box),
    create('div', { className: 'actions' }, noiseButton(context)),
    pictureRow(...pictures),
    toImage, toVelocity, loss,
    table,
    create('figure', { className: 'chart' },
      create('figcaption', { className: 'key' }, 'Mean squared error of this image over t: ', create('span', { className: 'smooth' }, 'of ε̂'), create('span', { className: 'noise' }, 'of x̂₀'), create('span', { className: 'snr' }, 'of v̂')),
      chartBox, chartWords),
    codeLine(['crate/diffusion/prediction.rs', 'Prediction::convert'], ['crate/diffusion/loss.rs', 'simple_loss'], ['crate/web/tasks/explain/predict.rs', 'predict']),
  );

  /** @type {Predicted | undefined} */
  let last;

  const showPixel = () => {
    if (!last) return;
    const at = shared.now.pixel;
    const { signal, noise } = last.level;
    fill(toImage, { xT: last.x_t[at], noise, signal, eps: last.eps_hat[at], x0: last.x0_hat[at] });
    fill(toVelocity, { noise, signal, eps: last.eps_hat[at], x0: last.x0_hat[at], v: last.v_hat[at] });
    fill(loss, { epsTrue: last.eps[at], eps: last.eps_hat[at], square: (last.eps[at] - last.eps_hat[at]) ** 2, loss: last.errors.eps });
    const { errors } = last;
    /** @type {Array<[string, number, number, number]>} */
    const rows = [
      ['noise ε', last.eps[at], last.eps_hat[at], errors.eps],
      ['image x₀', shared.now.image[at] / 127.5 - 1, last.x0_hat[at], errors.x0],
      ['velocity v', last.v[at], last.v_hat[at], errors.v],
    ];
    three.replaceChildren(...rows.map(([name, ...numbers]) => create('tr', {},
      Object.assign(create('th', {}, name), { scope: 'row' }), ...numbers.map((number) => create('td', {}, figure(number))))));
    const caption = table.querySelector('caption');
    if (caption) caption.textContent = `The pixel in ${placeOf(at)}, and the errors of the whole image. These weights say ${SAYS[last.prediction]}; the others follow from it.`;
    place.dataset.pixel = String(at);
  };

  /** @param {Term[]} terms */
  const showLosses = (terms) => {
    const marked = last ? last.level.t : -1;
    const nearest = terms.reduce((best, term, index) => (Math.abs(term.level.t - marked) < Math.abs(terms[best].level.t - marked) ? index : best), 0);
    const shown = thinned(terms.length, nearest).map((index) => terms[index]);
    const errors = (/** @type {'eps' | 'x0' | 'v'} */ kind) => shown.map((term) => (term.errors[kind] > 0 ? term.errors[kind] : null));
    drawLater('losses', () => chart.show([shown.map(({ level }) => level.t), errors('eps'), errors('x0'), errors('v'), shown.map((term) => (term === terms[nearest] ? term.errors.eps : null))]));
    const worst = terms.reduce((most, term) => (term.errors.eps > most.errors.eps ? term : most), terms[0]);
    const many = terms.length === all.wanted ? `At ${count(terms.length)} t` : `At ${count(terms.length)} of ${count(all.wanted)} t so far`;
    chartWords.textContent = `${many}, with the same noise. The largest error of ε̂, ${figure(worst.errors.eps)}, is at t = ${count(worst.level.t)}.`;
    chartBox.setAttribute('aria-label', chartWords.textContent);
  };

  const show = async () => {
    if (!shared.now.chosen) return;
    told.follow();
    const answer = await questions.latest('predict', { predict: { noisy: shared.noisy(), class: shared.now.digit } });
    if (!answer || !('predicted' in answer)) return;
    last = answer.predicted;
    const { x_t, eps_hat } = last;
    noisy.show(x_t);
    eps.show(last.eps);
    epsHat.show(eps_hat);
    error.show(last.eps.map((value, at) => eps_hat[at] - value));
    x0Hat.show(last.x0_hat);
    vHat.show(last.v_hat);
    place.dataset.t = String(last.level.t);
    showPixel();
    if (all.terms.length > 0) showLosses(all.terms);
  };

  return {
    show: () => {
      show();
      all.begin(showLosses);
    },
    changed: (names) => {
      if (['image', 'seed', 't', 'digit'].some((name) => names.has(name))) show();
      else if (names.has('pixel')) showPixel();
      if (['image', 'seed', 'digit', 'timesteps'].some((name) => names.has(name))) all.begin(showLosses);
    },
  };
}
