import * as ort from 'onnxruntime-web/wasm';
import { contender } from './ort.js';

window.bench = contender(ort, 'wasm', 'ort-wasm-simd-threaded.wasm');
