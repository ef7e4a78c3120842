/**
 * Starts workers, and registers the service worker. The page's first worker starts as soon as this script runs: index.html loads the script with `async`,
 * so the program and its weights are already on their way while the browser still reads the rest of the page. The page's other scripts are
 * many, and a host may give a browser only six files at a time: so they are fetched when the worker has its own, and the worker gets its
 * canvases from here.
 */

/** Milliseconds that the page's other scripts wait for the worker's at most. */
const PATIENCE_MS = 1000;

/** The device that the page's address asks for (`?device=`). @returns {import('./worker/messages.js').DeviceChoice} */
export function deviceAsked() {
  const asked = new URLSearchParams(location.search).get('device');
  return asked === 'webgpu' || asked === 'cpu' ? asked : 'auto';
}

/** `dev` in the source; the build puts a hash of its content there, so that no cache mixes files of two builds. */
export const build = () => document.querySelector('meta[name="build"]')?.getAttribute('content') ?? 'dev';

/** The address of the worker's script, with what it is told. */
export function workerAddress() {
  const url = new URL('./worker/main.js', import.meta.url);
  url.searchParams.set('v', build());
  url.searchParams.set('device', deviceAsked());
  const patience = new URLSearchParams(location.search).get('patience');
  if (patience) url.searchParams.set('patience', patience);
  // With `?debug` the program writes panics to the console, too.
  if (new URLSearchParams(location.search).has('debug')) url.searchParams.set('debug', '');
  return url.href;
}

/** The scripts that run beside the page, and their addresses. */
const SCRIPTS = {
  page: () => new URL('./main.js', import.meta.url).href,
  worker: workerAddress,
  film: () => new URL(`./worker/film.js?v=${build()}`, import.meta.url).href,
  'service-worker': () => new URL('../service-worker.js', import.meta.url).href,
};

/**
 * A script's address as the page's Content-Security-Policy wants it where the browser has Trusted Types: only a policy makes
 * addresses of scripts, and this one makes none but these.
 * @param {keyof typeof SCRIPTS} name
 * @returns {string}
 */
function trustedAddress(name) {
  const { trustedTypes } = /** @type {any} */ (window);
  if (!trustedTypes) return SCRIPTS[name]();
  policy ??= trustedTypes.createPolicy('ddpm', {
    createScriptURL: (/** @type {keyof typeof SCRIPTS} */ asked) => SCRIPTS[asked](),
  });
  return policy.createScriptURL(name);
}
/** @type {any} */
let policy;

/** Has the browser install the page's service worker, or look for a new version of it. */
export const registerServiceWorker = () =>
  navigator.serviceWorker.register(trustedAddress('service-worker'), { updateViaCache: 'none' });

/** A worker that makes a film (www/worker/film.js). */
export const filmWorker = () => new Worker(trustedAddress('film'), { type: 'module', name: 'film' });

/**
 * How frames should reach the canvas (`?paint=` in the page's address). Tests set it, and visitors can where a GPU's
 * driver paints wrongly. @returns {import('./worker/messages.js').PaintChoice}
 */
function paintAsked() {
  const asked = new URLSearchParams(location.search).get('paint');
  return asked === 'gpu' || asked === 'copy' ? asked : 'auto';
}

/**
 * The canvas with this id, to be transferred to a worker. A canvas can be transferred only once, so a fresh copy first
 * takes the place of the one on the page: after a restart, that one belongs to the worker that crashed.
 * @param {string} id
 */
function offscreen(id) {
  const old = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
  const fresh = /** @type {HTMLCanvasElement} */ (old.cloneNode());
  old.replaceWith(fresh);
  return fresh.transferControlToOffscreen();
}

/** Act when the document has been read. @param {() => void} act */
function whenRead(act) {
  if (document.readyState === 'loading') document.addEventListener('readystatechange', act, { once: true });
  else act();
}

function startWorker() {
  const worker = new Worker(trustedAddress('worker'), { type: 'module', name: 'ddpm' });
  whenRead(() => {
    const [generate, training] = ['generate-canvas', 'training-canvas'].map(offscreen);
    /** @type {import('./worker/messages.js').ToWorker} */
    const message = { type: 'start', paint: paintAsked(), generate, training };
    worker.postMessage(message, [generate, training]);
  });
  /** Events that came before `listen` was called; `listen` hands them over first. @type {Array<MessageEvent | ErrorEvent>} */
  const early = [];
  /** @type {(event: MessageEvent | ErrorEvent) => void} */
  let handle = (event) => early.push(event);
  worker.addEventListener('message', (event) => handle(event));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    handle(event);
  });
  return {
    worker,
    /** Send all events of the worker, past and future, to `handler`. @param {typeof handle} handler */
    listen(handler) {
      handle = handler;
      early.splice(0).forEach(handler);
    },
  };
}

/** @type {ReturnType<typeof startWorker> | undefined} */
let first = startWorker();

let fetched = false;
/** Fetch the page's other scripts, once; first what shows the digit that the worker draws unasked. */
function fetchPage() {
  if (fetched) return;
  fetched = true;
  whenRead(() => {
    const strip = import('./views/denoising-strip.js').then(({ showNoise, showPreview }) => {
      showNoise();
      return showPreview;
    });
    // Where it cannot be had, the page's other scripts cannot either, and www/watch.js says so.
    strip.catch(() => {});
    early.addEventListener('message', ({ data }) => {
      if (data.type === 'preview') strip.then((show) => show(data), () => {});
    });
    const script = document.createElement('script');
    script.type = 'module';
    script.src = trustedAddress('page');
    document.head.append(script);
  });
}
const early = first.worker;
// The worker's first message says that its scripts are there; an error, that they will not be.
for (const type of ['message', 'error']) early.addEventListener(type, fetchPage, { once: true });
setTimeout(fetchPage, PATIENCE_MS);

/** The worker that runs already, at the first call; a new one at each later call, which is a restart after a crash. */
export function takeWorker() {
  const taken = first ?? startWorker();
  first = undefined;
  return taken;
}
