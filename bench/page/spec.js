/**
 * The network that every contender runs (crate/unet, preset `small`), as a list of parameters, and what is
 * computed around it on the CPU. Names, shapes and layouts are PyTorch's: convolutions [out, in, k, k],
 * linear layers [out, in].
 */

export const SIZE = 28;
export const PIXELS = SIZE * SIZE;
export const CHANNELS = [32, 64, 64];
export const GROUPS = 8;
export const NORM_EPS = 1e-5;
/** Ten digits, and "no class". */
export const CLASSES = 11;
export const TIMESTEPS = 1000;
export const PARAMETERS = 581985;

/** @typedef {{ name: string, shape: number[], kind: 'weight' | 'bias' | 'scale' | 'shift' | 'embedding', fanIn: number }} Parameter */

/** @returns {Parameter[]} in the order of the app's flat buffer */
export function parameters() {
  const [a, b, c] = CHANNELS;
  const width = 4 * a;
  /** @type {Parameter[]} */
  const all = [];
  const add = (name, shape, kind, fanIn = 1) => all.push({ name, shape, kind, fanIn });
  const norm = (name, channels) => {
    add(`${name}.weight`, [channels], 'scale');
    add(`${name}.bias`, [channels], 'shift');
  };
  const linear = (name, from, to) => {
    add(`${name}.weight`, [to, from], 'weight', from);
    add(`${name}.bias`, [to], 'bias', from);
  };
  const conv = (name, from, to, edge = 3) => {
    add(`${name}.weight`, [to, from, edge, edge], 'weight', from * edge * edge);
    add(`${name}.bias`, [to], 'bias', from * edge * edge);
  };
  const block = (name, from, to) => {
    norm(`${name}.norm1`, from);
    conv(`${name}.conv1`, from, to);
    linear(`${name}.emb`, width, to);
    norm(`${name}.norm2`, to);
    conv(`${name}.conv2`, to, to);
    if (from !== to) conv(`${name}.skip`, from, to, 1);
  };
  linear('time_mlp.0', a, width);
  linear('time_mlp.2', width, width);
  add('class_embed.weight', [CLASSES, width], 'embedding');
  conv('conv_in', 1, a);
  for (const [level, from, to] of [[0, a, b], [1, b, c]]) {
    block(`down.${level}.block`, from, from);
    conv(`down.${level}.downsample`, from, to);
  }
  block('mid.block1', c, c);
  norm('mid.attn.norm', c);
  linear('mid.attn.qkv', c, 3 * c);
  linear('mid.attn.proj', c, c);
  block('mid.block2', c, c);
  for (const [level, from, to] of [[0, c, b], [1, b, a]]) {
    conv(`up.${level}.upsample`, from, to);
    block(`up.${level}.block`, 2 * to, to);
  }
  norm('norm_out', a);
  conv('conv_out', a, 1);
  return all;
}

export const length = (shape) => shape.reduce((product, n) => product * n, 1);

/** Throws if a contender has another number of parameters, which would mean another network. */
export function assertParameters(count) {
  if (count !== PARAMETERS) throw new Error(`${count} parameters, not ${PARAMETERS}`);
}

/** A generator of uniform numbers in 0 … 1. Its arithmetic is on integers, so the numbers are the same in all engines. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The weights of all contenders. Unlike in a fresh network no layer is zero, so an error in any layer shows. */
export function randomWeights() {
  const random = uniform(20240607);
  const first = { scale: [1, 0.1], shift: [0, 0.1], embedding: [0, 1] };
  return parameters().map(({ name, shape, kind, fanIn }) => {
    const [middle, spread] = first[kind] ?? [0, 1 / Math.sqrt(fanIn)];
    return { name, shape, data: Float32Array.from({ length: length(shape) }, () => middle + spread * (2 * random() - 1)) };
  });
}

const noise = uniform(987654321);

/** Standard Gaussian noise, different at each call. */
export function gaussian(count) {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - noise()));
    const angle = 2 * Math.PI * noise();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/**
 * Sinusoidal embeddings, one row of CHANNELS[0] numbers for each t. They are computed on the CPU, like the app's table,
 * because a shader's sine is accurate only near 0.
 */
export function timeRows(ts) {
  const width = CHANNELS[0];
  const half = width / 2;
  const rows = new Float32Array(ts.length * width);
  ts.forEach((t, row) => {
    for (let i = 0; i < half; i += 1) {
      const angle = t * Math.exp((-Math.log(1e4) * i) / half);
      rows[row * width + i] = Math.sin(angle);
      rows[row * width + half + i] = Math.cos(angle);
    }
  });
  return rows;
}

/** One-hot rows for labels: the product with the embedding's table selects a row, and all frameworks have its gradient. */
export function oneHot(labels) {
  const rows = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, row) => { rows[row * CLASSES + label] = 1; });
  return rows;
}

/** The labels of a batch. */
export const labels = (batch) => Array.from({ length: batch }, (_, i) => i % 10);

const alphaBars = new Float64Array(TIMESTEPS);
for (let t = 0, product = 1; t < TIMESTEPS; t += 1) {
  product *= 1 - (1e-4 + ((0.02 - 1e-4) * t) / (TIMESTEPS - 1));
  alphaBars[t] = product;
}

/** √ᾱ and √(1−ᾱ), the factors of the image and of the noise. */
export const levels = (t) => [Math.sqrt(alphaBars[t]), Math.sqrt(1 - alphaBars[t])];

/**
 * Ancestral sampling in `steps` steps, evenly spread over all T, as the page proposes it (crate/samplers/ddpm.rs):
 * x̂₀ = clip(scale·x − shift·ε̂), and the next x is x0·x̂₀ + xt·x + sigma·z.
 */
export function reverseSteps(steps) {
  // A single step starts from pure noise.
  const at = (i) => (steps === 1 ? TIMESTEPS - 1 : Math.round(((TIMESTEPS - 1) * (steps - 1 - i)) / (steps - 1)));
  const ts = Array.from({ length: steps }, (_, i) => at(i));
  return ts.map((t, i) => {
    const here = alphaBars[t];
    const before = i + 1 < steps ? alphaBars[ts[i + 1]] : 1;
    const beta = 1 - here / before;
    const [signal, rest] = levels(t);
    return {
      t,
      scale: 1 / signal,
      shift: rest / signal,
      x0: (Math.sqrt(before) * beta) / (1 - here),
      xt: (Math.sqrt(1 - beta) * (1 - before)) / (1 - here),
      sigma: Math.sqrt((beta * (1 - before)) / (1 - here)),
    };
  });
}

/** The data of one training step. Each contender draws ε itself. */
export function trainingBatch(batch) {
  const draw = (below) => Array.from({ length: batch }, () => Math.floor(Math.random() * below));
  const ts = draw(TIMESTEPS);
  return {
    x0: Float32Array.from({ length: batch * PIXELS }, () => 2 * Math.random() - 1),
    time: timeRows(ts),
    y: oneHot(draw(CLASSES)),
    signal: Float32Array.from(ts, (t) => levels(t)[0]),
    rest: Float32Array.from(ts, (t) => levels(t)[1]),
  };
}

/** Adam's settings in the app's default recipe. */
export const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
