/**
 * The losses of a run in bounded memory. Each bucket keeps the smallest and the largest loss of the
 * steps it covers, so spikes survive; when the buckets run out, neighbours are joined and each
 * covers twice as many steps.
 *
 * @typedef {{ step: number, raw: number, smooth: number }} Point
 * @typedef {{ low: Point, high: Point, size: number }} Bucket
 */

const BUCKETS = 1000;
/** Steps over which the average forgets; a batch's loss alone scatters too much to read. */
const MEMORY = 50;

export class LossHistory {
  /** @type {Bucket[]} */
  #buckets = [];
  #size = 1;
  #average = 0;
  #weight = 0;

  /** The smoothed loss now; NaN before the first. */
  get smooth() {
    return this.#weight > 0 ? this.#average / this.#weight : NaN;
  }

  /** @param {number} step @param {number} raw */
  push(step, raw) {
    if (!Number.isFinite(raw)) return;
    // Divided by the sum of its weights, the average is unbiased from the first value on.
    this.#average += (raw - this.#average) / MEMORY;
    this.#weight += (1 - this.#weight) / MEMORY;
    const point = { step, raw, smooth: this.smooth };
    const last = this.#buckets.at(-1);
    if (last && last.size < this.#size) {
      if (raw < last.low.raw) last.low = point;
      if (raw >= last.high.raw) last.high = point;
      last.size += 1;
      return;
    }
    if (this.#buckets.length === BUCKETS) this.#join();
    this.#buckets.push({ low: point, high: point, size: 1 });
  }

  #join() {
    const joined = [];
    for (let i = 0; i + 1 < this.#buckets.length; i += 2) {
      const [a, b] = [this.#buckets[i], this.#buckets[i + 1]];
      joined.push({
        low: a.low.raw <= b.low.raw ? a.low : b.low,
        high: a.high.raw > b.high.raw ? a.high : b.high,
        size: a.size + b.size,
      });
    }
    this.#buckets = joined;
    this.#size *= 2;
  }

  /**
   * As uPlot wants it: steps, raw losses, smoothed losses; at most two points a bucket.
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
