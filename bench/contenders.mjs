/**
 * Who is measured. `entry`: its page's script. `gpu`: whether it is one of the WebGPU half of the table.
 * `files`: copied from node_modules beside the script. `same`: served from another contender's folder.
 * `cannot`: what it has no way to do, and why.
 */

const NO_TRAINING = { train: 'onnxruntime-web has no training' };
const TFJS_WASM = ['', '-simd', '-threaded-simd'].map((kind) => `@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${kind}.wasm`);
const ort = (build) => ({
  entry: `ort-${build === 'asyncify' ? 'webgpu' : 'wasm'}.js`,
  onnx: true,
  cannot: NO_TRAINING,
  files: [`onnxruntime-web/dist/ort-wasm-simd-threaded${build ? `.${build}` : ''}.wasm`],
});

/**
 * @typedef {{ title: string, entry: string, gpu?: boolean, app?: boolean, onnx?: boolean, files?: string[],
 *   query?: string, same?: string, cannot?: Record<string, string> }} Contender
 */

/** @type {Record<string, Contender>} */
export const CONTENDERS = {
  'app-webgpu': { title: 'this app, WebGPU', entry: 'app.js', gpu: true, app: true, query: 'device=webgpu' },
  'jax-webgpu': { title: 'jax-js 0.1.25, WebGPU', entry: 'jax.js', gpu: true, query: 'device=webgpu' },
  'ort-webgpu': { title: 'onnxruntime-web 1.30.0, WebGPU', gpu: true, ...ort('asyncify') },
  'tfjs-webgpu': { title: 'TensorFlow.js 4.22.0, WebGPU', entry: 'tfjs-webgpu.js', gpu: true },
  'app-cpu': { title: 'this app, CPU', entry: 'app.js', app: true, same: 'app-webgpu', query: 'device=cpu' },
  'ort-wasm': { title: 'onnxruntime-web 1.30.0, wasm', ...ort('') },
  'tfjs-wasm': {
    title: 'TensorFlow.js 4.22.0, wasm', entry: 'tfjs-wasm.js', files: TFJS_WASM,
    cannot: { train: 'its wasm backend has no Conv2DBackpropFilter' },
  },
  'tfjs-wasm-train': {
    title: 'TensorFlow.js 4.22.0, wasm, with a filter gradient of ours', entry: 'tfjs-wasm-train.js', files: TFJS_WASM,
  },
  'jax-wasm': { title: 'jax-js 0.1.25, wasm', entry: 'jax.js', same: 'jax-webgpu', query: 'device=wasm' },
};

/** The folder that a contender is served from. */
export const site = (name) => CONTENDERS[name].same ?? name;
