/**
 * Understand: the scenes are fetched when they are opened, answer to the hand, and show the numbers that the published formulas
 * give, which are written down here once more.
 */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';
import { TINY, giveDigits, tinyWeights } from './trained.mjs';

const T = 1000;
const SCENES = {
  forgetting: '1 Forgetting', schedules: '2 Schedules', noise: '3 Naming the noise', step: '4 One step back', bound: '5 The bound', score: '6 The score', network: '7 Inside the U-Net',
};

/** β of the linear schedule (Ho et al. 2020, section 4), which tiny weights are trained with. @param {number} t */
const beta = (t) => 1e-4 + ((0.02 - 1e-4) * t) / (T - 1);
/** ᾱ_t, the product of all 1 − β so far. @param {number} t */
const alphaBar = (t) => Array.from({ length: t + 1 }, (_, s) => 1 - beta(s)).reduce((product, alpha) => product * alpha, 1);

/** Open a scene by its link, and wait until it shows an answer. @param {import('./tab.mjs').Tab} tab @param {keyof typeof SCENES} name */
async function open(tab, name) {
  await tab.tool('understand');
  await tab.page.getByRole('link', { name: SCENES[name], exact: true }).click();
  await tab.until(`the scene ${name}`, (scene) => document.getElementById(`understand-${scene}`)?.dataset.t !== undefined, name);
  return tab.page.locator(`#understand-${name}`);
}

/** Move t and wait for the answer. @param {import('./tab.mjs').Tab} tab */
async function moveTo(tab, name, t) {
  await tab.page.locator(`#understand-${name}`).getByLabel('Step t', { exact: true }).fill(String(t));
  await tab.until(`t = ${t}`, ([scene, wanted]) => document.getElementById(`understand-${scene}`).dataset.t === wanted, [name, String(t)]);
}

/** The last answer of a kind. @param {import('./tab.mjs').Tab} tab @param {string} kind */
const answer = (tab, kind) => tab.page.evaluate((wanted) =>
  window.e2e.events.findLast((event) => event.type === 'explained' && wanted in event.answer)?.answer[wanted], kind);

/** A number as the page writes it: −0.41, (−0.41), 2.6·10⁻⁵. @param {string} text */
function read(text) {
  const [mantissa, power] = text.replace(/[()]/g, '').replaceAll('−', '-').split('·10');
  const exponent = [...(power ?? '')].map((digit) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).map((at) => (at === 0 ? '-' : at - 1)).join('');
  return Number(mantissa) * 10 ** Number(exponent || 0);
}

/** The numbers that are filled into a formula, by their names. @param {import('playwright-core').Locator} formula */
const filled = async (formula) => Object.fromEntries(
  (await formula.locator('[data-slot]').evaluateAll((all) => all.map((slot) => [slot.dataset.slot, slot.textContent]))).map(([name, text]) => [name, read(text)]));

/** Assert that a number that is shown with few digits is this one. */
function shows(found, expected, what) {
  assert.ok(Math.abs(found - expected) <= 6e-4 + 0.06 * Math.min(Math.abs(expected), 0.01), `${what}: ${found} is shown, and it is ${expected}`);
}

export default function understand(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await tab.load((await tinyWeights()).f32);
    await giveDigits(tab, 100);
  });
  /** Look at a training image; gives its pixels in −1 … 1. */
  const look = async (tab, label = 'A training image of the class 3') => {
    const radio = tab.page.getByLabel(label, { exact: true });
    await radio.check();
    const bytes = await radio.evaluate((node) => [...node.nextElementSibling.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0));
    return bytes.map((grey) => grey / 127.5 - 1);
  };

  topic.test('scenes are fetched when the tool is opened, have addresses, and are reached by keyboard', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const fetched = () => tab.requested.filter((url) => url.includes('/understand/')).map((url) => new URL(url).pathname.split('/').at(-1));
    assert.deepEqual(fetched(), []);
    await open(tab, 'step');
    assert.ok(fetched().includes('step.js') && !fetched().includes('score.js'), fetched().join());
    assert.equal(new URL(tab.page.url()).hash, '#understand-step');
    assert.equal(await tab.page.evaluate(() => document.activeElement.textContent), 'One step back');
    await tab.page.goBack();
    await tab.page.goBack();
    assert.ok(await tab.page.locator('#generation').isVisible());
    await tab.page.goForward();
    await tab.page.goForward();
    assert.ok(await tab.page.locator('#understand-step').isVisible());
    await tab.page.reload();
    await tab.ready();
    await tab.until('an answer', () => document.getElementById('understand-step').dataset.t !== undefined);
    // By keyboard: from the heading to the slider, the picture and its pixel.
    await tab.page.locator('#understand-step h3').focus();
    await tab.page.keyboard.press('Tab');
    assert.equal(await tab.page.evaluate(() => document.activeElement.type), 'range');
    const before = await tab.page.locator('#understand-step').getAttribute('data-t');
    await tab.page.keyboard.press('ArrowRight');
    await tab.until('the next t', (t) => document.getElementById('understand-step').dataset.t === String(Number(t) + 1), before);
    for (let pressed = 0; pressed < 12; pressed += 1) {
      await tab.page.keyboard.press('Tab');
      if (await tab.page.evaluate(() => document.activeElement.classList.contains('pixels'))) break;
    }
    const pixel = Number(await tab.page.locator('#understand-step').getAttribute('data-pixel'));
    await tab.page.keyboard.press('ArrowDown');
    await tab.until('the pixel below', (wanted) => document.getElementById('understand-step').dataset.pixel === String(wanted), pixel + 28);
  });

  topic.test('forgetting: the closed form and the chain, for the pixel that is pointed at', async () => {
    const tab = await shared();
    const scene = await open(tab, 'forgetting');
    const x0 = await look(tab);
    await moveTo(tab, 'forgetting', 400);
    // The third row from above, in the middle.
    const picture = scene.locator('.pixels').first();
    const box = await picture.boundingBox();
    await picture.click({ position: { x: (box.width * 10.5) / 28, y: (box.height * 8.5) / 28 } });
    const pixel = 8 * 28 + 10;
    await tab.until('the pixel', (wanted) => document.getElementById('understand-forgetting').dataset.pixel === String(wanted), pixel);
    const said = await answer(tab, 'forgetting');
    const a = alphaBar(400);
    assert.ok(Math.abs(said.level.alpha_bar / a - 1) < 1e-9);
    const jump = await filled(scene.locator('.formula').nth(0));
    shows(jump.alphaBar, a, 'ᾱ');
    shows(jump.x0, x0[pixel], 'x₀');
    shows(jump.xT, Math.sqrt(a) * x0[pixel] + Math.sqrt(1 - a) * said.eps[pixel], 'x_t');
    const chain = await filled(scene.locator('.formula').nth(1));
    const [before, last] = said.path.slice(-2);
    shows(chain.chain, Math.sqrt(1 - beta(400)) * before + Math.sqrt(beta(400)) * said.z, 'the last step');
    shows(chain.chain, last, 'the end of the chain');
    assert.equal(said.histogram.jump.reduce((sum, n) => sum + n, 0), 784);
    // At the last step nothing is left but N(0, 1): four standard errors of 784 pixels.
    await moveTo(tab, 'forgetting', T - 1);
    const { moments, chain_moments } = (await answer(tab, 'forgetting')).histogram;
    for (const [mean, deviation] of [moments, chain_moments]) assert.ok(Math.abs(mean) < 0.15 && Math.abs(deviation - 1) < 0.11, `${mean}, ${deviation}`);
  });

  topic.test('pointing at a chart moves t', async () => {
    const tab = await shared();
    const scene = await open(tab, 'forgetting');
    const area = scene.locator('.understand-chart.choosable .u-over').first();
    const box = await area.boundingBox();
    await area.click({ position: { x: box.width / 2, y: 20 } });
    await tab.until('the middle', () => Math.abs(Number(document.getElementById('understand-forgetting').dataset.t) - 499.5) < 5);
  });

  topic.test('schedules: one noise under all of them', async () => {
    const tab = await shared();
    const scene = await open(tab, 'schedules');
    const x0 = await look(tab);
    await moveTo(tab, 'schedules', 300);
    const { eps, samples } = await answer(tab, 'schedules');
    const pixel = Number(await scene.getAttribute('data-pixel'));
    const f = (t) => Math.cos(((t / T + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    const expected = { linear: alphaBar(300), cosine: f(301) / f(0) };
    for (const [kind, a] of Object.entries(expected)) {
      const sample = samples.find((one) => one.kind === kind);
      assert.ok(Math.abs(sample.level.alpha_bar / a - 1) < 1e-6, kind);
      assert.ok(Math.abs(sample.x_t[pixel] - (Math.sqrt(a) * x0[pixel] + Math.sqrt(1 - a) * eps[pixel])) < 1e-4, kind);
      await scene.getByLabel('Formula of').selectOption(kind);
      shows((await filled(scene.locator('.formula').last())).alphaBar, a, kind);
    }
    assert.match(await scene.locator('tbody').innerText(), /linear, in use/);
    await moveTo(tab, 'schedules', T - 1);
    await scene.getByLabel('Zero terminal SNR').check();
    await tab.until('no image left', () => {
      const found = window.e2e.events.findLast((event) => event.type === 'explained' && 'schedules' in event.answer);
      return found.answer.schedules.samples.every(({ level }) => level.alpha_bar < 1e-9);
    });
    await scene.getByLabel('Zero terminal SNR').uncheck();
  });

  topic.test('the noise, the image and the velocity say the same', async () => {
    const tab = await shared();
    const scene = await open(tab, 'noise');
    const x0 = await look(tab);
    await moveTo(tab, 'noise', 250);
    const said = await answer(tab, 'predicted');
    const pixel = Number(await scene.getAttribute('data-pixel'));
    const [signal, noise] = [Math.sqrt(alphaBar(250)), Math.sqrt(1 - alphaBar(250))];
    const toImage = await filled(scene.locator('.formula').nth(0));
    shows(toImage.x0, (said.x_t[pixel] - noise * said.eps_hat[pixel]) / signal, 'x̂₀');
    const toVelocity = await filled(scene.locator('.formula').nth(1));
    shows(toVelocity.v, signal * said.eps_hat[pixel] - noise * said.x0_hat[pixel], 'v̂');
    const loss = said.eps.reduce((sum, eps, at) => sum + (eps - said.eps_hat[at]) ** 2, 0) / 784;
    shows((await filled(scene.locator('.formula').nth(2))).loss, loss, 'L_simple');
    assert.ok(Math.abs(said.v[pixel] - (signal * said.eps[pixel] - noise * x0[pixel])) < 1e-4);
    await tab.until('the losses of many t', () => /^At 96 t,/.test(document.querySelector('#understand-noise .chart > p').textContent));
  });

  topic.test('a step back: 0.4, 0.3 and 0.1 lead to 0.408, and the last step adds no noise', async () => {
    const tab = await shared();
    const scene = await open(tab, 'step');
    await look(tab);
    const hand = scene.locator('.by-hand');
    const typed = async (numbers) => {
      for (const [label, value] of Object.entries(numbers)) await hand.getByLabel(label, { exact: true }).fill(String(value));
      await tab.until('the numbers to be taken', (wanted) => {
        const taken = Object.values(JSON.parse(document.querySelector('.by-hand').dataset.answered ?? '{}'));
        return wanted.every((value) => taken.includes(value));
      }, Object.values(numbers));
      return filled(hand.locator('.formula').last());
    };
    await scene.getByLabel('σ²', { exact: true }).selectOption('fixed_large');
    await typed({ xₜ: 1.5 });
    await hand.getByRole('button', { name: '0.4, 0.3, 0.1' }).click();
    await tab.until('0.408', () => /goes to 0\.408/.test(document.querySelector('.by-hand').textContent));
    // Another one: the posterior of Ho et al. 2020, eq. 7, with β̃.
    await scene.getByLabel('σ²', { exact: true }).selectOption('fixed_small');
    const [xT, eps, z, a, b] = [-0.7, 1.2, -0.5, 0.3, 0.05];
    const last = await typed({ xₜ: xT, 'ε̂': eps, z, 'ᾱₜ': a, 'βₜ': b });
    const before = a / (1 - b);
    const x0 = (xT - Math.sqrt(1 - a) * eps) / Math.sqrt(a);
    const mean = (Math.sqrt(before) * b * x0 + Math.sqrt(1 - b) * (1 - before) * xT) / (1 - a);
    await tab.until('the answer', (wanted) => document.querySelector('.by-hand').textContent.includes(`goes to ${wanted}`),
      `−${Math.abs(mean + Math.sqrt((b * (1 - before)) / (1 - a)) * z).toFixed(3)}`);
    shows((await filled(hand.locator('.formula').last())).mean, mean, `μ̃ (first seen as ${last.mean})`);
    await hand.getByLabel('ᾱₜ', { exact: true }).fill('0.99');
    await tab.until('the range', () => /ᾱ must be/.test(document.querySelector('.by-hand').textContent));

    // The network's own steps, down to the image.
    await moveTo(tab, 'step', 12);
    await scene.getByLabel('Steps at once').selectOption('10');
    await scene.getByRole('button', { name: 'Take the step' }).click();
    await tab.until('t = 2', () => document.getElementById('understand-step').dataset.t === '2');
    await tab.until('the last step', () => /x₀, without noise/.test(document.getElementById('understand-step').textContent));
    const step = await answer(tab, 'step');
    assert.ok(step.prev == null);
    assert.ok(step.noise.every((value) => value === 0));
    const pixel = Number(await scene.getAttribute('data-pixel'));
    const shown = await filled(scene.locator('.formula').nth(2));
    shows(shown.xPrev, Math.max(-1, Math.min(1, step.x0_hat[pixel])), 'the end is x̂₀');
  });

  topic.test('the bound: its parts add up, and L_T is what the schedule leaves', async () => {
    const tab = await shared();
    const scene = await open(tab, 'bound');
    const x0 = await look(tab);
    await moveTo(tab, 'bound', 250);
    await tab.until('all terms', () => document.getElementById('understand-bound').dataset.complete === 'true');
    const parts = await filled(scene.locator('.formula').first());
    const terms = await tab.page.evaluate(() => {
      const found = new Map();
      for (const event of window.e2e.events) {
        if (event.type !== 'explained' || !event.answer.terms || event.answer.terms.terms.length < 2) continue;
        for (const term of event.answer.terms.terms) found.set(term.level.t, term);
      }
      return [...found.values()].map(({ level, bits }) => ({ t: level.t, bits }));
    });
    assert.equal(terms.length, T, 'a term for each t');
    const a = alphaBar(T - 1);
    const prior = x0.reduce((sum, pixel) => sum + 0.5 * (a * pixel ** 2 - a - Math.log1p(-a)), 0) / (784 * Math.LN2);
    const middle = terms.filter(({ t }) => t > 0).reduce((sum, { bits }) => sum + bits, 0);
    shows(parts.prior, prior, 'L_T');
    shows(parts.middle, middle, 'ΣL');
    shows(parts.decoder, terms.find(({ t }) => t === 0).bits, 'L_0');
    assert.ok(Math.abs(parts.total - (parts.prior + parts.middle + parts.decoder)) < 2e-3, JSON.stringify(parts));
    const { pixel } = (await answer(tab, 'terms')).terms[0];
    const ratio = pixel.beta_tilde / pixel.variance;
    const nats = 0.5 * (ratio - 1 - Math.log(ratio)) + (pixel.x0_factor * (pixel.x0 - pixel.x0_hat)) ** 2 / (2 * pixel.variance);
    assert.ok(Math.abs(nats - pixel.nats) < 1e-4 * Math.max(1, nats), `${nats} and ${pixel.nats}`);
  });

  topic.test('the score: arrows on a plane, a point to move, and ways from it', async () => {
    const tab = await shared();
    const scene = await open(tab, 'score');
    await moveTo(tab, 'score', 100);
    await tab.until('all rows', () => document.getElementById('understand-score').dataset.rows === '11');
    const at = await answer(tab, 'score_point');
    const pixel = Number(await scene.getAttribute('data-pixel'));
    shows((await filled(scene.locator('.formula'))).score, -at.eps_hat[pixel] / Math.sqrt(1 - alphaBar(100)), 's');
    await scene.locator('.plane').focus();
    await tab.page.keyboard.press('ArrowRight');
    await tab.until('another point', (before) => {
      const found = window.e2e.events.findLast((event) => event.type === 'explained' && 'score_point' in event.answer);
      return found.answer.score_point.x_t.join() !== before;
    }, at.x_t.join());
    for (const [button, kind] of [['Sampler from here', 'ddim'], ['Langevin walk from here', 'langevin']]) {
      await scene.getByRole('button', { name: button }).click();
      await tab.until(button, (wanted) => document.getElementById('understand-score').dataset.way === wanted, `${kind} 31`);
      assert.match(await scene.locator(`.way.${kind}`).getAttribute('d'), /^M[-\d.]+ [-\d.]+(L[-\d.]+ [-\d.]+){30}$/);
    }
  });

  topic.test('inside the network: a skip connection that is switched off is missed', async () => {
    const tab = await shared();
    const scene = await open(tab, 'network');
    await look(tab);
    await moveTo(tab, 'network', 100);
    const whole = await answer(tab, 'inside');
    assert.deepEqual(whole.parts.map(({ name }) => name), ['conv_in', 'down.0', 'down.1', 'mid.block1', 'mid.attn', 'mid.block2', 'up.0', 'up.1']);
    assert.ok(Math.abs(whole.attention[0].heads[0].reduce((sum, weight) => sum + weight, 0) - 1) < 1e-4);
    await scene.getByLabel('Skip connection from down.0').uncheck();
    await tab.until('the answer without', () => document.getElementById('understand-network').dataset.off === 'down.0');
    const cut = await answer(tab, 'inside');
    assert.deepEqual(cut.errors_whole, whole.errors);
    assert.notEqual(cut.errors.eps, whole.errors.eps);
    await scene.getByLabel('Skip connection from down.0').check();
  });

  topic.test('scenes answer while a network is trained', async () => {
    const tab = await shared();
    await open(tab, 'noise');
    await tab.train({ ...TINY, 'Stop after': 0 });
    await open(tab, 'noise');
    for (const t of [700, 60]) await moveTo(tab, 'noise', t);
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'training');
    await tab.press('Pause');
    await tab.state('paused');
    await tab.press('Reset');
    await tab.state('ready');
  });

  topic.test('every scene at both sizes, light and dark', async () => {
    const tab = await shared();
    for (const name of /** @type {Array<keyof typeof SCENES>} */ (Object.keys(SCENES))) {
      await open(tab, name);
      if (name === 'bound') await tab.until('all terms', () => document.getElementById('understand-bound').dataset.complete === 'true');
      await shoot(tab, `understand-${name}`);
      await accessible(tab, name);
    }
  }, { seconds: 150 });
}
