/** onnxruntime-web: the network from bench/onnx.mjs. It has no training. */

import { threads as appThreads } from '../../www/worker/worker-pool.js';
import { checkInputs } from './files.js';
import { PIXELS, SIZE, gaussian, labels, reverseSteps, timeRows } from './spec.js';

/**
 * @param {typeof import('onnxruntime-web')} ort
 * @param {'webgpu' | 'wasm'} provider
 * @param {string} wasm the file that belongs to the build of `ort`
 */
export function contender(ort, provider, wasm) {
  const gpu = provider === 'webgpu';
  let network;
  let stepper;

  const open = (name) => ort.InferenceSession.create(new URL(`./${name}.onnx`, location.href).href, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(gpu && { preferredOutputLocation: 'gpu-buffer' }),
  });
  const images = (data) => new ort.Tensor('float32', data, [data.length / PIXELS, 1, SIZE, SIZE]);
  const rows = (ts) => new ort.Tensor('float32', timeRows(ts), [ts.length, 32]);
  const classes = (y) => new ort.Tensor('int32', Int32Array.from(y), [y.length]);

  /** The first number of a tensor. On the GPU four bytes are copied from the output, which waits for all earlier work. */
  async function scalar(tensor) {
    if (tensor.location !== 'gpu-buffer') {
      const [first] = tensor.data;
      tensor.dispose();
      return first;
    }
    const device = await ort.env.webgpu.device;
    const staging = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, staging, 0, 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const [first] = new Float32Array(staging.getMappedRange());
    staging.destroy();
    tensor.dispose();
    return first;
  }

  const inputs = new Map();
  function input(batch) {
    if (!inputs.has(batch)) {
      inputs.set(batch, { x: images(gaussian(batch * PIXELS)), time: rows(Array(batch).fill(500)), y: classes(labels(batch)) });
    }
    return inputs.get(batch);
  }

  return {
    async init() {
      const sibling = (name) => new URL(`./${name}`, location.href).href;
      ort.env.wasm.wasmPaths = { wasm: sibling(wasm) };
      // As many as the app has.
      const threads = new URLSearchParams(location.search).has('threads') ? appThreads() : 1;
      ort.env.wasm.numThreads = threads;
      // Its threads load the script of the same name, which is in the bundle for the first.
      if (threads > 1) ort.env.wasm.wasmPaths.mjs = sibling(wasm.replace(/wasm$/, 'mjs'));
      network = await open('unet');
      const device = gpu ? await ort.env.webgpu.device : undefined;
      return { version: ort.env.versions?.web, threads, adapter: device?.adapterInfo?.description, features: device && [...device.features] };
    },

    async check() {
      const { x, t, labels: y } = await checkInputs();
      const { eps } = await network.run({ x: images(x), time: rows(t), y: classes(y) });
      const output = [...await eps.getData()];
      eps.dispose();
      return { output };
    },

    async forward(batch) {
      return scalar((await network.run(input(batch))).eps);
    },

    async chain(batch, steps) {
      stepper ??= await open('step');
      const y = classes(labels(batch));
      let x = images(gaussian(batch * PIXELS));
      for (const { t, ...coefficients } of reverseSteps(steps)) {
        const numbers = Object.entries(coefficients).map(([name, value]) => [name, new ort.Tensor('float32', Float32Array.of(value), [1])]);
        const noise = images(gaussian(batch * PIXELS));
        const { x_next: next } = await stepper.run({ x, time: rows(Array(batch).fill(t)), y, noise, ...Object.fromEntries(numbers) });
        x.dispose();
        x = next;
      }
      return scalar(x);
    },
  };
}
