/** Whose turn it is: the worker does one thing at a time, so what is asked for meanwhile waits, in the order in which it was asked for. */

/** @import { Link } from './link.js' */

export class Turns {
  /** Settled when all that was asked for so far is over. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * Wait for a turn.
   * @param {Link} link
   * @param {AbortSignal} [signal] gives the turn up while it is waited for
   * @returns {Promise<() => void>} to be called when it is over
   */
  async take(link, signal) {
    const before = this.#last;
    /** @type {() => void} */
    let over = () => {};
    const mine = new Promise((/** @type {(value: void) => void} */ resolve) => { over = resolve; });
    this.#last = before.then(() => mine);
    const aborted = when(signal);
    try {
      await link.unlessEnded(Promise.race([before, aborted.promise]));
    } catch (error) {
      over();
      throw error;
    } finally {
      aborted.forget();
    }
    return over;
  }
}

/**
 * A promise that fails when the signal is aborted, with its reason.
 * @param {AbortSignal} [signal]
 */
export function when(signal) {
  /** @type {() => void} */
  let forget = () => {};
  const promise = new Promise((/** @type {(value: never) => void} */ _, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    forget = () => signal?.removeEventListener('abort', abort);
  });
  promise.catch(() => {});
  return { promise, forget };
}
