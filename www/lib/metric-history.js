/**
 * All that is known of a training session's steps, in bounded memory: a row for each step, and when there are too many, one for
 * every second, fourth, eighth … step, whose loss and gradient norm are means.
 *
 * @typedef {import('../protocol.js').TrainingProgress} TrainingProgress
 * @typedef {import('../protocol.js').MetricPoint} MetricPoint
 * @typedef {Array<number | null>} Tenths the running mean of the loss in each tenth of 0 … T−1
 * @typedef {object} Row What is not known of a step is null.
 * @property {number} step
 * @property {number} size steps that the row covers
 * @property {number | null} loss
 * @property {number | null} smooth the moving average of the loss
 * @property {number | null} grad_norm
 * @property {number | null} learning_rate
 * @property {number | null} images_per_s
 * @property {Tenths | null} tenths
 */

const ROWS = 2000;
/** Time constant, in steps, of the moving average of the loss: the loss of single batches scatters too much to read. */
const AVERAGE_STEPS = 50;
const TENTHS = 10;

/** The mean of what is known. @param {number | null} a @param {number} ofA @param {number | null} b @param {number} ofB */
const mean = (a, ofA, b, ofB) => {
  if (a === null) return b;
  return b === null ? a : (a * ofA + b * ofB) / (ofA + ofB);
};

/** Two neighbours as one. @param {Row} a @param {Row} b @returns {Row} */
const merged = (a, b) => ({
  ...b,
  size: a.size + b.size,
  loss: mean(a.loss, a.size, b.loss, b.size),
  grad_norm: mean(a.grad_norm, a.size, b.grad_norm, b.size),
  images_per_s: b.images_per_s ?? a.images_per_s,
  tenths: b.tenths ?? a.tenths,
});

export class MetricHistory {
  /** @type {Row[]} */
  #rows = [];
  #size = 1;
  #average = 0;
  #weight = 0;
  /** Losses on images that are not learned from, by step. @type {Map<number, number>} */
  #validation = new Map();

  /** The rows so far, the oldest first. @returns {readonly Row[]} */
  get rows() {
    return this.#rows;
  }

  /** The smoothed loss now; NaN before the first loss. */
  get smooth() {
    return this.#weight > 0 ? this.#average / this.#weight : NaN;
  }

  /** Steps and losses on images that are not learned from, in order. */
  get validation() {
    return [...this.#validation].sort(([a], [b]) => a - b);
  }

  /** The running means of the loss by t, as they are now. @returns {Tenths | null} */
  get tenths() {
    return this.#tenthsUntil(Infinity);
  }

  /** The running means when half of the steps were done. @returns {Tenths | null} */
  get earlierTenths() {
    return this.#tenthsUntil((this.#rows.at(-1)?.step ?? 0) / 2);
  }

  /** @param {number} last step @returns {Tenths | null} */
  #tenthsUntil(last) {
    for (let i = this.#rows.length - 1; i >= 0; i -= 1) {
      const { step, tenths } = this.#rows[i];
      if (tenths && step <= last) return tenths;
    }
    return null;
  }

  /** What a session has reported. @param {TrainingProgress} progress */
  add({ losses, grad_norms, learning_rates, images_per_s, tenths, validation }) {
    losses.forEach(([step, loss], index) => {
      const last = index === losses.length - 1;
      this.#push({
        step, size: 1, loss, smooth: this.#smoothed(loss),
        grad_norm: grad_norms[index] ?? null, learning_rate: learning_rates[index] ?? null,
        // Known of the moment of the report only.
        images_per_s: last && images_per_s > 0 ? images_per_s : null,
        tenths: last ? tenths : null,
      });
    });
    for (const [step, loss] of validation) this.#validation.set(step, loss);
  }

  /**
   * What is kept of a run.
   * @param {Array<[step: number, loss: number]>} losses
   * @param {MetricPoint[]} metrics
   * @param {Array<[step: number, loss: number]>} validation
   */
  open(losses, metrics, validation) {
    /** @type {Map<number, Partial<Row>>} */
    const rows = new Map();
    for (const [step, loss] of losses) rows.set(step, { loss });
    for (const { step, ...point } of metrics) rows.set(step, { ...rows.get(step), ...point });
    for (const [step, row] of [...rows].sort(([a], [b]) => a - b)) {
      this.#push({
        step, size: 1, loss: null, grad_norm: null, learning_rate: null, images_per_s: null, tenths: null, ...row,
        smooth: row.loss === undefined ? null : this.#smoothed(row.loss ?? NaN),
      });
    }
    for (const [step, loss] of validation) this.#validation.set(step, loss);
  }

  /** Take note of a loss. @param {number} loss */
  #smoothed(loss) {
    if (Number.isFinite(loss)) {
      // `smooth` divides the average by the sum of its weights, which makes it right from the first loss on.
      this.#average += (loss - this.#average) / AVERAGE_STEPS;
      this.#weight += (1 - this.#weight) / AVERAGE_STEPS;
    }
    return this.#weight > 0 ? this.smooth : null;
  }

  /** @param {Row} row */
  #push(row) {
    const last = this.#rows.at(-1);
    if (last && last.size < this.#size) {
      this.#rows[this.#rows.length - 1] = merged(last, row);
      return;
    }
    if (this.#rows.length === ROWS) {
      const pairs = [];
      for (let i = 0; i + 1 < this.#rows.length; i += 2) pairs.push(merged(this.#rows[i], this.#rows[i + 1]));
      this.#rows = pairs;
      this.#size *= 2;
    }
    this.#rows.push(row);
  }

  /** All of it as a table: comma-separated values as RFC 4180 has them. */
  csv() {
    const heads = [
      'step', 'loss', 'loss_smoothed', 'validation_loss', 'grad_norm', 'learning_rate', 'images_per_s',
      ...Array.from({ length: TENTHS }, (_, tenth) => `loss_t_tenth_${tenth + 1}`),
    ];
    const rows = new Map(this.#rows.map((row) => [row.step, row]));
    const steps = [...new Set([...rows.keys(), ...this.#validation.keys()])].sort((a, b) => a - b);
    const lines = steps.map((step) => {
      const row = rows.get(step);
      const tenths = row?.tenths ?? Array.from({ length: TENTHS }, () => null);
      return [
        step, row?.loss, row?.smooth, this.#validation.get(step), row?.grad_norm, row?.learning_rate, row?.images_per_s, ...tenths,
      ].map((value) => value ?? '').join(',');
    });
    return [heads.join(','), ...lines, ''].join('\r\n');
  }
}
