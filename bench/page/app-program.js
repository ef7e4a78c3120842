/** This app as a contender: crate/web/bench.rs runs the page's own model, sampler and trainer. */

import { installWebGpuShims } from '../../www/worker/webgpu-shims.js';
import { startWorkers } from '../../www/worker/worker-pool.js';
import { checkInputs, digest, weightsFile } from './files.js';
import { assertParameters, length, parameters } from './spec.js';

/**
 * @param {object} how
 * @param {string} how.device `webgpu` or `cpu`
 * @param {boolean} how.half whether weights are 16 bits where the adapter can, as on the page
 * @param {boolean} how.threads whether the CPU has helpers, as on a page that is cross-origin isolated
 */
export function contender({ device, half, threads }) {
  let app;
  let memory;
  return {
    async init() {
      const [wasm, weights] = await Promise.all([import('./ddpm.js'), weightsFile()]);
      ({ memory } = await wasm.default());
      const shims = device === 'webgpu' ? installWebGpuShims() : undefined;
      // Without this callback a crash would leave only a promise that is never settled.
      app = await wasm.Bench.open(device, half, weights, (event) => console.error(event.report), shims);
      assertParameters(app.parameters());
      if (half && !app.half()) throw new Error('cannot: the adapter has no 16-bit arithmetic');
      if (threads) app.add_workers(await startWorkers(wasm.program(), new URL('./ddpm.js', import.meta.url), new URL('./helper.js', import.meta.url), true));
      return { adapter: app.device(), threads: app.threads() };
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
}
