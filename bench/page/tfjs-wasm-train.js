/**
 * Adds Conv2DBackpropFilter, which tfjs's wasm backend lacks, so that it can train convolutions. It is made of the backend's
 * own convolution: with batch and channels swapped, the filter's gradient is the input convolved with the output's gradient,
 * dilated by the stride.
 */

import * as tf from '@tensorflow/tfjs-core';
import './tfjs-wasm.js';

tf.registerKernel({
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs: { x, dy }, attrs: { strides, pad, filterShape: [height, width, from, to] } }) => tf.tidy(() => {
    const images = tf.transpose(x, [3, 1, 2, 0]);
    const filter = tf.transpose(dy, [1, 2, 0, 3]);
    const dilation = Array.isArray(strides) ? strides : [strides, strides];
    // With a stride the result may have one row and one column more than the filter.
    const sums = tf.conv2d(images, filter, 1, pad, 'NHWC', dilation, 'floor');
    return tf.transpose(tf.slice(sums, [0, 0, 0, 0], [from, height, width, to]), [1, 2, 0, 3]);
  }),
});
