import * as ort from 'onnxruntime-web/webgpu';
import { contender } from './ort.js';

window.bench = contender(ort, 'webgpu', 'ort-wasm-simd-threaded.asyncify.wasm');
