/** Without WebGPU the same page computes on the CPU and says so. */

import assert from 'node:assert/strict';
import { closeBrowser } from './browser.mjs';
import { difference, onScreen, shoot } from './pictures.mjs';
import { DRAW, TINY, comeWithTiny, giveDigits } from './trained.mjs';
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

/**
 * A script that leaves every adapter no more than WebGPU promises (https://www.w3.org/TR/webgpu/#limits), and no feature. Devices are
 * opened with these limits, so the browser holds the program to them.
 */
const LEAST = `
  const least = {
    maxTextureDimension1D: 8192, maxTextureDimension2D: 8192, maxTextureDimension3D: 2048, maxTextureArrayLayers: 256, maxBindGroups: 4,
    maxBindGroupsPlusVertexBuffers: 24, maxBindingsPerBindGroup: 1000, maxDynamicUniformBuffersPerPipelineLayout: 8,
    maxDynamicStorageBuffersPerPipelineLayout: 4, maxSampledTexturesPerShaderStage: 16, maxSamplersPerShaderStage: 16,
    maxStorageBuffersPerShaderStage: 8, maxStorageTexturesPerShaderStage: 4, maxUniformBuffersPerShaderStage: 12,
    maxUniformBufferBindingSize: 65536, maxStorageBufferBindingSize: 134217728, minUniformBufferOffsetAlignment: 256,
    minStorageBufferOffsetAlignment: 256, maxVertexBuffers: 8, maxBufferSize: 268435456, maxVertexAttributes: 16,
    maxVertexBufferArrayStride: 2048, maxInterStageShaderVariables: 16, maxColorAttachments: 8, maxColorAttachmentBytesPerSample: 32,
    maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupSizeY: 256, maxComputeWorkgroupSizeZ: 64, maxComputeWorkgroupsPerDimension: 65535,
  };
  const limits = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'limits');
  const get = (of, key) => least[key] ?? Reflect.get(of, key, of);
  Object.defineProperty(GPUAdapter.prototype, 'limits', { get() { return new Proxy(limits.get.call(this), { get }); } });
  Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => new Set() });
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

  topic.test('an adapter with the least that WebGPU promises is enough', async () => {
    const tab = await topic.open({
      query: '?device=webgpu',
      before: async (page) => {
        await inWorker(LEAST)(page);
        await comeWithTiny(page);
      },
    });
    await tab.ready();
    assert.equal((await tab.device()).kind, 'webgpu');
    assert.match(await tab.page.locator('#device-facts').textContent(), /Workgroup memory, bytes16384/);
    assert.ok((await tab.generate({ count: 1, steps: 1 }, 120_000)).complete);
    await giveDigits(tab, 20);
    await tab.trainToEnd({ ...TINY, 'Batch size': 2, 'Stop after': 1 }, 120_000);
  }, { seconds: 180 });
}
