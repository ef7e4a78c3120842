/** A contender's page in a browser of its own, so that a crash ends no other contender. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HARNESS = fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), 'page/harness.js'), 'utf8');
/** The flags of the end-to-end tests. `--enable-unsafe-webgpu` admits the software adapter of a machine without a GPU. */
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--enable-unsafe-webgpu',
];

/** Flags for WebGPU on a machine without a GPU. */
export const SOFTWARE = ['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'];

/** A page under measurement. */
export class Tab {
  /**
   * @param {string} url
   * @param {string[]} flags in addition to the usual ones
   * @param {() => void} before runs in the page before its own scripts
   */
  static async open(url, flags, before = () => {}) {
    const tab = new Tab();
    tab.browser = await chromium.launch({ executablePath: process.env.CHROME ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });
    tab.version = tab.browser.version();
    // What the page fetches to keep it is no part of what is measured.
    tab.page = await tab.browser.newPage({ serviceWorkers: 'block' });
    tab.consoleErrors = [];
    tab.crashed = new Promise((resolve, reject) => {
      tab.page.on('crash', () => reject(new Error('the page crashed')));
      tab.page.on('pageerror', (error) => reject(error));
    });
    tab.crashed.catch(() => {});
    tab.page.on('console', (message) => {
      if (message.type() === 'error' && tab.consoleErrors.length < 20) tab.consoleErrors.push(message.text().slice(0, 400));
    });
    tab.session = await tab.page.context().newCDPSession(tab.page);
    await tab.session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await tab.page.addInitScript(HARNESS);
    await tab.page.addInitScript(before);
    await tab.page.goto(url);
    return tab;
  }

  /** Runs a function in the page and returns its value; an error after `seconds`. */
  async evaluate(seconds, run, argument) {
    let timer;
    const timeout = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1000);
    });
    try {
      return await Promise.race([this.page.evaluate(run, argument), this.crashed, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the first forward pass. Returns the value of `init` and the times. */
  ready(seconds) {
    return this.evaluate(seconds, () => window.harness.ready);
  }

  /** The outputs for the inputs of the reference, see page/files.js. */
  check(seconds, training) {
    return this.evaluate(seconds, (training) => window.harness.check(training), training);
  }

  /** The time of a call, in milliseconds. */
  time(seconds, call) {
    return this.evaluate(seconds, (call) => window.harness.time(...call), call);
  }

  /** The numbers of WebGPU calls that a call makes. */
  trace(seconds, call) {
    return this.evaluate(seconds, (call) => window.harness.trace(...call), call);
  }

  /** The CPU time of the page's main thread in a call, in milliseconds. The rest of the time is the GPU's. */
  async cpuTime(seconds, call) {
    const before = await this.threadMs();
    await this.time(seconds, call);
    return await this.threadMs() - before;
  }

  /** The CPU time of the page's main thread so far, in milliseconds. */
  async threadMs() {
    const { metrics } = await this.session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'ThreadTime').value;
  }

  async close() {
    await this.browser.close().catch(() => {});
  }
}
