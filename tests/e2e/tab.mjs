/** A browser tab with the page, driven as a visitor would: by labels, buttons and states. */

import assert from 'node:assert/strict';
import { browser } from './browser.mjs';
import { BASE, OUT, PATIENCE } from './environment.mjs';
import { recorder } from './recorder.mjs';

export const DESKTOP = { width: 1440, height: 900 };
const WAIT_MS = 45_000;

export class Tab {
  /** Errors in the console, thrown by the page or by its worker. @type {string[]} */
  #complaints = [];
  /** What is closed with the tab: its profile, or its page where others share that. @type {{ close: () => Promise<void> }} */
  #closed;
  /** Every address that the page has requested. @type {string[]} */
  requested = [];

  /**
   * Open the page in a fresh profile.
   *
   * @param {object} [options]
   * @param {string} [options.query] e.g. `?device=cpu`
   * @param {string} [options.base] another address than the served page's
   * @param {'plain' | 'webgpu' | 'no-webgpu' | 'doomed' | 'visitor'} [options.flags] the browser; the pages of `visitor` share a profile
   * @param {Tab} [options.beside] a tab of the same visitor
   * @param {(page: import('playwright-core').Page) => Promise<unknown>} [options.before] runs before the page loads
   * @param {boolean} [options.offline] with the page's service worker. Without it, requests that a test answers itself are the page's own.
   */
  static async open({ query = '', base = BASE, flags = 'plain', beside, offline = false, before } = {}) {
    const tab = new Tab();
    const started = await browser(flags);
    const shared = beside?.context ?? (flags === 'visitor' ? started.contexts()[0] : undefined);
    tab.context = shared
      ?? await started.newContext({ viewport: DESKTOP, colorScheme: 'light', serviceWorkers: offline ? 'allow' : 'block' });
    tab.page = await tab.context.newPage();
    tab.#closed = shared ? tab.page : tab.context;
    tab.page.setDefaultTimeout(WAIT_MS * PATIENCE);
    // The first page of a browser that has never run can take minutes to open on a busy machine.
    tab.page.setDefaultNavigationTimeout(120_000);
    tab.page.on('console', (message) => {
      if (message.type() === 'error') tab.#complaints.push(`console: ${message.text()} (${message.location().url})`);
    });
    tab.page.on('pageerror', (error) => tab.#complaints.push(`page: ${error.stack ?? error}`));
    tab.page.on('request', (request) => tab.requested.push(request.url()));
    // Playwright blocks service workers in contexts of its own only.
    if (flags === 'visitor' && !offline) await tab.page.addInitScript(() => { navigator.serviceWorker.register = async () => undefined; });
    await tab.page.addInitScript(recorder);
    await before?.(tab.page);
    // A GPU that is a program on a busy machine may be busy with the page of the test before.
    const patient = query.includes('device=webgpu') && !query.includes('patience') ? '&patience=60' : '';
    await tab.page.goto(base + query + patient);
    return tab;
  }

  /** The errors since the last call. A test that expects some takes them away, so that the run does not fail over them. */
  complaints() {
    return this.#complaints.splice(0);
  }

  async close() {
    await this.#closed.close();
  }

  /** Evidence of a failure: a screenshot, and the worker's last events as text. @param {string} name of the screenshot */
  async evidence(name) {
    await this.page.screenshot({ path: `${OUT}/${name}.png`, fullPage: true, timeout: 5000 });
    const last = await this.page.evaluate(() =>
      window.e2e.events.slice(-6).map((event) => JSON.stringify(event).slice(0, 300)));
    const state = await this.page.evaluate(() => document.body.dataset.state);
    return [`state ${state}, the worker's last events:`, ...last].join('\n').replace(/^/gm, '      ');
  }

  // Waiting

  /**
   * Wait until `check`, which runs in the page, returns something true; a crash of the worker ends the wait.
   * @param {string} what is waited for, for the error message
   */
  async until(what, check, argument, timeout = WAIT_MS) {
    const watched = `(argument) => window.e2e.crash ? { crash: window.e2e.crash } : (${check})(argument)`;
    // eslint-disable-next-line no-eval
    const value = await this.firstTrue((0, eval)(watched), argument, timeout * PATIENCE).catch((error) => {
      throw new Error(`waited in vain for ${what}: ${error.message.split('\n')[0]}`);
    });
    assert.ok(!value?.crash, `the worker crashed while waiting for ${what}: ${value?.crash}`);
    return value;
  }

  /** What a function that runs in the page returns, once that is true. @param {number} timeout in milliseconds */
  async firstTrue(check, argument, timeout) {
    const handle = await this.page.waitForFunction(check, argument, { timeout, polling: 30 });
    const value = await handle.jsonValue();
    // Until then the page keeps what the handle names, an event with its pixels for instance.
    await handle.dispose();
    return value;
  }

  /** Wait for one of these states. @param {...string} states */
  async state(...states) {
    await this.until(`state ${states.join(' or ')}`, (wanted) => wanted.includes(document.body?.dataset.state), states);
  }

  /** Wait until the page has loaded everything; with `weights` false, a page without weights is ready as well. */
  async ready({ weights = true } = {}) {
    await this.until(
      weights ? 'a ready page with weights' : 'a ready page',
      (needed) => document.body?.dataset.state === 'ready'
        && document.getElementById('stage')?.dataset.curtain !== 'loading'
        && (!needed || document.getElementById('generate')?.disabled === false),
      weights,
    );
  }

  /** The number of events so far. Passed to `next` or `events`, it leaves out those before. */
  mark() {
    return this.page.evaluate(() => window.e2e.events.length);
  }

  /** All events of a type since a mark. @param {string} type */
  events(type, since = 0) {
    return this.page.evaluate(
      ([wanted, from]) => window.e2e.events.slice(from).filter((event) => event.type === wanted), [type, since]);
  }

  /** Wait for the first event of a type since a mark; a refusal that comes before it is an error. @param {string} type */
  async next(type, since, timeout = WAIT_MS) {
    const event = await this.until(
      `the event ${type}`,
      ([wanted, from]) => window.e2e.events.slice(from).find((e) => e.type === wanted || e.type === 'refused'),
      [type, since], timeout,
    );
    assert.equal(event.type, type, `refused: ${event.message}`);
    return event;
  }

  // Doing

  /** A button of any tool. @param {string} name accessible name */
  button(name) {
    return this.page.getByRole('button', { name, exact: true, includeHidden: true });
  }

  /** Show a tool. @param {'draw' | 'edit' | 'train' | 'understand' | 'measure' | 'weights'} tool */
  tool(tool) {
    return this.page.locator(`.tools a[href="#${tool}"]`).click();
  }

  /** Show the tool that has this control, as a visitor would who looks for it. @param {import('playwright-core').Locator} control */
  async reach(control) {
    const tool = await control.evaluate((node) => node.closest('[data-tool][hidden]')?.getAttribute('data-tool'));
    if (tool) await this.tool(tool);
  }

  /** Press a button, once it is enabled. @param {string} name */
  press(name) {
    return this.click(this.button(name));
  }

  /** Click something that is in the page once. @param {import('playwright-core').Locator} control */
  async click(control) {
    await this.reach(control);
    await control.click();
  }

  /** Check a box or choose one of several, or take the check away. @param {string} label */
  async check(label, on = true) {
    const box = this.page.getByLabel(label, { exact: true });
    await this.reach(box);
    await box.setChecked(on);
  }

  /**
   * Fill in fields by their labels. `timeout`: milliseconds that each may take to be visible.
   * @param {Record<string, string | number>} values @param {{ timeout?: number }} [limit]
   */
  async fill(values, limit) {
    for (const [label, value] of Object.entries(values)) {
      const field = this.page.getByLabel(label, { exact: true });
      await this.reach(field);
      const folded = this.page.locator('details:not([open])').filter({ has: field });
      if (await folded.count()) await folded.locator('> summary').click(limit);
      const isSelect = await field.evaluate((node) => node instanceof HTMLSelectElement);
      await (isSelect ? field.selectOption(String(value), limit) : field.fill(String(value), limit));
    }
  }

  /** Give files through the file input. @param {Array<{ name: string, bytes: Uint8Array }>} files */
  give(...files) {
    return this.page.getByLabel('Load weights', { exact: true }).setInputFiles(
      files.map(({ name, bytes }) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) })));
  }

  /** Load sound weights, and switch the preset where the page asks. */
  async load(file) {
    const since = await this.mark();
    await this.give(file);
    const answer = await this.until(
      'an answer to the weights',
      (from) => window.e2e.events.slice(from).find((e) => ['model', 'other_preset', 'refused'].includes(e.type)), since);
    assert.notEqual(answer.type, 'refused', answer.message);
    if (answer.type === 'other_preset') {
      await this.press(`Switch to ${answer.offered}`);
      await this.next('model', since);
    }
  }

  /** Generate and wait for the digits; returns the event `sampled`. */
  async generate({ count = 4, steps = 8, seed = 7 } = {}, timeout = WAIT_MS) {
    await this.fill({ Digits: count, Steps: steps, Seed: seed });
    const since = await this.mark();
    await this.press('Generate');
    const sampled = await this.next('sampled', since, timeout);
    await this.state('ready', 'paused');
    return sampled;
  }

  /** Begin to train and wait until it does. @param {Record<string, string | number>} settings by label */
  async train(settings) {
    await this.fill(settings);
    const since = await this.mark();
    await this.press('Train');
    await this.until('the state training', (from) => window.e2e.events.slice(from)
      .some((e) => (e.type === 'state' && e.state === 'training') || e.type === 'refused'), since);
    // A loss that is not finite pauses the training at once, so the state is looked for among the events.
    const began = (await this.events('state', since)).some(({ state }) => state === 'training');
    const [refused] = await this.events('refused', since);
    assert.ok(began, refused?.message);
  }

  /** Train and wait until it stops by itself; returns a mark from before. */
  async trainToEnd(settings, timeout = WAIT_MS) {
    const since = await this.mark();
    await this.train(settings);
    await this.until('the end of the training', (from) => {
      const states = window.e2e.events.slice(from).filter((e) => e.type === 'state').map((e) => e.state);
      return states.includes('training') && states.at(-1) === 'paused';
    }, since, timeout);
    return since;
  }

  /** Have the page see what it sees when another tab comes to the front. */
  hide() {
    return this.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      delete document.visibilityState;
    });
  }

  // Looking

  /** The text of an element. @param {string} id */
  text(id) {
    return this.page.locator(`#${id}`).innerText();
  }

  /** Wait for the notice in a panel; returns the refusal's code and the text. @param {'generate' | 'edit' | 'measure' | 'train' | 'weights'} panel */
  async alert(panel) {
    // While a file is fetched a notice says so: what comes of it takes its place.
    const place = this.page.locator(`#notice-${panel}[role=alert]:not([data-code=fetching])`);
    await place.locator('p').waitFor({ state: 'visible' });
    return { code: await place.getAttribute('data-code'), text: await place.locator('p').innerText() };
  }

  /**
   * The samplers that the page offers, as Rust describes them (`SamplerInfo` in www/protocol.d.ts), in the list's order.
   * @returns {Promise<Array<{ kind: string, title: string, steps: number, settings: string[] }>>}
   */
  async samplers() {
    const [{ samplers }] = (await this.events('samplers')).slice(-1);
    assert.ok(samplers.length > 0, 'the page offers samplers');
    return samplers;
  }

  /** The device as `body[data-device]` names it, and the reason that the page gives for it. */
  async device() {
    await this.until('a device', () => document.body.dataset.device);
    return { kind: await this.page.evaluate(() => document.body.dataset.device), line: await this.text('device-line') };
  }
}
