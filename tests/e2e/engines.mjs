/**
 * The page in Firefox and WebKit: it starts, draws, trains, keeps weights and survives a crash, with the digits and losses of
 * Chromium; and where the browser lacks something, it says what that costs. The npm package that is in pkg/ draws there, too.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { broken } from './crash.mjs';
import * as firefox from './engines/firefox.mjs';
import { EngineTab, recordedHost } from './engines/tab.mjs';
import * as webkit from './engines/webkit.mjs';
import { DIST } from './environment.mjs';
import { parseWeights } from './files.mjs';
import { ISOLATED } from './host.mjs';
import { site } from './package/site.mjs';
import { difference } from './pictures.mjs';
import { Tab } from './tab.mjs';
import { DRAW, TINY, giveDigits } from './trained.mjs';

const STEPS = 20;
const SETTINGS = { ...TINY, 'Stop after': STEPS };
/** Losses may differ in the last bits: not every engine multiplies and adds in one (relaxed SIMD). */
const NEAR = 1e-5;

/** The losses since a mark, one for each step. @param {Tab} tab */
const losses = async (tab, since) => (await tab.events('training', since)).flatMap((event) => event.losses.map(([, loss]) => loss));

/** What Chromium draws and learns on this host. @param {string} base */
async function inChromium(base) {
  const tab = await Tab.open({ base, query: '?device=cpu' });
  await tab.ready();
  const { fingerprint } = await tab.generate(DRAW);
  await giveDigits(tab);
  const since = await tab.trainToEnd(SETTINGS);
  const learned = await losses(tab, since);
  await tab.close();
  return { fingerprint, losses: learned };
}

/** The digits of examples/element/, once the package has drawn all of them. @param {Tab} tab */
async function ofElements(tab) {
  await tab.until('four digits', () => window.e2e.events.filter(({ type }) => type === 'sampled').length === 4);
  return (await tab.events('sampled')).map(({ labels: [label], pixels }) => ({ label, pixels }));
}

/** What Chromium draws there. @param {string} base */
async function elementsInChromium(base) {
  const tab = await Tab.open({ base });
  const digits = await ofElements(tab);
  await tab.close();
  return digits;
}

/** What the browser has, whatever its version. @param {Tab} tab */
const abilities = (tab) => tab.page.evaluate(() => ({
  files: Boolean(navigator.storage?.getDirectory),
  sharedMemory: typeof SharedArrayBuffer === 'function',
  threads: Math.min(navigator.hardwareConcurrency, 4),
}));

export default function engines(topic) {
  /** @type {Promise<Awaited<ReturnType<typeof recordedHost>>> | undefined} */
  let started;
  const host = () => (started ??= recordedHost());
  /** @type {ReturnType<typeof inChromium> | undefined} */
  let reference;
  /** @type {Promise<Awaited<ReturnType<typeof recordedHost>>> | undefined} */
  let article;
  /** Another page than the project's own, with elements of the package. */
  const articleHost = () => (article ??= site('article').then((folder) => recordedHost({}, folder, 'examples/element/index.html')));
  /** @type {ReturnType<typeof elementsInChromium> | undefined} */
  let elements;

  for (const [name, engine] of Object.entries({ Firefox: firefox, WebKit: webkit })) {
    const shared = topic.shared(
      { open: async () => EngineTab.in(engine, (await host()).address) }, (/** @type {EngineTab} */ tab) => tab.ready());

    topic.test(`${name} starts, says what it lacks, and draws Chromium's digits`, async () => {
      const tab = await shared();
      reference ??= inChromium((await host()).address);
      const { fingerprint } = await reference;
      const { kind, line } = await tab.device();
      assert.equal(kind, 'cpu');
      assert.match(line, /WebGPU.*(The CPU is used instead, which takes longer|the CPU itself is much faster)\./);
      const { files, threads } = await abilities(tab);
      const facts = await tab.hiddenText('device-facts');
      assert.match(facts, new RegExp(`Threads1, because this host sends no isolation headers; with them the page would use ${threads}`));
      await tab.next('runs', 0);
      const note = await tab.hiddenText('runs-note');
      assert.match(note, files ? /^Kept in this browser/ : /^This browser keeps no runs.*no file system for pages.*download its weights/);
      assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
    }, { seconds: 240 });

    topic.test(`${name} trains ${STEPS} steps with Chromium's losses, pauses, and loads the weights that it has saved`, async () => {
      const tab = await shared();
      const shipped = (await reference).fingerprint;
      await giveDigits(tab);
      const since = await tab.mark();
      await tab.train(SETTINGS);
      await tab.press('Pause');
      await tab.state('paused');
      assert.ok((await losses(tab, since)).length < STEPS, 'paused on the way');
      await tab.press('Resume');
      await tab.until('the last step', (steps) => document.body.dataset.state === 'paused'
        && document.getElementById('training').dataset.step === String(steps), STEPS);
      const found = await losses(tab, since);
      const expected = (await reference).losses;
      assert.equal(found.length, STEPS);
      const off = Math.max(...found.map((loss, step) => Math.abs(loss - expected[step])));
      assert.ok(off < NEAR, `losses are off by up to ${off}`);
      assert.ok(await tab.page.evaluate(() => Boolean(document.querySelector('#loss-chart canvas'))), 'the losses are plotted');

      const { fingerprint } = await tab.generate(DRAW);
      const file = await tab.download();
      assert.equal(JSON.parse(parseWeights(file.bytes).header.__metadata__.ddpm).step, STEPS);
      await tab.press('Reset');
      // Where the browser keeps no runs it asks first.
      if (!(await abilities(tab)).files) await tab.press('Really reset?');
      await tab.state('ready');
      assert.equal((await tab.generate(DRAW)).fingerprint, shipped, 'Reset returns to the weights of before');
      await tab.load(file);
      assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint, 'the weights draw what they drew');
    }, { seconds: 120 });

    topic.test(`${name} shows a crash, and restarts`, async () => {
      const tab = await shared();
      const { address, instead } = await host();
      instead['page-cpu.js'] = broken(await readFile(join(DIST, 'page-cpu.js'), 'utf8'), 'command', 'Error');
      try {
        await tab.goto(address);
        await tab.ready();
      } finally {
        delete instead['page-cpu.js'];
      }
      await tab.next('runs', 0);
      await sleep(300);
      assert.equal(await tab.page.evaluate(() => scrollY), 0, 'a run that can go on is offered without scrolling there');
      await tab.press('Generate');
      await tab.firstTrue(() => document.body.dataset.state === 'error', undefined, 20_000);
      await tab.page.evaluate(() => { window.e2e.crash = ''; });
      const report = await tab.page.evaluate(() => document.getElementById('crash-report').value);
      assert.match(report, /broken on purpose/);
      assert.match(report, new RegExp(`${name}/`), 'names the browser');
      const { files } = await abilities(tab);
      assert.match(await tab.text('crash'), files ? /is in the list of runs/ : /is lost, because this browser keeps no runs/);
      await tab.press('Restart');
      await tab.ready();
      assert.equal((await tab.generate(DRAW)).fingerprint, (await reference).fingerprint);
    });

    topic.test(`${name} on a host that isolates the page: more threads if it shares memory, the same digits`, async () => {
      const tab = await shared();
      const isolated = await recordedHost(ISOLATED);
      await tab.goto(isolated.address);
      await tab.ready();
      const { sharedMemory, threads } = await abilities(tab);
      const told = sharedMemory
        ? `Threads${threads}`
        : `Threads1, because this browser lets threads share no memory (SharedArrayBuffer); with it the page would use ${threads}`;
      await tab.until(told, (text) => document.getElementById('device-facts').textContent.endsWith(text), told);
      assert.equal((await tab.generate(DRAW)).fingerprint, (await reference).fingerprint);
      isolated.close();
    });

    topic.test(`${name} draws Chromium's digits with the npm package, in another page`, async () => {
      const { address } = await articleHost();
      const tab = await shared();
      await tab.goto(address);
      const found = await ofElements(tab);
      elements ??= elementsInChromium(address);
      for (const [index, { label, pixels }] of (await elements).entries()) {
        assert.equal(found[index].label, label);
        const apart = difference(found[index].pixels, pixels);
        assert.ok(apart < 1, `digit ${index}: mean difference ${apart} of 255`);
      }
    }, { seconds: 120 });
  }

  topic.test('a file that two modules of the worker import is missing, which Firefox says to no one', async () => {
    const { address, instead } = await host();
    instead['www/worker/download.js'] = null;
    const tab = await topic.open({ open: async () => EngineTab.in(firefox, address) });
    await tab.state('error');
    assert.match(await tab.text('crash'), /worker\/download\.js is missing on this host: it answered with HTTP 404/);
    delete instead['www/worker/download.js'];
    await tab.press('Try again');
    await tab.ready();
  });

  topic.test('over plain http the page trains, on one thread and without keeping runs, and says so', async () => {
    const { address } = await host();
    const tab = await topic.open({ open: async () => EngineTab.in(firefox, address.replace('localhost', firefox.PLAIN)) });
    await tab.ready();
    assert.equal(await tab.page.evaluate(() => isSecureContext), false);
    assert.match(await tab.hiddenText('device-facts'), /Threads1, because the page came over plain http; over https/);
    await giveDigits(tab);
    await tab.trainToEnd({ ...TINY, 'Stop after': 2 });
    assert.match(await tab.text('runs-note'), /keeps no runs for this page: the page came over plain http/);
  });
}
