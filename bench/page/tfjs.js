/** The network in TensorFlow.js, channels last. */

import * as tf from '@tensorflow/tfjs-core';
import { checkInputs, digest, weights } from './files.js';
import { ADAM, GROUPS, NORM_EPS, PIXELS, SIZE, gaussian, labels, oneHot, reverseSteps, timeRows, trainingBatch } from './spec.js';

/** Orders of axes: PyTorch's [out, in, h, w] is [h, w, in, out] in TensorFlow.js, and its [out, in] is [in, out]. */
const FROM_TORCH = { 2: [1, 0], 4: [2, 3, 1, 0] };
const TO_TORCH = { 2: [1, 0], 4: [3, 2, 0, 1] };
const transposed = (tensor, order, kind) => (kind === 'weight' ? tf.transpose(tensor, order[tensor.rank]) : tensor);

/** @param {() => Promise<object>} start sets the backend and returns a description of it */
export function contender(start) {
  /** @type {Map<string, { kind: string, variable: tf.Variable }>} */
  const parameters = new Map();
  const get = (name) => parameters.get(name)?.variable;

  const silu = (x) => tf.mul(x, tf.sigmoid(x));
  const linear = (x, name) => tf.add(tf.matMul(x, get(`${name}.weight`)), get(`${name}.bias`));
  const conv = (x, name, strides = 1) => {
    const filter = get(`${name}.weight`);
    const pad = (filter.shape[0] - 1) / 2;
    return tf.fused.conv2d({ x, filter, strides, pad, dimRoundingMode: 'floor', bias: get(`${name}.bias`) });
  };
  const norm = (x, name) => {
    const [batch, height, width, channels] = x.shape;
    const grouped = tf.reshape(x, [batch, height * width, GROUPS, channels / GROUPS]);
    const { mean, variance } = tf.moments(grouped, [1, 3], true);
    const normal = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, NORM_EPS)));
    return tf.add(tf.mul(tf.reshape(normal, x.shape), get(`${name}.weight`)), get(`${name}.bias`));
  };
  const block = (x, emb, name) => {
    const shift = linear(emb, `${name}.emb`);
    const [batch, channels] = shift.shape;
    const first = tf.add(conv(silu(norm(x, `${name}.norm1`)), `${name}.conv1`), tf.reshape(shift, [batch, 1, 1, channels]));
    const second = conv(silu(norm(first, `${name}.norm2`)), `${name}.conv2`);
    return tf.add(second, get(`${name}.skip.weight`) ? conv(x, `${name}.skip`) : x);
  };
  const attention = (x, name) => {
    const [batch, height, width, channels] = x.shape;
    const tokens = height * width;
    const rows = tf.reshape(norm(x, `${name}.norm`), [batch * tokens, channels]);
    const [q, k, v] = tf.split(tf.reshape(linear(rows, `${name}.qkv`), [batch, tokens, 3 * channels]), 3, 2);
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(channels));
    const mixed = tf.reshape(tf.matMul(tf.softmax(scores), v), [batch * tokens, channels]);
    return tf.add(x, tf.reshape(linear(mixed, `${name}.proj`), x.shape));
  };
  const upsampled = (x) => tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);

  const unet = (x, time, y) => {
    const embedded = linear(silu(linear(time, 'time_mlp.0')), 'time_mlp.2');
    const emb = silu(tf.add(embedded, tf.matMul(y, get('class_embed.weight'))));
    const first = block(conv(x, 'conv_in'), emb, 'down.0.block');
    const second = block(conv(first, 'down.0.downsample', 2), emb, 'down.1.block');
    let h = block(conv(second, 'down.1.downsample', 2), emb, 'mid.block1');
    h = block(attention(h, 'mid.attn'), emb, 'mid.block2');
    [second, first].forEach((skip, level) => {
      h = tf.concat([conv(upsampled(h), `up.${level}.upsample`), skip], 3);
      h = block(h, emb, `up.${level}.block`);
    });
    return conv(silu(norm(h, 'norm_out')), 'conv_out');
  };

  const images = (data) => tf.tensor(data, [data.length / PIXELS, SIZE, SIZE, 1]);
  const rows = (data, count) => tf.tensor(data, [count, data.length / count]);
  const column = (data) => tf.tensor(data, [data.length, 1, 1, 1]);
  const lossOf = ({ x0, time, y, signal, rest }, eps) => tf.tidy(() => {
    const count = signal.length;
    const noise = images(eps);
    const noisy = tf.add(tf.mul(images(x0), column(signal)), tf.mul(noise, column(rest)));
    return tf.mean(tf.square(tf.sub(unet(noisy, rows(time, count), rows(y, count)), noise)));
  });

  /** The mean of a tensor, which is disposed of. */
  async function scalar(tensor) {
    const mean = tf.mean(tensor);
    const [value] = await mean.data();
    tf.dispose([tensor, mean]);
    return value;
  }

  async function gradients(inputs) {
    const { value, grads } = tf.variableGrads(() => lossOf(inputs, inputs.eps));
    const gradient = {};
    for (const [name, { kind }] of parameters) gradient[name] = digest(await transposed(grads[name], TO_TORCH, kind).data());
    return { loss: (await value.data())[0], gradient };
  }

  const inputs = new Map();
  function input(batch) {
    if (!inputs.has(batch)) {
      const time = rows(timeRows(Array(batch).fill(500)), batch);
      inputs.set(batch, [images(gaussian(batch * PIXELS)), time, rows(oneHot(labels(batch)), batch)]);
    }
    return inputs.get(batch);
  }

  let optimizer;
  return {
    async init() {
      const info = await start();
      for (const { name, shape, kind, data } of await weights()) {
        const variable = tf.tidy(() => tf.variable(transposed(tf.tensor(data, shape), FROM_TORCH, kind), true, name));
        parameters.set(name, { kind, variable });
      }
      return { version: tf.version_core, ...info };
    },

    /** @param {boolean} training whether this contender can have gradients */
    async check(training) {
      const given = await checkInputs();
      const output = tf.tidy(() => unet(images(given.x), rows(given.time, given.batch), rows(given.y, given.batch)));
      return { output: [...await output.data()], ...(training && await gradients(given)) };
    },

    async forward(batch) {
      const given = input(batch);
      return scalar(tf.tidy(() => unet(...given)));
    },

    async chain(batch, steps) {
      const y = rows(oneHot(labels(batch)), batch);
      let x = tf.randomNormal([batch, SIZE, SIZE, 1]);
      for (const { t, scale, shift, x0, xt, sigma } of reverseSteps(steps)) {
        const next = tf.tidy(() => {
          const eps = unet(x, rows(timeRows(Array(batch).fill(t)), batch), y);
          const x0Hat = tf.clipByValue(tf.sub(tf.mul(x, scale), tf.mul(eps, shift)), -1, 1);
          const mean = tf.add(tf.mul(x0Hat, x0), tf.mul(x, xt));
          return tf.add(mean, tf.mul(tf.randomNormal(x.shape), sigma));
        });
        x.dispose();
        x = next;
      }
      y.dispose();
      return scalar(x);
    },

    async train(batch) {
      optimizer ??= tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
      const given = trainingBatch(batch);
      return scalar(optimizer.minimize(() => lossOf(given, gaussian(batch * PIXELS)), true));
    },
  };
}
