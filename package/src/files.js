/**
 * The package's files that are fetched when they are needed. Each address is written out as `new URL('…', import.meta.url)`, which is
 * what bundlers look for: they copy the file and put its new name here.
 */

/** The worker's script, which also runs as a helper of the worker. */
const WORKER = new URL('./worker.js', import.meta.url).href;

/** By the paths under which the worker knows them (www/worker/addresses.js). @type {Record<string, string>} */
export const FILES = {
  'page-cpu.js': new URL('./page-cpu.js', import.meta.url).href,
  'page-cpu_bg.wasm': new URL('./page-cpu_bg.wasm', import.meta.url).href,
  'page-gpu.js': new URL('./page-gpu.js', import.meta.url).href,
  'page-gpu_bg.wasm': new URL('./page-gpu_bg.wasm', import.meta.url).href,
  'www/weights/small.safetensors': new URL('./small.safetensors', import.meta.url).href,
  'www/worker/helper.js': WORKER,
};

/**
 * A worker with these options, which it reads from the fragment of its address.
 * @param {Record<string, string>} options
 * @returns {Worker}
 */
export function startWorker(options) {
  // From here, because the worker's own script may be a Blob, against which no address is resolved.
  const base = location.href;
  const files = Object.fromEntries(Object.entries(FILES).map(([path, url]) => [path, new URL(url, base).href]));
  const fragment = `#${new URLSearchParams({ ...options, files: JSON.stringify(files) })}`;
  const script = new URL(WORKER, base);
  const settings = /** @type {const} */ ({ type: 'module', name: 'ddpm' });
  if (script.origin === new URL(base).origin || !script.protocol.startsWith('http')) return new Worker(`${script.href}${fragment}`, settings);
  // Browsers start no worker from another origin, such as a CDN; a script of this origin may import one from there.
  const source = new Blob([`import ${JSON.stringify(script.href)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(source);
  const worker = new Worker(`${url}${fragment}`, settings);
  // Not before the script has been read, which its first message or error tells.
  const done = () => URL.revokeObjectURL(url);
  worker.addEventListener('message', done, { once: true });
  worker.addEventListener('error', done, { once: true });
  return worker;
}
