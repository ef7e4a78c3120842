/**
 * What the classifier says of the digits drawn last. It knows the ten handwritten digits of MNIST, so it is not asked where the
 * weights have learned something else. It is fetched when it is asked for the first time: when a digit is enlarged, or when the page
 * has been idle for a while after a draw.
 *
 * @typedef {import('./worker-link.js').WorkerLink} WorkerLink
 * @typedef {{ digit: number, sure: number }} Opinion a digit and its probability, 0 to 1
 */

const CLASSES = 10;
/** Milliseconds that nothing runs before it looks at digits that nobody has asked it about. */
const IDLE_MS = 800;

export class Opinions {
  #link;
  /** Whether the weights in use draw digits. */
  #digits = true;
  /** The digits that it is looking at. */
  #asked = '';
  /** The digits that the answer is about, and the answer. */
  #fingerprint = '';
  /** @type {number[]} */
  #probabilities = [];
  /** Why there is no answer, in a sentence. */
  #failure = '';
  /** Whether something could be drawn now: nothing else runs then. */
  #idle = false;
  /** Digits to ask about when nothing has run for a while, and the wait for that. @type {{ pixels: Uint8Array, fingerprint: string } | undefined} */
  #later;
  #waiting = 0;
  /** @type {Array<() => void>} */
  #listeners = [];

  /** @param {WorkerLink} link */
  constructor(link) {
    this.#link = link;
    link.on('model', ({ classes, class_names }) => {
      this.#digits = class_names.length === 0 && (classes === CLASSES || classes === 0);
    });
    link.on('state', ({ can }) => {
      this.#idle = can.generate;
      this.#wait();
    });
    // Drafts follow a hand, and the next should not have to wait.
    link.on('drafted', () => this.askWhenIdle(undefined));
    link.on('recognised', ({ fingerprint, probabilities }) => {
      this.#fingerprint = fingerprint;
      this.#probabilities = probabilities;
      this.#tell();
    });
    link.on('refused', ({ what, message }) => {
      if (what !== 'recognise') return;
      this.#failure = message;
      this.#asked = '';
      this.#tell();
    });
    const stopped = () => {
      this.#asked = '';
      this.#idle = false;
      this.askWhenIdle(undefined);
    };
    link.on('crash', stopped);
    link.on('start_failed', stopped);
  }

  /** Whether the classifier knows what the weights in use draw. */
  get possible() {
    return this.#digits;
  }

  /** Why there is no answer; empty where nothing has failed. */
  get failure() {
    return this.#failure;
  }

  /** Call `listener` whenever there is an answer, or none will come. @param {() => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /**
   * Ask it about these digits once nothing has run for a while, in place of those that wait for that.
   * @param {{ pixels: Uint8Array, fingerprint: string } | undefined} digits
   */
  askWhenIdle(digits) {
    this.#later = digits;
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#waiting);
    if (!this.#later || !this.#idle) return;
    this.#waiting = setTimeout(() => {
      const digits = this.#later;
      this.#later = undefined;
      // A classifier that could not be had is not fetched again and again.
      if (digits && !this.#failure) this.ask(digits.pixels, digits.fingerprint);
    }, IDLE_MS);
  }

  /**
   * Ask it about these digits, unless it has looked at them or is about to.
   * @param {Uint8Array} pixels 28×28 bytes a digit
   * @param {string} fingerprint theirs
   */
  ask(pixels, fingerprint) {
    if (!this.#digits || fingerprint === this.#asked || fingerprint === this.#fingerprint) return;
    this.#failure = '';
    this.#asked = fingerprint;
    this.#link.command({ type: 'recognise', pixels });
  }

  /**
   * What it says of one of these digits, the most probable first; empty where it has not looked at them.
   * @param {string} fingerprint of all of them
   * @param {number} index
   * @returns {Opinion[]}
   */
  of(fingerprint, index) {
    if (fingerprint !== this.#fingerprint) return [];
    return this.#probabilities.slice(index * CLASSES, (index + 1) * CLASSES)
      .map((sure, digit) => ({ digit, sure }))
      .sort((a, b) => b.sure - a.sure);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/** A probability in whole percent, rounded down, so that only what is certain is 100 %. @param {number} share */
export const percent = (share) => `${Math.floor(share * 100)} %`;
