/**
 * The worker pool: on a host that isolates the page, several threads compute on the CPU. Digits and losses are those of
 * one thread, on which the page computes on any other host.
 */

import assert from 'node:assert/strict';
import { DIST } from './environment.mjs';
import { ISOLATED, serve } from './host.mjs';
import { DRAW, TINY, giveDigits } from './trained.mjs';

const CPU = '?device=cpu';
const HELPER = 'www/worker/helper.js';
const WEIGHTS = 'www/weights/small.safetensors';

/**
 * Open the page on a host that isolates it.
 * @param {import('./topic.mjs').Topic} topic
 * @param {Record<string, string>} [instead] texts of files that are not those of the page
 */
async function isolated(topic, instead = {}) {
  const host = await serve(DIST, '/', ISOLATED, instead);
  const tab = await topic.open({ base: host.address, query: CPU });
  await tab.ready({ weights: !(WEIGHTS in instead) });
  return tab;
}

/** Wait until the device panel names so many threads. */
const threads = (tab, count) => tab.until(`${count} threads`, (wanted) => {
  const said = window.e2e.events.filter((event) => event.type === 'device').at(-1)?.name ?? '';
  return Number(/(\d+) threads/.exec(said)?.[1] ?? 1) === wanted;
}, count);

/** How many threads compute on this machine at most. */
const possible = async (tab) => Math.min(await tab.page.evaluate(() => navigator.hardwareConcurrency), 4);

async function losses(tab) {
  await giveDigits(tab);
  const since = await tab.mark();
  await tab.trainToEnd({ ...TINY, 'Stop after': 12 });
  return (await tab.events('training', since)).flatMap((event) => event.losses.map(([, loss]) => loss));
}

export default function workerPool(topic) {
  /** The digits and losses of one thread. */
  let single;

  topic.test('one thread on a plain host, and the device panel says why', async () => {
    const host = await serve(DIST);
    const tab = await topic.open({ base: host.address, query: CPU });
    await tab.ready();
    assert.match(await tab.page.locator('#device-facts').textContent(), /one thread.*Threads1, because this host sends no isolation headers; with them the page would use \d/s);
    single = { drawn: await tab.generate(DRAW), losses: await losses(tab) };
    assert.equal(single.losses.length, 12);
    assert.ok(!tab.requested.some((url) => url.includes('helper.js')));
  });

  topic.test('several threads draw the same digits and have the same losses', async () => {
    const tab = await isolated(topic);
    const count = await possible(tab);
    assert.ok(count > 1, 'this test wants a machine with two cores');
    await threads(tab, count);
    assert.match(await tab.page.locator('#device-facts').textContent(), new RegExp(`${count} threads.*Threads${count}`, 's'));
    assert.equal((await tab.generate(DRAW)).fingerprint, single.drawn.fingerprint);
    const found = await losses(tab);
    const off = found.map((loss, step) => Math.abs(loss - single.losses[step]));
    assert.equal(found.length, 12);
    assert.ok(Math.max(...off) < 1e-4, `losses are off by ${off}`);
    await threads(tab, count);
  });

  topic.test('helper workers that fail are dropped in the middle of a drawing', async () => {
    const tab = await isolated(topic, {
      [HELPER]: `
      let first = true;
      onmessage = ({ data }) => {
        if (first) postMessage('ready');
        else { const word = new Int32Array(data.buffer, 0, 1); Atomics.store(word, 0, 2); Atomics.notify(word, 0); }
        first = false;
      };`,
    });
    await threads(tab, await possible(tab));
    assert.equal((await tab.generate(DRAW)).fingerprint, single.drawn.fingerprint);
    await threads(tab, 1);
    assert.match(await tab.page.locator('#device-facts').textContent(), /one thread/);
  });

  topic.test('helper workers start without weights too: where the default file is refused, and where there is none', async () => {
    const damaged = await isolated(topic, { [WEIGHTS]: 'damaged on its way' });
    assert.equal((await damaged.alert('weights')).code, 'not_safetensors');
    await threads(damaged, await possible(damaged));

    const host = await serve(DIST, '/', ISOLATED);
    const without = await topic.open({
      base: host.address,
      query: CPU,
      before: (page) => page.route(`**/${WEIGHTS}*`, (route) => route.fulfill({ status: 404, body: '' })),
    });
    await without.ready({ weights: false });
    await threads(without, await possible(without));
    // The browser itself notes the missing file.
    without.complaints();
  });

  topic.test('without helper workers that fail to start, one thread draws', async () => {
    const tab = await isolated(topic, { [HELPER]: 'throw new Error("no");' });
    assert.equal((await tab.generate(DRAW)).fingerprint, single.drawn.fingerprint);
    await threads(tab, 1);
    tab.complaints();
  });
}
