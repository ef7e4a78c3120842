/** Understand, the scenes that ask the network most: the score and the inside of the network; and when scenes ask it nothing. */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';
import { TINY } from './trained.mjs';
import { alphaBar, answer, filled, look, moveTo, open, scenes, shows } from './scenes.mjs';

export default function understandNetwork(topic) {
  const shared = scenes(topic);

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

  topic.test('inside a pass of the last draw, the one that the timeline shows', async () => {
    const tab = await shared();
    const scene = await open(tab, 'network');
    const given = (wanted) => tab.until(`the pass ${wanted}`, (pass) => document.getElementById('understand-network').dataset.given === pass, wanted);
    const sampled = await tab.generate({ count: 3, steps: 6, seed: 7 });
    await open(tab, 'network');
    await scene.getByLabel('Look inside at').selectOption('draw');
    // The timeline shows the digits; the last pass is the one that made them.
    await given('0 5');
    assert.ok(await scene.getByLabel('Step t', { exact: true }).isHidden());
    const last = await answer(tab, 'inside');
    assert.equal(last.level.t, sampled.frames[5].t);
    assert.ok(last.errors == null, 'nobody knows the noise');
    const since = await tab.mark();
    await scene.getByLabel('Pass', { exact: true }).fill('2');
    await given('0 2');
    assert.equal(await tab.page.locator('#frame').inputValue(), '2', 'the timeline moves with it');
    await tab.page.locator('#frame').fill('4');
    await given('0 4');
    await scene.getByLabel('Digit of that draw').fill('3');
    await given('2 4');
    // x_t against the greys of the frame, where they are no clipped noise.
    const found = await answer(tab, 'inside');
    const greys = await tab.page.evaluate(() => new Promise((resolve) => {
      const before = window.e2e.events.length;
      document.querySelectorAll('#digit-grid button')[2].click();
      const wait = setInterval(() => {
        const event = window.e2e.events.slice(before).find((e) => e.type === 'trajectory');
        if (!event) return;
        clearInterval(wait);
        resolve(event.pixels.slice(4 * 784, 5 * 784));
      }, 30);
    }));
    greys.forEach((grey, at) => {
      if (grey > 0 && grey < 255) assert.ok(Math.abs(found.x_t[at] - (grey / 127.5 - 1)) < 1e-6, `pixel ${at}`);
      else assert.ok(grey === 0 ? found.x_t[at] <= -1 : found.x_t[at] >= 1, `pixel ${at} is beyond: ${found.x_t[at]}`);
    });
    assert.deepEqual(await tab.events('refused', since), []);
    await open(tab, 'network');
    await scene.getByLabel('Digit of that draw').fill('4');
    await tab.until('the refusal', () => /There is no digit 4: the last draw has 3/.test(document.getElementById('understanding').textContent));
    await scene.getByLabel('Digit of that draw').fill('1');
    await shoot(tab, 'understand-network-pass');
    await accessible(tab, 'a pass of the last draw');
    await scene.getByLabel('Look inside at').selectOption('image');
  });

  topic.test('while a network is trained the scenes say whose weights they show, and take the newest when asked', async () => {
    const tab = await shared();
    await open(tab, 'noise');
    assert.ok(await tab.page.locator('.session-weights').isHidden());
    await tab.train({ ...TINY, 'Stop after': 0 });
    await open(tab, 'noise');
    for (const t of [700, 60]) await moveTo(tab, 'noise', t);
    const before = (await answer(tab, 'predicted')).eps_hat;
    await tab.until('the step of the weights', () => /average weights after step 0, where it began\./.test(document.querySelector('.session-weights').textContent));
    await tab.until('some steps', () => Number(document.getElementById('training').dataset.step) > 5);
    await shoot(tab, 'understand-session');
    await accessible(tab, 'scenes of a session');
    await tab.page.getByRole('button', { name: 'Use its newest weights' }).click();
    await tab.until('a later step', () => Number(document.querySelector('.session-weights').dataset.step) > 5);
    await tab.until('another answer', (old) => {
      const found = window.e2e.events.findLast((event) => event.type === 'explained' && 'predicted' in event.answer);
      return found.answer.predicted.level.t === 60 && found.answer.predicted.eps_hat.join() !== old;
    }, before.join());
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'training');
    await tab.press('Pause');
    await tab.state('paused');
    assert.ok(await tab.page.locator('.session-weights').isHidden());
    await tab.press('Reset');
    await tab.state('ready');
  }, { seconds: 150 });

  topic.test('a way that ends after t has moved on is not shown', async () => {
    const tab = await shared();
    const scene = await open(tab, 'score');
    await moveTo(tab, 'score', 100);
    await scene.getByRole('button', { name: 'Clear the ways' }).click();
    const since = await tab.mark();
    await scene.getByRole('button', { name: 'Langevin walk from here' }).click();
    await moveTo(tab, 'score', 900);
    await tab.until('the way and all rows', (from) => document.getElementById('understand-score').dataset.rows === '11'
      && window.e2e.events.slice(from).some((event) => event.type === 'explained' && 'score_walk' in event.answer), since);
    assert.equal(await scene.locator('.way.langevin').getAttribute('d'), null);
    assert.doesNotMatch(await scene.locator('[role=status]').last().textContent(), /Langevin/);
    await scene.getByRole('button', { name: 'Langevin walk from here' }).click();
    await scene.getByText('30 steps of Langevin dynamics at t = 900').waitFor();
  });

  topic.test('a scene that is out of sight asks the network nothing, and goes on where it was when it is seen again', async () => {
    const tab = await shared();
    const asked = async (kind, since) => (await tab.events('explained', since)).filter((event) => kind in event.answer).length;
    await open(tab, 'forgetting');
    await look(tab, 'A training image of the class 5');
    const scene = await open(tab, 'bound');
    await tab.until('some terms', () => /of 1,000 terms/.test(document.querySelector('.bound-progress')?.textContent));
    await tab.tool('draw');
    // What was asked before may still be answered.
    await tab.page.waitForTimeout(1000);
    const left = await tab.mark();
    await tab.generate({ count: 1, steps: 8 });
    await tab.page.locator('#frame').fill('3');
    await tab.page.waitForTimeout(1000);
    assert.equal(await asked('terms', left), 0);
    await tab.tool('understand');
    await tab.until('all terms', () => document.getElementById('understand-bound').dataset.complete === 'true', undefined, 120_000);
    const parts = await asked('terms', left);
    assert.ok(parts > 0 && parts < 1000 / 16, `${parts} questions more, of ${Math.ceil(1000 / 16)} in all`);
    assert.ok(await scene.getByText('All 1,000 terms').isVisible());

    await open(tab, 'network');
    await tab.fill({ 'Look inside at': 'draw' });
    await tab.until('the pass', () => document.getElementById('understand-network').dataset.given === '0 3');
    await tab.tool('draw');
    const again = await tab.mark();
    for (const frame of [0, 5, 2]) await tab.page.locator('#frame').fill(String(frame));
    await tab.page.waitForTimeout(1000);
    assert.equal(await asked('inside', again), 0);
    await tab.tool('understand');
    await tab.until('the pass that the timeline shows now', () => document.getElementById('understand-network').dataset.given === '0 2');
  }, { seconds: 150 });
}
