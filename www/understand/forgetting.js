/**
 * Scene 1, Forgetting: an image on its way into noise, by the chain q(x_t | x_{t−1}) step by step and by the closed form in one jump.
 *
 * @typedef {import('../protocol.js').Forgetting} Forgetting
 */

import { Chart, axis, line } from '../lib/chart.js';
import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { drawLater, histogramChart, logAxis, pointable, thinned } from './plots.js';
import { figure, fill, formula, root, slot, sub, symbols } from './math.js';
import { Picture, pictureRow } from './picture.js';
import { choosePixel, codeLine, compose, noiseButton, placeOf, stepSlider } from './scene.js';

/** Milliseconds that each t is seen while it runs by itself. */
const PLAY_MS = 60;
/** So many t are seen from one end to the other. */
const FRAMES = 60;

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function forgettingScene(place, context) {
  const { shared, questions } = context;
  const clean = new Picture('x₀, the image');
  const jump = new Picture('x_t in one jump');
  const chain = new Picture('x_t at the end of the chain');
  const eps = new Picture('ε, the noise of the jump', { span: 2.5 });
  choosePixel(context, [clean, jump, chain, eps]);

  const numbers = create('dl', { className: 'numbers' });
  /** @param {Forgetting['level']} level */
  const showNumbers = ({ beta, alpha_bar, signal, noise, snr }) => {
    numbers.replaceChildren(...[['β', beta], ['ᾱ', alpha_bar], ['√ᾱ', signal], ['√(1−ᾱ)', noise], ['SNR', snr]].map(([name, value]) =>
      create('div', {}, create('dt', {}, String(name)), create('dd', {}, figure(Number(value))))));
  };

  const jumpFormula = formula(
    'The closed form: x t is the root of alpha bar times x 0 plus the root of 1 minus alpha bar times epsilon, with the numbers of the chosen pixel',
    [symbols.xT(), '=', symbols.rootAlphaBar(), symbols.x0(), '+', symbols.rootNoise(), 'ε'],
    ['=', root(slot('alphaBar')), '·', slot('x0', 'factor'), '+', root(slot('rest')), '·', slot('eps', 'factor'), '=', slot('xT')],
  );
  const chainFormula = formula(
    'One step of the chain: x t is the root of 1 minus beta times x at t minus 1 plus the root of beta times z, with the numbers of the chosen pixel',
    [symbols.xT(), '=', root('1 −', sub('β', 't')), sub('x', 't − 1'), '+', root(sub('β', 't')), 'z'],
    ['=', root(slot('alpha')), '·', slot('before', 'factor'), '+', root(slot('beta')), '·', slot('z', 'factor'), '=', slot('chain')],
  );

  const histogram = histogramChart(create('div', { className: 'understand-chart' }), ['jump', 'chain', 'N(0, 1)']);
  const spread = create('p', { className: 'soft' });
  const pathBox = create('div', { className: 'understand-chart' });
  const path = new Chart(pathBox);
  path.build({
    scales: { x: { time: false } },
    axes: [axis({ size: 28, space: 70 }), axis({ size: 40, space: 34 })],
    series: [
      { label: 'step' },
      line('the pixel', '--accent'),
      line('√ᾱ·x₀', '--ink'),
      line('one standard deviation more', '--soft', { dash: [2, 4] }),
      line('and less', '--soft', { dash: [2, 4] }),
    ],
  }, [[], [], [], [], []]);
  const pathWords = create('p', { className: 'soft' });

  const levelBox = create('div', { className: 'understand-chart' });
  levelBox.setAttribute('aria-label', 'ᾱ, √ᾱ, √(1−ᾱ) and the SNR over t, marked at this t; the numbers above are those of the marks');
  pointable(levelBox, shared);
  const levels = new Chart(levelBox);
  const marks = { width: 0, points: { show: true, size: 9 } };
  levels.build({
    scales: { x: { time: false }, y: { range: [0, 1] }, snr: { distr: 3, log: 10 } },
    axes: [axis({ size: 28, space: 70 }), axis({ size: 40, space: 34 }), { ...logAxis(), scale: 'snr', side: 1, grid: { show: false } }],
    series: [
      { label: 't' },
      line('ᾱ', '--accent'), line('√ᾱ', '--accent', { dash: [8, 5] }), line('√(1−ᾱ)', '--ink'), line('SNR', '--soft', { scale: 'snr', dash: [2, 4] }),
      line('ᾱ now', '--accent', marks), line('√ᾱ now', '--accent', marks), line('√(1−ᾱ) now', '--ink', marks), line('SNR now', '--soft', { ...marks, scale: 'snr' }),
    ],
  }, [[], [], [], [], [], [], [], [], []]);
  const showLevels = () => {
    const curves = context.curves();
    if (!curves) return;
    const positive = curves.snr.map((ratio) => (ratio > 0 ? ratio : null));
    const lines = [curves.alpha_bar, curves.signal, curves.noise, positive];
    const { t } = shared.now;
    const shown = thinned(positive.length, t);
    const some = lines.map((values) => shown.map((at) => values[at]));
    levels.show([shown, ...some, ...some.map((values) => values.map((value, index) => (shown[index] === t ? value : null)))]);
  };

  const play = create('button', { type: 'button', className: 'small' }, 'Play');
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let playing;
  const stop = () => {
    clearInterval(playing);
    playing = undefined;
    play.textContent = 'Play';
  };
  play.addEventListener('click', () => {
    if (playing !== undefined) {
      stop();
      return;
    }
    play.textContent = 'Stop';
    const last = shared.now.timesteps - 1;
    if (shared.now.t >= last) shared.set({ t: 0 });
    playing = setInterval(() => {
      const t = Math.min(last, shared.now.t + Math.ceil(last / FRAMES));
      shared.set({ t });
      if (t >= last || !place.checkVisibility()) stop();
    }, PLAY_MS);
  });

  compose(
    place,
    context,
    'Forgetting',
    'Each step keeps a little less of the image and adds a little noise. Step by step or in one jump, the result has the same distribution: '
      + 'a sum of Gaussians is a Gaussian, so √ᾱ and √(1−ᾱ) say it all. At the last step the pixels are spread like N(0, 1), whatever the image was.',
    stepSlider(context),
    create('div', { className: 'actions' }, play, noiseButton(context)),
    pictureRow(clean, jump, chain, eps),
    numbers,
    create('figure', { className: 'chart' },
      create('figcaption', { className: 'key' }, create('span', { className: 'smooth' }, 'ᾱ'), create('span', { className: 'signal' }, '√ᾱ, image'), create('span', { className: 'noise' }, '√(1−ᾱ), noise'), create('span', { className: 'snr' }, 'SNR (right)')),
      levelBox),
    jumpFormula,
    chainFormula,
    create('figure', { className: 'chart' },
      create('figcaption', { className: 'key' }, create('span', { className: 'smooth' }, 'pixels of the jump'), create('span', { className: 'snr' }, 'of the chain'), create('span', { className: 'noise' }, 'N(0, 1)')),
      histogram.element, spread),
    create('figure', { className: 'chart' },
      create('figcaption', { className: 'key' }, create('span', { className: 'smooth' }, 'the pixel along the chain'), create('span', { className: 'noise' }, '√ᾱ·x₀'), create('span', { className: 'snr' }, '± √(1−ᾱ)')),
      pathBox, pathWords),
    codeLine(['crate/diffusion/forward.rs', 'q_sample_at'], ['crate/web/tasks/explain/forgetting.rs', 'forgetting']),
  );

  let last = /** @type {Forgetting | undefined} */ (undefined);

  const showPixel = () => {
    if (!last) return;
    const { level, path: walk, z } = last;
    const { pixel } = shared.now;
    fill(jumpFormula, { alphaBar: level.alpha_bar, rest: level.noise ** 2, x0: walk[0], eps: last.eps[pixel], xT: last.x_t[pixel] });
    fill(chainFormula, { alpha: 1 - level.beta, beta: level.beta, before: walk[walk.length - 2], z, chain: walk[walk.length - 1] });
    const shown = thinned(walk.length);
    const columns = [walk, last.means, last.upper, last.lower].map((values) => shown.map((at) => values[at]));
    drawLater('path', () => path.show([shown, ...columns]));
    pathWords.textContent = `The pixel in ${placeOf(pixel)} on its way through ${count(walk.length - 1)} steps, from ${figure(walk[0])} to ${figure(walk[walk.length - 1])}.`;
    pathBox.setAttribute('aria-label', pathWords.textContent);
  };

  const show = async () => {
    const { pixel, chosen } = shared.now;
    if (!chosen) return;
    const answer = await questions.latest('forgetting', { forgetting: { noisy: shared.noisy(), pixel } });
    if (!answer || !('forgetting' in answer)) return;
    last = answer.forgetting;
    clean.show(Array.from(shared.now.image, (grey) => grey / 127.5 - 1));
    jump.show(last.x_t);
    chain.show(last.chain);
    eps.show(last.eps);
    showNumbers(last.level);
    drawLater('levels', showLevels);
    const { middles, jump: jumps, chain: chains, gaussian, moments, chain_moments } = last.histogram;
    drawLater('histogram', () => histogram.show(middles, jumps, chains, gaussian));
    histogram.element.setAttribute('aria-label', 'How the pixels are spread, of the jump and of the chain, beside N(0, 1)');
    spread.textContent = `Mean and standard deviation of the 784 pixels: ${moments.map((it) => figure(it, 2)).join(' and ')} in the jump, ${chain_moments.map((it) => figure(it, 2)).join(' and ')} in the chain; N(0, 1) has 0 and 1.`;
    place.dataset.t = String(last.level.t);
    place.dataset.pixel = String(pixel);
    showPixel();
  };

  return {
    show,
    changed: (names) => {
      if (['image', 'seed', 't', 'pixel'].some((name) => names.has(name))) show();
    },
  };
}
