/** A program that has been loaded. */

/**
 * @import { FromWorker } from '../../www/worker/messages.js'
 * @import { Source } from './bytes.js'
 * @import { Link } from './link.js'
 * @import { DrawOptions, LearnOptions } from './options.js'
 * @import { Command, DeviceInfo, Dtype, ModelInfo, SamplerInfo, ShortRun, State, Subject, TrainOptions, TrainingProgress } from './protocol.js'
 */

import { read } from './bytes.js';
import { BusyError, DisposedError, OptionError, RefusedError } from './errors.js';
import { GENERATE, TRAIN, checkNames, checkSignal, generation, oneOf, training } from './options.js';
import { painter } from './painting.js';
import { Stream } from './stream.js';
import { Turns } from './turns.js';

/**
 * Digits on their way out of the noise, or finished.
 * @template [I=ImageBitmap]
 * @typedef {object} Frame
 * @property {I} image the picture: 28×28 pixels for one digit; more are side by side with 2 pixels between them. `null` where it
 *   was painted on the caller's canvas. An `ImageBitmap` is the caller's, who may `close` it
 * @property {number} step steps taken
 * @property {number} steps steps in all
 * @property {number} t the diffusion time that was just left, from T − 1 down to 0
 * @property {Drawn | null} drawn what was drawn: in the last frame, and in no other
 */

/**
 * Finished digits.
 * @typedef {object} Drawn
 * @property {Uint8Array} pixels 28×28 bytes for each digit, 0 black to 255 white
 * @property {number[]} labels the class that each was drawn for; 255 for one that was drawn without
 * @property {number} seed what they were drawn from
 * @property {string} fingerprint a hash of the pixels
 * @property {number} seconds what drawing took
 * @property {number} columns places in a row of the picture
 * @property {number[]} places the place of each digit in it, row by row
 */

/** @typedef {{ images: Source, labels: Source }} TrainingData idx files, as those of MNIST, which may be packed by gzip */

/** Commands and events of a generation. @type {Array<Subject>} */
const OF_GENERATION = ['generate', 'command'];
/** And of a training. @type {Array<Subject>} */
const OF_TRAINING = ['train', 'command'];

/** Made by `load`. It does one thing at a time. */
export class Ddpm {
  /** @type {Link} */
  #link;
  #turns = new Turns();
  #training = false;
  /** Whether no task runs in the worker. */
  #idle = true;
  /** The images that the program has. @type {TrainingData | undefined} */
  #data;
  /** @type {SamplerInfo[]} */
  #samplers = [];
  /** @type {ShortRun[]} */
  #shortRuns = [];
  /** What computes, and why that was chosen. @type {Readonly<DeviceInfo>} */
  device = { kind: '', name: '', reason: '', facts: [] };
  /** The weights in use; `undefined` without any. @type {ModelInfo | undefined} */
  model;

  /** @param {unknown} link the connection to its worker */
  constructor(link) {
    this.#link = /** @type {Link} */ (link);
    this.#link.on((event) => {
      if (event.type === 'state') this.#idle = event.state !== 'generating' && event.state !== 'training';
      else if (event.type === 'device') this.device = event;
      else if (event.type === 'model') this.model = event;
      else if (event.type === 'samplers') this.#samplers = event.samplers;
      else if (event.type === 'recipe') this.#shortRuns = event.short_runs;
    });
  }

  /** The samplers there are, with what each is called and the steps it does well with. */
  get samplers() {
    return this.#samplers;
  }

  /** Fails where nothing more can be asked for. @param {string} what */
  #check(what) {
    if (this.#link.failure) throw this.#link.failure;
    if (this.#training) throw new BusyError(`${what} has to wait until the training is over: leave its loop, or abort its signal.`);
  }

  /**
   * Draw digits. Gives the frames that a screen would show, as they come: one that comes while the loop is busy takes the place of
   * the one before, and the last, the finished digits, always comes. Nothing begins before the first frame is asked for. A draw
   * waits for those that were begun before it. To leave the loop cancels the draw.
   *
   * @overload
   * @param {DrawOptions & { canvas: HTMLCanvasElement | OffscreenCanvas, as?: undefined, signal?: AbortSignal }} options `canvas`: frames
   *   are painted there, as large as they fit
   * @returns {AsyncGenerator<Frame<null>, void, undefined>}
   */
  /**
   * @overload
   * @param {DrawOptions & { as: 'ImageData', canvas?: undefined, signal?: AbortSignal }} options
   * @returns {AsyncGenerator<Frame<ImageData>, void, undefined>}
   */
  /**
   * @overload
   * @param {DrawOptions & { as?: 'ImageBitmap', canvas?: undefined, signal?: AbortSignal }} [options] `signal`: ends the draw, and the loop by
   *   the signal's reason
   * @returns {AsyncGenerator<Frame<ImageBitmap>, void, undefined>}
   */
  /**
   * @param {DrawOptions & { canvas?: HTMLCanvasElement | OffscreenCanvas, as?: 'ImageBitmap' | 'ImageData', signal?: AbortSignal }} [options]
   * @returns {AsyncGenerator<Frame<any>, void, undefined>}
   */
  generate(options) {
    return this.#draw(options);
  }

  /**
   * @param {DrawOptions & { canvas?: HTMLCanvasElement | OffscreenCanvas, as?: 'ImageBitmap' | 'ImageData', signal?: AbortSignal }} [options]
   * @returns {AsyncGenerator<Frame<any>, void, undefined>}
   */
  async *#draw(options = {}) {
    this.#check('A draw');
    checkNames(options, GENERATE);
    const as = oneOf('as', options.as ?? 'ImageBitmap', /** @type {const} */ (['ImageBitmap', 'ImageData']));
    const signal = checkSignal(options.signal);
    if (options.canvas && options.as) throw new OptionError('as', 'as says what frames are, and canvas that they are painted: give one of them.');
    const paint = options.canvas === undefined ? undefined : painter(options.canvas);
    const wanted = generation(options, this.#samplers, this.model);
    signal?.throwIfAborted();
    const over = await this.#turns.take(this.#link, signal);
    if (signal?.aborted) {
      over();
      throw signal.reason;
    }
    /** @type {Stream<Frame<any>>} */
    const stream = new Stream();
    const task = this.#task(OF_GENERATION, over, signal, 'generating', { type: 'cancel' });
    let image = /** @type {ImageBitmap | ImageData | null} */ (null);
    /** The frame that may be the last, until it is known what was drawn. @type {Frame<any> | undefined} */
    let last;
    task.listen((event) => {
      if (event.type === 'frame') {
        image = event.image;
      } else if (event.type === 'sampling' && image) {
        const { step, steps, t } = event;
        last = { image, step, steps, t, drawn: null };
        image = null;
        if (step < steps) stream.replace(last, discard);
      } else if (event.type === 'sampled') {
        const { pixels, labels, fingerprint, elapsed_s: seconds, columns, places, options: { seed }, complete } = event;
        if (complete && last) stream.replace({ ...last, drawn: { pixels, labels, seed, fingerprint, seconds, columns, places } }, discard);
        task.done();
      }
    }, (error) => stream.end(error));
    try {
      this.#link.post({ type: 'command', command: { type: 'generate', ...wanted }, frames: as === 'ImageData' ? 'data' : 'bitmap' });
      for await (const frame of stream.values()) {
        if (paint) {
          paint(frame.image);
          discard(frame);
        }
        yield paint ? { ...frame, image: null } : frame;
      }
    } finally {
      // The loop was left, unless the task is over; the next draw waits until the worker has heard of it.
      task.leave();
      for (const frame of stream.rest()) discard(frame);
    }
  }

  /**
   * Train a network. Gives the progress some times a second: losses, speed, time left. When the loop ends (after the last step,
   * because it was left, or because the signal was aborted), the average of the trained weights is in use. Meanwhile nothing else
   * can be asked for.
   *
   * @param {LearnOptions & { data?: TrainingData, signal?: AbortSignal }} [options] `data`: what to learn from; those of the last
   *   training, if there was one. `signal`: ends the training, and the loop by the signal's reason
   * @returns {AsyncGenerator<TrainingProgress, void, undefined>}
   */
  async *train(options = {}) {
    this.#check('Another training');
    checkNames(options, TRAIN);
    const signal = checkSignal(options.signal);
    const wanted = training(options, this.#shortRuns);
    const data = options.data ?? this.#data;
    if (!data) {
      throw new OptionError('data', 'Training needs images: give data: { images, labels }, two idx files such as those of MNIST, as addresses, Blobs or bytes.');
    }
    signal?.throwIfAborted();
    this.#training = true;
    let over = () => {};
    try {
      over = await this.#turns.take(this.#link, signal);
      signal?.throwIfAborted();
      await this.#hold(data, signal);
      // The program has been given the data meanwhile, which nothing interrupts.
      signal?.throwIfAborted();
      yield* this.#run(wanted, signal);
    } finally {
      this.#training = false;
      over();
    }
  }

  /** @param {TrainOptions} wanted @param {AbortSignal} [signal] */
  async *#run(wanted, signal) {
    /** @type {Stream<TrainingProgress>} */
    const stream = new Stream();
    let trained = false;
    /** Settled when the worker has stopped. @type {() => void} */
    let stopped = () => {};
    const stopping = new Promise((/** @type {(value: void) => void} */ resolve) => { stopped = resolve; });
    const task = this.#task(OF_TRAINING, stopped, signal, 'training', { type: 'pause' });
    /** @type {unknown} */
    let failed;
    task.listen((event) => {
      if (event.type === 'training') {
        trained ||= event.step > 0;
        stream.push(event);
      } else if (event.type === 'state' && event.state === 'paused') {
        task.done();
      }
    }, (error) => {
      failed = error;
      stopped();
    });
    // The loop ends when the trained weights are in use.
    stopping.then(() => this.#keepTrained(trained)).then(() => stream.end(failed), (error) => stream.end(failed ?? error));
    try {
      this.#link.post({ type: 'command', command: { type: 'train', ...wanted } });
      yield* stream.values();
    } finally {
      task.leave();
      stream.rest();
      for await (const _ of stream.values()) stream.rest();
    }
  }

  /** Close the session that the worker holds, and use the weights that it has trained. @param {boolean} trained */
  async #keepTrained(trained) {
    if (this.#link.failure) return;
    const file = trained ? await this.#saved('f32') : undefined;
    await this.#link.answer((event) => (event.type === 'state' && !event.can.reset ? true : undefined), () => {
      this.#link.post({ type: 'command', command: { type: 'reset' } });
    });
    if (file) await this.#give([{ name: 'trained in this page', bytes: file.bytes }]);
  }

  /**
   * Use other weights.
   * @param {Source} source a safetensors file of this project: of the package or the page, of `ddpm train`, or of PyTorch
   *   (tests/golden/unet.py)
   * @param {{ signal?: AbortSignal }} [options]
   */
  async loadWeights(source, options = {}) {
    this.#check('To load weights');
    checkNames(options, ['signal']);
    const signal = checkSignal(options.signal);
    const over = await this.#turns.take(this.#link, signal);
    try {
      const file = await read(source, 'weights', signal);
      signal?.throwIfAborted();
      await this.#give([file]);
    } finally {
      over();
    }
  }

  /**
   * The weights in use, as a safetensors file that `loadWeights`, the page, `ddpm` and PyTorch read.
   * @param {{ dtype?: Dtype }} [options] `dtype`: the numbers' format, `'f32'` or `'f16'` (half as large)
   * @returns {Promise<File>}
   */
  async saveWeights(options = {}) {
    this.#check('To save weights');
    checkNames(options, ['dtype']);
    const dtype = oneOf('dtype', options.dtype ?? 'f32', /** @type {const} */ (['f32', 'f16']));
    if (!this.model) throw new RefusedError({ what: 'save', code: 'no_weights', message: 'There are no weights to save: load or train some.', batch: null });
    const over = await this.#turns.take(this.#link);
    try {
      const { bytes, name } = await this.#saved(dtype);
      return new File([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], name, { type: 'application/octet-stream' });
    } finally {
      over();
    }
  }

  /** End the worker and free what it holds. What waits for something gets a `DisposedError`. */
  dispose() {
    this.#link.end(new DisposedError());
  }

  /** @param {Dtype} dtype */
  #saved(dtype) {
    return this.#link.answer((event) => {
      if (event.type === 'refused' && event.what === 'save') throw new RefusedError(event);
      return event.type === 'weights' ? event : undefined;
    }, () => this.#link.post({ type: 'command', command: { type: 'save', dtype } }));
  }

  /** Give the program files with weights. @param {Array<{ name: string, bytes: Uint8Array }>} files */
  #give(files) {
    return this.#link.answer((event) => {
      if (event.type === 'refused') throw new RefusedError(event);
      if (event.type === 'data' || event.type === 'pictures') {
        throw new RefusedError({ what: 'weights', code: 'not_weights', message: `${files[0].name} holds images and no weights: give a safetensors file.`, batch: null });
      }
      return event.type === 'model' ? true : undefined;
    }, () => this.#link.post({ type: 'load_files', files, switch_preset: true }, files.map(({ bytes }) => bytes.buffer)));
  }

  /** Give the program images to learn from, unless it has them. @param {TrainingData} data @param {AbortSignal} [signal] */
  async #hold(data, signal) {
    checkNames(data, ['images', 'labels']);
    // The caller's object may hold other files by the next training.
    const { images, labels } = data;
    if (this.#data && images === this.#data.images && labels === this.#data.labels) return;
    const files = await Promise.all([read(images, 'images', signal), read(labels, 'labels', signal)]);
    signal?.throwIfAborted();
    await this.#link.answer((event) => {
      if (event.type === 'refused') throw new RefusedError(event);
      if (event.type === 'pictures' || event.type === 'model') {
        throw new RefusedError({ what: 'data', code: 'not_idx', message: 'data must be two idx files: one with images, one with their labels.', batch: null });
      }
      return event.type === 'data' ? true : undefined;
    }, () => this.#link.post({ type: 'load_files', files, switch_preset: false }, files.map(({ bytes }) => bytes.buffer)));
    this.#data = { images, labels };
  }

  /**
   * Watch over a task of the worker until it is over: until it has given its result or was refused, and nothing runs.
   * @param {Array<Subject>} subjects whose refusals are about it
   * @param {() => void} over is called then
   * @param {AbortSignal | undefined} signal not aborted yet
   * @param {State} running the state in which the worker is while it runs
   * @param {Command} stop what ends it early
   */
  #task(subjects, over, signal, running, stop) {
    let [result, finished, left] = [false, false, false];
    /** @type {unknown} */
    let error;
    /** @type {(error?: unknown) => void} */
    let end = () => {};
    /** @type {() => void} */
    let unlisten = () => {};
    const finish = () => {
      if (finished) return;
      finished = true;
      unlisten();
      forget();
      signal?.removeEventListener('abort', abort);
      over();
      end(signal?.aborted ? signal.reason : error);
    };
    const settle = () => {
      if ((result || error !== undefined) && this.#idle) finish();
    };
    const abort = () => this.#link.post({ type: 'command', command: stop });
    signal?.addEventListener('abort', abort);
    const forget = this.#link.onEnd((why) => {
      error = why;
      finish();
    });
    return {
      /** @param {(event: FromWorker) => void} handler @param {(error?: unknown) => void} ended */
      listen(handler, ended) {
        end = ended;
        unlisten = this.link.on((event) => {
          if (event.type === 'refused' && subjects.includes(event.what)) error ??= new RefusedError(event);
          // Whoever stopped it before it ran was not heard.
          if (event.type === 'state' && event.state === running && (left || signal?.aborted)) abort();
          handler(event);
          settle();
        });
      },
      link: this.#link,
      /** It has given its result. */
      done: () => { result = true; },
      /** Nobody waits for it any more. */
      leave: () => {
        if (finished) return;
        left = true;
        abort();
      },
    };
  }
}

/** Free a frame that nobody will see. @param {Frame<any>} frame */
function discard({ image }) {
  if ('ImageBitmap' in globalThis && image instanceof ImageBitmap) image.close();
}
