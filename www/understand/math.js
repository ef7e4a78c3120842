/**
 * Formulas as MathML, which browsers set and read aloud by themselves. A formula is built once; its numbers are slots, which
 * are filled anew whenever something moves.
 */

const MATHML = 'http://www.w3.org/1998/Math/MathML';

/** A node, or symbols between spaces: `'x ='` is an identifier and an operator. A list is a row. @typedef {Node | string | Part[]} Part */

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
function element(tag, attributes, children) {
  const made = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The element of a symbol: a number, an identifier (letters), or an operator. @param {string} symbol */
function symbolOf(symbol) {
  if (/^[\d.]+$/.test(symbol)) return element('mn', {}, [new Text(symbol)]);
  if (/^\p{L}+$/u.test(symbol)) return element('mi', {}, [new Text(symbol)]);
  // Brackets stay as high as a line: what is in them here is.
  return element('mo', /^[()[\]|]$/.test(symbol) ? { stretchy: 'false' } : {}, [new Text(symbol)]);
}

/** @param {Part} part @returns {Node[]} */
function nodesOf(part) {
  if (part instanceof Node) return [part];
  if (Array.isArray(part)) return part.flatMap(nodesOf);
  return part.split(' ').filter(Boolean).map(symbolOf);
}

/** One node for a part. @param {Part} part */
function one(part) {
  const nodes = nodesOf(part);
  return nodes.length === 1 ? nodes[0] : element('mrow', {}, nodes);
}

/** With an index below. @param {Part} base @param {Part} index */
export const sub = (base, index) => element('msub', {}, [one(base), one(index)]);
/** With an exponent. @param {Part} base @param {Part} exponent */
export const sup = (base, exponent) => element('msup', {}, [one(base), one(exponent)]);
/** @param {Part} above @param {Part} below */
export const fraction = (above, below) => element('mfrac', {}, [one(above), one(below)]);
/** @param {...Part} inside */
export const root = (...inside) => element('msqrt', {}, nodesOf(inside));

/** @param {Part} base @param {string} mark */
const accented = (base, mark) =>
  element('mover', { accent: 'true' }, [one(base), element('mo', { stretchy: 'false' }, [new Text(mark)])]);
/** An estimate: x̂. @param {Part} base */
export const hat = (base) => accented(base, 'ˆ');
/** A product up to here: ᾱ. @param {Part} base */
export const bar = (base) => accented(base, '¯');
/** @param {Part} base */
export const tilde = (base) => accented(base, '˜');
/** Words in a formula. @param {string} words */
export const text = (words) => element('mtext', {}, [new Text(words.replaceAll(' ', '\u00a0'))]);
/** A function's name, with a little room before its argument. @param {string} name */
export const named = (name) => element('mtext', {}, [new Text(`${name}\u202f`)]);

/**
 * The place of a number. As a factor a negative number gets parentheses.
 * @param {string} name
 * @param {'factor' | 'sum'} [as]
 */
export const slot = (name, as = 'sum') => element('mn', { 'data-slot': name, 'data-as': as }, [new Text('–')]);

/** Symbols that the scenes share. */
export const symbols = {
  xT: () => sub('x', 't'),
  x0: () => sub('x', '0'),
  x0Hat: () => sub(hat('x'), '0'),
  epsHat: () => hat('ε'),
  alphaBar: () => sub(bar('α'), 't'),
  rootAlphaBar: () => root(sub(bar('α'), 't')),
  rootNoise: () => root('1 −', sub(bar('α'), 't')),
};

/**
 * Text outside formulas in which an index is written with a line: `x_t` becomes x with a small t.
 * @param {string} words
 * @returns {Array<Node | string>}
 */
export const indexed = (words) =>
  words.split(/(?<=\p{L}\p{M}*)(_\p{L}+|_\d+)/u).map((part) => {
    if (!part.startsWith('_')) return part;
    const below = document.createElement('sub');
    below.textContent = part.slice(1);
    return below;
  });

/** Tab reaches the formulas that are wider than their place, which the arrow keys then scroll, and no others. */
const widths = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const box = /** @type {HTMLElement} */ (target.closest('.formula'));
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  }
});

/**
 * Lines of a formula, one below the other.
 * @param {string} label what it says, in words
 * @param {...Part} lines
 */
export function formula(label, ...lines) {
  const box = document.createElement('div');
  box.className = 'formula';
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', label);
  box.append(...lines.map((line) => element('math', { display: 'block' }, nodesOf(line))));
  for (const part of [box, ...box.children]) widths.observe(part);
  return box;
}

/**
 * x̂₀ from ε̂, the symbols above the numbers, in the slots `xT`, `noise`, `eps` and `signal`.
 * @param {string} label what it says, in words
 * @param {string} result the slot of x̂₀
 */
export const imageFromNoise = (label, result) => formula(
  label,
  [symbols.x0Hat(), '=', fraction([symbols.xT(), '−', symbols.rootNoise(), symbols.epsHat()], symbols.rootAlphaBar())],
  ['=', fraction([slot('xT'), '−', slot('noise'), '·', slot('eps', 'factor')], slot('signal')), '=', slot(result)],
);

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10⁻⁴. @param {number} exponent */
export const powerOfTen = (exponent) =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;

/**
 * A number with few digits: 0.408, −1.250, 0.0053, 123.4, 1.0·10⁻⁴.
 * @param {number} value
 * @param {number} [digits] after the point
 */
export function figure(value, digits = 3) {
  if (!Number.isFinite(value)) return value === Infinity ? '∞' : '–';
  const size = Math.abs(value);
  let shown = size.toFixed(size >= 100 ? Math.min(digits, 1) : digits);
  if (size > 0 && size < 0.1) shown = size.toPrecision(Math.max(digits - 1, 1));
  if (size >= 1e5 || (size > 0 && size < 10 ** -digits)) {
    const [mantissa, exponent] = size.toExponential(1).split('e');
    shown = `${mantissa}·${powerOfTen(Number(exponent))}`;
  }
  return value < 0 && Number(shown) !== 0 ? `−${shown}` : shown;
}

/**
 * Fill the slots of a formula.
 * @param {Element} formula
 * @param {Record<string, number | string>} values
 */
export function fill(formula, values) {
  for (const place of formula.querySelectorAll('[data-slot]')) {
    const value = values[place.getAttribute('data-slot') ?? ''];
    if (value === undefined) continue;
    const shown = typeof value === 'number' ? figure(value) : value;
    const bracketed = place.getAttribute('data-as') === 'factor' && /^−|·/.test(shown);
    place.textContent = bracketed ? `(${shown})` : shown;
  }
}
