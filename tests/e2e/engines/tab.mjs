/** The page in another browser than Chromium, driven with the methods of `Tab`. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST } from '../environment.mjs';
import { serve } from '../host.mjs';
import { recorder } from '../recorder.mjs';
import { Tab } from '../tab.mjs';

/**
 * What the tests need of a browser, which has one window.
 * @typedef {object} Driver
 * @property {string} downloads the folder that the browser downloads to
 * @property {(address: string) => Promise<unknown>} goto
 * @property {(check: Function, argument?: unknown) => Promise<any>} evaluate a function in the page
 * @property {(path: string) => Promise<void>} click what an XPath names
 * @property {(path: string, text: string) => Promise<void>} fill a field with what is typed
 * @property {(path: string, value: string) => Promise<void>} choose in a list
 * @property {(path: string, files: string[]) => Promise<void>} give files to an input, by their paths
 * @property {(options: { path: string }) => Promise<unknown>} screenshot
 * @property {() => Promise<void>} close
 *
 * @typedef {{ start: (look: { width: number, height: number }) => Promise<Driver> }} Engine
 */

const WINDOW = { width: 1280, height: 900 };
const POLL_MS = 50;

/** Runs in the page after the recorder, in place of a console that WebDriver does not show. */
function complaints() {
  /** @type {string[]} */
  const found = [];
  window.e2e.complaints = found;
  const { error } = console;
  console.error = (...given) => {
    found.push(`console: ${given.join(' ')}`);
    error.apply(console, given);
  };
  addEventListener('error', ({ message }) => found.push(`page: ${message}`));
  addEventListener('unhandledrejection', ({ reason }) => found.push(`page: ${reason}`));
  document.addEventListener('securitypolicyviolation', (event) => found.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
}

/**
 * A host of the built page, or of another page. Browsers without scripts of a driver's own before those of the page get the
 * recorder as one more file of the page, because its policy allows no others.
 * @param {Record<string, string>} [headers]
 * @param {string} [folder] what is served
 * @param {string} [file] the page in there, which is served at the root
 * @returns {Promise<{ address: string, instead: Record<string, string | null>, close: () => void }>} `instead`: see `serve`
 */
export async function recordedHost(headers = {}, folder = DIST, file = 'index.html') {
  const page = await readFile(join(folder, file), 'utf8');
  const recorded = page.replace('<script ', '<script src="./recorder.js"></script>\n    <script ');
  assert.notEqual(recorded, page, `${file} has scripts`);
  const instead = { '': recorded, 'recorder.js': `(${recorder})();\n(${complaints})();\n` };
  return { ...await serve(folder, '/', headers, instead), instead };
}

/** The XPath of a button. @param {string} name */
const named = (name) => `//button[normalize-space()="${name}"]`;
/** The XPath of a field. @param {string} label */
const labelled = (label) => `//*[@id=//label[normalize-space()="${label}"]/@for]`;

export class EngineTab extends Tab {
  /** @type {Driver} */
  #driver;
  #files = '';

  /** Start a browser and open the page in it. @param {Engine} engine @param {string} address of a `recordedHost` */
  static async in(engine, address) {
    const tab = new EngineTab();
    tab.#files = await mkdtemp(join(tmpdir(), 'ddpm-files-'));
    tab.#driver = await engine.start(WINDOW);
    // Of Playwright's page, what `Tab` needs beyond the methods below is what a driver has as well.
    tab.page = tab.#driver;
    await tab.goto(address);
    return tab;
  }

  /** @param {string} address */
  async goto(address) {
    // From nowhere: a reload would return to where the page was scrolled to, under the hands of the test.
    await this.#driver.goto('about:blank');
    await this.#driver.goto(address);
  }

  complaints() {
    return this.#driver.evaluate(() => window.e2e.complaints.splice(0));
  }

  async close() {
    await this.#driver.close();
    await rm(this.#files, { recursive: true, force: true });
  }

  async firstTrue(check, argument, timeout) {
    const end = Date.now() + timeout;
    for (;;) {
      const value = await this.#driver.evaluate(check, argument);
      if (value) return value;
      if (Date.now() > end) throw new Error(`nothing after ${timeout / 1000} s`);
      await sleep(POLL_MS);
    }
  }

  async press(name) {
    await this.until(`a button ${name} that can be pressed`, (wanted) => [...document.querySelectorAll('button')]
      .some((button) => button.textContent?.trim() === wanted && !button.disabled), name);
    await this.#reach((wanted) => [...document.querySelectorAll('button')].find((it) => it.textContent?.trim() === wanted), name);
    await this.#driver.click(named(name));
  }

  /**
   * Show the tool that holds a control.
   * @param {(name: string) => Element | null | undefined} find runs in the page @param {string} name
   */
  async #reach(find, name) {
    // eslint-disable-next-line no-eval
    await this.#driver.evaluate((0, eval)(`(name) => {
      const tool = (${find})(name)?.closest('[data-tool][hidden]')?.getAttribute('data-tool');
      if (tool) document.querySelector('.tools a[href="#' + tool + '"]').click();
    }`), name);
  }

  async fill(values) {
    for (const [label, value] of Object.entries(values)) {
      const path = labelled(label);
      const { list, folded } = await this.#driver.evaluate((wanted) => {
        const found = [...document.querySelectorAll('label')].find((it) => it.textContent?.trim() === wanted)?.control;
        return { list: found instanceof HTMLSelectElement, folded: Boolean(found?.closest('details:not([open])')) };
      }, label);
      await this.#reach((wanted) => [...document.querySelectorAll('label')].find((it) => it.textContent?.trim() === wanted), label);
      if (folded) await this.#driver.click(`//details[.${path}]/summary`);
      await (list ? this.#driver.choose(path, String(value)) : this.#driver.fill(path, String(value)));
    }
  }

  async give(...files) {
    const paths = files.map(({ name }) => join(this.#files, name));
    await Promise.all(files.map(({ bytes }, index) => writeFile(paths[index], bytes)));
    await this.#driver.give(labelled('Load weights'), paths);
  }

  text(id) {
    return this.#driver.evaluate((of) => document.getElementById(of)?.innerText, id);
  }

  /** The text of an element, whether it is shown or not. @param {string} id */
  hiddenText(id) {
    return this.#driver.evaluate((of) => document.getElementById(of)?.textContent, id);
  }

  /** Press Download weights and read the file. @returns {Promise<{ name: string, bytes: Buffer }>} */
  async download() {
    const since = await this.mark();
    await this.press('Download weights');
    const { name, bytes: size } = await this.next('weights', since);
    const path = join(this.#driver.downloads, name);
    for (let left = 200; left > 0; left -= 1) {
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      if (bytes.length === size) return { name, bytes };
      await sleep(POLL_MS);
    }
    throw new Error(`no ${name} of ${size} bytes among the downloads: ${await readdir(this.#driver.downloads)}`);
  }
}
