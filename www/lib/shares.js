/**
 * How even the digits of a set are: the shares of MNIST's test images, and those of the rarest and the commonest digit in a set of as many
 * real digits, which chance makes less even the smaller it is.
 */

/** Test images of each digit, of 10,000 (www/data/mnist/t10k-labels-idx1-ubyte.gz). */
const TEST_IMAGES = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
const SHARES = TEST_IMAGES.map((images) => images / 10_000);

/** The share of the rarest digit among the test images, the 5, and that of the commonest, the 1. */
export const REAL_SHARES = { rarest: Math.min(...SHARES), commonest: Math.max(...SHARES) };

/** The probability that a standard normal number is below z, to 1e-7 (Abramowitz & Stegun 1964, 7.1.26). @param {number} z */
function normalBelow(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return z < 0 ? tail / 2 : 1 - tail / 2;
}

/** Where a function that rises from 0 to 1 reaches a value. @param {(share: number) => number} rising @param {number} value */
function reached(rising, value) {
  let [low, high] = [0, 1];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (rising(middle) < value) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Where the share of the rarest or the commonest digit lies in 95 % of all sets of so many real digits. Each share is taken for normal.
 * @param {'rarest' | 'commonest'} which
 * @param {number} count
 * @returns {[low: number, high: number]}
 */
export function usualShare(which, count) {
  const below = (/** @type {number} */ share) => SHARES.map((of) => normalBelow((share - of) / Math.sqrt((of * (1 - of)) / count)));
  const product = (/** @type {number[]} */ factors) => factors.reduce((whole, factor) => whole * factor, 1);
  const rising = (/** @type {number} */ share) => (which === 'commonest'
    ? product(below(share))
    : 1 - product(below(share).map((probability) => 1 - probability)));
  return [reached(rising, 0.025), reached(rising, 0.975)];
}
