/** Without WebGPU the same page computes on the CPU and says so. */

import assert from 'node:assert/strict';
import { closeBrowser } from './browser.mjs';
import { difference, onScreen, shoot } from './pictures.mjs';
import { DRAW } from './trained.mjs';
import { inWorker } from './worker.mjs';

/** Remove WebGPU from the page and from the worker before their own scripts run. */
async function withoutGpu(page) {
  const remove = 'delete Object.getPrototypeOf(navigator).gpu;\n';
  await page.addInitScript(remove);
  await inWorker(remove)(page);
}

/** A script that halves the workgroup memory of every device, to less than WebGPU guarantees. */
const SMALL = `
  const limits = Object.getOwnPropertyDescriptor(GPUDevice.prototype, 'limits');
  const get = (of, key) => (key === 'maxComputeWorkgroupStorageSize' ? 8192 : Reflect.get(of, key, of));
  Object.defineProperty(GPUDevice.prototype, 'limits', { get() { return new Proxy(limits.get.call(this), { get }); } });
`;

export default function noWebgpu(topic) {
  let expected;

  /** Assert that the page runs on the CPU for this reason, and draws what the CPU always draws. */
  async function check(tab, reason) {
    await tab.ready();
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, reason);
    const { fingerprint, pixels } = await tab.generate(DRAW);
    assert.ok(difference(await onScreen(tab, 'generate-canvas', DRAW.count), pixels) < 2);
    assert.equal(fingerprint, (expected ??= fingerprint));
  }

  topic.test('switched off in the browser (--disable-features=WebGPU)', async () => {
    const tab = await topic.open({ flags: 'no-webgpu' });
    // Some versions of Chromium remove the API, others only its adapters.
    await check(tab, /Runs on the CPU\. .*(no WebGPU|no adapter)/);
    await shoot(tab, 'no-webgpu');
  });

  topic.test('asked for by ?device=webgpu and not there', async () => {
    const tab = await topic.open({ flags: 'no-webgpu', query: '?device=webgpu' });
    await check(tab, /Runs on the CPU\. .*(no WebGPU|no adapter).* The CPU is used instead/);
  });

  topic.test('the API removed from page and worker', async () => {
    await closeBrowser('no-webgpu');
    const tab = await topic.open({ before: withoutGpu });
    await check(tab, /This browser has no WebGPU/);
  });

  topic.test('an adapter request that fails', async () => {
    const tab = await topic.open({
      before: inWorker('GPU.prototype.requestAdapter = () => Promise.reject(new Error("no luck"));\n'),
    });
    await check(tab, /WebGPU failed to give an adapter/);
  });

  topic.test('an adapter without room for the kernels', async () => {
    const tab = await topic.open({ query: '?device=webgpu', before: inWorker(SMALL) });
    await check(tab, /workgroups are smaller than WebGPU promises.* The CPU is used instead/);
  });
}
