/** What the package's tests serve: the package and its examples; and pages with the package there. */

import { cp, rm } from 'node:fs/promises';
import { OUT, ROOT } from '../environment.mjs';
import { Tab } from '../tab.mjs';

/**
 * A folder to serve: the package that `cargo xtask package` has made, and the examples beside it, as in the repository.
 * @param {string} name of the folder in target/e2e/, which is made anew
 */
export async function site(name) {
  const folder = `${OUT}/${name}`;
  await rm(folder, { recursive: true, force: true });
  await cp(`${ROOT}pkg`, `${folder}/pkg`, { recursive: true }).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error('There is no pkg/: make the package with `cargo xtask package`, or with `cargo xtask package --built` around the programs in dist/.');
  });
  await cp(`${ROOT}examples`, `${folder}/examples`, { recursive: true });
  return folder;
}

/**
 * An empty page that has imported the package, as `api`, with what the tests do there.
 * @param {{ address: string }} host of a `site`
 * @param {Parameters<typeof Tab.open>[0]} [options]
 */
export async function importing(host, options = {}) {
  const tab = await Tab.open({ ...options, base: host.address });
  await tab.page.evaluate(async (address) => {
    window.api = await import(address);
    /** Class, code and message of what a promise fails with. */
    window.failure = (promise) => promise.then(() => null, (error) => ({ name: error.name, code: error.code, message: error.message, option: error.option }));
    /** A file's bytes from base64: Playwright takes minutes for an array of a million numbers on a busy machine. */
    window.fileOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    window.frames = async (options, ddpm = window.ddpm) => Array.fromAsync(ddpm.generate(options));
  }, `${host.address}pkg/index.js`);
  return tab;
}
