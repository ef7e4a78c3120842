/** Chromium, one process for each set of flags, started when first needed. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { BASE, CHROME } from './environment.mjs';

const ALWAYS = [
  '--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
/**
 * `plain` also admits a software adapter, on a machine without a GPU; the page then prefers the CPU by itself.
 * `webgpu` is for drawing with that adapter. A canvas can show its textures only if Chromium composes the page through
 * the same software Vulkan; without these flags the first frame loses the device.
 */
const FLAGS = {
  plain: ['--enable-unsafe-webgpu'],
  webgpu: [
    '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader',
  ],
  'no-webgpu': ['--disable-features=WebGPU'],
  // For a test that kills the GPU process, which all pages of a browser share.
  doomed: ['--enable-unsafe-webgpu'],
  // As visitors have it, see `joined`.
  visitor: ['--enable-unsafe-webgpu'],
};

/** @type {Map<string, Promise<import('playwright-core').Browser>>} */
const running = new Map();

/**
 * The browser after a first request for an adapter: its GPU process begins only then, which takes longer on a busy machine
 * than the page waits for an adapter.
 * @param {import('playwright-core').Browser} fresh
 */
async function warmed(fresh) {
  const page = await (fresh.contexts()[0] ?? fresh).newPage();
  page.setDefaultNavigationTimeout(120_000);
  // Not the page itself, but of its origin, because only secure origins have WebGPU.
  await page.goto(`${BASE}www/style.css`);
  await page.evaluate(() => navigator.gpu?.requestAdapter().catch(() => null).then(() => undefined));
  await page.close();
  return fresh;
}

/**
 * Chromium as it runs for visitors, which Playwright only joins. The browsers that Playwright starts show every page as visible
 * and never throttle, freeze or keep one to go back to. Here a page behind another one is hidden. All pages are of the browser's
 * own context.
 * @param {string[]} flags
 */
async function joined(flags) {
  const profile = await mkdtemp(join(tmpdir(), 'ddpm-e2e-'));
  const child = spawn(CHROME, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    child.once('exit', () => reject(new Error(`Chromium does not start: ${said}`)));
  });
  const fresh = await chromium.connectOverCDP(address, { noDefaults: true });
  // Playwright ends what it has started itself.
  process.once('exit', () => child.kill());
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  // Playwright's own `close` would leave the browser running.
  fresh.close = async () => {
    const session = await fresh.newBrowserCDPSession();
    await session.send('Browser.close').catch(() => {});
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return fresh;
}

/** @param {keyof typeof FLAGS} kind */
export function browser(kind) {
  let started = running.get(kind);
  if (!started) {
    const flags = [...ALWAYS, ...FLAGS[kind]];
    started = (kind === 'visitor' ? joined(flags) : chromium.launch({ executablePath: CHROME, args: flags })).then(warmed);
    running.set(kind, started);
  }
  return started;
}

/** @param {keyof typeof FLAGS} kind */
export async function closeBrowser(kind) {
  const started = running.get(kind);
  running.delete(kind);
  await (await started)?.close();
}

export async function closeBrowsers() {
  await Promise.all([...running.keys()].map(closeBrowser));
}
