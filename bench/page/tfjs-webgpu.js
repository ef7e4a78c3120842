import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgpu';
import { contender } from './tfjs.js';

window.bench = contender(async () => {
  if (!await tf.setBackend('webgpu')) throw new Error('tfjs could not start its webgpu backend');
  await tf.ready();
  return { adapter: tf.backend().adapterInfo?.description };
});
