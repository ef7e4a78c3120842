/** The files that contenders' pages load, and the form of their answers to `check`. */

import { read } from './safetensors.js';
import { assertParameters, oneHot, levels, parameters, timeRows } from './spec.js';

async function fetched(name) {
  const response = await fetch(`./${name}`);
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return response.arrayBuffer();
}

/** The bytes of the weights file, for a contender that reads such files itself. */
export const weightsFile = async () => new Uint8Array(await fetched('weights.safetensors'));

/** The weights with the descriptions of their parameters. */
export async function weights() {
  const { tensors } = read(await fetched('weights.safetensors'));
  const all = parameters().map((parameter) => ({ ...parameter, data: tensors.get(parameter.name).data }));
  assertParameters(all.reduce((sum, { data }) => sum + data.length, 0));
  return all;
}

/** The inputs of the reference, whose outputs PyTorch has computed (bench/reference.py). */
export async function checkInputs() {
  const { tensors } = read(await fetched('reference.safetensors'));
  const of = (name) => tensors.get(name).data;
  const t = [...of('t')];
  const labels = [...of('y')];
  return {
    batch: t.length,
    t,
    labels,
    x: of('x'),
    x0: of('x0'),
    eps: of('eps'),
    time: timeRows(t),
    y: oneHot(labels),
    signal: Float32Array.from(t, (t) => levels(t)[0]),
    rest: Float32Array.from(t, (t) => levels(t)[1]),
  };
}

/** Nine numbers that stand for a gradient: its norm and eight of its elements, in PyTorch's order. */
export function digest(values) {
  const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  return [norm, ...Array.from({ length: 8 }, (_, i) => values[Math.floor((i * values.length) / 8)])];
}
