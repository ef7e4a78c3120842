/**
 * What the worker is told by its address, and where its files are.
 *
 * The page writes its options into the query (www/begin.js). The package (package/) writes them into the fragment, because the
 * worker's script then stays one file for the browser's cache, and adds `files`: a bundler of another page gives each file a
 * name of its own.
 */

const asked = new URLSearchParams(location.search || location.hash.slice(1));

/** The build that the page belongs to. */
export const build = asked.get('v') ?? 'dev';
/** Whether panics are written to the console, too. */
export const debug = asked.has('debug');
/** The device to compute on. */
export const wish = /** @type {import('./messages.js').DeviceChoice} */ (asked.get('device') ?? 'auto');
/** Whether the worker begins with the weights that come with it. */
export const withWeights = asked.get('weights') !== 'none';
/** Whether training runs are kept in the browser. */
export const keepsRuns = asked.get('runs') !== 'none';

const root = new URL('../../', import.meta.url);
/** Addresses by path. @type {Record<string, string>} */
const elsewhere = JSON.parse(asked.get('files') ?? '{}');

/** The address of a file of the site. @param {string} path from the root of the site */
export const address = (path) => new URL(elsewhere[path] ?? path, root);

/** The same, of a file that every build has another of. @param {string} path */
export const versioned = (path) => new URL(elsewhere[path] ?? `${path}?v=${build}`, root);
