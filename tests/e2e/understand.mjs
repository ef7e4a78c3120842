/**
 * Understand: the scenes are fetched when they are opened, answer to the hand, and show the numbers that the published formulas
 * give, which are written down here once more.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { accessible } from './axe.mjs';
import { ROOT } from './environment.mjs';
import { shoot } from './pictures.mjs';
import { tabThrough } from './tabbing.mjs';
import { TINY, giveDigits } from './trained.mjs';
import { alphaBar, answer, beta, filled, look, moveTo, open, scenes, SCENES, shows, T } from './scenes.mjs';

export default function understand(topic) {
  const shared = scenes(topic);

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

  topic.test('each scene names its code: files that are there and declare what is named, as links where the repository has an address', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const scenes = /** @type {Array<keyof typeof SCENES>} */ (Object.keys(SCENES));
    await open(tab, 'forgetting');
    assert.equal(await tab.page.locator('.code-line a').count(), 0, 'the page as it comes knows no address');
    await tab.page.evaluate(() => document.querySelector('meta[name=repository]').setAttribute('content', 'https://code.example/main'));
    for (const name of scenes) {
      const line = (await open(tab, name)).locator('.code-line');
      const places = [...(await line.innerText()).matchAll(/(crate\/\S+) \(([\w:]+)\)/g)];
      assert.ok(places.length >= 2 && places.length === await line.getByRole('button').count(), `${name}: ${places.map(([place]) => place)}`);
      for (const [place, path, names] of places) {
        const code = await readFile(`${ROOT}${path}`, 'utf8');
        for (const part of names.split('::')) {
          assert.match(code, new RegExp(`\\b(fn|struct|enum|trait|type|impl) ${part}\\b`), `${name}: ${place}`);
        }
        if (name === 'forgetting') continue;
        assert.equal(await line.getByRole('link', { name: path }).getAttribute('href'), `https://code.example/main/${path}`);
      }
    }
  }, { seconds: 90 });

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
    await tab.until('the losses at all t', () => /^At 1,000 t,/.test(document.querySelector('#understand-noise .chart > p').textContent));
    const terms = await tab.page.evaluate(() => window.e2e.events.flatMap((event) =>
      (event.type === 'explained' && event.answer.terms ? event.answer.terms.terms : []).map(({ level, errors }) => ({ t: level.t, eps: errors.eps }))));
    assert.deepEqual(terms.slice(0, 16).map(({ t }) => t), Array.from({ length: 16 }, (_, index) => 16 * index), 'coarse ones first');
    const all = [...new Map(terms.map((term) => [term.t, term])).values()];
    assert.equal(all.length, T);
    const worst = all.reduce((most, term) => (term.eps > most.eps ? term : most));
    const [, size, where] = /error of ε̂, ([\d.]+), is at t = ([\d,]+)\./.exec(await scene.locator('.chart > p').innerText());
    assert.equal(Number(where.replaceAll(',', '')), worst.t);
    shows(Number(size), worst.eps, 'the largest error');
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
    // The example brings along what it needs: σ² = β and no clipping.
    for (const [before, clipped] of [['fixed_large', false], ['fixed_small', true]]) {
      await scene.getByLabel('σ²', { exact: true }).selectOption(before);
      await hand.getByLabel('Clip x̂₀').setChecked(clipped);
      await typed({ xₜ: 1.5 });
      await tab.until('another end', () => !/goes to 0\.408/.test(document.querySelector('.by-hand').textContent));
      await hand.getByRole('button', { name: '0.4, 0.3, 0.1' }).click();
      await tab.until('0.408', () => /goes to 0\.408/.test(document.querySelector('.by-hand').textContent));
      assert.equal(await scene.getByLabel('σ²', { exact: true }).inputValue(), 'fixed_large');
      assert.ok(!await hand.getByLabel('Clip x̂₀').isChecked());
    }
    await tab.page.waitForTimeout(300);
    assert.match(await hand.innerText(), /goes to 0\.408/, 'and stays there');
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

  topic.test('a variance that the network says, in the step and in the bound', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await giveDigits(tab, 60);
    const fixed = await open(tab, 'step');
    assert.match(await fixed.textContent(), /these weights have not/);
    await tab.trainToEnd({ ...TINY, 'Stop after': 3, 'Variance σ²': 'learned_range', Loss: 'hybrid' });
    const scene = await open(tab, 'step');
    await moveTo(tab, 'step', 400);
    assert.equal(await scene.getByLabel('σ²', { exact: true }).inputValue(), 'learned_range');
    const step = await answer(tab, 'step');
    const pixel = Number(await scene.getAttribute('data-pixel'));
    assert.equal(step.variance.length, 784);
    const { beta, beta_tilde } = step.coefficients;
    const shown = await filled(scene.locator('.formula').nth(3));
    shows(shown.variance, step.variance[pixel], 'σ²');
    const share = shown.share;
    shows(Math.log(beta) * share + Math.log(beta_tilde) * (1 - share), Math.log(step.variance[pixel]), 'ln σ² between those of β̃ and β');
    assert.ok(Math.abs(step.noise[pixel] - Math.sqrt(step.variance[pixel]) * step.z[pixel]) < 1e-4);
    await shoot(tab, 'understand-step-learned');

    const bound = await open(tab, 'bound');
    await moveTo(tab, 'bound', 250);
    assert.equal(await bound.getByLabel('σ²', { exact: true }).inputValue(), 'learned_range');
    const { weight, pixel: of } = (await answer(tab, 'terms')).terms[0];
    assert.ok(weight == null);
    const ratio = of.beta_tilde / of.variance;
    const nats = 0.5 * (ratio - 1 - Math.log(ratio)) + (of.x0_factor * (of.x0 - of.x0_hat)) ** 2 / (2 * of.variance);
    assert.ok(Math.abs(nats - of.nats) < 1e-4 * Math.max(1, nats), `${nats} and ${of.nats}`);
    assert.match(await bound.textContent(), /there is no weight to draw/);
    await bound.getByLabel('σ²', { exact: true }).selectOption('fixed_small');
    await tab.until('a weight', () => {
      const found = window.e2e.events.findLast((event) => event.type === 'explained' && 'terms' in event.answer);
      return found.answer.terms.terms[0].weight != null;
    });
  }, { seconds: 90 });

  topic.test('a scene goes back to its defaults', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const scene = await open(tab, 'step');
    const state = () => scene.evaluate((place) => ({
      fields: [...place.querySelectorAll('input, select')].map((field) => (field.type === 'checkbox' ? field.checked : field.value)),
      t: place.dataset.t, pixel: place.dataset.pixel,
    }));
    const before = await state();
    await moveTo(tab, 'step', 700);
    await scene.locator('.pixels').first().click({ position: { x: 5, y: 5 } });
    await scene.getByLabel('σ²', { exact: true }).selectOption('fixed_small');
    await scene.getByLabel('Steps at once').selectOption('50');
    await scene.getByLabel('The network is told').selectOption('4');
    await scene.getByLabel('Clip x̂₀ to −1 … 1').uncheck();
    await scene.getByLabel('βₜ', { exact: true }).fill('0.02');
    await tab.until('another pixel', () => Number(document.getElementById('understand-step').dataset.pixel) < 60);
    assert.notDeepEqual((await state()).fields, before.fields);
    await scene.getByRole('button', { name: 'Use the defaults' }).click();
    await tab.until('the first t', (t) => document.getElementById('understand-step').dataset.t === t, before.t);
    assert.deepEqual(await state(), before);
    await tab.until('0.408', () => /goes to 0\.408/.test(document.querySelector('.by-hand').textContent));
    // What all scenes look at has gone back in all of them.
    assert.equal(await (await open(tab, 'forgetting')).getAttribute('data-t'), before.t);
  }, { seconds: 90 });

  topic.test('a chart is read by keyboard, and moves t', async () => {
    const tab = await shared();
    const scene = await open(tab, 'forgetting');
    await look(tab);
    const chart = scene.locator('.understand-chart').first();
    const { height: before } = await chart.boundingBox();
    await chart.focus();
    await tab.page.keyboard.press('Home');
    const [plot, numbers, whole] = await Promise.all([chart.locator('.u-over'), chart.locator('.chart-values'), chart].map((part) => part.boundingBox()));
    assert.ok(numbers.y >= plot.y + plot.height, 'the numbers cover nothing of the plot');
    assert.equal(whole.height, before, 'and move nothing');
    assert.match(await chart.locator('.chart-values').innerText(), /^t 0: ᾱ 0\.9999/);
    await tab.page.keyboard.press('PageUp');
    const said = await chart.locator('.chart-values').innerText();
    const [, t, a] = /^t ([\d,]+): ᾱ ([\d.]+)/.exec(said);
    assert.ok(Math.abs(Number(a) / alphaBar(Number(t)) - 1) < 1e-3, said);
    await tab.page.keyboard.press('Enter');
    await tab.until(`t = ${t}`, (wanted) => document.getElementById('understand-forgetting').dataset.t === wanted, t);
  });

  topic.test('every scene at both sizes, light and dark, and by keyboard', async () => {
    const tab = await shared();
    for (const name of /** @type {Array<keyof typeof SCENES>} */ (Object.keys(SCENES))) {
      await open(tab, name);
      if (name === 'bound') await tab.until('all terms', () => document.getElementById('understand-bound').dataset.complete === 'true');
      await shoot(tab, `understand-${name}`);
      await accessible(tab, name);
      await tabThrough(tab, tab.page.locator('#understanding'));
    }
  }, { seconds: 240 });
}
