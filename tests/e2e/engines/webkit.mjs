/** WebKitGTK's own small browser, driven over WebDriver, on a display that nobody sees. */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Builder, By, Capabilities, until } from 'selenium-webdriver';

const DRIVER = process.env.WEBKIT_DRIVER || '/usr/bin/WebKitWebDriver';
const XVFB = process.env.XVFB || '/usr/bin/Xvfb';
const PATIENCE_MS = 120_000;

/** A port of this machine that is free now. @returns {Promise<number>} */
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close(() => resolve(port));
  });
});

/**
 * Start a program, which ends with this process at the latest.
 * @param {string} file
 * @param {string[]} options
 * @param {import('node:child_process').SpawnOptions} how
 */
function program(file, options, how) {
  const child = spawn(file, options, how);
  const end = () => child.kill();
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  const failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${file} has ended (${code ?? signal})`)));
  });
  failed.catch(() => {});
  return { child, failed, end };
}

/** A display of its own; Xvfb chooses the number and tells it. */
async function display() {
  const options = ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'];
  const { child, failed, end } = program(XVFB, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = new Promise((resolve) => {
    child.stdio[3]?.once('data', (data) => resolve(String(data).trim()));
  });
  return { name: `:${await Promise.race([number, failed])}`, end };
}

/**
 * The environment of the browser, for which a folder is its home: there it has no one's settings, and downloads to `downloads`.
 * @param {string} home @param {string} downloads @param {string} screen
 */
async function environment(home, downloads, screen) {
  const config = join(home, 'config');
  await Promise.all([mkdir(config), mkdir(downloads)]);
  await writeFile(join(config, 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  return {
    ...process.env,
    DISPLAY: screen,
    GDK_BACKEND: 'x11',
    HOME: home,
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    // The page's language is made of it: under C.UTF-8 it would be "C", which is none.
    LANG: 'en_US.UTF-8',
    LC_ALL: 'en_US.UTF-8',
    // There is nobody's assistive technology to talk to, which would take a session bus.
    NO_AT_BRIDGE: '1',
    // The sandbox needs namespaces that root and containers often do not have, and it only ever opens the page under test.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  };
}

/** The driver's address, once it answers. @param {NodeJS.ProcessEnv} env */
async function service(env) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const { failed, end } = program(DRIVER, [`--port=${port}`], { env, stdio: 'ignore' });
  const answers = async () => {
    while (!await fetch(`${address}/status`).then(({ ok }) => ok, () => false)) await sleep(50);
  };
  await Promise.race([answers(), failed]);
  return { address, end };
}

/** Give the window a content of this size. @param {import('selenium-webdriver').WebDriver} browser */
async function resize(browser, { width, height }) {
  const window = browser.manage().window();
  await window.setRect({ x: 0, y: 0, width, height });
  const [innerWidth, innerHeight] = await browser.executeScript('return [innerWidth, innerHeight]');
  await window.setRect({ x: 0, y: 0, width: 2 * width - innerWidth, height: 2 * height - innerHeight });
}

/** @type {import('./tab.mjs').Engine['start']} */
export async function start(look) {
  const home = await mkdtemp(join(tmpdir(), 'ddpm-webkit-'));
  const downloads = join(home, 'downloads');
  const screen = await display();
  const driver = await service(await environment(home, downloads, screen.name));
  const browser = await new Builder()
    .usingServer(driver.address)
    .withCapabilities(new Capabilities({ browserName: 'MiniBrowser' }))
    .build();
  await resize(browser, look);
  const located = (path) => browser.wait(until.elementLocated(By.xpath(path)), PATIENCE_MS);
  /** In the middle of the window, where nothing lies over it. */
  const found = async (path) => {
    const element = await located(path);
    await browser.executeScript('arguments[0].scrollIntoView({ block: "center", behavior: "instant" })', element);
    return element;
  };
  return {
    downloads,
    goto: (address) => browser.get(address),
    evaluate: (check, argument) => browser.executeScript(`return (${check})(arguments[0])`, argument),
    click: async (path) => (await found(path)).click(),
    async fill(path, text) {
      const field = await found(path);
      await field.clear();
      await field.sendKeys(text);
    },
    // GTK opens lists in a window of their own, which WebDriver cannot press on.
    async choose(path, value) {
      await browser.executeScript(`
        arguments[0].value = arguments[1];
        for (const name of ['input', 'change']) arguments[0].dispatchEvent(new Event(name, { bubbles: true }));
      `, await found(path), value);
    },
    give: async (path, files) => (await located(path)).sendKeys(files.join('\n')),
    screenshot: async ({ path }) => writeFile(path, await browser.takeScreenshot(), 'base64'),
    async close() {
      await browser.quit();
      driver.end();
      screen.end();
      // Its processes write until they have ended.
      await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
