/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 60,000. @param {number} n */
export const count = (n) => whole.format(n);

/** So many digits after the point, or a dash for what is no number. @param {number} n @param {number} digits */
export const fixed = (n, digits) => (Number.isFinite(n) ? n.toFixed(digits) : '–');

const fourFigures = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** Four significant figures: 0.02958, 99.13. @param {number} n */
export const significant = (n) => fourFigures.format(n);

/** 812 kB, 9.8 MB, 240 MB, 4.7 GB. @param {number} n */
export function bytes(n) {
  if (n < 1e6) return `${Math.ceil(n / 1e3)} kB`;
  if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e8 ? 1 : 0)} MB`;
  return `${(n / 1e9).toFixed(1)} GB`;
}

/**
 * How much of a download is there: 1.2 MB of 9.8 MB.
 * @param {number} loaded
 * @param {number} total 0 where the server does not say
 */
export const downloaded = (loaded, total) =>
  total >= loaded && total > 0 ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded);

/**
 * 4.2 s, 41 s, 3 min 05 s, 2 h 10 min.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const twoDigits = (/** @type {number} */ n) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)} min ${twoDigits(s % 60)} s`;
  return `${count(Math.floor(s / 3600))} h ${twoDigits(Math.floor((s % 3600) / 60))} min`;
}

/**
 * 581,985 becomes 0.58 million.
 * @param {number} n
 */
export const millions = (n) => `${(n / 1e6).toFixed(2)} million`;

/** What stands in place of a class where there is none (`NO_CLASS` in crate/nn/unet/config.rs). */
export const NO_CLASS = 255;

/** A class as people call it: its name, or its number where it has none. @param {number} index @param {string[]} names */
export const className = (index, names) => names[index] || String(index);

/**
 * How many images each class has: "2 classes: cat 60, dog 58". Of more than twelve classes only the number is said.
 * @param {number[]} counts by class
 * @param {string[]} names of the classes; empty where they are numbers
 */
export function classCounts(counts, names) {
  const present = counts.flatMap((n, index) => (n > 0 ? [`${className(index, names)} ${count(n)}`] : []));
  const classes = present.length === 1 ? '1 class' : `${count(present.length)} classes`;
  return present.length > 12 ? classes : `${classes}: ${present.join(', ')}`;
}

/**
 * The text with a capital letter in front. Latin letters only: ε and ᾱ are symbols and stay as they are.
 * @param {string} text
 */
export const capital = (text) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

/**
 * In which steps guidance acts: "where t is 150 or more and below 450". Empty where it acts in all.
 * @param {import('../protocol.js').GuidanceInterval} interval
 * @param {number} timesteps T
 */
export function guidedSteps({ cfg_t_min, cfg_t_max }, timesteps) {
  const ends = [];
  if (cfg_t_min > 0) ends.push(`${significant(cfg_t_min * timesteps)} or more`);
  if (cfg_t_max < 1) ends.push(`below ${significant(cfg_t_max * timesteps)}`);
  return ends.length === 0 ? '' : `where t is ${ends.join(' and ')}`;
}
