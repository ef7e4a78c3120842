/** The signal-to-noise ratio of a draw's frames as a curve, for the timeline. */

/** @typedef {import('../protocol.js').Frame} Frame */

/** Width and height of the drawing that the points are in. */
export const SNR_BOX = { width: 100, height: 20 };
/** Powers of ten between the curve's ends at least: a draw that hardly moves has a flat one. */
const LEAST = 1;

/**
 * The points of the curve: frames evenly spread along the width, the logarithm of the SNR along the height. An SNR of 0 lies on the
 * lower edge, the infinite one of an image without noise on the upper.
 * @param {Frame[]} frames
 */
export function snrCurve(frames) {
  const powers = frames.map(({ snr }) => Math.log10(snr));
  const finite = powers.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite, low + LEAST);
  const { width, height } = SNR_BOX;
  const across = (/** @type {number} */ index) => (frames.length > 1 ? (index * width) / (frames.length - 1) : 0);
  // A little room above the finite ones, so that the end without noise stands out.
  const up = (/** @type {number} */ power) => {
    if (power === Infinity) return 0;
    return Number.isFinite(power) ? height - (0.9 * height * (power - low)) / (high - low) : height;
  };
  return { points: powers.map((power, index) => [across(index), up(power)]), balance: low < 0 && high > 0 ? up(0) : null };
}
