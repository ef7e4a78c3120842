/**
 * Starts workers. The first one when this script is run, for which index.html has it wait for nothing: the
 * program and its weights are then on their way while the rest of the page is still being read.
 */

/** The device asked for in the page's address. @returns {import('./worker/messages.js').DeviceChoice} */
export function deviceAsked() {
  const asked = new URLSearchParams(location.search).get('device');
  return asked === 'webgpu' || asked === 'cpu' ? asked : 'auto';
}

function begin() {
  const build = document.querySelector('meta[name="build"]')?.getAttribute('content') ?? 'dev';
  const url = new URL('./worker/main.js', import.meta.url);
  url.searchParams.set('v', build);
  url.searchParams.set('device', deviceAsked());
  const worker = new Worker(url, { type: 'module', name: 'ddpm' });
  /** What it said before anybody listened. @type {Array<MessageEvent | ErrorEvent>} */
  const early = [];
  /** @type {(event: MessageEvent | ErrorEvent) => void} */
  let hear = (event) => early.push(event);
  worker.addEventListener('message', (event) => hear(event));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    hear(event);
  });
  return {
    worker,
    /** Hear all that it has said and will say. @param {typeof hear} handler */
    listen(handler) {
      hear = handler;
      early.splice(0).forEach(handler);
    },
  };
}

/** @type {ReturnType<typeof begin> | undefined} */
let first = begin();

/** A worker that nobody has taken yet. */
export function begun() {
  const taken = first ?? begin();
  first = undefined;
  return taken;
}
