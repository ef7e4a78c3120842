/**
 * The contenders.
 *
 * - `entry`: the script of its page; `worker`: the script of its worker, if it has one
 * - `gpu`: whether it runs on WebGPU and belongs to that part of the table
 * - `threads`: whether it uses several threads; its page is then served cross-origin isolated
 * - `files`: files to copy into its folder
 * - `same`: the contender whose folder it is served from
 * - `app`: which of the app's programs it runs
 * - `cannot`: the measurements that it does not support, with the reasons
 * - `tolerance`: the allowed error of its output, if not that of 32-bit arithmetic
 */

const NO_TRAINING = { train: 'onnxruntime-web has no training' };
const TFJS_WASM = ['', '-simd', '-threaded-simd'].map((kind) => `node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${kind}.wasm`);
const ort = (build) => ({
  entry: `ort-${build === 'asyncify' ? 'webgpu' : 'wasm'}.js`,
  onnx: true,
  cannot: NO_TRAINING,
  files: ['mjs', 'wasm'].map((kind) => `node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded${build ? `.${build}` : ''}.${kind}`),
});

/**
 * @typedef {{ title: string, entry: string, worker?: string, gpu?: boolean, threads?: boolean, app?: 'gpu' | 'cpu', onnx?: boolean,
 *   files?: string[], query?: string, same?: string, cannot?: Record<string, string>, tolerance?: number }} Contender
 */

const APP = { entry: 'app.js', worker: 'app-worker.js', files: ['../www/worker/helper.js'] };
const APP_GPU = { ...APP, /** @type {'gpu'} */ app: 'gpu', gpu: true };
const APP_CPU = { ...APP, /** @type {'cpu'} */ app: 'cpu' };
/** A 16-bit product has a relative error of 2⁻¹¹, and an output is made of some thousand products in each of twenty layers. */
const HALF = 1e-2;

/** @type {Record<string, Contender>} */
export const CONTENDERS = {
  'app-webgpu': { ...APP_GPU, title: 'this app, WebGPU, 32 bits as the others', query: 'device=webgpu&bits=32' },
  'app-webgpu-16': {
    ...APP_GPU, title: 'this app, WebGPU, 16-bit weights and products', same: 'app-webgpu', query: 'device=webgpu&bits=16',
    tolerance: HALF,
  },
  'jax-webgpu': { title: 'jax-js 0.1.25, WebGPU', entry: 'jax.js', gpu: true, query: 'device=webgpu' },
  'ort-webgpu': { title: 'onnxruntime-web 1.30.0, WebGPU', gpu: true, ...ort('asyncify') },
  'tfjs-webgpu': { title: 'TensorFlow.js 4.22.0, WebGPU', entry: 'tfjs-webgpu.js', gpu: true },
  'app-cpu': { ...APP_CPU, title: 'this app, CPU', query: 'device=cpu' },
  'ort-wasm': { title: 'onnxruntime-web 1.30.0, wasm', ...ort('') },
  'tfjs-wasm': {
    title: 'TensorFlow.js 4.22.0, wasm', entry: 'tfjs-wasm.js', files: TFJS_WASM,
    cannot: { train: 'its wasm backend has no Conv2DBackpropFilter' },
  },
  'tfjs-wasm-train': {
    title: 'TensorFlow.js 4.22.0, wasm, with a filter gradient of ours', entry: 'tfjs-wasm-train.js', files: TFJS_WASM,
  },
  'app-cpu-threads': { ...APP_CPU, title: 'this app, CPU, threads', same: 'app-cpu', query: 'device=cpu&threads', threads: true },
  'ort-wasm-threads': {
    title: 'onnxruntime-web 1.30.0, wasm, threads', ...ort(''), same: 'ort-wasm', query: 'threads', threads: true,
  },
  'jax-wasm': { title: 'jax-js 0.1.25, wasm', entry: 'jax.js', same: 'jax-webgpu', query: 'device=wasm' },
};

/** The name of the folder that a contender is served from. */
export const site = (name) => CONTENDERS[name].same ?? name;
