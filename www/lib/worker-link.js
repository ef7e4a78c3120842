/**
 * The page's end of the connection to the worker: commands and files go out, events come in. It knows no element of
 * the page.
 *
 * @typedef {import('../worker/messages.js').FromWorker} FromWorker
 * @typedef {import('../worker/messages.js').ToWorker} ToWorker
 * @typedef {import('../protocol.js').Command} Command
 */

import { takeWorker, workerAddress } from '../begin.js';

/** The commands that begin something. @type {Array<Command['type']>} */
const TASKS = ['generate', 'edit', 'measure', 'train'];
/** The commands that the page sends by itself, or that only look at what there is. @type {Array<Command['type']>} */
const QUIET = ['checkpoint', 'draft', 'estimate', 'trajectory', 'paint_frame', 'recognise', 'examples', 'explain'];

/** Milliseconds after which a worker that has said nothing is looked at. */
const SILENCE_MS = 5000;

/** What is wrong with the worker's files (www/watch.js): a sentence; empty where nothing is found. */
const faultOfWorker = async () =>
  /** @type {Window & { ddpmFaultOf?: (url: string) => Promise<string> }} */ (window).ddpmFaultOf?.(workerAddress());

export class WorkerLink {
  /** @type {Worker | undefined} */
  #worker;
  #crashed = false;
  /** The type of the last command sent: a refusal of a command that Rust could not read is shown beside its form. */
  lastCommand = '';
  /** The last command that began something: a generation, a measurement or a training session. @type {Command | undefined} */
  lastTask;
  /** Gives the worker what it was given last, until it has answered. @type {(() => void | Promise<void>) | undefined} */
  #offered;
  /** Whether that says what the weights in use mean (`assume`), and is no weights itself. */
  #offeredMeaning = false;
  /**
   * Give a worker what is in use and did not come with the page: the weights, what was said of their meaning, and the training
   * images. The meaning comes after its weights.
   * @type {Map<'model' | 'meaning' | 'data', () => void | Promise<void>>}
   */
  #given = new Map();
  /** Settles the wait for an answer to what is given again: whether it was taken. @type {(taken: boolean) => void} */
  #answered = () => {};
  /** @type {Map<string, Array<(event: any) => void>>} */
  #handlers = new Map();

  /**
   * Call `handler` with every event of this type, of this worker and of those that replace it.
   * @template {FromWorker['type']} K
   * @param {K} type
   * @param {(event: Extract<FromWorker, { type: K }>) => void} handler
   */
  on(type, handler) {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
  }

  /** Start the worker. After a crash this ends the old worker and starts another. */
  start() {
    this.#worker?.terminate();
    this.#crashed = false;
    const { worker, listen } = takeWorker();
    this.#worker = worker;
    // Firefox tells of no error if the file that fails is one that two of the worker's modules import.
    const silence = setTimeout(async () => {
      const why = await faultOfWorker();
      if (why && worker === this.#worker) this.#receive({ type: 'start_failed', why });
    }, SILENCE_MS);
    listen((event) => {
      clearTimeout(silence);
      if (event instanceof MessageEvent) {
        this.#receive(event.data);
      } else {
        this.#failed(event, worker);
      }
    });
  }

  /**
   * The worker ended with an error. One that was never loaded has no message: one of its files is missing.
   * @param {ErrorEvent} event
   * @param {Worker} worker
   */
  async #failed({ message }, worker) {
    if (message) {
      this.#receive({ type: 'crash', report: message });
      return;
    }
    const why = await faultOfWorker() || 'The worker, www/worker/main.js, could not be loaded.';
    if (worker === this.#worker) this.#receive({ type: 'start_failed', why });
  }

  /** Do something with a run that is kept. @param {import('../worker/messages.js').RunAction} action */
  run(action) {
    this.#offer(action.action === 'draw' ? () => this.run(action) : undefined);
    this.#post({ type: 'run', ...action });
  }

  /**
   * Give a new worker the weights and the images that the one before it has taken from the visitor. Files are read anew, so this
   * fails where they have changed.
   * @returns {Promise<boolean>} whether all were taken
   */
  async giveAgain() {
    for (const give of new Set(this.#given.values())) {
      /** @type {Promise<boolean>} */
      const taken = new Promise((resolve) => { this.#answered = resolve; });
      try {
        await give();
      } catch {
        return false;
      }
      if (!await taken) return false;
    }
    return true;
  }

  /** Say that a file of the site has been fetched, which the page's service worker then keeps. @param {string} url */
  used(url) {
    this.#receive({ type: 'used', url });
  }

  /** The next worker begins with what comes with the page. */
  forgetGiven() {
    this.#given.clear();
  }

  /** Have the next training learn from images of this site. @param {import('../worker/messages.js').ShippedSet} set */
  learnFrom(set) {
    this.#given.delete('data');
    this.#post({ type: 'learn_from', set });
  }

  /** Fetch the weights that the page comes with once more. */
  fetchWeights() {
    this.#post({ type: 'fetch_weights' });
  }

  /** @param {(() => void | Promise<void>) | undefined} give @param {boolean} [meaning] */
  #offer(give, meaning = false) {
    this.#offered = give;
    this.#offeredMeaning = meaning;
  }

  /** Note what the visitor has begun, and whether the worker's answers from now on are about what it was given. @param {Command} command */
  #note(command) {
    this.lastCommand = command.type;
    if (TASKS.includes(command.type)) this.lastTask = command;
    if (command.type === 'assume') {
      this.#offer(() => this.command(command), true);
    } else if (command.type !== 'pictures' || command.action === 'discard') {
      this.#offer(undefined);
    } else if (command.action === 'use') {
      // Pictures are data only after this command, so both make up what is given.
      const files = this.#offered;
      this.#offer(async () => {
        await files?.();
        this.command(command);
      });
    }
  }

  /** Send a command; its answers come as events. @param {Command} command */
  command(command) {
    if (!QUIET.includes(command.type)) this.#note(command);
    this.#post({ type: 'command', command });
  }

  /**
   * Read files and send their content; the worker tells weights from data sets.
   * @param {import('./given-files.js').Given[]} files
   * @param {boolean} switchPreset take weights of another preset without asking
   */
  async load(files, switchPreset) {
    this.#offer(() => this.load(files, true));
    const read = await Promise.all(
      files.map(async ({ name, file }) => ({ name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    this.#post(
      { type: 'load_files', files: read, switch_preset: switchPreset },
      read.map(({ bytes }) => bytes.buffer),
    );
  }

  /**
   * @param {ToWorker} message
   * @param {Transferable[]} transfer
   */
  #post(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
  }

  /** @param {'model' | 'data'} type @param {() => void | Promise<void>} give */
  #use(type, give) {
    if (type === 'model' && give !== this.#given.get('model')) this.#given.delete('meaning');
    this.#given.set(type, give);
  }

  /** Note whether the worker has taken what it was given. @param {FromWorker['type']} type */
  #noteAnswer(type) {
    if (type === 'model' || type === 'data') {
      if (this.#offered && this.#offeredMeaning) this.#given.set('meaning', this.#offered);
      else if (this.#offered) this.#use(type, this.#offered);
      this.#answered(true);
    } else if (type === 'refused' || type === 'other_preset') {
      this.#offer(undefined);
      this.#answered(false);
    }
  }

  /** @param {FromWorker} event */
  #receive(event) {
    // A panic in Rust arrives several times: first as Rust's own report, then as one or more WebAssembly traps. Only
    // the first is passed on, because it alone names the cause.
    if (this.#crashed) return;
    this.#noteAnswer(event.type);
    if (event.type === 'crash' || event.type === 'start_failed') {
      this.#crashed = true;
      this.#worker?.terminate();
    }
    for (const handler of this.#handlers.get(event.type) ?? []) handler(event);
  }
}
