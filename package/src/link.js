/** The connection to a worker: messages out, events in, and the error that ended it. */

/** @import { FromWorker, ToWorker } from '../../www/worker/messages.js' */

import { CrashError, LoadError } from './errors.js';

export class Link {
  /** @type {Worker} */
  #worker;
  /** @type {Set<(event: FromWorker) => void>} */
  #handlers = new Set();
  /** Told of the worker's end. @type {Set<(why: Error) => void>} */
  #ends = new Set();
  /** Why nothing comes any more, if so. @type {Error | undefined} */
  failure;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(event.message ? new CrashError(event.message) : new LoadError('worker_failed', "The package's worker could not be loaded. "
        + 'Its file, worker.js, must be on the host beside the other files of the package, and a Content-Security-Policy must allow '
        + 'it (worker-src, and blob: if the package comes from another origin).'));
    });
  }

  /** @param {FromWorker} event */
  #receive(event) {
    if (this.failure) return;
    if (event.type === 'crash') this.end(new CrashError(event.report));
    else if (event.type === 'start_failed') this.end(new LoadError('start_failed', event.why));
    else for (const handler of [...this.#handlers]) handler(event);
  }

  /** End the worker. @param {Error} why what those who wait get, and whoever asks for something from now on */
  end(why) {
    if (this.failure) return;
    this.failure = why;
    this.#worker.terminate();
    for (const tell of [...this.#ends]) tell(why);
  }

  /** Call `tell` when the worker ends, until the function returned is called. @param {(why: Error) => void} tell */
  onEnd(tell) {
    this.#ends.add(tell);
    return () => { this.#ends.delete(tell); };
  }

  /**
   * What a promise gives, unless the worker ends before.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async unlessEnded(promise) {
    if (this.failure) throw this.failure;
    /** @type {() => void} */
    let forget = () => {};
    const ended = new Promise((/** @type {(value: never) => void} */ _, reject) => { forget = this.onEnd(reject); });
    try {
      return await Promise.race([promise, ended]);
    } finally {
      forget();
    }
  }

  /** @param {ToWorker} message @param {Transferable[]} [transfer] */
  post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** Call `handler` with every event, until the function returned is called. @param {(event: FromWorker) => void} handler */
  on(handler) {
    this.#handlers.add(handler);
    return () => { this.#handlers.delete(handler); };
  }

  /**
   * The first value that `read` finds in an event. `ask` is called when it is being waited for.
   * @template T
   * @param {(event: FromWorker) => T | undefined} read
   * @param {() => void} ask
   * @returns {Promise<T>}
   */
  async answer(read, ask) {
    if (this.failure) throw this.failure;
    /** @type {() => void} */
    let stop = () => {};
    const found = new Promise((/** @type {(value: T) => void} */ resolve, reject) => {
      stop = this.on((event) => {
        try {
          const value = read(event);
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error);
        }
      });
    });
    try {
      ask();
      return await this.unlessEnded(found);
    } finally {
      stop();
    }
  }
}
