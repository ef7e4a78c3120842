/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {number} n */
export const count = (n) => whole.format(n);

/** @param {number} n @param {number} digits */
export const fixed = (n, digits) => (Number.isFinite(n) ? n.toFixed(digits) : '–');

const few = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** 0.02958, 99.13. @param {number} n */
export const significant = (n) => few.format(n);

/** @param {number} n */
export const bytes = (n) => (n < 1e6 ? `${Math.ceil(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`);

/**
 * @param {number} loaded
 * @param {number} total 0 when unknown
 */
export const share = (loaded, total) =>
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
  const pad = (/** @type {number} */ n) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  return `${count(Math.floor(s / 3600))} h ${pad(Math.floor((s % 3600) / 60))} min`;
}

/**
 * 581,985 → 0.58 million.
 * @param {number} n
 */
export const millions = (n) => `${(n / 1e6).toFixed(2)} million`;

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
