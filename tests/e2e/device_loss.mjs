/**
 * The GPU fails while it draws or trains: it is destroyed, lost for no known reason, out of memory, or its process is killed. The
 * page opens it again by itself and goes on; a second failure within a minute is left to the visitor. Nothing that was drawn, trained
 * or loaded is gone.
 */

import assert from 'node:assert/strict';
import { browser, closeBrowser } from './browser.mjs';
import { crashed, forget } from './crashed.mjs';
import { parseWeights, writeWeights } from './files.mjs';
import { difference, onScreen } from './pictures.mjs';
import { TINY, comeWithTiny, giveDigits, tinyWeights } from './trained.mjs';
import { inWorker } from './worker.mjs';

const RUN = { ...TINY, 'Batch size': 4, 'Stop after': 0 };
const DRAW = { count: 1, steps: 2, seed: 7 };
const LATE = 120_000;

/** Failures that the page can have happen in the worker, by name. */
const FAILURES = `
  const request = GPUAdapter.prototype.requestDevice;
  const makeBuffer = GPUDevice.prototype.createBuffer;
  let wanted = '';
  GPUDevice.prototype.createBuffer = function (given) {
    const now = wanted;
    wanted = '';
    if (now === 'refuse') throw new RangeError("Failed to execute 'createBuffer' on 'GPUDevice': createBuffer failed, size is too large for the implementation");
    const buffer = makeBuffer.call(this, given);
    if (now === 'memory') {
      const error = new GPUOutOfMemoryError('Not enough memory left on purpose');
      queueMicrotask(() => this.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error })));
    }
    return buffer;
  };
  GPUAdapter.prototype.requestDevice = async function (given) {
    const device = await request.call(this, given);
    let lose;
    const stub = new Promise((resolve) => { lose = resolve; });
    Object.defineProperty(device, 'lost', { value: Promise.race([device.lost, stub]) });
    new BroadcastChannel('failure').onmessage = ({ data }) => {
      if (data === 'destroy') device.destroy();
      else if (data === 'lose') lose({ reason: 'unknown', message: 'lost on purpose' });
      else wanted = data;
    };
    return device;
  };
`;

/** Have the GPU fail, and wait until the page has heard of it; returns a mark from then. */
async function failing(tab, action) {
  const since = await tab.mark();
  await action();
  await tab.page.waitForFunction((from) => window.e2e.events.slice(from).some((e) => e.type === 'crash'), since, { timeout: LATE });
  await forget(tab);
  return tab.page.evaluate(() => window.e2e.events.findLastIndex((e) => e.type === 'crash') + 1);
}

/** @param {'destroy' | 'lose' | 'memory' | 'refuse'} how */
const fail = (tab, how) => failing(tab, () => tab.page.evaluate((name) => new BroadcastChannel('failure').postMessage(name), how));

/** Wait for the notice that a recovery ends with, and dismiss it. */
async function recovered(tab, panel) {
  const notice = tab.page.locator(`#notice-${panel}[data-code=recovered] p`);
  await notice.waitFor({ timeout: LATE });
  assert.ok(await tab.page.locator('#crash').isHidden());
  const text = await notice.innerText();
  await tab.page.locator(`#notice-${panel}`).getByRole('button', { name: 'Dismiss' }).click();
  return text;
}

/** Wait for training steps after this one. */
const stepsAfter = (tab, step, since) => tab.until(`steps after ${step}`, ([from, least]) => window.e2e.events.slice(from)
  .some((e) => e.type === 'training' && e.step > least), [since, step], LATE);

/** Train until there is a checkpoint; returns its step. */
async function trainAndKeep(tab) {
  const since = await tab.mark();
  await tab.train(RUN);
  await stepsAfter(tab, 1, since);
  await tab.hide();
  return tab.until('a checkpoint', (from) => window.e2e.events.slice(from)
    .findLast((e) => e.type === 'runs')?.runs[0]?.info.step, since, LATE);
}

/** Have a minute pass in which nothing fails. */
const aMinuteLater = (tab) => tab.page.evaluate(() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 61_000;
});

/** Have the page's clock stand still: what fails next does so within a minute of the recovery, however slow the machine is. */
const stopTheClock = (tab) => tab.page.evaluate(() => {
  const now = performance.now();
  performance.now = () => now;
});

/** A page whose GPU fails on demand. */
async function opened(topic, flags) {
  const tab = await topic.open({
    query: '?device=webgpu',
    flags,
    before: async (page) => {
      await inWorker(FAILURES)(page);
      await comeWithTiny(page);
    },
  });
  await tab.ready();
  await giveDigits(tab, 60);
  return tab;
}

export default function deviceLoss(topic) {
  topic.test('its process is killed while it trains: the digits stay, and the run goes on; lost again: the visitor may take the CPU', async () => {
    const tab = await opened(topic, 'doomed');
    try {
      const { fingerprint, pixels } = await tab.generate(DRAW, LATE);
      const kept = await trainAndKeep(tab);
      const session = await (await browser('doomed')).newBrowserCDPSession();
      const since = await failing(tab, () => session.send('Browser.crashGpuProcess').catch(() => {}));
      assert.match(await recovered(tab, 'train'), /^The GPU was lost, and the page has opened it again: the training goes on from step \d+\.$/);
      await stopTheClock(tab);
      const [{ info }] = await tab.events('run_opened', since);
      assert.ok(info.step >= kept);
      await stepsAfter(tab, info.step, since);
      assert.equal(await tab.text('fingerprint'), fingerprint);
      assert.ok(difference(await onScreen(tab, 'last-canvas', 1), pixels) < 2, 'the digits are on the screen');

      // A second failure within a minute is left to the visitor.
      await fail(tab, 'lose');
      assert.match(await crashed(tab, true), /The GPU device was lost \(Unknown\): lost on purpose/);
      assert.equal(await tab.text('crash-heading'), 'The GPU was lost');
      assert.match(await tab.text('crash-explanation'), /for the second time within a minute/);
      assert.ok(await tab.page.locator('#last-canvas').isVisible(), 'the digits are still there');
      const again = await tab.mark();
      await tab.press('Restart on the CPU');
      assert.match(await recovered(tab, 'train'), /^The GPU was lost, and the page goes on with the CPU: the training goes on from step \d+\.$/);
      await stepsAfter(tab, kept, again);
    } finally {
      tab.complaints();
      await closeBrowser('doomed');
    }
  }, { seconds: 240 });

  topic.test('destroyed while it draws: the same digits are drawn anew, with the weights of before; out of memory while it trains', async () => {
    const tab = await opened(topic, 'plain');
    const { header: { __metadata__, ...tensors }, data } = parseWeights((await tinyWeights()).f32.bytes);
    await tab.load({ name: 'mine.safetensors', bytes: writeWeights({ __metadata__: {}, ...tensors }, data) });
    // What the visitor said of weights that do not say it themselves belongs to them.
    await tab.fill({ 'Timesteps T': 500, Predicts: 'x0' });
    await tab.press('Use these');
    await tab.fill({ Digits: 1, Steps: 40, Seed: 3 });
    let since = await tab.mark();
    await tab.press('Generate');
    await tab.next('sampling', since, LATE);
    since = await fail(tab, 'destroy');
    assert.equal(await recovered(tab, 'generate'), 'The GPU was lost, and the page has opened it again: the digits are drawn anew.');
    const { options, complete } = await tab.next('sampled', since, LATE);
    assert.deepEqual([options.count, options.sampler.steps, options.seed, complete], [1, 40, 3, true]);
    assert.equal(await tab.text('model-source'), 'mine.safetensors');
    const { recipe } = (await tab.events('model', since)).at(-1);
    assert.deepEqual([recipe.timesteps, recipe.prediction], [500, 'x0']);

    await tab.state('ready');
    await aMinuteLater(tab);
    await tab.train(RUN);
    since = await fail(tab, 'refuse');
    assert.match(await recovered(tab, 'train'), /^The GPU had no memory left, .*: the training begins anew, because no checkpoint of it had been made\.$/);
    await stopTheClock(tab);
    await tab.state('training');
    await fail(tab, 'memory');
    assert.match(await crashed(tab, true), /Out of Memory/);
    assert.equal(await tab.text('crash-heading'), 'The GPU has no memory left');
    assert.match(await tab.text('crash-explanation'), /Fewer digits at once, a smaller batch or a smaller model need less/);
  }, { seconds: 240 });
}
