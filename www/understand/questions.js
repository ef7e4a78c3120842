/**
 * Questions to the worker and their answers.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Question} Question
 * @typedef {import('../protocol.js').Answer} Answer
 * @typedef {{ question: Question, resolve: (answer: Answer | undefined) => void }} Waiting
 */

/** Milliseconds after which a visitor is told that an answer is waited for. */
const LATE_MS = 700;

export class Questions {
  #link;
  #next = 0;
  /** Those that have been sent, by id. @type {Map<number, (answer: Answer | undefined) => void>} */
  #sent = new Map();
  /** By key, the newest question that waits for the answer to the one before. @type {Map<string, Waiting>} */
  #waiting = new Map();
  /** The keys that have a question under way. @type {Set<string>} */
  #busy = new Set();
  /** Told whether an answer is late, and why there is none. @type {(late: boolean, why: string) => void} */
  #tell;

  /** Whether there are weights to ask about. Until then nothing is asked. */
  ready;

  /** @param {WorkerLink} link @param {boolean} ready @param {(late: boolean, why: string) => void} tell */
  constructor(link, ready, tell) {
    this.#link = link;
    this.ready = ready;
    this.#tell = tell;
    link.on('explained', ({ id, answer }) => this.#answered(id, answer));
    const gone = () => {
      this.ready = false;
      for (const { resolve } of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
      for (const id of [...this.#sent.keys()]) this.#answered(id, undefined);
    };
    link.on('crash', gone);
    link.on('start_failed', gone);
    link.on('model', () => { this.ready = true; });
  }

  /** @param {number} id @param {Answer | undefined} answer */
  #answered(id, answer) {
    const resolve = this.#sent.get(id);
    this.#sent.delete(id);
    if (this.#sent.size === 0) this.#tell(false, answer && 'refused' in answer ? answer.refused : '');
    resolve?.(answer);
  }

  /**
   * Ask, and wait for the answer; `undefined` where the worker has ended meanwhile.
   * @param {Question} question
   * @returns {Promise<Answer | undefined>}
   */
  ask(question) {
    if (!this.ready) return Promise.resolve(undefined);
    this.#next += 1;
    const id = this.#next;
    setTimeout(() => {
      if (this.#sent.has(id)) this.#tell(true, '');
    }, LATE_MS);
    return new Promise((resolve) => {
      this.#sent.set(id, resolve);
      this.#link.command({ type: 'explain', id, question });
    });
  }

  /**
   * Ask for the newest state of something that may move faster than answers come: of the questions with one key one is under way
   * at a time, and of those that wait only the last is asked. The others get `undefined`.
   * @param {string} key
   * @param {Question} question
   * @returns {Promise<Answer | undefined>}
   */
  async latest(key, question) {
    if (this.#busy.has(key)) {
      this.#waiting.get(key)?.resolve(undefined);
      return new Promise((resolve) => { this.#waiting.set(key, { question, resolve }); });
    }
    this.#busy.add(key);
    const answer = await this.ask(question);
    this.#busy.delete(key);
    const next = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (!next) return answer;
    this.latest(key, next.question).then(next.resolve);
    // What has come is shown meanwhile: while a slider moves, every answer is of use.
    return answer;
  }
}
