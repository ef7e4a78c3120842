/**
 * The training runs that the page keeps: each checkpoint that Rust sends is stored, and runs are continued, drawn from,
 * exported, renamed and deleted. A run that is open in one tab is locked for others, which can take it over.
 *
 * @typedef {import('./messages.js').App} App
 * @typedef {import('./messages.js').FromWorker} FromWorker
 * @typedef {import('./messages.js').RunAction} RunAction
 * @typedef {import('../protocol.js').RunInfo} RunInfo
 */

import { Refusal } from './download.js';
import { RunStore, StoreError } from './run-store.js';

/** Seconds that another tab has for saving a run that it is asked to let go. */
const PATIENCE_S = 20;

/** The name of a run that has none yet. @param {RunInfo} info */
function firstName({ preset }) {
  const date = new Date().toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return `${preset ?? 'Custom'}, ${date}`.replace(/^./, (letter) => letter.toUpperCase());
}

/** A file's name of a run's name. @param {string} name */
const fileName = (name) => `${name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'run'}.state.safetensors`;

export class Runs {
  #emit;
  /** @type {Promise<RunStore | null>} */
  #store;
  #why = '';
  /** The run that is open here, and what lets others have it. @type {{ id: string, release: () => Promise<unknown> } | undefined} */
  #open;
  /** Runs that were open here until another tab took them without an answer, because this one was frozen. @type {Set<string>} */
  #taken = new Set();
  /** The last checkpoint for which there was no room. @type {[run: string, bytes: Uint8Array, info: RunInfo] | undefined} */
  #waiting;
  /** @type {App | undefined} */
  #app;
  /** Tabs ask one another for runs here. */
  #tabs = 'BroadcastChannel' in self ? new BroadcastChannel('ddpm-runs') : undefined;

  /** @param {(message: FromWorker) => void} emit @param {boolean} keep whether runs are kept at all */
  constructor(emit, keep) {
    this.#emit = emit;
    this.#store = !keep ? Promise.resolve(null) : RunStore.open().catch((error) => {
      this.#why = error instanceof Error ? error.message : String(error);
      return null;
    });
  }

  /** Have the open run let go when another tab asks for it. @param {App} app */
  listen(app) {
    this.#app = app;
    this.#tabs?.addEventListener('message', async ({ data }) => {
      const id = this.#open?.id;
      // A session that trains is saved before it is discarded.
      if (id && data?.take === id && !await this.#isTaken(id)) this.#letGo();
    });
  }

  /** End the session that is open, because another tab has its run from now on. */
  #letGo() {
    this.#app?.command({ type: 'reset' });
    this.#emit({ type: 'run_taken' });
  }

  /**
   * Whether another tab has taken a run without an answer. A tab that was frozen hears of it late: before the browser's answer to
   * a question of its own.
   * @param {string} run
   */
  async #isTaken(run) {
    await navigator.locks?.query();
    return this.#taken.has(run);
  }

  /** Tell the page which runs there are. */
  async announce() {
    const store = await this.#store;
    const runs = store ? await store.list() : [];
    this.#emit({ type: 'runs', runs, kept: Boolean(store), why: this.#why });
  }

  /** @param {string} run @param {Uint8Array} bytes @param {RunInfo} info */
  async keep(run, bytes, info) {
    const store = await this.#store;
    // What the other tab has kept meanwhile is newer.
    if (!store || !run || await this.#isTaken(run)) return;
    this.#waiting = undefined;
    try {
      await store.save(run, bytes, info, firstName(info));
      await this.announce();
    } catch (error) {
      if (error instanceof StoreError) this.#waiting = [run, bytes, info];
      this.#refuse(error);
    }
  }

  /** @param {unknown} error */
  #refuse(error) {
    const [code, message] = error instanceof StoreError
      ? [error.code, error.message]
      : ['not_saved', `The run could not be saved in this browser (${error}). Export it to keep it.`];
    this.#emit({ type: 'refused', what: 'train', code, message, batch: null });
  }

  /** A run is open here from now on. @param {string} id @param {boolean} take whether to ask another tab for it */
  async claim(id, take = false) {
    await this.release();
    const { locks } = navigator;
    if (!locks) {
      this.#emit({ type: 'run_claimed', id });
      return;
    }
    /** @type {() => void} */
    let end = () => {};
    const held = new Promise((resolve) => { end = () => resolve(undefined); });
    const name = `ddpm-run-${id}`;
    /** Settled when the lock that was granted is given back. @type {Promise<unknown>} */
    let over = Promise.resolve();
    /** @param {LockOptions} options @returns {Promise<boolean>} */
    const request = (options) => new Promise((resolve) => {
      over = locks.request(name, options, (lock) => {
        resolve(Boolean(lock));
        return lock ? held : undefined;
      }).catch(() => {
        resolve(false);
        this.#stolen(id);
      });
    });
    let granted = await request({ ifAvailable: true });
    if (!granted && take) {
      this.#tabs?.postMessage({ take: id });
      granted = await request({ signal: AbortSignal.timeout(PATIENCE_S * 1000) })
        // A tab that does not answer is frozen or gone.
        || await request({ steal: true });
    }
    if (!granted) {
      throw new Refusal('train', 'run_in_use', 'This run is open in another tab, and two tabs cannot both go on with it.');
    }
    this.#taken.delete(id);
    this.#emit({ type: 'run_claimed', id });
    const granting = over;
    this.#open = {
      id,
      release: () => {
        end();
        return granting;
      },
    };
  }

  /** Another tab has taken the lock of this run. @param {string} id */
  #stolen(id) {
    if (this.#open?.id !== id) return;
    this.#open = undefined;
    this.#taken.add(id);
    this.#letGo();
  }

  /** No run is open here. Settled when others can have the one that was. */
  async release() {
    const open = this.#open;
    this.#open = undefined;
    await open?.release();
  }

  /**
   * Open a run that has been claimed; one that is refused is not.
   * @param {App} app
   * @param {Uint8Array} bytes
   * @param {string} id
   * @param {boolean} kept whether it is in the store
   */
  async open(app, bytes, id, kept) {
    if (!app.open_run(bytes, id, kept)) await this.release();
  }

  /**
   * Do what the page asks.
   * @param {App} app
   * @param {RunAction} action
   * @param {(info: RunInfo) => Promise<boolean>} fetchData fetches the images that a run needs unless they are loaded; whether there are any
   */
  async act(app, { action, id, name = '', take = false }, fetchData) {
    const store = await this.#store;
    if (!store) return;
    try {
      switch (action) {
        case 'continue': {
          const { bytes, older, header } = await store.load(id);
          if (!await fetchData(header.info)) return;
          await this.claim(id, take);
          // The other tab may have gone on until it let go of the run.
          await this.open(app, take ? (await store.load(id)).bytes : bytes, id, true);
          if (older) this.#emit({ type: 'note', what: 'train', message: 'The newest checkpoint of this run is damaged; the one before it is used.' });
          return;
        }
        case 'draw': {
          const { bytes, header } = await store.load(id);
          app.draw_from_run(bytes, header.name);
          return;
        }
        case 'export': {
          const { bytes, header } = await store.load(id);
          this.#emit({ type: 'weights', bytes, name: fileName(header.name) });
          return;
        }
        case 'rename': await store.rename(id, name); break;
        case 'delete': await store.remove(id); break;
      }
      // There may be room now, unless it is the very run that was not wanted.
      if (action === 'delete' && this.#waiting && this.#waiting[0] !== id) await this.keep(...this.#waiting);
      else await this.announce();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.#refuse(error);
    }
  }
}
