/**
 * The part of WebGPU that wgpu 30, which burn computes with, leaves out in a browser. Installed before the program opens
 * a device, for which crate/runtime/webgpu_shims.rs declares what it asks of these shims.
 *
 * Subgroups. wgpu's web backend does not map the WebGPU feature `subgroups`, so it opens devices without it
 * (https://github.com/gfx-rs/wgpu/issues/10146; wgpu's own subgroups differ from the specification in other ways, too:
 * https://github.com/gfx-rs/wgpu/issues/5555). So an adapter that has the feature adds it to the device request.
 *
 * Pipelines. wgpu makes each compute pipeline with `createComputePipeline` when it is first launched, and has nothing
 * asynchronous (https://github.com/gfx-rs/wgpu/issues/3794). Operations of the GPU then wait for the compiler, in
 * Chromium all that its GPU process does, for this page and for others
 * (https://developer.mozilla.org/en-US/docs/Web/API/GPUDevice/createComputePipelineAsync). So the pipelines of shaders
 * that are known beforehand are made with `createComputePipelineAsync`, and handed out when wgpu asks for them.
 *
 * Time stamps. In a browser cubecl panics at its first operation on a device without the feature `timestamp-query`, which WebGPU leaves
 * optional (`Timings::system` in cubecl-wgpu 0.11). Only profiling uses it, and the page never profiles. So adapters and devices that
 * lack it say that they have it.
 *
 * Time. A driver may never answer a request for an adapter or a device. After a few seconds that counts as a failure.
 *
 * This file imports nothing: wasm-bindgen takes it alone into the browser tests.
 */

const FEATURE = 'subgroups';
const TIMESTAMPS = 'timestamp-query';
/** The entry point of every shader of the program. */
const ENTRY_POINT = 'main';

/**
 * Seconds in which an adapter and a device must be there. Some drivers never answer, and some only after a while: the page's
 * address can say how long to wait (`?patience=60`), and for the package the fragment of the worker's (addresses.js).
 */
const ANSWER_S = Number(new URLSearchParams(location.search || location.hash.slice(1)).get('patience')) || 5;

/**
 * The promise's value, if it comes in time. Time is counted second by second, so that a tab that was frozen, or a laptop that slept,
 * has waited for one second of it at most.
 * @template T
 * @param {number} seconds
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export function within(seconds, promise) {
  return new Promise((resolve, reject) => {
    let left = seconds;
    let timer = 0;
    const wait = () => {
      if (left <= 0) {
        reject(new Error(`no answer within ${seconds} s`));
        return;
      }
      timer = setTimeout(wait, Math.min(left, 1) * 1000);
      left -= 1;
    };
    wait();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** An adapter, as `requestAdapter` gives it, but not later than in a few seconds. @param {GPURequestAdapterOptions} options */
export const requestAdapter = (options) => within(ANSWER_S, navigator.gpu.requestAdapter(options));

/** Have an adapter or a device say that it has time stamps. @param {{ readonly features: ReadonlySet<string> }} of */
const claimTimestamps = (of) => Object.defineProperty(of, 'features', { value: new Set([...of.features, TIMESTAMPS]) });

/** The compute pipelines of one device, made before they are launched. */
class Pipelines {
  /** The device's own methods. */
  #createModule;
  #createPipeline;
  #createPipelineAsync;
  /** By the shader's text. @type {Map<string, GPUShaderModule>} */
  #modules = new Map();
  /** Those that are ready. @type {Map<GPUShaderModule, GPUComputePipeline>} */
  #ready = new Map();
  /** Settled when all that was requested so far is ready or refused. @type {Promise<unknown>} */
  #underWay = Promise.resolve();

  /** @param {GPUDevice} device from now on it hands these pipelines out */
  constructor(device) {
    this.#createModule = device.createShaderModule.bind(device);
    this.#createPipeline = device.createComputePipeline.bind(device);
    this.#createPipelineAsync = device.createComputePipelineAsync.bind(device);
    device.createShaderModule = (given) => this.#modules.get(given.code) ?? this.#createModule(given);
    device.createComputePipeline = (given) => {
      const ready = given.layout === 'auto' ? this.#ready.get(given.compute.module) : undefined;
      return ready ?? this.#createPipeline(given);
    };
  }

  /** @param {string} code */
  async #make(code) {
    try {
      const module = this.#createModule({ code });
      this.#modules.set(code, module);
      const pipeline = await this.#createPipelineAsync({ layout: 'auto', compute: { module, entryPoint: ENTRY_POINT } });
      this.#ready.set(module, pipeline);
    } catch {
      // wgpu is told why when it launches the shader.
    }
  }

  /** @param {string[]} texts */
  compile(texts) {
    const fresh = texts.filter((code) => !this.#modules.has(code));
    this.#underWay = Promise.all([this.#underWay, ...fresh.map((code) => this.#make(code))]);
    return this.#underWay;
  }

  settled() {
    return this.#underWay;
  }
}

/** In place from its making until `restore`, for the device that is opened meanwhile. */
export class WebGpuShims {
  /** @type {number | undefined} */
  #lanes;
  /** @type {Pipelines | undefined} */
  #pipelines;
  /** `undefined` in a browser without WebGPU. */
  #gpu = /** @type {Navigator & { gpu?: GPU }} */ (navigator).gpu;

  constructor() {
    const gpu = this.#gpu;
    if (!gpu) return;
    const request = gpu.requestAdapter.bind(gpu);
    gpu.requestAdapter = async (options) => {
      const adapter = await within(ANSWER_S, request(options));
      if (adapter) this.#extend(adapter);
      return adapter;
    };
  }

  /** Have this adapter's devices made with subgroups, where it has them, and with their pipelines made beforehand. @param {GPUAdapter} adapter */
  #extend(adapter) {
    const request = adapter.requestDevice.bind(adapter);
    const hasTimestamps = adapter.features.has(TIMESTAMPS);
    if (!hasTimestamps) claimTimestamps(adapter);
    adapter.requestDevice = async (descriptor) => {
      const requiredFeatures = [...(descriptor?.requiredFeatures ?? [])].filter((feature) => hasTimestamps || feature !== TIMESTAMPS);
      if (adapter.features.has(FEATURE)) {
        requiredFeatures.push(FEATURE);
        this.#lanes = adapter.info.subgroupMaxSize;
      }
      const device = await within(ANSWER_S, request({ ...descriptor, requiredFeatures }));
      if (!hasTimestamps) claimTimestamps(device);
      this.#pipelines = new Pipelines(device);
      return device;
    };
  }

  /** Most lanes of a subgroup, if a device was opened with subgroups. */
  subgroupLanes() {
    return this.#lanes;
  }

  /**
   * Compile the shaders with these texts, those that are not compiled yet. Settled when these and all requested before are
   * compiled or refused.
   * @param {string[]} texts
   * @returns {Promise<unknown>}
   */
  compile(texts) {
    return this.#pipelines?.compile(texts) ?? Promise.resolve();
  }

  /** Settled when all that was requested so far is compiled or refused. @returns {Promise<unknown>} */
  settled() {
    return this.#pipelines?.settled() ?? Promise.resolve();
  }

  /** Leave `navigator.gpu` as it was. The device that was opened meanwhile keeps its pipelines. */
  restore() {
    // The replacement is a property of the object itself: without it the prototype's method shows again.
    if (this.#gpu) delete (/** @type {{ requestAdapter?: unknown }} */ (this.#gpu)).requestAdapter;
  }
}

/** Shims that are in place. */
export const installWebGpuShims = () => new WebGpuShims();
