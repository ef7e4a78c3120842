/** A crash of the worker: a report that can be copied, Restart, Restart on the CPU, and no errors in the console. */

import assert from 'node:assert/strict';
import { shoot } from './pictures.mjs';
import { DRAW, TINY } from './trained.mjs';
import { inWorker } from './worker.mjs';

/** Forget the crash, which these tests expect: `Tab.until` would fail over it. */
const forget = (tab) => tab.page.evaluate(() => { window.e2e.crash = ''; });

/** Wait for the crash panel; returns the report. @param {boolean} onGpu a GPU was in use or being opened */
async function crashed(tab, onGpu = false) {
  await tab.page.waitForFunction(() => document.body.dataset.state === 'error', null, { polling: 50 });
  const panel = tab.page.locator('#crash[role=alert]');
  await panel.waitFor({ state: 'visible' });
  const report = await tab.page.getByLabel('Report', { exact: true }).inputValue();
  assert.equal(await tab.button('Restart on the CPU').isVisible(), onGpu, 'Restart on the CPU is there if of use');
  await forget(tab);
  return report;
}

async function restart(tab, button = 'Restart') {
  await tab.press(button);
  assert.ok(await tab.page.locator('#crash').isHidden());
  await tab.ready();
}

/** The program of either device. */
const PROGRAM = /\/page-[cg]pu\.js/;

/** Make a method of the program throw, until PROGRAM is no longer routed. @param {string} method @param {string} error */
const breakMethod = (method, error) => (page) => page.route(PROGRAM, async (route) => {
  const response = await route.fetch();
  const text = await response.text();
  const patched = text.replace(new RegExp(`^(\\s*${method}\\([^)]*\\)\\s*\\{)`, 'm'), `$1 throw new ${error}("broken on purpose");`);
  assert.notEqual(patched, text, `the program has a method ${method} to break`);
  await route.fulfill({ response, body: patched });
});
const breakCommands = breakMethod('command', 'Error');

export default function crash(topic) {
  topic.test('an error in the program: panel, copyable report, Restart', async () => {
    const tab = await topic.open({ before: breakCommands });
    await tab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.ready();
    await tab.press('Generate');
    const report = await crashed(tab);
    assert.match(report, /broken on purpose/);
    assert.match(report, /Chrome\//, 'names the browser');
    for (const name of ['Generate', 'Turn into a digit', 'Train', 'Pause', 'Resume', 'Cancel', 'Reset', 'Download weights']) {
      assert.ok(await tab.button(name).isDisabled(), `${name} is off`);
    }
    await shoot(tab, 'crash');
    await tab.press('Copy report');
    await tab.page.getByText('Copied.', { exact: true }).waitFor();
    const copied = await tab.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll('\r\n', '\n'), report);

    await tab.page.unroute(PROGRAM);
    await restart(tab);
    assert.equal(await tab.page.evaluate(() => window.e2e.workers), 2);
    const { fingerprint } = await tab.generate(DRAW);
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
  });

  topic.test('with the GPU in use: Restart on the CPU, where a reload stays', async () => {
    const tab = await topic.open({ query: '?device=webgpu', before: breakCommands });
    await tab.ready();
    assert.equal((await tab.device()).kind, 'webgpu');
    await tab.press('Generate');
    await crashed(tab, true);
    await tab.page.unroute(PROGRAM);
    await restart(tab, 'Restart on the CPU');
    assert.equal((await tab.device()).kind, 'cpu');
    await tab.generate(DRAW);
    await tab.page.reload();
    assert.equal((await tab.device()).kind, 'cpu');
    assert.match(await tab.text('device-line'), /You asked for the CPU/);
  }, { seconds: 120 });

  topic.test('a panic while the GPU is opened: Restart on the CPU is there as well', async () => {
    const tab = await topic.open({
      query: '?device=webgpu', before: breakMethod('start', 'WebAssembly.RuntimeError'),
    });
    const report = await crashed(tab, true);
    assert.match(report, /broken on purpose/);
    assert.equal(await tab.page.evaluate(() => document.body.dataset.device), undefined, 'no device was opened');
    await tab.page.unroute(PROGRAM);
    await restart(tab, 'Restart on the CPU');
    assert.equal((await tab.device()).kind, 'cpu');
  }, { seconds: 120 });

  topic.test('more memory than there is: a report instead of a silent stop', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    // A batch of the whole data set is allowed, but 60,000 images at once do not fit into 4 GB.
    await tab.fill({ Model: 'base', 'Batch size': 60000 });
    await tab.press('Train');
    const report = await crashed(tab);
    assert.match(report, /memory|alloc|unreachable|capacity/i);
    await restart(tab);
    await tab.generate({ count: 1, steps: 2 });
  }, { seconds: 120 });

  /** Have the worker's GPU device destroyed when the page says so. */
  const DESTROYABLE = `
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (given) {
      const device = await request.call(this, given);
      new BroadcastChannel('destroy').onmessage = () => device.destroy();
      return device;
    };
  `;
  const destroy = (tab) => tab.page.evaluate(() => new BroadcastChannel('destroy').postMessage('now'));

  topic.test('the GPU is lost while it trains: the page opens it again, and the run goes on', async () => {
    const tab = await topic.open({
      query: '?device=webgpu',
      before: inWorker(DESTROYABLE),
    });
    await tab.ready();
    assert.equal((await tab.device()).kind, 'webgpu');
    // Data that the page can fetch by itself: visitors' own files are gone with the worker.
    const since = await tab.mark();
    await tab.train({ ...TINY, 'Batch size': 2, 'Stop after': 0 });
    await tab.until('some steps', (from) => window.e2e.events.slice(from).some((e) => e.type === 'training' && e.step >= 2), since, 120_000);
    await tab.hide();
    await tab.until('a checkpoint', (from) => window.e2e.events.slice(from)
      .some((e) => e.type === 'runs' && e.runs[0]?.info.step >= 2), since, 60_000);
    const lost = await tab.mark();
    await destroy(tab);
    await tab.page.waitForFunction((from) => window.e2e.events.slice(from).some((e) => e.type === 'crash'), lost);
    await forget(tab);
    const { info } = await tab.until('the run to be open again', (from) => window.e2e.events.slice(from)
      .find(({ type }) => type === 'run_opened'), lost, 120_000);
    assert.ok(info.step >= 2);
    await tab.state('training');
    assert.match((await tab.alert('train')).text, /The GPU was lost, and the page has opened it again: the training goes on from step/);
    await tab.until('a step more', ([from, step]) => window.e2e.events.slice(from)
      .some((e) => e.type === 'training' && e.step > step), [lost, info.step], 120_000);

    // A second loss within a minute is left to the visitor.
    await destroy(tab);
    const report = await crashed(tab, true);
    assert.match(report, /The GPU device was lost/);
    assert.match(await tab.page.locator('#crash').innerText(), /The GPU was lost.*for the second time within a minute/s);
    await restart(tab, 'Restart on the CPU');
    assert.equal((await tab.device()).kind, 'cpu');
  }, { seconds: 300 });
}
