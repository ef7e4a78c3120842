/** What arrives from the worker, handed out one at a time to a loop that may be slower. */

/** @template T */
export class Stream {
  /** @type {T[]} */
  #waiting = [];
  #over = false;
  /** @type {unknown} */
  #error;
  /** @type {() => void} */
  #wake = () => {};

  /** @param {T} value */
  push(value) {
    this.#waiting.push(value);
    this.#wake();
  }

  /** Hand out this one in place of what has not been taken yet. @param {T} value @param {(value: T) => void} drop gets those that are passed over */
  replace(value, drop) {
    for (const old of this.#waiting.splice(0)) drop(old);
    this.push(value);
  }

  /** Nothing more comes; with an error, the loop ends by it. @param {unknown} [error] */
  end(error) {
    if (this.#over) return;
    [this.#over, this.#error] = [true, error];
    this.#wake();
  }

  /** What has not been taken. */
  rest() {
    return this.#waiting.splice(0);
  }

  /** @returns {AsyncGenerator<T, void, undefined>} */
  async *values() {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) yield value;
      else if (this.#over && this.#error !== undefined) throw this.#error;
      else if (this.#over) return;
      else await new Promise((/** @type {(value: void) => void} */ resolve) => { this.#wake = resolve; });
    }
  }
}
