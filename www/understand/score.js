/**
 * Scene 6, The score: the direction in which noisy images become likelier, on a plane through three digits, with ways of samplers.
 *
 * @typedef {import('../protocol.js').PlaneView} PlaneView
 * @typedef {import('../protocol.js').ScorePoint} ScorePoint
 * @typedef {import('../protocol.js').PlaneWalk} PlaneWalk
 */

import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { textOf } from '../lib/kept.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';
import { figure, fill, formula, fraction, hat, named, root, slot, sub, symbols } from './math.js';
import { Picture, pictureRow } from './picture.js';
import { action, choice, choosePixel, classChoice, codeLine, compose, noiseButton, placeOf, stepSlider } from './scene.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Points in a row: few enough that the CPU is done with all rows within seconds, and enough that a field is seen. */
const SIZE = 11;
/** The rows, the middle ones first. */
const ROWS = Array.from({ length: SIZE }, (_, row) => row).sort((a, b) => Math.abs(a - (SIZE - 1) / 2) - Math.abs(b - (SIZE - 1) / 2));
/** Forward passes of a way. */
const STEPS = 30;
/** The drawing's edge, in its own units. */
const EDGE = 100;
/** So far an arrow key moves the point. */
const KEY_STEP = 2.5;

/** @param {string} tag @param {Record<string, string>} attributes */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function scoreScene(place, context) {
  const { shared, questions, offered, drawDigits } = context;

  const arrows = svg('path', { class: 'arrows' });
  const ways = { ddim: svg('path', { class: 'way ddim' }), langevin: svg('path', { class: 'way langevin' }) };
  const probe = svg('circle', { class: 'probe', r: '1.6' });
  const here = svg('path', { class: 'here' });
  const drawing = svg('svg', { viewBox: `0 0 ${EDGE} ${EDGE}`, 'aria-hidden': 'true' });
  drawing.append(arrows, ways.ddim, ways.langevin, here, probe);
  const corners = [0, 1, 2].map(() => create('span', { className: 'corner' }));
  const plane = create('div', { className: 'plane', tabIndex: 0 }, drawing, ...corners);
  plane.setAttribute('role', 'application');
  const caption = create('p', { className: 'soft' });
  caption.setAttribute('role', 'status');

  /** Which of the images on offer the plane goes through. */
  const chosen = [0, 1, 2];
  const selects = chosen.map((_, corner) => choice(`Digit ${'ABC'[corner]}`, 'A corner of the plane.', [], (value) => {
    chosen[corner] = Number(value);
    everything();
  }));
  const draw = action('Draw ten digits', () => drawDigits());
  const few = create('p', {}, 'The plane needs three digits, and there are not as many yet. ', draw);
  const told = classChoice(context);

  const at = new Picture('x_t at the point');
  const score = new Picture('s, the score there', { span: 3, signed: true });
  const x0Hat = new Picture('x̂₀, where it leads');
  const end = new Picture('The end of the last way');
  end.element.hidden = true;
  choosePixel(context, [at, score, x0Hat, end]);
  const law = formula(
    'The score: the gradient of the logarithm of q of x t is about minus epsilon hat over the root of 1 minus alpha bar; with the numbers of the chosen pixel',
    ['s', '=', sub('∇', 'x'), named('ln'), 'q', '(', symbols.xT(), ') ≈ −', fraction(hat('ε'), symbols.rootNoise())],
    ['= −', fraction(slot('eps', 'factor'), root('1 −', slot('alphaBar'))), '=', slot('score')],
  );

  const walkButtons = [
    action('Sampler from here', () => walk('ddim')),
    action('Langevin walk from here', () => walk('langevin')),
    action('Clear the ways', () => {
      for (const way of Object.values(ways)) way.removeAttribute('d');
    }),
  ];

  const main = create('div', { className: 'score-parts' },
    create('div', { className: 'fields three' }, ...selects.map(({ box }) => box), told.box),
    stepSlider(context),
    create('div', { className: 'actions' }, ...walkButtons, noiseButton(context)),
    plane, create('p', { className: 'soft' }, 'What lies outside the plane is the same noise at every point of it, until you press New noise.'), caption, pictureRow(at, score, x0Hat, end), law);
  compose(
    place,
    context,
    'The score',
    'The noise that the network sees, turned round, points to where images are likelier. With much noise all arrows lead to the mean of all digits; with less they part, towards single digits. '
      + 'A sampler follows them while the noise falls; Langevin dynamics wander at one noise level.',
    few, main,
    codeLine(['crate/diffusion/prediction.rs', 'Prediction::coefficients_to_score'], ['crate/samplers/langevin.rs', 'Langevin'], ['crate/web/tasks/explain/score.rs', 'Plane']),
  );

  /** @type {PlaneView | undefined} */
  let view;
  /** The point, as shares of the drawing. */
  let point = [0.5, 0.35];
  /** @type {ScorePoint | undefined} */
  let last;
  /** @type {Map<number, { points: number[][], scores: number[][] }>} */
  let rows = new Map();
  let run = 0;
  /** What the arrows, the point and the ways belong to. */
  let about = '';

  const options = () => {
    const images = new Uint8Array(3 * PIXELS);
    for (const [corner, index] of chosen.entries()) images.set(offered()[index].pixels, corner * PIXELS);
    const { seed, t, digit } = shared.now;
    return { images, seed, t, class: digit };
  };
  /** From the plane's coordinates to the drawing's. @param {number[]} coordinates */
  const toDrawing = ([u, v]) => {
    if (!view) return [0, 0];
    return [((u - view.from[0]) / (view.to[0] - view.from[0])) * EDGE, ((v - view.from[1]) / (view.to[1] - view.from[1])) * EDGE];
  };
  /** The point in the plane's coordinates. @returns {[number, number]} */
  const coordinates = () => (view
    ? [view.from[0] + point[0] * (view.to[0] - view.from[0]), view.from[1] + point[1] * (view.to[1] - view.from[1])]
    : [0, 0]);

  const showCorners = () => {
    if (!view) return;
    for (const [corner, element] of corners.entries()) {
      const [x, y] = toDrawing(view.images[corner]);
      element.style.left = `${x}%`;
      element.style.top = `${y}%`;
      const picture = pictureOf(offered()[chosen[corner]].pixels);
      picture.setAttribute('aria-hidden', 'true');
      element.replaceChildren(picture, 'ABC'[corner]);
    }
  };

  /** An arrow in the drawing. @param {number[]} from @param {number[]} along @param {number} most */
  const arrow = (from, [du, dv], most) => {
    const length = Math.hypot(du, dv);
    if (!(length > 0)) return '';
    // Lengths differ by orders of magnitude, so their roots are drawn.
    const size = (EDGE / SIZE) * 0.85 * Math.sqrt(length / most);
    const [x, y] = toDrawing(from);
    const [dx, dy] = [(du / length) * size, (dv / length) * size];
    const [ex, ey] = [x + dx, y + dy];
    const head = (/** @type {number} */ side) => `${(ex - 0.3 * dx + side * 0.18 * dy).toFixed(2)} ${(ey - 0.3 * dy - side * 0.18 * dx).toFixed(2)}`;
    return `M${x.toFixed(2)} ${y.toFixed(2)}L${ex.toFixed(2)} ${ey.toFixed(2)}M${head(1)}L${ex.toFixed(2)} ${ey.toFixed(2)}L${head(-1)}`;
  };
  const longest = () => Math.max(1e-9, ...[...rows.values()].flatMap(({ scores }) => scores.map(([u, v]) => Math.hypot(u, v))));
  const showField = () => {
    const most = longest();
    arrows.setAttribute('d', [...rows.values()].flatMap(({ points, scores }) => points.map((from, index) => arrow(from, scores[index], most))).join(''));
    place.dataset.rows = String(rows.size);
  };

  /** Ask for the rows that are not there yet. */
  const field = async () => {
    run += 1;
    const mine = run;
    const asked = options();
    for (const row of ROWS.filter((row) => !rows.has(row))) {
      if (!place.checkVisibility()) return;
      const answer = await questions.ask({ score_row: { plane: asked, row, size: SIZE } });
      if (mine !== run || !answer || !('score_row' in answer)) return;
      const { points, scores } = answer.score_row;
      view = answer.score_row.view;
      rows.set(row, { points, scores });
      showCorners();
      showField();
    }
  };

  const showProbe = () => {
    probe.setAttribute('cx', String(point[0] * EDGE));
    probe.setAttribute('cy', String(point[1] * EDGE));
  };
  const showPixel = () => {
    if (!last) return;
    const { pixel } = shared.now;
    fill(law, { eps: last.eps_hat[pixel], alphaBar: last.view.level.alpha_bar, score: last.score[pixel] });
    place.dataset.pixel = String(pixel);
    const [u, v] = last.in_plane;
    caption.textContent = `At the point the score has length ${figure(last.length, 1)}; ${figure(Math.hypot(u, v), 1)} of it lies in the plane. The pixel is in ${placeOf(pixel)}.`;
  };
  const look = async () => {
    showProbe();
    if (!view) return;
    const answer = await questions.latest('score point', { score_point: { plane: options(), point: coordinates() } });
    if (!answer || !('score_point' in answer)) return;
    last = answer.score_point;
    at.show(last.x_t);
    const { noise } = last.view.level;
    score.show(last.score.map((value) => value * noise));
    x0Hat.show(last.x0_hat);
    here.setAttribute('d', arrow(coordinates(), last.in_plane, Math.max(longest(), Math.hypot(...last.in_plane))));
    plane.setAttribute('aria-label', `The plane through three digits at t = ${count(last.view.level.t)}, with the score as arrows. The arrow keys move the point.`);
    place.dataset.t = String(last.view.level.t);
    showPixel();
  };

  /** @param {PlaneWalk} kind */
  const walk = async (kind) => {
    if (!view) return;
    caption.textContent = `${STEPS} forward passes…`;
    const [of, { t }] = [about, shared.now];
    const answer = await questions.latest('score walk', { score_walk: { plane: options(), point: coordinates(), walk: kind, steps: STEPS } });
    // A way on another plane, or at another t, than the one shown meanwhile says nothing here.
    if (!answer || !('score_walk' in answer) || of !== about) return;
    const { path, end: reached } = answer.score_walk;
    ways[kind].setAttribute('d', path.map((coordinate, index) => {
      const [x, y] = toDrawing(coordinate);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`;
    }).join(''));
    end.show(reached);
    end.element.hidden = false;
    place.dataset.way = `${kind} ${path.length}`;
    caption.textContent = kind === 'ddim'
      ? `The sampler took ${count(path.length - 1)} steps from this noise level to an image; the line is what the plane sees of its way.`
      : `${count(path.length - 1)} steps of Langevin dynamics at t = ${count(t)}; the line is what the plane sees of them.`;
  };

  const choose = (/** @type {number} */ x, /** @type {number} */ y) => {
    const within = (/** @type {number} */ share) => Math.min(0.99, Math.max(0.01, share));
    point = [within(x), within(y)];
    look();
  };
  const pointed = (/** @type {PointerEvent} */ event) => {
    const box = plane.getBoundingClientRect();
    choose((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  plane.addEventListener('pointerdown', pointed);
  plane.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) pointed(event);
  });
  /** @type {Record<string, [number, number]>} */
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  plane.addEventListener('keydown', (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    choose(point[0] + (move[0] * KEY_STEP) / EDGE, point[1] + (move[1] * KEY_STEP) / EDGE);
  });

  const everything = async () => {
    const images = offered();
    const enough = images.length >= 3;
    few.hidden = enough;
    main.hidden = !enough;
    if (!enough) {
      place.dataset.t = 'none';
      return;
    }
    for (const [corner, { select }] of selects.entries()) {
      if (chosen[corner] >= images.length) chosen[corner] = corner;
      select.replaceChildren(...images.map(({ short }, index) => create('option', { value: String(index), defaultSelected: index === corner }, short)));
      select.value = String(chosen[corner]);
    }
    told.follow();
    const { images: pixels, ...rest } = options();
    const now = JSON.stringify([rest, shared.now.weights, textOf(pixels)]);
    if (now !== about) {
      about = now;
      rows = new Map();
      for (const way of Object.values(ways)) way.removeAttribute('d');
    }
    await Promise.all([field(), look()]);
    // The first look had no plane to find its point in.
    if (!last) look();
  };

  return {
    show: everything,
    changed: (names) => {
      if (names.has('offered') || ['seed', 't', 'digit', 'weights'].some((name) => names.has(name))) everything();
      else if (names.has('pixel')) showPixel();
    },
  };
}
