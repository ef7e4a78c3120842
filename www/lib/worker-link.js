/**
 * The page's end of the line to the worker. Knows no element but the two canvases that it hands over.
 *
 * @typedef {import('../worker/messages.js').FromWorker} FromWorker
 * @typedef {import('../worker/messages.js').ToWorker} ToWorker
 * @typedef {import('../worker/messages.js').DeviceChoice} DeviceChoice
 * @typedef {import('../worker/messages.js').PaintChoice} PaintChoice
 * @typedef {import('../protocol.js').Command} Command
 */

import { begun } from '../begin.js';
import { canvas } from './dom.js';

const CANVASES = { generate: 'generate-canvas', training: 'training-canvas' };

/**
 * Ask for a device from the next start on. In the address, so that it holds after a reload too.
 * @param {DeviceChoice} device
 */
export function askForDevice(device) {
  const url = new URL(location.href);
  url.searchParams.set('device', device);
  history.replaceState(null, '', url);
}

/** How frames should reach the canvas: for tests and for odd drivers. @returns {PaintChoice} */
function paintAsked() {
  const asked = new URLSearchParams(location.search).get('paint');
  return asked === 'gpu' || asked === 'copy' ? asked : 'auto';
}

/**
 * A canvas that has not been handed over yet. One that has stays with its worker for good, so a
 * restart puts a copy in its place.
 * @param {string} id
 */
function offscreen(id) {
  const old = canvas(id);
  const fresh = /** @type {HTMLCanvasElement} */ (old.cloneNode());
  old.replaceWith(fresh);
  return fresh.transferControlToOffscreen();
}

export class Link {
  /** @type {Worker | undefined} */
  #worker;
  #crashed = false;
  /** The kind of the last command sent. */
  lastCommand = '';
  /** @type {Map<string, Array<(event: any) => void>>} */
  #handlers = new Map();

  /**
   * @template {FromWorker['type']} K
   * @param {K} type
   * @param {(event: Extract<FromWorker, { type: K }>) => void} handler
   */
  on(type, handler) {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
  }

  /** Start a worker; also the way to begin again after a crash. */
  start() {
    this.#worker?.terminate();
    this.#crashed = false;
    const { worker, listen } = begun();
    this.#worker = worker;
    listen((event) => {
      if (event instanceof MessageEvent) {
        this.#receive(event.data);
      } else {
        this.#receive({ type: 'crash', report: event.message || 'The worker could not be loaded.' });
      }
    });
    const generate = offscreen(CANVASES.generate);
    const training = offscreen(CANVASES.training);
    this.#post(
      { type: 'start', paint: paintAsked(), generate, training },
      [generate, training],
    );
  }

  /** @param {Command} command */
  command(command) {
    this.lastCommand = command.type;
    this.#post({ type: 'command', command });
  }

  /**
   * @param {File[]} files
   * @param {boolean} switchPreset take weights of another preset without asking
   */
  async load(files, switchPreset) {
    const given = await Promise.all(
      files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    this.#post(
      { type: 'load_files', files: given, switch_preset: switchPreset },
      given.map(({ bytes }) => bytes.buffer),
    );
  }

  /**
   * @param {ToWorker} message
   * @param {Transferable[]} transfer
   */
  #post(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
  }

  /** @param {FromWorker} event */
  #receive(event) {
    // A panic surfaces several times: as Rust's report, then as traps. The first tells the most.
    if (this.#crashed) return;
    if (event.type === 'crash') {
      this.#crashed = true;
      this.#worker?.terminate();
    }
    for (const handler of this.#handlers.get(event.type) ?? []) handler(event);
  }
}
