/**
 * The figures of a measurement, for people: in groups by what they tell, each with a sentence, beside the same figure of real
 * digits, and with a word about which of the two is better. Another measurement can stand beside them.
 *
 * @typedef {import('../protocol.js').BitsPerDim} BitsPerDim
 * @typedef {import('../protocol.js').Figure} Figure
 * @typedef {import('../protocol.js').Figures} Figures
 * @typedef {import('../protocol.js').SetFigures} SetFigures
 * @typedef {import('../protocol.js').UnsureDigit} UnsureDigit
 * @typedef {'higher' | 'lower'} Better
 *
 * @typedef {object} Line one figure
 * @property {string} name
 * @property {string} words what it says
 * @property {(set: SetFigures, figures: Figures) => Figure | null | undefined} of
 * @property {(set: SetFigures, figures: Figures) => Figure | null | undefined} [real] the same of real digits
 * @property {(set: SetFigures) => [low: number, high: number]} [usual] where the figure of as many real digits mostly lies, if not
 *   in the interval of `real`
 * @property {Better} [better] which figures are good
 * @property {(figure: Figure) => string} text
 * @property {Record<'same' | 'better' | 'worse', string>} [verdicts] what is said of it beside real digits
 */

import { create } from '../lib/dom.js';
import { capital, fixed } from '../lib/format.js';
import { PIXELS, pictureOf } from '../lib/pictures.js';
import { REAL_SHARES, usualShare } from '../lib/shares.js';

/** A figure with its confidence interval in parentheses. @param {(value: number) => string} text @param {string} unit */
const written = (text, unit) => (/** @type {Figure} */ { value, interval }) =>
  `${text(value)}${unit}${interval ? ` (${interval.map(text).join(' to ')})` : ''}`;

/** @param {number} digits */
const decimals = (digits) => written((value) => fixed(value, digits), '');
const percent = written((value) => fixed(100 * value, 2), ' %');

/** The digit whose figure is the lowest or highest. @param {Array<Figure | null>} figures @param {1 | -1} sign */
function extreme(figures, sign) {
  const present = figures.flatMap((figure, digit) => (figure ? [{ figure, digit }] : []));
  return present.reduce((best, other) => (sign * (other.figure.value - best.figure.value) < 0 ? other : best));
}

/** What is said of a figure beside that of real digits. */
const VERDICTS = { same: 'like real digits', better: 'better than real digits', worse: 'worse than real digits' };
const EVENNESS = { same: 'like real digits', better: 'more even than real digits', worse: 'less even than real digits' };
const DISTANCES = { same: 'as far as test images', better: 'farther than test images', worse: 'nearer than test images' };

/** @type {Array<{ title: string, lines: Line[] }>} */
const GROUPS = [
  {
    title: 'Do they look like real digits?',
    lines: [
      {
        name: 'Fréchet distance',
        words: 'How far these digits lie, taken together, from the test images, as the classifier sees both. 0 would be no difference.',
        of: (set) => set.frechet.samples,
        real: (set) => set.frechet.real,
        better: 'lower',
        text: decimals(4),
      },
      {
        name: 'Recognised',
        words: 'The share that the classifier is more than 95 % sure of, whichever digit it sees.',
        of: (set) => set.recognised.samples,
        real: (set) => set.recognised.real,
        better: 'higher',
        text: percent,
      },
    ],
  },
  {
    title: 'Are they what was asked for?',
    lines: [
      {
        name: 'Accuracy',
        words: 'The share that the classifier takes for the digit that was asked for; for real digits, for what they are.',
        of: (set) => set.accuracy?.all,
        real: (set, figures) => set.accuracy && figures.classifier.accuracy,
        better: 'higher',
        text: percent,
      },
    ],
  },
  {
    title: 'Does it draw all of them?',
    lines: [
      {
        name: 'Share of the rarest digit',
        words: 'Among the test images it is the 5. In a small set some digit is rarer by chance.',
        of: (set) => extreme(set.histogram, 1).figure,
        real: () => ({ value: REAL_SHARES.rarest, interval: null }),
        usual: ({ count }) => usualShare('rarest', count),
        better: 'higher',
        verdicts: EVENNESS,
        text: percent,
      },
      {
        name: 'Share of the commonest digit',
        words: 'Among the test images it is the 1. In a small set some digit is commoner by chance.',
        of: (set) => extreme(set.histogram, -1).figure,
        real: () => ({ value: REAL_SHARES.commonest, interval: null }),
        usual: ({ count }) => usualShare('commonest', count),
        better: 'lower',
        verdicts: EVENNESS,
        text: percent,
      },
    ],
  },
  {
    title: 'Are they new, or copies of training images?',
    lines: [
      {
        name: 'Distance to the nearest training image, mean',
        words: 'For real digits, that of test images. Copies would be much nearer.',
        of: (set) => set.neighbours?.samples.mean,
        real: (set) => set.neighbours?.real.mean,
        better: 'higher',
        verdicts: DISTANCES,
        text: decimals(3),
      },
      {
        name: 'The nearest hundredth of them',
        words: 'The distance that one in a hundred falls below.',
        of: (set) => set.neighbours?.samples.percentile_1,
        real: (set) => set.neighbours?.real.percentile_1,
        better: 'higher',
        verdicts: DISTANCES,
        text: decimals(3),
      },
    ],
  },
  {
    title: 'What can be learned from them alone?',
    lines: [
      {
        name: 'Classification accuracy score',
        words: 'A classifier learns from these digits only, and then names the test images; this is the share that it gets right.',
        of: (set) => set.cas?.samples,
        real: (set) => set.cas?.real,
        better: 'higher',
        text: percent,
      },
    ],
  },
];

/** Where a figure may lie as well. @param {Figure} figure @returns {[low: number, high: number]} */
const around = ({ value, interval }) => interval ?? [value, value];

/**
 * How a figure stands beside that of real digits: the same where the intervals that they may lie in meet.
 * @param {[low: number, high: number]} own @param {[low: number, high: number]} real @param {Better} better
 * @returns {'same' | 'better' | 'worse'}
 */
function verdict([low, high], [realLow, realHigh], better) {
  if (low <= realHigh && realLow <= high) return 'same';
  const ahead = (low > realHigh) === (better === 'higher');
  return ahead ? 'better' : 'worse';
}

/** A cell with a figure; its confidence interval gets a line of its own. @param {string} text */
function cell(text) {
  const [figure, ...interval] = text.split(/(?<= )(?=\()/);
  return create('td', {}, figure.trim(), ...interval.map((ends) => create('span', { className: 'interval' }, ends)));
}

/** @typedef {{ set: SetFigures, figures: Figures }} Side one of the measurements that are shown */

/** The set of digits in a measurement: it has one. @param {Figures} figures @returns {Side} */
const sideOf = (figures) => ({ set: /** @type {SetFigures} */ (figures.conditional ?? figures.unconditional), figures });

/** A row of a group. @param {Line} line @param {Side} own @param {Side | undefined} other */
function rowOf({ name, words, of, real, usual, better, text, verdicts = VERDICTS }, own, other) {
  const figure = of(own.set, own.figures);
  if (!figure) return undefined;
  const reference = real?.(own.set, own.figures);
  const first = cell(text(figure));
  if (reference && better) {
    const kind = usual
      ? verdict([figure.value, figure.value], usual(own.set), better)
      : verdict(around(figure), around(reference), better);
    first.append(create('span', { className: `verdict ${kind}` }, verdicts[kind]));
  }
  const head = create('th', { scope: 'row' }, name, create('span', { className: 'hint' }, words));
  const beside = other ? [of(other.set, other.figures)] : [];
  return create('tr', {}, head, first, ...beside.map((of) => cell(of ? text(of) : '–')), cell(reference ? text(reference) : '–'));
}

/** A table with this caption. @param {string} title @param {string[]} columns @param {HTMLTableRowElement[]} rows */
function table(title, columns, rows) {
  const head = create('tr', {}, ...['Figure', ...columns].map((name) => create('th', { scope: 'col' }, name)));
  return create('table', { className: 'figures' }, create('caption', {}, title), create('thead', {}, head), create('tbody', {}, ...rows));
}

/** Asked for against seen, as a table of counts. @param {number[][]} counts */
function confusion(counts) {
  const digits = counts.map((_, digit) => String(digit));
  const most = Math.max(...counts.flat());
  const rows = counts.map((row, asked) => create('tr', {}, create('th', { scope: 'row' }, String(asked)), ...row.map((n, seen) => {
    const made = create('td', {}, n === 0 ? '' : String(n));
    if (n > 0 && seen !== asked) made.className = 'missed';
    else if (n > 0) made.style.setProperty('--share', String(n / most));
    return made;
  })));
  const head = create('tr', {}, create('th', { scope: 'col' }, 'Asked'), ...digits.map((digit) => create('th', { scope: 'col' }, digit)));
  const made = create('table', { className: 'confusion' },
    create('caption', { className: 'soft' }, 'How often each digit was asked for (row) and seen by the classifier (column).'),
    create('thead', {}, head), create('tbody', {}, ...rows));
  return create('details', {}, create('summary', {}, 'Asked for and seen, digit by digit'), made);
}

/** Digits that the classifier does not recognise. @param {UnsureDigit[]} unsure @param {Uint8Array} pixels */
function unrecognised(unsure, pixels) {
  const items = unsure.map(({ asked, seen, confidence }, index) => {
    const picture = pictureOf(pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
    picture.setAttribute('aria-hidden', 'true');
    const wanted = asked == null ? '' : `asked ${asked}, `;
    return create('li', {}, picture, create('span', { className: 'hint' }, `${wanted}${seen}? ${fixed(100 * confidence, 0)} %`));
  });
  const made = create('ul', { className: 'unsure' }, ...items);
  return create('details', {},
    create('summary', {}, `Not recognised: ${unsure.length === 24 ? 'the 24 least certain' : unsure.length}`), made);
}

/** The parts of bits/dim: name, symbol for scripts, what it says. @type {Array<['l_t' | 'l' | 'l_0', string, string]>} */
const PARTS = [
  ['l_t', 'L_T', 'what x_T still says of the image'],
  ['l', 'L_{t−1}', 'the steps between noisy images, all together'],
  ['l_0', 'L_0', 'the last step, to grey levels'],
];

/** Names of the variances. @type {Record<string, string>} */
const VARIANCES = { fixed_small: 'σ² = β̃', fixed_large: 'σ² = β', learned: 'learned σ²', learned_range: 'learned σ²' };

/** bits/dim as a bar of its three parts. @param {BitsPerDim} bound @param {number} longest */
function boundBar(bound, longest) {
  const bar = create('div', { className: 'bound-bar' });
  bar.setAttribute('aria-hidden', 'true');
  for (const [part] of PARTS) {
    const piece = create('span', { className: part });
    piece.style.width = `${(100 * bound[part].value) / longest}%`;
    bar.append(piece);
  }
  const name = VARIANCES[bound.variance_type] ?? bound.variance_type;
  const legend = PARTS.map(([part, symbol, words]) =>
    create('li', { className: part }, `${symbol} ${fixed(bound[part].value, 4)} `, create('span', { className: 'hint' }, words)));
  return create('div', { className: 'bound' },
    create('p', {}, `${name}: ${decimals(4)(bound.total)} bits/dim`), bar, create('ul', {}, ...legend));
}

/** What the network itself was measured at. @param {Figures} figures @returns {HTMLElement[]} */
function network({ bits, eps_error: error }) {
  const made = [];
  if (bits) {
    const longest = Math.max(...bits.bounds.map(({ total }) => total.value));
    made.push(create('h3', {}, 'How many bits would each pixel take?'),
      create('p', { className: 'hint' }, `The variational bound on ${bits.images} test images, in bits per pixel: lower is better, and it is the sum of three parts.`),
      ...bits.bounds.map((bound) => boundBar(bound, longest)));
  }
  if (error) {
    const rows = error.tenths.map((tenth, index) =>
      create('tr', {}, create('th', { scope: 'row' }, `${10 * index} to ${10 * (index + 1)} % of T`), cell(decimals(5)(tenth))));
    made.push(create('details', {}, create('summary', {}, 'How well it names the noise, by t'),
      create('p', { className: 'hint' }, `The mean squared error of ε̂ on ${error.images} test images (ε has mean square 1).`),
      create('table', { className: 'figures' }, create('tbody', {}, ...rows))));
  }
  return made;
}

/**
 * All that is shown of a measurement.
 * @param {Figures} figures
 * @param {{ unsure?: UnsureDigit[], pixels?: Uint8Array, other?: Figures }} more `other`: a measurement to compare
 */
export function figuresView(figures, { unsure = [], pixels, other } = {}) {
  const own = sideOf(figures);
  const beside = other && sideOf(other);
  const columns = ['These', ...(other ? ['Compared'] : []), 'Real digits'];
  const groups = GROUPS.flatMap(({ title, lines }) => {
    const rows = lines.flatMap((line) => rowOf(line, own, beside) ?? []);
    return rows.length > 0 ? [table(title, columns, rows)] : [];
  });
  const { accuracy, seconds, count } = own.set;
  const made = [...groups, ...network(figures)];
  if (accuracy) {
    const { figure, digit } = extreme(accuracy.by_class, 1);
    made.splice(2, 0, create('p', { className: 'soft' }, `The digit that succeeds least is ${digit}: ${percent(figure)}.`), confusion(accuracy.confusion));
  }
  if (unsure.length > 0 && pixels) made.splice(1, 0, unrecognised(unsure, pixels));
  if (seconds != null) made.push(create('p', { className: 'soft' }, `${capital(`${count} digits`)} were drawn in ${fixed(seconds, 1)} s, ${fixed(count / seconds, 1)} a second.`));
  return made;
}
