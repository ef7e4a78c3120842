/**
 * The losses of a run of any length in bounded memory. Each bucket keeps the smallest and the largest loss of the
 * steps it covers, so single high losses stay visible. When all buckets are full, neighbours are merged and from then
 * on each bucket covers twice as many steps.
 *
 * @typedef {{ step: number, raw: number, smooth: number }} Point
 * @typedef {{ low: Point, high: Point, size: number }} Bucket `size`: steps that it covers
 */

const BUCKETS = 1000;
/** Time constant, in steps, of the moving average of the loss: the loss of single batches scatters too much to read. */
const AVERAGE_STEPS = 50;

export class LossHistory {
  /** @type {Bucket[]} */
  #buckets = [];
  #size = 1;
  #average = 0;
  #weight = 0;

  /** The smoothed loss now; NaN before the first loss. */
  get smooth() {
    return this.#weight > 0 ? this.#average / this.#weight : NaN;
  }

  /** Add the loss of a step; one that is no finite number is left out. @param {number} step @param {number} raw */
  push(step, raw) {
    if (!Number.isFinite(raw)) return;
    // `smooth` divides the average by the sum of its weights, which makes it unbiased from the first loss on.
    this.#average += (raw - this.#average) / AVERAGE_STEPS;
    this.#weight += (1 - this.#weight) / AVERAGE_STEPS;
    const point = { step, raw, smooth: this.smooth };
    const last = this.#buckets.at(-1);
    if (last && last.size < this.#size) {
      if (raw < last.low.raw) last.low = point;
      if (raw >= last.high.raw) last.high = point;
      last.size += 1;
      return;
    }
    if (this.#buckets.length === BUCKETS) this.#merge();
    this.#buckets.push({ low: point, high: point, size: 1 });
  }

  /** Merge neighbouring buckets, which halves their number. */
  #merge() {
    const merged = [];
    for (let i = 0; i + 1 < this.#buckets.length; i += 2) {
      const [a, b] = [this.#buckets[i], this.#buckets[i + 1]];
      merged.push({
        low: a.low.raw <= b.low.raw ? a.low : b.low,
        high: a.high.raw > b.high.raw ? a.high : b.high,
        size: a.size + b.size,
      });
    }
    this.#buckets = merged;
    this.#size *= 2;
  }

  /**
   * The columns that uPlot draws: steps, raw losses, smoothed losses; at most two points a bucket.
   * @returns {[number[], number[], number[]]}
   */
  columns() {
    /** @type {[number[], number[], number[]]} */
    const [steps, raw, smooth] = [[], [], []];
    for (const { low, high } of this.#buckets) {
      const [first, second] = low.step <= high.step ? [low, high] : [high, low];
      for (const point of first === second ? [first] : [first, second]) {
        steps.push(point.step);
        raw.push(point.raw);
        smooth.push(point.smooth);
      }
    }
    return [steps, raw, smooth];
  }
}
