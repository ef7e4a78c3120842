/**
 * Scene 7, Inside the U-Net: the outputs of its parts, the skip connections, the attention of a pixel, and where t and the class enter.
 *
 * @typedef {import('../protocol.js').Inside} Inside
 * @typedef {import('../protocol.js').PartOutput} PartOutput
 */

import { create } from '../lib/dom.js';
import { count } from '../lib/format.js';
import { SIDE } from '../lib/pictures.js';
import { timeOf } from '../views/timeline.js';
import { figure, fill, formula, fraction, root, slot, sub, text } from './math.js';
import { Picture, pictureRow } from './picture.js';
import { choice, choosePixel, classChoice, codeLine, compose, field, noiseButton, placeOf, stepSlider } from './scene.js';

/** The parts at their places: row and column of the diagram. @type {Array<[name: string, row: number, column: number]>} */
const PLACES = [
  ['conv_in', 1, 1], ['down.0', 2, 1], ['down.1', 3, 1],
  ['mid.block1', 4, 1], ['mid.attn', 4, 2], ['mid.block2', 4, 3],
  ['up.0', 3, 3], ['up.1', 2, 3],
];
/** Pixels between the channels of a mosaic. */
const GAP = 1;

/** Blue below 0, orange above, black at 0, as in the pictures. @param {number} byte @returns {[number, number, number]} */
function coloured(byte) {
  const share = (byte - 127.5) / 127.5;
  return share < 0 ? [40 * -share, 140 * -share, 255 * -share] : [255 * share, 150 * share, 30 * share];
}

/** The channels of a part, in a square. @param {HTMLCanvasElement} canvas @param {PartOutput} part */
function mosaic(canvas, { size, pixels }) {
  const shown = pixels.length / (size * size);
  const columns = Math.ceil(Math.sqrt(shown));
  const edge = columns * (size + GAP) - GAP;
  canvas.width = edge;
  canvas.height = edge;
  const image = new ImageData(edge, edge);
  for (let channel = 0; channel < shown; channel += 1) {
    const [left, top] = [(channel % columns) * (size + GAP), Math.floor(channel / columns) * (size + GAP)];
    for (let at = 0; at < size * size; at += 1) {
      const place = 4 * ((top + Math.floor(at / size)) * edge + left + (at % size));
      image.data.set(coloured(pixels[channel * size * size + at]), place);
      image.data[place + 3] = 255;
    }
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** Numbers as a strip of colours. @param {HTMLCanvasElement} canvas @param {number[]} values */
function strip(canvas, values) {
  canvas.width = values.length;
  canvas.height = 1;
  const span = Math.max(...values.map(Math.abs), 1e-9);
  const image = new ImageData(values.length, 1);
  for (const [at, value] of values.entries()) {
    image.data.set(coloured(127.5 + 127.5 * (value / span)), 4 * at);
    image.data[4 * at + 3] = 255;
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** What a part is, for people. @param {string} name */
function titleOf(name) {
  if (name === 'conv_in') return 'First convolution';
  if (name.startsWith('down')) return 'Way down';
  if (name.startsWith('up')) return 'Way up';
  return name === 'mid.attn' ? 'Attention' : 'Middle';
}

/**
 * @param {HTMLElement} place
 * @param {import('./scene.js').Context} context
 * @returns {import('./scene.js').Scene}
 */
export function networkScene(place, context) {
  const { shared, questions } = context;
  const noisy = new Picture('x_t, what goes in');
  const out = new Picture('x̂₀, what follows from what comes out');
  const whole = new Picture('x̂₀ with both skip connections');
  choosePixel(context, [noisy, out, whole]);
  const told = classChoice(context);

  // Instead of the image with noise: what the network was given in a pass of the last draw.
  const { frames, timeline } = context.draw;
  /** @type {'image' | 'draw'} */
  let looked = 'image';
  const sources = choice('Look inside at', 'What goes into the network.', /** @type {Array<['image' | 'draw', string]>} */ ([['image', 'the image above'], ['draw', 'the last draw']]), (value) => {
    looked = value;
    show();
  });
  const digits = create('input', { type: 'number', min: '1', defaultValue: '1' });
  const digitBox = field('Digit of that draw', digits, 'Counted from the upper left.');
  const passes = create('input', { type: 'range', min: '0', step: '1' });
  const passWords = create('span', {}, 'Which pass of that draw.');
  const passBox = field('Pass', passes, passWords);
  passBox.classList.add('wide');
  const noDraw = create('p', { className: 'soft' }, 'No frames of a draw are kept: press Generate first.');
  const givenBy = create('p', { className: 'soft' }, 'x at this pass is put together from the frames that are kept, which are greys, so it is a little off. The network is asked without guidance, with the weights in use.');
  /** The pass that the timeline shows; at the digits themselves, the last one. */
  const pass = () => Math.min(timeline.shown, frames.of('eps_hat').length - 1);
  passes.addEventListener('input', () => timeline.show(passes.valueAsNumber));
  digits.addEventListener('input', () => show());
  // Neither is there a draw yet when the scene is opened, nor does it stay the last one.
  timeline.onShow(() => shared.announce('frame'));
  frames.onChange(() => shared.announce('frame'));

  /** The skip connections that are switched off. @type {Set<string>} */
  const off = new Set();
  const skip = (/** @type {string} */ name, /** @type {number} */ row) => {
    const box = create('input', { type: 'checkbox', defaultChecked: true });
    box.addEventListener('change', () => {
      if (box.checked) off.delete(name);
      else off.add(name);
      show();
    });
    const label = create('label', { className: 'skip' }, create('span', { className: 'wire' }), box, create('span', {}, 'skip connection'));
    label.style.gridArea = `${row} / 2`;
    box.setAttribute('aria-label', `Skip connection from ${name}`);
    box.setAttribute('aria-description', 'Taken away, the network does without it');
    return label;
  };
  const nodes = new Map(PLACES.map(([name, row, column]) => {
    const canvas = create('canvas', { width: SIDE, height: SIDE });
    canvas.setAttribute('role', 'img');
    const words = create('figcaption', {});
    const node = create('figure', { className: 'part-output' }, canvas, words);
    node.style.gridArea = `${row} / ${column}`;
    node.dataset.leads = name === 'conv_in' || name.startsWith('down') ? 'down' : name === 'mid.block2' || name === 'up.0' ? 'up' : 'across';
    return [name, { node, canvas, words }];
  }));
  const diagram = create('div', { className: 'unet' }, ...[...nodes.values()].map(({ node }) => node), skip('down.0', 2), skip('down.1', 3));

  const strips = /** @type {Array<['time' | 'class' | 'embedding', string]>} */ ([
    ['time', 'the embedding of t'], ['class', 'the embedding of the class'], ['embedding', 'SiLU of their sum, which goes to every residual block'],
  ]).map(([name, words]) => {
    const canvas = create('canvas', { className: 'strip' });
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', words);
    return { name, canvas, box: create('figure', { className: 'picture' }, canvas, create('figcaption', {}, words)) };
  });
  const embedding = formula(
    'The embedding: SiLU of the embedding of t plus that of the class; with the numbers of the first of its components',
    ['e', '=', text('SiLU'), '(', sub('e', 't'), '+', sub('e', 'y'), ')', text(' ,  SiLU'), '( u ) =', fraction('u', ['1 +', text('exp'), '( − u )'])],
    [sub('e', '1'), '=', text('SiLU'), '(', slot('time'), '+', slot('class', 'factor'), ')', '=', slot('sum')],
  );
  const attention = create('div', { className: 'picture-row' });
  const attentionWords = create('p', { className: 'soft' });
  const attentionFormula = formula(
    'The attention: the weight of token j for token i is the exponential of the product of query and key over the root of d, divided by the sum of all; the largest weight of the chosen pixel',
    [sub('a', 'i j'), '=', fraction([text('exp'), '(', sub('q', 'i'), '·', sub('k', 'j'), '/', root('d'), ')'], [sub('∑', 'j'), text(' exp'), '(', sub('q', 'i'), '·', sub('k', 'j'), '/', root('d'), ')'])],
    [text('largest '), sub('a', 'i j'), '=', slot('largest'), text(' ,  '), sub('∑', 'j'), sub('a', 'i j'), '=', slot('total')],
  );
  const errors = create('p', {});
  errors.setAttribute('role', 'status');
  const steps = stepSlider(context);
  const newNoise = noiseButton(context);

  compose(
    place,
    context,
    'Inside the U-Net',
    'The network halves the image twice and doubles it again. On the way down it gathers what is where; skip connections carry the detail across, and in the middle every place can look at every other. '
      + 't and the class enter in every block, as one vector.',
    create('div', { className: 'fields three' }, sources.box, digitBox, told.box),
    steps, passBox, noDraw,
    create('div', { className: 'actions' }, newNoise),
    pictureRow(noisy, out, whole), givenBy, errors,
    diagram,
    create('h4', {}, 'Attention of the pixel'), attention, attentionWords, attentionFormula,
    create('h4', {}, 'Where t and the class enter'), ...strips.map(({ box }) => box), embedding,
    codeLine(['crate/nn/unet/mod.rs', 'UNet::forward_tapped'], ['crate/nn/unet/attention.rs', 'SelfAttention'], ['crate/nn/unet/tap.rs', 'Tap']),
  );

  /** @param {Inside} inside */
  const showAttention = (inside) => {
    attention.replaceChildren(...inside.attention.flatMap(({ name, size, token, heads }) => heads.map((weights, head) => {
      const canvas = create('canvas', { width: size, height: size, className: 'attention' });
      const most = Math.max(...weights, 1e-9);
      const image = new ImageData(size, size);
      for (const [at, weight] of weights.entries()) {
        const grey = 255 * (weight / most);
        image.data.set([grey, grey, grey, 255], 4 * at);
      }
      canvas.getContext('2d')?.putImageData(image, 0, 0);
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `${name}, head ${head + 1}: the weights with which token ${token + 1} attends to ${size} by ${size} tokens`);
      const mark = create('span', { className: 'token-mark' });
      mark.style.left = `${((token % size) / size) * 100}%`;
      mark.style.top = `${(Math.floor(token / size) / size) * 100}%`;
      mark.style.width = `${100 / size}%`;
      mark.style.height = `${100 / size}%`;
      return create('figure', { className: 'picture' }, create('div', { className: 'pixels' }, canvas, mark), create('figcaption', {}, `${name}, head ${head + 1}`));
    })));
    const first = inside.attention[0];
    attentionFormula.hidden = first === undefined;
    attentionWords.textContent = first === undefined
      ? 'This network has no attention whose map can be shown.'
      : `The pixel in ${placeOf(shared.now.pixel)} lies in token ${first.token + 1} of ${first.size * first.size}, the marked one; bright tokens are those that it looks at.`;
    if (first) fill(attentionFormula, { largest: Math.max(...first.heads[0]), total: first.heads[0].reduce((sum, weight) => sum + weight, 0) });
  };

  const show = async () => {
    told.follow();
    const ofDraw = looked === 'draw';
    const kept = frames.of('eps_hat').length;
    steps.hidden = newNoise.hidden = ofDraw;
    digitBox.hidden = passBox.hidden = givenBy.hidden = !ofDraw || kept === 0;
    noDraw.hidden = !ofDraw || kept > 0;
    if (ofDraw ? kept === 0 : !shared.now.chosen) return;
    const { digit, pixel } = shared.now;
    const frame = pass();
    if (ofDraw) {
      passes.max = String(kept - 1);
      passes.value = String(frame);
      passWords.textContent = `pass ${count(frame + 1)} of the ${count(kept)} that are kept, ${timeOf(frames.all[frame])}; the timeline moves with it`;
    }
    const drawn = ofDraw ? { digit: Math.max(0, Math.floor(digits.valueAsNumber || 1) - 1), frame } : null;
    const answer = await questions.latest('inside', { inside: { noisy: shared.noisy(), drawn, class: digit, without: [...off], pixel } });
    if (!answer || !('inside' in answer)) return;
    const { inside } = answer;
    noisy.show(inside.x_t);
    out.show(inside.x0_hat);
    whole.show(inside.x0_hat_whole);
    const present = new Set(inside.parts.map(({ name }) => name));
    for (const [name, { node }] of nodes) node.hidden = !present.has(name);
    for (const part of inside.parts) {
      const found = nodes.get(part.name);
      if (!found) continue;
      mosaic(found.canvas, part);
      const words = `${count(part.channels)} channels of ${part.size}×${part.size}`;
      const enters = /block|down|up/.test(part.name) ? [' ', create('span', { className: 'enters', title: 't and the class enter here' }, '+ e')] : [];
      found.words.replaceChildren(create('strong', {}, titleOf(part.name)), ...enters, ` ${words}, `, create('span', { className: 'soft' }, `rms ${figure(part.rms, 2)}`));
      found.canvas.setAttribute('aria-label', `${titleOf(part.name)} (${part.name}): ${words}`);
    }
    for (const { name, canvas } of strips) strip(canvas, inside[name]);
    fill(embedding, { time: inside.time[0], class: inside.class[0], sum: inside.embedding[0] });
    showAttention(inside);
    const { errors: found, errors_whole: foundWhole } = inside;
    const cut = off.size === 0 || !found ? '' : ` Without ${[...off].join(' and ')} it is ${figure(found.eps)}: what those carried is missing.`;
    // Of a draw nobody knows the noise, so there is no error.
    errors.textContent = foundWhole ? `The squared error of ε̂ is ${figure(foundWhole.eps)}.${cut}` : '';
    place.dataset.t = String(inside.level.t);
    place.dataset.given = drawn ? `${drawn.digit} ${drawn.frame}` : 'image';
    place.dataset.off = [...off].join(' ');
    place.dataset.pixel = String(pixel);
  };

  return {
    show,
    changed: (names) => {
      const parts = looked === 'draw' ? ['frame', 'digit', 'pixel'] : ['image', 'seed', 't', 'digit', 'pixel'];
      if (parts.some((name) => names.has(name))) show();
    },
  };
}
