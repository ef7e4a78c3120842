/** A contender's page, in a browser of its own: one that falls takes nobody with it. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HARNESS = fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), 'page/harness.js'), 'utf8');
/** As the end-to-end tests have them. `--enable-unsafe-webgpu` admits the software adapter of a machine without a GPU. */
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--enable-unsafe-webgpu',
];

/** Flags for WebGPU where there is no GPU. */
export const SOFTWARE = ['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'];

export class Tab {
  /**
   * @param {string} url
   * @param {string[]} flags beside the usual ones
   * @param {() => void} before runs in the page before its own scripts
   */
  static async open(url, flags, before = () => {}) {
    const tab = new Tab();
    tab.browser = await chromium.launch({ executablePath: process.env.CHROME ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });
    tab.version = tab.browser.version();
    tab.page = await tab.browser.newPage();
    tab.complaints = [];
    tab.fallen = new Promise((resolve, reject) => {
      tab.page.on('crash', () => reject(new Error('the page crashed')));
      tab.page.on('pageerror', (error) => reject(error));
    });
    tab.fallen.catch(() => {});
    tab.page.on('console', (message) => {
      if (message.type() === 'error' && tab.complaints.length < 20) tab.complaints.push(message.text().slice(0, 400));
    });
    tab.session = await tab.page.context().newCDPSession(tab.page);
    await tab.session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await tab.page.addInitScript(HARNESS);
    await tab.page.addInitScript(before);
    await tab.page.goto(url);
    return tab;
  }

  /** What the function gives in the page, or an error after so many seconds. */
  async evaluate(seconds, run, argument) {
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1000);
    });
    try {
      return await Promise.race([this.page.evaluate(run, argument), this.fallen, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Once the first forward pass is done: what `init` told, and when it was. */
  ready(seconds) {
    return this.evaluate(seconds, () => window.harness.ready);
  }

  /** What is known of the outputs: see page/files.js. */
  check(seconds, training) {
    return this.evaluate(seconds, (training) => window.harness.check(training), training);
  }

  /** Milliseconds of a call. */
  time(seconds, call) {
    return this.evaluate(seconds, (call) => window.harness.time(...call), call);
  }

  /** What a call asks WebGPU for. */
  trace(seconds, call) {
    return this.evaluate(seconds, (call) => window.harness.trace(...call), call);
  }

  /** The CPU time in ms that a call costs the page's own thread: the rest is the GPU's. */
  async spend(seconds, call) {
    const before = await this.threadMs();
    await this.time(seconds, call);
    return await this.threadMs() - before;
  }

  /** CPU time of the page's main thread. */
  async threadMs() {
    const { metrics } = await this.session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'ThreadTime').value;
  }

  async close() {
    await this.browser.close().catch(() => {});
  }
}
