/** What the tests of Understand have in common: the scenes, how they are reached, and the numbers that they show. */

import assert from 'node:assert/strict';
import { giveDigits, tinyWeights } from './trained.mjs';

export const T = 1000;
export const SCENES = {
  forgetting: '1 Forgetting', schedules: '2 Schedules', noise: '3 Naming the noise', step: '4 One step back', bound: '5 The bound', score: '6 The score', network: '7 Inside the U-Net',
};

/** β of the linear schedule (Ho et al. 2020, section 4), which tiny weights are trained with. @param {number} t */
export const beta = (t) => 1e-4 + ((0.02 - 1e-4) * t) / (T - 1);
/** ᾱ_t, the product of all 1 − β so far. @param {number} t */
export const alphaBar = (t) => Array.from({ length: t + 1 }, (_, s) => 1 - beta(s)).reduce((product, alpha) => product * alpha, 1);

/** Open a scene by its link, and wait until it shows an answer. @param {import('./tab.mjs').Tab} tab @param {keyof typeof SCENES} name */
export async function open(tab, name) {
  await tab.tool('understand');
  await tab.page.getByRole('link', { name: SCENES[name], exact: true }).click();
  await tab.until(`the scene ${name}`, (scene) => document.getElementById(`understand-${scene}`)?.dataset.t !== undefined, name);
  return tab.page.locator(`#understand-${name}`);
}

/** Move t and wait for the answer. @param {import('./tab.mjs').Tab} tab */
export async function moveTo(tab, name, t) {
  await tab.page.locator(`#understand-${name}`).getByLabel('Step t', { exact: true }).fill(String(t));
  await tab.until(`t = ${t}`, ([scene, wanted]) => document.getElementById(`understand-${scene}`).dataset.t === wanted, [name, String(t)]);
}

/** The last answer of a kind. @param {import('./tab.mjs').Tab} tab @param {string} kind */
export const answer = (tab, kind) => tab.page.evaluate((wanted) =>
  window.e2e.events.findLast((event) => event.type === 'explained' && wanted in event.answer)?.answer[wanted], kind);

/** A number as the page writes it: −0.41, (−0.41), 2.6·10⁻⁵. @param {string} text */
export function read(text) {
  const [mantissa, power] = text.replace(/[()]/g, '').replaceAll('−', '-').split('·10');
  const exponent = [...(power ?? '')].map((digit) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).map((at) => (at === 0 ? '-' : at - 1)).join('');
  return Number(mantissa) * 10 ** Number(exponent || 0);
}

/** The numbers that are filled into a formula, by their names. @param {import('playwright-core').Locator} formula */
export const filled = async (formula) => Object.fromEntries(
  (await formula.locator('[data-slot]').evaluateAll((all) => all.map((slot) => [slot.dataset.slot, slot.textContent]))).map(([name, text]) => [name, read(text)]));

/** Assert that a number that is shown with few digits is this one. */
export function shows(found, expected, what) {
  assert.ok(Math.abs(found - expected) <= 6e-4 + 0.06 * Math.min(Math.abs(expected), 0.01), `${what}: ${found} is shown, and it is ${expected}`);
}

/** A page for all tests of a topic, with the tiny weights and a hundred digits. @param {import('./topic.mjs').Topic} topic */
export const scenes = (topic) => topic.shared({ query: '?device=cpu' }, async (tab) => {
  await tab.ready();
  await tab.load((await tinyWeights()).f32);
  await giveDigits(tab, 100);
});

/** Look at a training image; gives its pixels in −1 … 1. @param {import('./tab.mjs').Tab} tab */
export async function look(tab, label = 'A training image of the class 3') {
  const radio = tab.page.getByLabel(label, { exact: true });
  await radio.check();
  const bytes = await radio.evaluate((node) => [...node.nextElementSibling.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0));
  return bytes.map((grey) => grey / 127.5 - 1);
}
