/**
 * End-to-end tests: the built page in Chromium, driven like a user would. The topic `engines`, which runs when it is named, has
 * the page in Firefox and WebKit as well.
 *
 *     node tests/e2e/run.mjs [TOPIC…]
 *
 * E2E_BASE is the page's address (ends in a slash); without it dist/ is served from here. CHROME is the
 * browser. E2E_BENCH=1 also takes the slow figures. Screenshots and figures.json go to target/e2e/. The
 * last line is `N passed, N failed`; the exit code is 1 where a test failed.
 *
 * A topic is a module whose default export is called with a `Topic` (below).
 */

import { mkdir } from 'node:fs/promises';
import { closeBrowsers } from './browser.mjs';
import { OUT } from './environment.mjs';
import { writeFigures } from './figures.mjs';
import { Tab } from './tab.mjs';

/** All topics of Chromium, in the order in which they run. Those that measure times run while no other page is open. */
const TOPICS = [
  'start', 'tools', 'present', 'generate', 'live', 'save', 'settings', 'samplers', 'watch', 'edit', 'understand', 'measure', 'train', 'charts',
  'own_images', 'runs', 'lifecycle', 'weights', 'failed_start',
  'bad_files', 'other_programs', 'bad_numbers', 'no_webgpu', 'programs', 'threads', 'crash', 'device_loss', 'monkey', 'host', 'offline',
  'layout', 'keyboard', 'responsive', 'webgpu', 'bench',
];
/** Topics that only run when they are named, because they need other browsers or tools. */
const OTHERS = ['engines', 'package'];
const SECONDS = 60;

/**
 * A tab: what the option `open` returns, by which a topic opens one in another browser; else see `Tab.open` for the options.
 * @param {Parameters<typeof Tab.open>[0] & { open?: () => Promise<Tab> }} [options]
 */
const opened = (options) => (options?.open ? options.open() : Tab.open(options));

/** Passed to a topic's module, which declares its tests with it. */
class Topic {
  tests = [];
  #open = new Set();
  #shared = [];

  constructor(name) {
    this.name = name;
  }

  /** Declare a test. */
  test(name, body, { seconds = SECONDS } = {}) {
    this.tests.push({ name, body, seconds });
  }

  /** Open a page, which is closed after the test. See `opened` for the options. */
  async open(options) {
    const tab = await opened(options);
    this.#open.add(tab);
    return tab;
  }

  /**
   * A page for all tests of the topic, opened when first asked for, and anew after a failure.
   * `prepare` gets the fresh tab.
   */
  shared(options = {}, prepare = async () => {}) {
    const entry = { tab: undefined };
    this.#shared.push(entry);
    return async () => {
      if (!entry.tab) {
        entry.tab = await opened(options);
        await prepare(entry.tab);
      }
      return entry.tab;
    };
  }

  get tabs() {
    return [...this.#open, ...this.#shared.flatMap(({ tab }) => tab ?? [])];
  }

  async close(sharedToo) {
    const closing = sharedToo ? this.tabs : [...this.#open];
    this.#open.clear();
    if (sharedToo) for (const entry of this.#shared) entry.tab = undefined;
    await Promise.all(closing.map((tab) => tab.close()));
  }
}

/** Run one test; returns the error, or null. */
async function attempt(topic, { body, seconds }) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([body(), late]);
    // An error in the console fails any test, whatever it is about.
    const complaints = (await Promise.all(topic.tabs.map((tab) => tab.complaints()))).flat();
    if (complaints.length > 0) throw new Error(`the console complains:\n${complaints.join('\n')}`);
    return null;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

async function evidence(topic, index) {
  for (const [n, tab] of topic.tabs.entries()) {
    const name = `failed-${topic.name}-${index + 1}${n ? `-${n}` : ''}`;
    console.log(await tab.evidence(name).catch((error) => `      (no evidence: ${error.message})`));
  }
}

await mkdir(OUT, { recursive: true });
const asked = process.argv.slice(2);
const began = Date.now();
let passed = 0;
const failed = [];
try {
  const topics = asked.length === 0 ? TOPICS : [...TOPICS, ...OTHERS].filter((topic) => asked.includes(topic));
  for (const name of topics) {
    const topic = new Topic(name);
    (await import(`./${name}.mjs`)).default(topic);
    for (const [index, test] of topic.tests.entries()) {
      const start = Date.now();
      const wrong = await attempt(topic, test);
      const label = `${name}: ${test.name} (${((Date.now() - start) / 1000).toFixed(1)} s)`;
      console.log(`${wrong ? 'FAIL' : 'ok  '}  ${label}`);
      if (wrong) {
        failed.push(label);
        console.log(String(wrong.stack ?? wrong).replace(/^/gm, '      '));
        await evidence(topic, index);
      } else {
        passed += 1;
      }
      await topic.close(Boolean(wrong));
    }
    await topic.close(true);
  }
} finally {
  await closeBrowsers();
  await writeFigures(asked.length > 0);
}
for (const label of failed) console.log(`failed: ${label}`);
console.log(`took ${((Date.now() - began) / 1000).toFixed(0)} s; screenshots and figures are in target/e2e`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 || passed === 0 ? 1 : 0);
