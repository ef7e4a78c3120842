/**
 * The page's worker: owns the wasm module, the device and both canvases. It fetches files and hands their bytes over; all
 * reading and all mathematics happens in Rust, which answers with events.
 */

import { address, debug, keepsRuns, versioned, wish, withWeights } from './addresses.js';
import { choose, cpuInstead } from './device-choice.js';
import { DownloadError, Refusal, bytes, failureOf, importError, open } from './download.js';
import { askFor, paintsOn, picture } from './frames.js';
import { Runs } from './runs.js';
import { CLASSIFIER, SETS, TEST } from './shipped-files.js';
import { installWebGpuShims } from './webgpu-shims.js';
import { startWorkers, whyAlone } from './worker-pool.js';

/**
 * @typedef {import('./messages.js').FromWorker} FromWorker
 * @typedef {import('./messages.js').ToWorker} ToWorker
 * @typedef {import('./messages.js').App} App
 * @typedef {import('./messages.js').Wasm} Wasm
 * @typedef {import('./device-choice.js').Choice} Choice
 * @typedef {import('../protocol.js').Command} Command
 * @typedef {import('./messages.js').ShippedSet} ShippedSet
 */

/** @type {Promise<App> | undefined} */
let started;
/** The training images that the program has: those of this site, or others. @type {ShippedSet | 'given' | ''} */
let data = '';
/** The training images of this site that the next training learns from, unless others are given. @type {ShippedSet} */
let wanted = 'mnist';
/** Set while images of this site are handed to the program. */
let shipping = false;
/** Whether the program has the test images that belong to the training images. */
let hasTest = false;
let hasEvaluator = false;
let fetching = false;
/** The classifier's way into the program, once it is asked for: whether it got there. @type {Promise<boolean> | undefined} */
let classifier;

const runs = new Runs(emit, keepsRuns);

/** @param {FromWorker} message */
function emit(message) {
  if (message.type === 'data') {
    data = shipping ? wanted : 'given';
    hasTest = false;
  }
  if (message.type === 'checkpoint') {
    runs.keep(message.run, message.bytes, message.info);
    return;
  }
  // A session is open exactly while it can be reset.
  if (message.type === 'state' && message.state !== 'loading' && !message.can.reset) runs.release();
  if (message.type === 'sampling') {
    const image = picture();
    if (image) postMessage({ type: 'frame', image }, { transfer: image instanceof ImageData ? [image.data.buffer] : [image] });
  }
  if (message.type === 'weights') {
    // A view into a larger buffer would take all of that buffer along.
    const own = message.bytes.byteLength === message.bytes.buffer.byteLength;
    const moved = own ? message.bytes : message.bytes.slice();
    postMessage({ ...message, bytes: moved }, { transfer: [moved.buffer] });
  } else if (message.type === 'device' && message.kind === 'cpu') {
    postMessage({ ...message, facts: withThreads(message.facts) });
  } else {
    postMessage(message);
  }
}

/**
 * The CPU's facts, with the reason where no other thread can help. @param {import('./device-choice.js').Facts} facts
 * @returns {import('./device-choice.js').Facts}
 */
function withThreads(facts) {
  const why = whyAlone();
  return why ? facts.map(([name, value]) => [name, name === 'Threads' ? `1, because ${why}` : value]) : facts;
}

/** @param {unknown} error */
function crash(error) {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  // Only Chromium puts the message into the stack.
  const report = stack.includes(String(error)) ? stack : `${error}\n${stack}`;
  emit({ type: 'crash', report });
}

/** The name of a new run. Browsers have `crypto.randomUUID` on secure pages only, but this everywhere. */
const newRun = () => crypto.getRandomValues(new BigUint64Array(2)).reduce((name, half) => name + half.toString(16).padStart(16, '0'), '');

/** @param {'wasm' | 'weights' | 'data' | 'measure' | 'recognise'} what */
function watch(what) {
  let last = 0;
  return (/** @type {number} */ loaded, /** @type {number} */ total) => {
    if (performance.now() - last < 100 && loaded !== total) return;
    last = performance.now();
    emit({ type: 'download', what, loaded, total });
  };
}

/** Tell the page that a file has been fetched and is of use: its service worker keeps those. @param {URL} url */
const used = ({ href }) => emit({ type: 'used', url: href });

/** Its name without an ending. @param {Choice['kind']} kind */
const programFor = (kind) => (kind === 'cpu' ? 'page-cpu' : 'page-gpu');

/** The program for such a device, once it is there. @param {Choice['kind']} kind @returns {Promise<Wasm>} */
async function program(kind) {
  const name = programFor(kind);
  const [script, binary] = [versioned(`${name}.js`), versioned(`${name}_bg.wasm`)];
  const response = open(binary, watch('wasm'), 'application/wasm');
  const glue = import(/* @vite-ignore */ script.href).catch(async (error) => {
    throw await importError(script, error);
  });
  /** @type {[Wasm, Response]} */
  const [wasm, file] = await Promise.all([glue, response]);
  try {
    await wasm.default({ module_or_path: file });
  } catch (error) {
    const cut = failureOf(file);
    if (cut) throw cut;
    throw error instanceof WebAssembly.CompileError
      ? new DownloadError(binary, `is damaged or cut short: it cannot be compiled (${error.message})`)
      : new DownloadError(binary, `does not fit ${name}.js: the two are of different versions (${error})`);
  }
  used(script);
  used(binary);
  return wasm;
}

emit({ type: 'begun' });
// Asked for at once, before the page has anything to say: they take the longest.
const chosen = choose(wish);
let loading = chosen.then(({ kind }) => {
  emit({ type: 'chosen', kind });
  return program(kind);
});
// `start` awaits it, and hears of its failure there.
loading.catch(() => {});
const WEIGHTS = 'www/weights/small.safetensors';
const NAME = 'small.safetensors';
/** The weights that the page comes with, unless it wants none. @returns {Promise<Uint8Array | undefined>} */
async function shippedWeights() {
  if (!withWeights) return undefined;
  const url = versioned(WEIGHTS);
  const file = await bytes(url, watch('weights'));
  used(url);
  return file;
}
const weights = shippedWeights();
// The page works without weights, so their download failing is no reason to stop.
weights.catch(() => {});

/** Tell the page that there are no weights, and why. @param {unknown} error */
function noWeights(error) {
  emit({ type: 'no_weights', why: error instanceof Error ? error.message : String(error) });
  return undefined;
}

/** Fetch the shipped weights once more. @param {App} app */
async function fetchWeights(app) {
  const file = await shippedWeights().catch(noWeights);
  if (file) app.load_weights(file, NAME, true);
}

/** Have helper workers compute with this one, once they are ready. Of use to the CPU only. @param {App} app */
async function addHelpers(app) {
  try {
    const wasm = await loading;
    if (!wasm.program) return;
    const [glue, helper] = [versioned(`${programFor('cpu')}.js`), versioned('www/worker/helper.js')];
    const workers = await startWorkers(wasm.program(), glue, helper, debug);
    if (workers.length > 0) app.add_workers?.(workers);
  } catch {
    // This thread computes alone, then.
  }
}

/**
 * The program that has been loaded, with that device open. Fails with a string where the device cannot be opened.
 *
 * @param {Choice} device
 * @param {Extract<ToWorker, { type: 'start' }>} message
 */
async function opened({ software, ...info }, { paint, generate, training }) {
  const { App } = await loading;
  const app = new App(emit, debug);
  const shared = paint === 'gpu' || (paint === 'auto' && !software);
  const shims = info.kind === 'webgpu' ? installWebGpuShims() : undefined;
  await app.start(info, shared, generate, training, shims);
  paintsOn(generate);
  return app;
}

/**
 * @param {Extract<ToWorker, { type: 'start' }>} message
 * @returns {Promise<App>}
 */
async function start(message) {
  let device = await chosen;
  let app;
  try {
    app = await opened(device, message);
  } catch (why) {
    // The page has been told of a panic already.
    if (device.kind === 'cpu' || why instanceof WebAssembly.RuntimeError) throw why;
    device = cpuInstead(device, why);
    emit({ type: 'chosen', kind: device.kind });
    loading = program(device.kind);
    app = await opened(device, message);
  }
  runs.listen(app);
  const file = await weights.catch(noWeights);
  const drawn = app.finish_loading(file, NAME);
  // Not before the first digit, from which starting them would take time. Not waited for: commands may come before.
  if (device.kind === 'cpu') Promise.resolve(drawn).then(() => addHelpers(app));
  runs.announce();
  return app;
}

/**
 * Files of this site, with one progress report for all of them.
 *
 * @param {'data' | 'measure' | 'recognise'} what
 * @param {string[]} paths
 * @param {string} remedy what to do when one cannot be had
 */
async function fetched(what, paths, remedy) {
  /** @type {Map<string, [loaded: number, total: number]>} */
  const parts = new Map();
  const report = watch(what);
  const part = async (/** @type {string} */ path) => {
    const url = address(path);
    const content = await bytes(url, (loaded, total) => {
      parts.set(path, [loaded, total]);
      const sums = [...parts.values()];
      const known = sums.every(([, t]) => t > 0);
      report(sums.reduce((n, [l]) => n + l, 0), known ? sums.reduce((n, [, t]) => n + t, 0) : 0);
    }).catch((error) => {
      const why = error instanceof DownloadError ? error.message : `${path} could not be had (${error}).`;
      throw new Refusal(what, 'download_failed', `${why} To try again, ${remedy}.`);
    });
    used(url);
    return content;
  };
  emit({ type: 'download', what, loaded: 0, total: 0 });
  return Promise.all(paths.map(part));
}

/** Whether the program has images to train with that nobody wants to exchange. */
const hasData = () => data === 'given' || data === wanted;

/** @param {App} app @param {'train' | 'measure'} command @param {boolean} validate whether a training needs test images, too */
async function fetchFor(app, command, validate) {
  const set = SETS[wanted];
  // A measurement compares with whatever images there are.
  const train = hasData() || (command === 'measure' && data) ? [] : set.files;
  const validation = validate && !hasTest && (train.length > 0 || data !== 'given') && wanted === 'mnist' ? TEST : [];
  const [what, remedy] = command === 'train'
    ? /** @type {const} */ (['data', 'press Train again, or load the MNIST files from your disk'])
    : /** @type {const} */ (['measure', 'press Measure again']);
  const test = command === 'train' || hasEvaluator ? [] : [CLASSIFIER, ...TEST];
  if (train.length + validation.length + test.length === 0) return;
  const files = await fetched(what, [...train, ...validation, ...test], remedy);
  if (train.length > 0) {
    const [images, labels] = files.splice(0, 2);
    shipping = true;
    app.load_data(images, labels, set.name);
    shipping = false;
  }
  if (validation.length > 0) {
    const [images, labels] = files.splice(0, 2);
    app.load_test(images, labels);
    hasTest = true;
  }
  if (test.length > 0) {
    const [classifier, images, labels] = files;
    hasEvaluator = app.load_evaluator(classifier, images, labels);
  }
}

/**
 * Fetch what a command needs, unless that is under way; whether it is there.
 * @param {App} app @param {'train' | 'measure'} command @param {boolean} validate
 */
async function ready(app, command, validate = false) {
  if (fetching) return false;
  fetching = true;
  try {
    await fetchFor(app, command, validate);
  } finally {
    fetching = false;
  }
  return data !== '' && (command === 'train' || hasEvaluator);
}

/** Fetch the classifier that looks at digits, unless it is there or under way; whether it is there. @param {App} app */
async function classifierReady(app) {
  classifier ??= fetched('recognise', [CLASSIFIER], 'ask the classifier again').then(([file]) => app.load_classifier(file));
  const under = classifier;
  const there = await under.catch((error) => {
    // The next time that it is asked it is fetched again.
    if (classifier === under) classifier = undefined;
    throw error;
  });
  if (!there) classifier = undefined;
  return there;
}

/**
 * @param {App} app
 * @param {Command} command
 */
async function command(app, command) {
  if (command.type === 'train') {
    // It goes on while the images are fetched; training waits for what is left of it then.
    if (!hasData() && !fetching) app.prepare(command);
    if (!await ready(app, 'train', command.validate)) return;
    const run = newRun();
    if (keepsRuns) await runs.claim(run);
    app.command({ ...command, run });
    return;
  }
  if (command.type === 'measure' && !await ready(app, 'measure')) return;
  if (command.type === 'recognise' && !await classifierReady(app)) return;
  app.command(command);
}

/** @param {ShippedSet} set */
function learnFrom(set) {
  wanted = set;
  // Images of a visitor's own give way to those of this site.
  if (data === 'given') data = '';
}

/**
 * Fetch what a run needs that goes on: the images of this site that it learned from, and its test images.
 * @param {App} app @param {import('../protocol.js').RunInfo} info
 */
function readyFor(app, { data: learned, needs_test }) {
  const set = /** @type {ShippedSet[]} */ (Object.keys(SETS)).find((key) => SETS[key].name === learned?.name);
  if (set && data !== set) learnFrom(set);
  return ready(app, 'train', needs_test);
}

/** @param {App} app @param {Extract<ToWorker, { type: 'load_files' }>} message */
async function loadFiles(app, { files, switch_preset }) {
  // A safetensors file has its header, an object, after eight bytes: only such a file is worth copying into the program.
  const isRun = (/** @type {Uint8Array} */ bytes) => bytes[8] === 0x7b && app.is_run(bytes);
  const others = files.filter(({ bytes }) => !isRun(bytes));
  if (others.length > 0) app.load_files(others, switch_preset);
  for (const { bytes, name } of files.filter((file) => !others.includes(file)).slice(0, 1)) {
    if (!keepsRuns) return void app.draw_from_run(bytes, name);
    if (!await ready(app, 'train')) return;
    const run = newRun();
    await runs.claim(run);
    await runs.open(app, bytes, run, false);
  }
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
  if (message.type === 'command') {
    if (message.command.type === 'generate') askFor(message.frames);
    await command(app, message.command);
  } else if (message.type === 'fetch_weights') await fetchWeights(app);
  else if (message.type === 'run') await runs.act(app, message, (info) => readyFor(app, info));
  else if (message.type === 'learn_from') learnFrom(message.set);
  else await loadFiles(app, message);
}

addEventListener('message', async ({ data }) => {
  try {
    await handle(data);
  } catch (error) {
    if (error instanceof Refusal) {
      emit({ type: 'refused', what: error.what, code: error.code, message: error.message, batch: null });
    } else if (error instanceof DownloadError) {
      emit({ type: 'start_failed', why: error.message });
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
