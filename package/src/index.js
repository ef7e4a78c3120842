/**
 * A diffusion model of digits in a page of one's own: draws them, trains on images, reads and writes weights. All computing is done
 * in a worker; see README.md for examples.
 */

/** @import { Source } from './bytes.js' */

import { Ddpm } from './ddpm.js';
import { LoadError, OptionError } from './errors.js';
import { startWorker } from './files.js';
import { Link } from './link.js';
import { checkNames, checkSignal, oneOf } from './options.js';
import { when } from './turns.js';

export { Ddpm } from './ddpm.js';
export * from './errors.js';

/** What the browser must have, by the names of its globals. */
const NEEDED = ['Worker', 'WebAssembly', 'OffscreenCanvas'];
const DEVICES = /** @type {const} */ (['auto', 'webgpu', 'cpu']);

/**
 * @typedef {object} LoadOptions
 * @property {'auto' | 'webgpu' | 'cpu'} [device] what to compute on. `'auto'`, the default, takes WebGPU where there is a GPU, else
 *   the CPU; the other two take what they name, where it is there
 * @property {boolean | Source} [weights] the weights to begin with: `true`, the default, for those of the package (trained on MNIST),
 *   `false` for none, or a safetensors file of one's own
 * @property {AbortSignal} [signal] gives up loading
 * @property {(progress: { what: 'program' | 'weights', loaded: number, total: number }) => void} [onProgress] is told of the downloads,
 *   in bytes; `total` is 0 where the host does not say it
 */

/**
 * Load the program and its weights.
 *
 * @param {LoadOptions} [options]
 * @returns {Promise<Ddpm>}
 * @throws {LoadError} where something cannot be had
 */
export async function load(options = {}) {
  checkNames(options, ['device', 'weights', 'signal', 'onProgress']);
  const { weights = true, onProgress } = options;
  const device = oneOf('device', options.device ?? 'auto', DEVICES);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new OptionError('onProgress', 'onProgress must be a function.');
  const signal = checkSignal(options.signal);
  signal?.throwIfAborted();
  const missing = NEEDED.filter((name) => !(name in globalThis));
  if (missing.length > 0) {
    throw new LoadError('unsupported', `This browser lacks ${missing.join(', ')}, which the package needs: use a newer one.`);
  }
  const link = new Link(startWorker({ device, runs: 'none', ...(weights === true ? {} : { weights: 'none' }) }));
  const aborted = when(signal);
  try {
    const ddpm = await Promise.race([begun(link, onProgress), aborted.promise]);
    if (typeof weights !== 'boolean') await Promise.race([ddpm.loadWeights(weights, { signal }), aborted.promise]);
    return ddpm;
  } catch (error) {
    link.end(error instanceof Error ? error : new LoadError('start_failed', String(error)));
    throw error;
  } finally {
    aborted.forget();
  }
}

/** @param {Link} link @param {LoadOptions['onProgress']} onProgress */
async function begun(link, onProgress) {
  const ddpm = new Ddpm(link);
  // The program paints copies of its frames here; pictures of them are what callers get.
  const [generate, training] = [new OffscreenCanvas(28, 28), new OffscreenCanvas(28, 28)];
  await link.answer((event) => {
    if (event.type === 'no_weights') throw new LoadError('no_weights', `${event.why} Without it, load with { weights: false }.`);
    if (event.type === 'download' && (event.what === 'wasm' || event.what === 'weights')) {
      onProgress?.({ what: event.what === 'wasm' ? 'program' : 'weights', loaded: event.loaded, total: event.total });
    }
    return event.type === 'state' && event.state !== 'loading' ? true : undefined;
  }, () => link.post({ type: 'start', paint: 'copy', generate, training }, [generate, training]));
  return ddpm;
}
