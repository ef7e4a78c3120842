/**
 * The worker: owns the wasm module, the device and both canvases. It fetches, unpacks and hands over
 * bytes; everything that is mathematics happens in Rust, which answers with events.
 */

import { bytes, open } from './download.js';
import { Unusable, inflated, sorted } from './files.js';

/**
 * @typedef {import('./messages.js').FromWorker} FromWorker
 * @typedef {import('./messages.js').ToWorker} ToWorker
 * @typedef {import('./messages.js').App} App
 * @typedef {import('../protocol.js').Command} Command
 */

const build = new URL(location.href).searchParams.get('v') ?? 'dev';
const root = new URL('../../', import.meta.url);

/** @type {Promise<App> | undefined} */
let started;
let hasData = false;
let fetchingData = false;

/** @param {FromWorker} message */
function emit(message) {
  if (message.type === 'data') hasData = true;
  if (message.type === 'weights') {
    // A view into a larger buffer would take all of that buffer along.
    const own = message.bytes.byteLength === message.bytes.buffer.byteLength;
    const moved = own ? message.bytes : message.bytes.slice();
    postMessage({ ...message, bytes: moved }, { transfer: [moved.buffer] });
  } else {
    postMessage(message);
  }
}

/** @param {unknown} error */
function crash(error) {
  const report = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  emit({ type: 'crash', report });
}

/** @param {'wasm' | 'weights' | 'data'} what */
function watch(what) {
  let last = 0;
  return (/** @type {number} */ loaded, /** @type {number} */ total) => {
    if (performance.now() - last < 100 && loaded !== total) return;
    last = performance.now();
    emit({ type: 'download', what, loaded, total });
  };
}

/**
 * @param {Extract<ToWorker, { type: 'start' }>} message
 * @returns {Promise<App>}
 */
async function start({ device, paint, generate, training }) {
  const versioned = (/** @type {string} */ path) => new URL(`${path}?v=${build}`, root);
  // The page works without weights, so their download failing is no reason to stop.
  const weights = bytes(versioned('www/weights/small.safetensors'), watch('weights')).catch(() => null);
  /** @type {[import('./messages.js').Wasm, Response | null]} */
  const [wasm, program] = await Promise.all([
    import(versioned('ddpm.js').href),
    open(versioned('ddpm_bg.wasm'), watch('wasm'), 'application/wasm'),
  ]);
  if (!program) throw new Error('ddpm_bg.wasm is missing on the server');
  await wasm.default({ module_or_path: program });
  const app = new wasm.App(emit);
  await app.start(device, paint, generate, training);
  const file = await weights;
  if (file) app.load_weights(file, 'small.safetensors', true);
  else emit({ type: 'no_weights' });
  return app;
}

/** @param {App} app */
async function fetchData(app) {
  /** @type {Map<string, [loaded: number, total: number]>} */
  const parts = new Map();
  const report = watch('data');
  const part = async (/** @type {string} */ name) => {
    const content = await bytes(new URL(`www/data/mnist/${name}`, root), (loaded, total) => {
      parts.set(name, [loaded, total]);
      const sums = [...parts.values()];
      const known = sums.every(([, t]) => t > 0);
      report(sums.reduce((n, [l]) => n + l, 0), known ? sums.reduce((n, [, t]) => n + t, 0) : 0);
    }).catch(() => null);
    if (!content) {
      throw new Unusable('data', 'download_failed', `${name} could not be downloaded. Check the connection and press Train again, or load the MNIST files from your disk.`);
    }
    return inflated({ name, bytes: content });
  };
  emit({ type: 'download', what: 'data', loaded: 0, total: 0 });
  const [images, labels] = await Promise.all([
    part('train-images-idx3-ubyte.gz'),
    part('train-labels-idx1-ubyte.gz'),
  ]);
  app.load_data(images.bytes, labels.bytes, 'MNIST');
}

/**
 * @param {App} app
 * @param {Command} command
 */
async function command(app, command) {
  if (command.type === 'train' && !hasData) {
    if (fetchingData) return;
    fetchingData = true;
    try {
      await fetchData(app);
    } finally {
      fetchingData = false;
    }
    if (!hasData) return;
  }
  app.command(command);
}

/**
 * @param {App} app
 * @param {Extract<ToWorker, { type: 'load_files' }>} message
 */
async function loadFiles(app, { files, switch_preset }) {
  const { weights, data } = await sorted(files);
  if (data) app.load_data(data.images.bytes, data.labels.bytes, data.images.name);
  for (const file of weights) app.load_weights(file.bytes, file.name, switch_preset);
}

/** @param {ToWorker} message */
async function handle(message) {
  if (message.type === 'start') {
    started = start(message);
    await started;
    return;
  }
  const app = await started;
  if (!app) return;
  if (message.type === 'command') await command(app, message.command);
  else await loadFiles(app, message);
}

addEventListener('message', async ({ data }) => {
  try {
    await handle(data);
  } catch (error) {
    if (error instanceof Unusable) {
      emit({ type: 'refused', what: error.what, code: error.code, message: error.message });
    } else {
      crash(error);
    }
  }
});

// After a panic in Rust its trap surfaces here, out of whatever was awaited. The page has the report
// already, so the console stays clean.
addEventListener('error', (event) => {
  event.preventDefault();
  crash(event.error ?? event.message);
});
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  crash(event.reason);
});
