import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { contender } from './tfjs.js';

window.bench = contender(async () => {
  setWasmPaths(new URL('./', location.href).href);
  setThreadsCount(1);
  if (!await tf.setBackend('wasm')) throw new Error('tfjs could not start its wasm backend');
  await tf.ready();
  return { simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT') };
});
