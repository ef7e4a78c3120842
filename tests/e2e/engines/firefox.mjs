/** Firefox as it is installed, driven over WebDriver BiDi. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const FIREFOX = process.env.FIREFOX || '/usr/bin/firefox-esr';

/** A name of this machine that Firefox, unlike `localhost`, does not take for a secure one. */
export const PLAIN = 'plain.test';

/** @param {string} downloads the folder for downloads, which begin without a question */
const preferences = (downloads) => ({
  'browser.download.folderList': 2,
  'browser.download.dir': downloads,
  'browser.download.always_ask_before_handling_new_types': false,
  'network.dns.localDomains': PLAIN,
});

/** The selector of what an XPath names. @param {string} path */
const selector = (path) => `::-p-xpath(${path})`;

/** @type {import('./tab.mjs').Engine['start']} */
export async function start(look) {
  const downloads = await mkdtemp(join(tmpdir(), 'ddpm-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: FIREFOX, headless: true, extraPrefsFirefox: preferences(downloads),
    // The first start of a browser that has never run can take minutes on a busy machine.
    timeout: 120_000,
  });
  const page = await browser.newPage();
  await page.setViewport(look);
  const found = async (path) => {
    const element = await page.waitForSelector(selector(path));
    await element.evaluate((node) => node.scrollIntoView({ block: 'center', behavior: 'instant' }));
    return element;
  };
  return {
    downloads,
    goto: (address) => page.goto(address),
    evaluate: (check, argument) => page.evaluate(check, argument),
    // Unlike an element's own, this click waits until the element stands still.
    click: (path) => page.locator(selector(path)).click(),
    async fill(path, text) {
      const field = await found(path);
      await field.click({ count: 3 });
      await field.type(text);
    },
    choose: async (path, value) => void (await (await found(path)).select(value)),
    give: async (path, files) => (await page.waitForSelector(selector(path))).uploadFile(...files),
    screenshot: ({ path }) => page.screenshot({ path }),
    async close() {
      await browser.close();
      await rm(downloads, { recursive: true, force: true });
    },
  };
}
