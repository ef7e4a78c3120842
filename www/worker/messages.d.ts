// What main thread and worker say to each other beyond Rust's own protocol, and the wasm module's face.

import type { Command, Event } from '../protocol.js';

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** How frames reach the canvas; `auto` copies them only from a software adapter. */
export type PaintChoice = 'auto' | 'gpu' | 'copy';

/** A file as the user gave it, its content not looked at yet. */
export type GivenFile = { name: string; bytes: Uint8Array };

export type ToWorker =
  | { type: 'start'; device: DeviceChoice; paint: PaintChoice; generate: OffscreenCanvas; training: OffscreenCanvas }
  | { type: 'command'; command: Command }
  | { type: 'load_files'; files: GivenFile[]; switch_preset: boolean };

export type FromWorker =
  | Event
  /** Bytes so far; `total` is 0 where the server does not say. */
  | { type: 'download'; what: 'wasm' | 'weights' | 'data' | 'measure'; loaded: number; total: number }
  /** The site ships no weights: the page starts without any. */
  | { type: 'no_weights' };

/** `ddpm.js`, written by wasm-bindgen. Refusals arrive as events; only a trap makes these throw. */
export interface Wasm {
  default(input: { module_or_path: Response | WebAssembly.Module }): Promise<unknown>;
  App: new (emit: (event: Event) => void) => App;
  Helping: new () => Helping;
  /** This very program, compiled. */
  program(): WebAssembly.Module;
}

/** The program in a helper. */
export interface Helping {
  obey(message: unknown): void;
}

export interface App {
  start(
    device: DeviceChoice,
    paint: PaintChoice,
    generate: OffscreenCanvas,
    training: OffscreenCanvas,
  ): Promise<void>;
  /** Have workers that run `helper.js` compute with this one. */
  hire(workers: Worker[]): void;
  command(command: Command): void;
  load_weights(bytes: Uint8Array, name: string, switch_preset: boolean): void;
  load_data(images: Uint8Array, labels: Uint8Array, name: string): void;
  load_judge(classifier: Uint8Array, images: Uint8Array, labels: Uint8Array): boolean;
}
