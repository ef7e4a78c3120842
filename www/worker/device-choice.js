/**
 * Chooses the device to compute on: WebGPU where there is a real adapter, else the CPU. It is chosen before a program is
 * fetched, because each device has a program of its own.
 *
 * @typedef {import('../protocol.js').DeviceInfo} DeviceInfo
 * @typedef {import('./messages.js').DeviceChoice} DeviceChoice
 * @typedef {DeviceInfo & { kind: 'webgpu' | 'cpu', software: boolean }} Choice `software`: whether the adapter is a program that imitates a GPU
 * @typedef {DeviceInfo['facts']} Facts
 */

import { requestAdapter } from './webgpu-shims.js';

/** The adapter's limits that the device panel shows. @type {Array<[keyof GPUSupportedLimits & string, string]>} */
const LIMITS = [
  ['maxComputeInvocationsPerWorkgroup', 'Invocations a workgroup'],
  ['maxComputeWorkgroupStorageSize', 'Workgroup memory, bytes'],
  ['maxStorageBufferBindingSize', 'Largest buffer, bytes'],
];

/** The adapter's features that the device panel shows. */
const FEATURES = [
  ['shader-f16', '16-bit arithmetic'],
  ['subgroups', 'Subgroups'],
];

/** @param {string} reason @param {Facts} [facts] @returns {Choice} */
const onCpu = (reason, facts = []) => ({ kind: 'cpu', name: 'CPU', reason, facts, software: false });

/** @param {string} why a sentence */
const instead = (why, facts = /** @type {Facts} */ ([])) => onCpu(`${why} The CPU is used instead, which takes longer.`, facts);

/**
 * The choice of the CPU where the GPU that was chosen cannot be used.
 * @param {Choice} chosen that GPU
 * @param {unknown} why the reason that its program gives, as a string; or the error with which loading the program failed
 */
export function cpuInstead(chosen, why) {
  const sentence = typeof why === 'string'
    ? `WebGPU could not be opened (${why}).`
    : `The program for WebGPU could not be loaded: ${why instanceof Error ? why.message : why} Reload the page to try again.`;
  return instead(sentence, chosen.facts);
}

/** @param {string} word */
const capitalised = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** @param {GPUAdapter} adapter */
function described(adapter) {
  // The flag moved from the adapter to its info while WebGPU was specified: older browsers have it on the adapter.
  const { info, isFallbackAdapter = false } = /** @type {GPUAdapter & { isFallbackAdapter?: boolean }} */ (adapter);
  const { vendor = '', architecture = '', description = '' } = info ?? {};
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  /** @type {Facts} */
  const facts = [['Adapter', name]];
  for (const [key, value] of Object.entries({ vendor, architecture })) if (value) facts.push([capitalised(key), value]);
  for (const [key, title] of LIMITS) {
    const value = adapter.limits[key];
    if (value !== undefined) facts.push([title, String(value)]);
  }
  for (const [feature, title] of FEATURES) facts.push([title, adapter.features.has(feature) ? 'yes' : 'no']);
  // A software adapter is slower than the program for the CPU by an order of magnitude.
  const software = info?.isFallbackAdapter || isFallbackAdapter || architecture === 'swiftshader';
  return { name, facts, software };
}

/** @param {DeviceChoice} wish @returns {Promise<Choice>} */
export async function choose(wish) {
  if (wish === 'cpu') return onCpu('You asked for the CPU with ?device=cpu.');
  if (!navigator.gpu) return instead('This browser has no WebGPU.');
  let found;
  try {
    // The same request as burn's, so that it is the same adapter.
    const adapter = await requestAdapter({ powerPreference: 'high-performance' });
    found = adapter && described(adapter);
  } catch (error) {
    return instead(`WebGPU failed to give an adapter (${error}).`);
  }
  if (!found) return instead('WebGPU is there, but it has no adapter for this machine.');
  const { name, facts, software } = found;
  if (software && wish === 'auto') {
    const reason = `WebGPU is there, but its adapter (${name}) is software that imitates a GPU; the CPU itself is much faster.`;
    return onCpu(reason, facts);
  }
  const reason = wish === 'webgpu' ? 'You asked for WebGPU with ?device=webgpu.' : 'This browser offers a GPU through WebGPU.';
  return { kind: 'webgpu', name, reason, facts, software };
}
