/**
 * Scene 2, Schedules: the same image with the same noise at the same t under each schedule, and the curves of all of them.
 *
 * @typedef {import('../protocol.js').Schedules} Schedules
 * @typedef {import('../protocol.js').ScheduleCurve} ScheduleCurve
 * @typedef {import('../protocol.js').ScheduleKind} ScheduleKind
 */

import { Chart, axis, line } from '../lib/chart.js';
import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { figure, fill, formula, fraction, named, root, slot, sub, sup, symbols, text } from './math.js';
import { drawLater, logAxis, pointable } from './plots.js';
import { Picture, pictureRow } from './picture.js';
import { check, choice, choosePixel, codeLine, compose, noiseButton, placeOf, stepSlider } from './scene.js';

/** What the schedules are called, and the lines of their curves. @type {Record<ScheduleKind, { name: string, stroke: string, dash: number[] }>} */
const KINDS = {
  linear: { name: 'linear', stroke: '--curve-1', dash: [] },
  scaled_linear: { name: 'scaled linear', stroke: '--curve-2', dash: [10, 4] },
  cosine: { name: 'cosine', stroke: '--curve-3', dash: [] },
  sigmoid: { name: 'sigmoid', stroke: '--curve-4', dash: [3, 3] },
  log_snr: { name: 'linear in log SNR', stroke: '--curve-5', dash: [10, 3, 2, 3] },
};

/** How each is defined. @returns {Record<ScheduleKind, HTMLElement>} */
const definitions = () => ({
  linear: formula('Linear: beta runs evenly from its first to its last value', [sub('β', 't'), '=', sub('β', '0'), '+', fraction('t', 'T − 1'), '(', sub('β', 'T−1'), '−', sub('β', '0'), ')']),
  scaled_linear: formula('Scaled linear: the root of beta runs evenly', [root(sub('β', 't')), '=', root(sub('β', '0')), '+', fraction('t', 'T − 1'), '(', root(sub('β', 'T−1')), '−', root(sub('β', '0')), ')']),
  cosine: formula('Cosine: alpha bar falls as the square of a cosine', [symbols.alphaBar(), '∝', sup(text('cos'), '2'), '(', fraction(['(', 't', '+ 1', ') /', 'T', '+ 0.008'], '1.008'), '·', fraction('π', '2'), ')']),
  sigmoid: formula('Sigmoid: beta rises as a sigmoid of u, which runs evenly from minus 6 to 6', [sub('β', 't'), '=', sub('β', '0'), '+', fraction([sub('β', 'T−1'), '−', sub('β', '0')], ['1 +', sup('e', '− u')])]),
  log_snr: formula('Linear in log SNR: the logarithm of alpha bar over 1 minus alpha bar falls evenly', [named('ln'), fraction(symbols.alphaBar(), ['1 −', symbols.alphaBar()]), '=', text('linear in '), 't']),
});

/** @param {string} kind */
const keyClass = (kind) => `curve ${kind}`;

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function schedulesScene(place, context) {
  const { shared, questions, model } = context;
  const kinds = /** @type {ScheduleKind[]} */ (Object.keys(KINDS));
  const pictures = new Map(kinds.map((kind) => [kind, new Picture(`x_t under the schedule ${KINDS[kind].name}`, { caption: [create('span', { className: keyClass(kind) }, KINDS[kind].name)] })]));
  choosePixel(context, [...pictures.values()]);

  let rescale = false;
  const zero = check('Zero terminal SNR', 'Stretches each schedule so that nothing of the image is left at the last step', rescale, (checked) => {
    rescale = checked;
    show();
    showCurves();
  });
  /** @type {ScheduleKind} */
  let formulaOf = 'linear';
  const chosen = choice('Formula of', 'Whose definition stands below.', kinds.map((kind) => /** @type {[ScheduleKind, string]} */ ([kind, KINDS[kind].name])), (kind) => {
    formulaOf = kind;
    showPixel();
  });
  const defined = definitions();
  const definition = create('div', {});
  const product = formula('Alpha bar is the product of 1 minus beta over all steps so far', [symbols.alphaBar(), '=', sub('∏', 's ≤ t'), '( 1 −', sub('β', 's'), ')', '=', slot('alphaBar')]);
  const pixelFormula = formula(
    'x t is the root of alpha bar times x 0 plus the root of 1 minus alpha bar times epsilon, with the numbers of the chosen pixel',
    [symbols.xT(), '=', root(slot('alphaBar')), '·', slot('x0', 'factor'), '+', root('1 −', slot('alphaBar')), '·', slot('eps', 'factor'), '=', slot('xT')],
  );

  const rows = create('tbody', {});
  const caption = create('caption', { className: 'soft' });
  const head = ['schedule', 'βₜ', 'ᾱₜ', 'SNR', 'pixel of xₜ'].map((name) => Object.assign(create('th', {}, name), { scope: 'col' }));
  const table = create('table', {}, caption, create('thead', {}, create('tr', {}, ...head)), rows);

  const key = () => create('figcaption', { className: 'key' }, ...kinds.map((kind) => create('span', { className: keyClass(kind) }, KINDS[kind].name)));
  const boxes = [0, 1, 2].map(() => create('div', { className: 'understand-chart' }));
  for (const box of boxes) pointable(box, shared);
  const [alphaChart, snrChart, betaChart] = boxes.map((box) => new Chart(box));
  const lines = kinds.map((kind) => line(KINDS[kind].name, KINDS[kind].stroke, { dash: KINDS[kind].dash }));
  const now = line('now', '--ink', { width: 0, points: { show: true, size: 9 } });
  const empty = /** @type {uPlot.AlignedData} */ ([[], ...lines.map(() => []), []]);
  const x = { time: false };
  alphaChart.build({ scales: { x, y: { range: [0, 1] } }, axes: [axis({ size: 28, space: 70 }), axis({ size: 40, space: 34 })], series: [{ label: 't' }, ...lines, now] }, empty);
  for (const chart of [snrChart, betaChart]) {
    chart.build({
      scales: { x, y: { distr: 3, log: 10 } },
      axes: [axis({ size: 28, space: 70 }), logAxis()],
      series: [{ label: 't' }, ...lines, now],
    }, empty);
  }
  const chartOf = (/** @type {string} */ title, /** @type {HTMLElement} */ box) => create('figure', { className: 'chart' }, create('p', { className: 'chart-title' }, title), key(), box);

  compose(
    place,
    context,
    'Schedules',
    'A schedule says how fast the image is forgotten. With T = 1,000 the linear one needs a quarter of the steps until noise is as strong as the image; the cosine one takes twice as long. '
      + 'With a terminal SNR of 0 nothing at all is left at the last step.',
    stepSlider(context),
    create('div', { className: 'actions' }, zero, noiseButton(context)),
    pictureRow(...pictures.values()),
    create('div', { className: 'fields three' }, chosen.box),
    definition, product, pixelFormula,
    table,
    chartOf('ᾱ, what is left of the image’s power', boxes[0]),
    chartOf('SNR = ᾱ / (1 − ᾱ)', boxes[1]),
    chartOf('β, the noise of each step', boxes[2]),
    codeLine(['crate/diffusion/schedule/kind.rs', 'ScheduleKind::betas'], ['crate/diffusion/schedule/mod.rs', 'rescale_zero_terminal_snr']),
  );

  /** @type {Schedules | undefined} */
  let last;
  /** @type {ScheduleCurve[]} */
  let curves = [];

  const showPixel = () => {
    if (!last) return;
    const at = shared.now.pixel;
    const used = model()?.recipe.schedule;
    rows.replaceChildren(...last.samples.map(({ kind, level, x_t }) => create('tr', {},
      Object.assign(create('th', {}, KINDS[kind].name + (kind === used ? ', in use' : '')), { scope: 'row' }),
      ...[level.beta, level.alpha_bar, level.snr, x_t[at]].map((value) => create('td', {}, figure(value))))));
    caption.textContent = `At t = ${count(last.samples[0].level.t)}; the pixel in ${placeOf(at)}.`;
    const sample = last.samples.find(({ kind }) => kind === formulaOf);
    definition.replaceChildren(defined[formulaOf]);
    if (sample) {
      const numbers = { alphaBar: sample.level.alpha_bar, x0: shared.now.image[at] / 127.5 - 1, eps: last.eps[at], xT: sample.x_t[at] };
      for (const part of [product, pixelFormula]) fill(part, numbers);
    }
    place.dataset.pixel = String(at);
  };

  const drawCurves = () => {
    if (curves.length === 0) return;
    const times = curves[0].levels.map(({ t }) => t);
    const nearest = times.reduce((best, t, index) => (Math.abs(t - shared.now.t) < Math.abs(times[best] - shared.now.t) ? index : best), 0);
    const ordered = kinds.flatMap((kind) => curves.filter((curve) => curve.kind === kind));
    /** @param {'alpha_bar' | 'snr' | 'beta'} name @returns {uPlot.AlignedData} */
    const data = (name) => {
      const columns = ordered.map(({ levels }) => levels.map((level) => (level[name] > 0 || name === 'alpha_bar' ? level[name] : null)));
      const marked = columns[kinds.indexOf(formulaOf)];
      return [times, ...columns, times.map((_, index) => (index === nearest ? marked[index] : null))];
    };
    drawLater('alpha_bar', () => alphaChart.show(data('alpha_bar')));
    drawLater('snr', () => snrChart.show(data('snr')));
    drawLater('beta', () => betaChart.show(data('beta')));
    for (const [index, name] of ['ᾱ', 'the SNR', 'β'].entries()) {
      boxes[index].setAttribute('aria-label', `${name} of five schedules over t; the table has the numbers at this t`);
    }
  };

  const showCurves = async () => {
    const answer = await questions.latest('curves', { curves: { rescale } });
    if (!answer || !('curves' in answer)) return;
    curves = answer.curves;
    drawCurves();
  };

  const show = async () => {
    if (!shared.now.chosen) return;
    const answer = await questions.latest('schedules', { schedules: { noisy: shared.noisy(), rescale } });
    if (!answer || !('schedules' in answer)) return;
    last = answer.schedules;
    for (const { kind, x_t } of last.samples) pictures.get(kind)?.show(x_t);
    place.dataset.t = String(last.samples[0].level.t);
    showPixel();
    drawCurves();
  };

  return {
    show: () => {
      show();
      showCurves();
    },
    changed: (names) => {
      if (names.has('timesteps')) showCurves();
      if (['image', 'seed', 't'].some((name) => names.has(name))) show();
      else if (names.has('pixel')) showPixel();
    },
  };
}
