// What main thread and worker say to each other beyond Rust's own protocol, and the wasm module's face.

import type { Command, DeviceInfo, Event } from '../protocol.js';

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** How frames reach the canvas; `auto` copies them only from a software adapter. */
export type PaintChoice = 'auto' | 'gpu' | 'copy';

/** A file as the user gave it, its content not looked at yet. */
export type GivenFile = { name: string; bytes: Uint8Array };

export type ToWorker =
  | { type: 'start'; paint: PaintChoice; generate: OffscreenCanvas; training: OffscreenCanvas }
  | { type: 'command'; command: Command }
  | { type: 'load_files'; files: GivenFile[]; switch_preset: boolean };

export type FromWorker =
  | Event
  /** Bytes so far; `total` is 0 where the server does not say. */
  | { type: 'download'; what: 'wasm' | 'weights' | 'data' | 'measure'; loaded: number; total: number }
  /** Which device it will try to open: known before any program is there. */
  | { type: 'chosen'; kind: 'webgpu' | 'cpu' }
  /** The site ships no weights: the page starts without any. */
  | { type: 'no_weights' };

/** `page-cpu.js` or `page-gpu.js`, written by wasm-bindgen. Refusals arrive as events; only a trap makes these throw. */
export interface Wasm {
  default(input: { module_or_path: Response | WebAssembly.Module }): Promise<unknown>;
  App: new (emit: (event: Event) => void) => App;
  /** Of the CPU's program, like the next. */
  Helping?: new () => Helping;
  /** This very program, compiled. */
  program?(): WebAssembly.Module;
}

/** The program in a helper. */
export interface Helping {
  obey(message: unknown): void;
}

export interface App {
  /** Fails with a string, the end of a sentence, where the device cannot be opened. */
  start(
    chosen: DeviceInfo,
    shared: boolean,
    generate: OffscreenCanvas,
    training: OffscreenCanvas,
  ): Promise<void>;
  /** Have workers that run `helper.js` compute with this one. Of the CPU's program. */
  hire?(workers: Worker[]): void;
  command(command: Command): void;
  /** While a Train command waits for its images, on a GPU: compile its shaders. Of the GPU's program. */
  prepare?(command: Command): Promise<void>;
  load_weights(bytes: Uint8Array, name: string, switch_preset: boolean): void;
  load_data(images: Uint8Array, labels: Uint8Array, name: string): void;
  load_judge(classifier: Uint8Array, images: Uint8Array, labels: Uint8Array): boolean;
}
