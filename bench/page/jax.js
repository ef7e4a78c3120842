/**
 * The network in jax-js, channels first. jax-js counts references: a function consumes its arguments, so each use of an array
 * but the last is `.ref`.
 */

import {
  blockUntilReady, defaultDevice, getWebGPUDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad,
} from '@jax-js/jax';
import { checkInputs, digest, weights } from './files.js';
import { ADAM, GROUPS, NORM_EPS, PIXELS, SIZE, labels, oneHot, reverseSteps, timeRows, trainingBatch } from './spec.js';

const linear = (p, x, name) => np.matmul(x, np.transpose(p[`${name}.weight`])).add(p[`${name}.bias`]);
const conv = (p, x, name, stride = 1) => {
  const weight = p[`${name}.weight`];
  const [channels, , edge] = weight.shape;
  const pad = (edge - 1) / 2;
  const sums = lax.convGeneralDilated(x, weight, [stride, stride], [[pad, pad], [pad, pad]]);
  return sums.add(p[`${name}.bias`].reshape([1, channels, 1, 1]));
};
const norm = (p, x, name) => {
  const [batch, channels, height, width] = x.shape;
  const grouped = x.reshape([batch, GROUPS, (channels / GROUPS) * height * width]);
  const mean = grouped.ref.mean(2, { keepdims: true });
  const centred = grouped.sub(mean);
  const variance = np.square(centred.ref).mean(2, { keepdims: true });
  const normal = centred.div(np.sqrt(variance.add(NORM_EPS))).reshape([batch, channels, height, width]);
  const each = (of) => p[`${name}.${of}`].reshape([1, channels, 1, 1]);
  return normal.mul(each('weight')).add(each('bias'));
};
const block = (p, x, emb, name) => {
  const shift = linear(p, emb, `${name}.emb`);
  const [batch, channels] = shift.shape;
  let h = conv(p, nn.silu(norm(p, x.ref, `${name}.norm1`)), `${name}.conv1`);
  h = h.add(shift.reshape([batch, channels, 1, 1]));
  h = conv(p, nn.silu(norm(p, h, `${name}.norm2`)), `${name}.conv2`);
  return h.add(p[`${name}.skip.weight`] ? conv(p, x, `${name}.skip`) : x);
};
const attention = (p, x, name) => {
  const [batch, channels, height, width] = x.shape;
  const tokens = np.transpose(norm(p, x.ref, `${name}.norm`).reshape([batch, channels, height * width]), [0, 2, 1]);
  const [q, k, v] = np.split(linear(p, tokens, `${name}.qkv`), 3, 2);
  const scores = np.matmul(q, np.transpose(k, [0, 2, 1])).mul(1 / Math.sqrt(channels));
  const out = linear(p, np.matmul(nn.softmax(scores, -1), v), `${name}.proj`);
  return x.add(np.transpose(out, [0, 2, 1]).reshape([batch, channels, height, width]));
};
const upsampled = (x) => {
  const [batch, channels, height, width] = x.shape;
  const spread = np.broadcastTo(x.reshape([batch, channels, height, 1, width, 1]), [batch, channels, height, 2, width, 2]);
  return spread.reshape([batch, channels, 2 * height, 2 * width]);
};

/** The network. Consumes `p`, of which it uses each parameter once, x, time and y. */
function unet(p, x, time, y) {
  const embedded = linear(p, nn.silu(linear(p, time, 'time_mlp.0')), 'time_mlp.2');
  const emb = nn.silu(embedded.add(np.matmul(y, p['class_embed.weight'])));
  const first = block(p, conv(p, x, 'conv_in'), emb.ref, 'down.0.block');
  const second = block(p, conv(p, first.ref, 'down.0.downsample', 2), emb.ref, 'down.1.block');
  let h = block(p, conv(p, second.ref, 'down.1.downsample', 2), emb.ref, 'mid.block1');
  h = block(p, attention(p, h, 'mid.attn'), emb.ref, 'mid.block2');
  h = block(p, np.concatenate([conv(p, upsampled(h), 'up.0.upsample'), second], 1), emb.ref, 'up.0.block');
  h = block(p, np.concatenate([conv(p, upsampled(h), 'up.1.upsample'), first], 1), emb, 'up.1.block');
  return conv(p, nn.silu(norm(p, h, 'norm_out')), 'conv_out');
}

function lossOf(p, x0, eps, time, y, signal, rest) {
  const column = [signal.shape[0], 1, 1, 1];
  const noisy = x0.mul(signal.reshape(column)).add(eps.ref.mul(rest.reshape(column)));
  return np.square(unet(p, noisy, time, y).sub(eps)).mean();
}

const forwardMean = jit((p, x, time, y) => unet(p, x, time, y).mean());
const forwardAll = jit(unet);
const lossAndGradient = valueAndGrad(lossOf);
const gradientOnly = jit((...given) => lossAndGradient(...given));

/** One reverse step. The coefficients are an array, so that all steps share one compiled graph. */
const reverse = jit((p, x, time, y, coefficients, key) => {
  const z = random.normal(key, x.shape);
  const [scale, shift, x0, xt, sigma] = np.split(coefficients, 5).map((one) => one.reshape([1, 1, 1, 1]));
  const eps = unet(p, x.ref, time, y);
  const x0Hat = np.clip(x.ref.mul(scale).sub(eps.mul(shift)), -1, 1);
  return x0Hat.mul(x0).add(x.mul(xt)).add(z.mul(sigma));
});

/** One step of Adam; `corrections`: 1/(1−β₁ⁿ), 1/(1−β₂ⁿ). */
const step = jit((p, m, v, x0, time, y, signal, rest, key, corrections) => {
  const eps = random.normal(key, x0.shape);
  const [loss, gradient] = lossAndGradient(tree.ref(p), x0, eps, time, y, signal, rest);
  const [first, second] = np.split(corrections, 2);
  const next = [{}, {}, {}];
  const names = Object.keys(p);
  names.forEach((name, i) => {
    const ones = p[name].shape.map(() => 1);
    const last = i === names.length - 1;
    const mean = m[name].mul(ADAM.beta1).add(gradient[name].ref.mul(1 - ADAM.beta1));
    const square = v[name].mul(ADAM.beta2).add(np.square(gradient[name]).mul(1 - ADAM.beta2));
    const up = mean.ref.mul((last ? first : first.ref).reshape(ones));
    const down = square.ref.mul((last ? second : second.ref).reshape(ones));
    next[0][name] = p[name].sub(up.mul(ADAM.rate).div(np.sqrt(down).add(ADAM.epsilon)));
    next[1][name] = mean;
    next[2][name] = square;
  });
  return [...next, loss];
});

const images = (data) => np.array(data).reshape([data.length / PIXELS, 1, SIZE, SIZE]);
const rows = (data, count) => np.array(data).reshape([count, data.length / count]);

/** @param {'webgpu' | 'wasm'} device */
function contender(device) {
  let parameters;
  let moments;
  let steps = 0;
  let seed = 1;
  const inputs = new Map();
  const input = (batch) => {
    if (!inputs.has(batch)) {
      const time = rows(timeRows(Array(batch).fill(500)), batch);
      inputs.set(batch, [random.normal(random.key(batch), [batch, 1, SIZE, SIZE]), time, rows(oneHot(labels(batch)), batch)]);
    }
    return inputs.get(batch).map((array) => array.ref);
  };

  return {
    async init() {
      const available = await init(device);
      if (!available.includes(device)) throw new Error(`jax-js could not start ${device}: it has ${available}`);
      defaultDevice(device);
      const entries = (await weights()).map(({ name, shape, data }) => [name, np.array(data).reshape(shape)]);
      parameters = Object.fromEntries(entries);
      await blockUntilReady(parameters);
      const gpu = device === 'webgpu' ? getWebGPUDevice() : undefined;
      return { version: '0.1.25', adapter: gpu?.adapterInfo?.description, features: gpu && [...gpu.features] };
    },

    async check() {
      const { x, x0, eps, time, y, signal, rest, batch } = await checkInputs();
      const network = () => tree.ref(parameters);
      const output = [...await forwardAll(network(), images(x), rows(time, batch), rows(y, batch)).data()];
      const given = [images(x0), images(eps), rows(time, batch), rows(y, batch), np.array(signal), np.array(rest)];
      const [loss, gradients] = gradientOnly(network(), ...given);
      const gradient = {};
      for (const [name, array] of Object.entries(gradients)) gradient[name] = digest(await array.data());
      return { output, loss: (await loss.data())[0], gradient };
    },

    async forward(batch) {
      return (await forwardMean(tree.ref(parameters), ...input(batch)).data())[0];
    },

    async chain(batch, count) {
      const y = rows(oneHot(labels(batch)), batch);
      let x = random.normal(random.key(seed++), [batch, 1, SIZE, SIZE]);
      for (const { t, scale, shift, x0, xt, sigma } of reverseSteps(count)) {
        const time = rows(timeRows(Array(batch).fill(t)), batch);
        const coefficients = np.array(Float32Array.of(scale, shift, x0, xt, sigma));
        x = reverse(tree.ref(parameters), x, time, y.ref, coefficients, random.key(seed++));
      }
      y.dispose();
      return (await x.mean().data())[0];
    },

    async train(batch) {
      const zeros = () => tree.map((array) => np.zeros(array.shape), parameters);
      moments ??= [zeros(), zeros()];
      steps += 1;
      const { x0, time, y, signal, rest } = trainingBatch(batch);
      const corrections = np.array(Float32Array.of(1 / (1 - ADAM.beta1 ** steps), 1 / (1 - ADAM.beta2 ** steps)));
      const given = [images(x0), rows(time, batch), rows(y, batch), np.array(signal), np.array(rest)];
      const [next, m, v, loss] = step(parameters, ...moments, ...given, random.key(seed++), corrections);
      parameters = next;
      moments = [m, v];
      return (await loss.data())[0];
    },
  };
}

window.bench = contender(new URLSearchParams(location.search).get('device'));
