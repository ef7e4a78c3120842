/**
 * A topic's tests in a process of their own, which run.mjs starts: `topic.mjs NAME`. The topic is a module whose default export is
 * called with a `Topic`. It prints a line for each test, and a failed test's error and evidence. The process that started it is
 * sent an `Outcome`.
 *
 * @typedef {object} Outcome
 * @property {number} passed how many tests
 * @property {string[]} failed the names of the others, each with the beginning of its error
 * @property {Record<string, unknown>} figures
 */

import { closeBrowsers } from './browser.mjs';
import { PATIENCE } from './environment.mjs';
import { figures } from './figures.mjs';
import { Tab } from './tab.mjs';

const SECONDS = 60;
/** How many characters of an error a summary shows. */
const SUMMARY = 400;

/**
 * A tab: what the option `open` returns, by which a topic opens one in another browser; else see `Tab.open` for the options.
 * @param {Parameters<typeof Tab.open>[0] & { open?: () => Promise<Tab> }} [options]
 */
const opened = (options) => (options?.open ? options.open() : Tab.open(options));

/** Passed to a topic's module, which declares its tests with it. */
export class Topic {
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
async function attempt(topic, test) {
  const seconds = test.seconds * PATIENCE;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([test.body(), late]);
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

/** @param {string} name @returns {Promise<Outcome>} */
async function run(name) {
  const outcome = { passed: 0, failed: [], figures };
  const topic = new Topic(name);
  (await import(`./${name}.mjs`)).default(topic);
  for (const [index, test] of topic.tests.entries()) {
    const start = Date.now();
    const wrong = await attempt(topic, test);
    const label = `${name}: ${test.name} (${((Date.now() - start) / 1000).toFixed(1)} s)`;
    console.log(`${wrong ? 'FAIL' : 'ok  '}  ${label}`);
    if (wrong) {
      outcome.failed.push(`${label}: ${String(wrong.message ?? wrong).replace(/\s+/g, ' ').slice(0, SUMMARY)}`);
      console.log(String(wrong.stack ?? wrong).replace(/^/gm, '      '));
      await evidence(topic, index);
    } else {
      outcome.passed += 1;
    }
    await topic.close(Boolean(wrong));
  }
  await topic.close(true);
  return outcome;
}

// Nobody waits for a result when the process that started this one has gone.
process.once('disconnect', () => process.exit(1));
try {
  const outcome = await run(process.argv[2]);
  await new Promise((resolve) => { process.send?.(outcome, resolve); });
} finally {
  await closeBrowsers();
}
// A server of the tests would keep the process.
process.exit();
