/** This app: crate/web/bench.rs, which runs the page's own model, sampler and trainer. */

import { checkInputs, digest, weightsFile } from './files.js';
import { assertParameters, length, parameters } from './spec.js';

const device = new URLSearchParams(location.search).get('device');
let app;
let memory;

window.bench = {
  async init() {
    const [{ default: load, Bench }, weights] = await Promise.all([import('./ddpm.js'), weightsFile()]);
    ({ memory } = await load());
    // What ends in a crash would else leave nothing but an unanswered promise.
    app = await Bench.open(device, weights, (event) => console.error(event.report));
    assertParameters(app.parameters());
    return { adapter: app.device() };
  },

  async check() {
    const { x, x0, eps, t, labels } = await checkInputs();
    const steps = Uint32Array.from(t);
    const output = [...await app.output(x, steps, Uint8Array.from(labels))];
    // The loss, then the gradient as one flat buffer in the order of the parameters.
    const flat = await app.gradient(x0, eps, steps, Uint8Array.from(labels));
    let at = 1;
    const gradient = Object.fromEntries(parameters().map(({ name, shape }) => {
      const from = at;
      at += length(shape);
      return [name, digest(flat.slice(from, at))];
    }));
    return { output, loss: flat[0], gradient };
  },

  forward: (batch) => app.forward(batch),
  chain: (batch, steps) => app.chain(batch, steps),
  train: (batch) => app.train(batch),

  // For bench/curves.mjs.
  widen: (channels) => app.widen(channels),
  wasmBytes: () => memory.buffer.byteLength,
};
