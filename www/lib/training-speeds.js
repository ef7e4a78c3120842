/**
 * How fast this device trains: images a second, by network and batch size. Each is measured on request by two seconds of training, one
 * after the other, or noted of a run that goes on for a while.
 *
 * @typedef {import('./worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Preset} Preset
 * @typedef {import('../protocol.js').TrainOptions} TrainOptions
 */

/** @param {Preset} preset @param {number} batch */
const keyOf = (preset, batch) => `${preset} ${batch}`;
/** @param {TrainOptions} options */
const keyFor = ({ preset, config }) => keyOf(preset, config.batch_size);
/** The least change of a run's speed, as a share, that is worth telling. */
const CHANGE = 0.02;

export class TrainingSpeeds {
  #link;
  /** @type {Map<string, number>} */
  #known = new Map();
  /** What is measured now, and what after it. @type {TrainOptions[]} */
  #queue = [];
  /** Whether there is an answer to what is measured now. One that ends without was cancelled, and so are those after it. */
  #answered = false;
  /** @type {Array<() => void>} */
  #listeners = [];

  /** @param {WorkerLink} link */
  constructor(link) {
    this.#link = link;
    link.on('speed', ({ preset, batch_size, images_per_s }) => {
      this.#answered = true;
      this.#known.set(keyOf(preset, batch_size), images_per_s);
      this.#tell();
    });
    // A batch may be too large for this device, and that of the next recipe is not.
    link.on('refused', ({ code }) => {
      if (code === 'not_timed') this.#answered = true;
    });
    link.on('state', ({ can }) => {
      if (can.train && this.#queue.length > 0) this.#next(this.#answered ? this.#queue.slice(1) : []);
    });
    for (const type of /** @type {const} */ (['crash', 'start_failed'])) link.on(type, () => this.#next([]));
  }

  /** Call `listener` whenever there is another speed, or another is measured. @param {() => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Images a second, if they are known. @param {Preset} preset @param {number} batch */
  of(preset, batch) {
    return this.#known.get(keyOf(preset, batch));
  }

  /** Whether these are measured now, or are going to be. @param {Preset} preset @param {number} batch */
  isAwaited(preset, batch) {
    return this.#queue.some((options) => keyFor(options) === keyOf(preset, batch));
  }

  /** Note the speed of a run, which says it at every step. @param {Preset} preset @param {number} batch @param {number} imagesPerSecond */
  note(preset, batch, imagesPerSecond) {
    const before = this.of(preset, batch) ?? 0;
    if (Math.abs(imagesPerSecond - before) < CHANGE * before) return;
    this.#known.set(keyOf(preset, batch), imagesPerSecond);
    this.#tell();
  }

  /** Measure trainings with these options; of those with the same network and batch size, the first. @param {TrainOptions[]} wanted */
  measure(wanted) {
    this.#next(wanted.filter((options, index) => wanted.findIndex((other) => keyFor(other) === keyFor(options)) === index));
  }

  /** @param {TrainOptions[]} queue */
  #next(queue) {
    this.#queue = queue;
    this.#answered = false;
    if (queue.length > 0) this.#link.command({ type: 'time_training', ...queue[0] });
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
