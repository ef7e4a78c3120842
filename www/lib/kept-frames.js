/**
 * The frames of the draw that ended last, or of one that is held, which the worker keeps: x_t, x̂₀ and ε̂ of at most a hundred
 * passes, and the digits at the end, or as they stand. Here is where each stands (its t, ᾱ and SNR); their pixels are asked for, or painted by the worker on its own canvas.
 *
 * @typedef {import('./worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Frame} Frame
 * @typedef {import('../protocol.js').FrameKind} FrameKind
 * @typedef {import('../protocol.js').TrajectoryFrames} TrajectoryFrames
 * @typedef {{ what: FrameKind, frame: number }} Place
 */

/** @typedef {{ what: FrameKind, digit: number | null, resolve: (frames: TrajectoryFrames) => void, reject: (error: Error) => void }} Question */

export class KeptFrames {
  #link;
  /** Where they stand, the noisiest first; the last is of the digits themselves. Empty where none are kept. @type {Frame[]} */
  #frames = [];
  /** Whether they are of a draw that is held, whose digits are not there yet. */
  #held = false;
  /** Those that the worker has yet to answer. @type {Question[]} */
  #questions = [];
  /** The frame that is being painted, and the one wanted after it. @type {Place | undefined} */
  #painting;
  /** @type {Place | undefined} */
  #wanted;
  /** @type {Array<() => void>} */
  #listeners = [];

  /** @param {WorkerLink} link */
  constructor(link) {
    this.#link = link;
    link.on('sampled', ({ frames }) => this.#have(frames));
    link.on('held_frames', ({ frames }) => this.#have(frames, true));
    link.on('state', ({ state, activity }) => {
      if (state === 'generating' && activity === 'generation') this.#have([]);
    });
    link.on('trajectory', (answer) => {
      // Rust's `None` arrives as undefined.
      const digit = answer.digit ?? null;
      this.#settle((question) => question.what === answer.what && question.digit === digit, ({ resolve }) => resolve(answer));
    });
    link.on('frame_painted', () => this.#painted());
    link.on('refused', ({ what, message }) => {
      if (what === 'frames') this.#forget(message);
    });
    // Other digits take the canvas, and a draw of them follows.
    link.on('drafted', () => this.#have([]));
    const stopped = () => this.#have([]);
    link.on('crash', stopped);
    link.on('start_failed', stopped);
  }

  /** Where the frames of the last draw stand; empty where none are kept. */
  get all() {
    return this.#frames;
  }

  /** Whether they are of a draw that is held: not of the digits drawn last. */
  get held() {
    return this.#held;
  }

  /** Where the frames of a kind stand: estimates have none of the digits at the end. @param {FrameKind} what */
  of(what) {
    return what === 'x' ? this.#frames : this.#frames.slice(0, -1);
  }

  /** Call `listener` whenever the frames of another draw are there, or those of before are gone. @param {() => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /**
   * The frames of one digit (counted from 0), or of all. Fails where none are kept.
   * @param {FrameKind} what
   * @param {number | null} [digit]
   * @returns {Promise<TrajectoryFrames>}
   */
  ask(what, digit = null) {
    return new Promise((resolve, reject) => {
      this.#questions.push({ what, digit, resolve, reject });
      this.#link.command({ type: 'trajectory', what, digit });
    });
  }

  /**
   * Have the worker paint a frame in place of the digits. Of those asked for while it paints another, only the last is painted. One that
   * is not kept is not asked for.
   * @param {FrameKind} what
   * @param {number} frame
   */
  paint(what, frame) {
    if (frame >= this.of(what).length) return;
    if (this.#painting) {
      this.#wanted = { what, frame };
      return;
    }
    this.#painting = { what, frame };
    this.#link.command({ type: 'paint_frame', what, frame });
  }

  #painted() {
    const next = this.#wanted;
    this.#painting = this.#wanted = undefined;
    if (next) this.paint(next.what, next.frame);
  }

  /** @param {Frame[]} frames @param {boolean} [held] */
  #have(frames, held = false) {
    if (frames.length === 0 && this.#frames.length === 0) return;
    this.#frames = frames;
    this.#held = held;
    this.#forget('Another draw has begun.');
    for (const listener of this.#listeners) listener();
  }

  /** Wait for no answer any more. @param {string} why */
  #forget(why) {
    this.#painting = this.#wanted = undefined;
    this.#settle(() => true, ({ reject }) => reject(new Error(why)));
  }

  /** @param {(question: Question) => boolean} which @param {(question: Question) => void} end */
  #settle(which, end) {
    const settled = this.#questions.filter(which);
    this.#questions = this.#questions.filter((question) => !settled.includes(question));
    settled.forEach(end);
  }
}
