// The messages between main thread and worker beyond Rust's own protocol, and the exports of the wasm module.

import type { Command, DeviceInfo, Event, RunInfo } from '../protocol.js';
import type { WebGpuShims } from './webgpu-shims.js';

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** How frames reach the canvas; `auto` copies them only from a software adapter. */
export type PaintChoice = 'auto' | 'gpu' | 'copy';

/** A file as the user gave it, its content not looked at yet. */
export type GivenFile = { name: string; bytes: Uint8Array };

/** A run that the page keeps. `saved` is in milliseconds since 1970, `size` in bytes. */
export type StoredRun = { id: string; name: string; saved: number; size: number; info: RunInfo };

/** `take`: go on with a run although another tab has it open, which is told to let go. */
export type RunAction = {
  action: 'continue' | 'draw' | 'export' | 'rename' | 'delete';
  id: string;
  name?: string;
  take?: boolean;
};

/** Training images of this site. */
export type ShippedSet = 'mnist' | 'fashion';

export type ToWorker =
  | { type: 'start'; paint: PaintChoice; generate: OffscreenCanvas; training: OffscreenCanvas }
  /** `frames`: of a generation, send pictures of what is painted, in events `frame`. */
  | { type: 'command'; command: Command; frames?: FrameKind }
  | { type: 'load_files'; files: GivenFile[]; switch_preset: boolean }
  | ({ type: 'run' } & RunAction)
  /** Fetch the weights that the page comes with once more. */
  | { type: 'fetch_weights' }
  /** The next training learns from these images, which are fetched then. */
  | { type: 'learn_from'; set: ShippedSet };

/** A picture as an `ImageBitmap`, or as the pixels of an `ImageData`. */
export type FrameKind = 'bitmap' | 'data';

export type FromWorker =
  | Event
  /** What has been painted; the event `sampling` that says how far the draw is follows at once. */
  | { type: 'frame'; image: ImageBitmap | ImageData }
  /** Bytes so far; `total` is 0 where the server does not say. */
  | { type: 'download'; what: 'wasm' | 'weights' | 'data' | 'measure' | 'recognise'; loaded: number; total: number }
  /** The worker's scripts are there. */
  | { type: 'begun' }
  /** This file of the site has been fetched. */
  | { type: 'used'; url: string }
  /** The device that the worker will try to open: known before any program is there. */
  | { type: 'chosen'; kind: 'webgpu' | 'cpu' }
  /** The weights that the page comes with cannot be had, which `why` explains: the page starts without any. */
  | { type: 'no_weights'; why: string }
  /** The runs that the page keeps. `kept` is false where the browser stores nothing for this page, which `why` explains. */
  | { type: 'runs'; runs: StoredRun[]; kept: boolean; why: string }
  /** This run is open from now on. */
  | { type: 'run_claimed'; id: string }
  /** Another tab has taken over the run that was open here. */
  | { type: 'run_taken' }
  /** A file of the program cannot be had or used, which `why` explains: nothing can be computed. */
  | { type: 'start_failed'; why: string };

export type FilmKind = 'gif' | 'mp4' | 'webm';

/**
 * What www/worker/film.js is asked for. `pixels`: the frames of the first digit, 28×28 bytes each, then those of the next;
 * `columns` and `places`: where the digits are (www/lib/pictures.js); `scale`: pixels that one of a digit's becomes, across and
 * down; `delay` and `rest`: milliseconds that a frame is seen, and the last of them.
 */
export type FilmAsked = {
  kind: FilmKind;
  pixels: Uint8Array;
  digits: number;
  frames: number;
  columns: number;
  places: number[];
  scale: number;
  delay: number;
  rest: number;
};

export type FromFilm =
  | { type: 'progress'; done: number; total: number }
  /** This file of the site has been fetched. */
  | { type: 'used'; url: string }
  /** `ending`: of the file's name, with its dot. */
  | { type: 'film'; bytes: Uint8Array; mime: string; ending: string }
  /** No film, because of `why`: the end of a sentence. */
  | { type: 'failed'; why: string };

/** `page-cpu.js` or `page-gpu.js`, written by wasm-bindgen. Refusals arrive as events; only a trap makes these throw. */
export interface Wasm {
  default(input: { module_or_path: Response | WebAssembly.Module }): Promise<unknown>;
  /** With `debug` panics are written to the console, too. */
  App: new (emit: (event: Event) => void, debug: boolean) => App;
  /** Only the CPU's program has it, and the next. */
  PoolWorker?: new (debug: boolean) => PoolWorker;
  /** This very program, compiled. */
  program?(): WebAssembly.Module;
}

/** The program in a worker of the worker pool. */
export interface PoolWorker {
  /** Do a job; an error says that it failed. */
  run(job: unknown): void;
}

export interface App {
  /** Fails with a string, the end of a sentence, where the device cannot be opened. `shims` are needed for WebGPU only. */
  start(
    chosen: DeviceInfo,
    shared: boolean,
    generate: OffscreenCanvas,
    training: OffscreenCanvas,
    shims?: WebGpuShims,
  ): Promise<void>;
  /** Have workers that run `helper.js` compute with this one. Only the CPU's program has it. */
  add_workers?(workers: Worker[]): void;
  /** The start is over: use the weights that the page comes with, if there are any. Settled as that of `load_weights`. */
  finish_loading(weights: Uint8Array | undefined, name: string): Promise<void>;
  command(command: Command): void;
  /** While a Train command waits for its images, on a GPU: compile the shaders that it will launch. */
  prepare(command: Command): void;
  /** Settled when the first digit has been drawn from these weights, or at once if they are not taken; never fails. */
  load_weights(bytes: Uint8Array, name: string, switch_preset: boolean): Promise<void>;
  /** Weights and data sets, told apart by their content. Answers come as events. */
  load_files(files: GivenFile[], switch_preset: boolean): void;
  /** Whether a file holds a run, and not weights. */
  is_run(bytes: Uint8Array): boolean;
  /** Hold the training session of a file; whether it was taken. `kept`: whether the page keeps it already. */
  open_run(bytes: Uint8Array, run: string, kept: boolean): boolean;
  /** Use the averaged weights of the run in a file. */
  draw_from_run(bytes: Uint8Array, name: string): void;
  /** The files may be packed by gzip. */
  load_data(images: Uint8Array, labels: Uint8Array, name: string): void;
  /** Whether it can be used. */
  load_classifier(bytes: Uint8Array): boolean;
  /** Test images that belong to the images loaded last. The files may be packed by gzip. */
  load_test(images: Uint8Array, labels: Uint8Array): void;
  /** Whether they can be used. */
  load_evaluator(classifier: Uint8Array, images: Uint8Array, labels: Uint8Array): boolean;
}
