/** Chromium, one process for each set of flags, started when first needed. */

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
};

/** @type {Map<string, Promise<import('playwright-core').Browser>>} */
const running = new Map();

/**
 * The browser after a first request for an adapter: its GPU process begins only then, which takes longer on a busy machine
 * than the page waits for an adapter.
 * @param {import('playwright-core').Browser} fresh
 */
async function warmed(fresh) {
  const page = await fresh.newPage();
  page.setDefaultNavigationTimeout(120_000);
  // Not the page itself, but of its origin, because only secure origins have WebGPU.
  await page.goto(`${BASE}www/style.css`);
  await page.evaluate(() => navigator.gpu?.requestAdapter().catch(() => null).then(() => undefined));
  await page.close();
  return fresh;
}

/** @param {keyof typeof FLAGS} kind */
export function browser(kind) {
  let started = running.get(kind);
  if (!started) {
    started = chromium.launch({ executablePath: CHROME, args: [...ALWAYS, ...FLAGS[kind]] }).then(warmed);
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
