/** Every state of the page at 360 and 1440 pixels, light and dark: no scrolling sideways, no violation of axe's rules. */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';
import { TINY, giveDigits } from './trained.mjs';

export default function layout(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await giveDigits(tab);
  });

  topic.test('loading', async () => {
    let release = () => {};
    const held = new Promise((resolve) => { release = resolve; });
    const tab = await topic.open({
      before: (page) => page.route(/page-cpu_bg\.wasm/, async (route) => {
        await held;
        await route.continue();
      }),
    });
    await tab.until('weights', () => document.getElementById('download-weights-size').textContent !== '');
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'loading');
    assert.ok(await tab.button('Generate').isDisabled());
    await shoot(tab, 'loading');
    await accessible(tab, 'loading');
    release();
    await tab.ready();
  });

  topic.test('ready', async () => {
    const tab = await shared();
    await shoot(tab, 'ready');
    await accessible(tab, 'ready');
  });

  topic.test('generating, paused, drawn', async () => {
    const tab = await shared();
    await tab.fill({ Digits: 16, Steps: 1000, Seed: 7 });
    const since = await tab.mark();
    await tab.press('Generate');
    await tab.next('sampling', since);
    await shoot(tab, 'generating');
    await accessible(tab, 'generating');
    await tab.press('Pause');
    await tab.state('paused');
    await shoot(tab, 'generating-paused');
    await tab.press('Cancel');
    await tab.state('ready');
    await tab.generate({ count: 4, steps: 20 });
    await shoot(tab, 'drawn');
  }, { seconds: 90 });

  topic.test('training and paused', async () => {
    const tab = await shared();
    const since = await tab.mark();
    await tab.train({ ...TINY, 'Sampling steps': 5, 'Sample every': 10, 'Stop after': 0 });
    await tab.next('samples', since);
    await accessible(tab, 'training');
    await tab.press('Pause');
    await tab.state('paused');
    await accessible(tab, 'paused');
    await tab.press('Reset');
    await tab.state('ready');
  });

  /** Show Draw, and unfold its parts, or fold them again. */
  const unfold = async (tab) => {
    await tab.tool('draw');
    for (const summary of await tab.page.locator('#generation summary').all()) await summary.click();
  };

  topic.test('Draw with everything unfolded, and an edit of a part', async () => {
    const tab = await shared();
    await unfold(tab);
    await tab.fill({ Sampler: 'langevin', Clipping: 'dynamic' });
    await shoot(tab, 'draw-unfolded');
    await accessible(tab, 'Draw, unfolded');
    await tab.fill({ Sampler: 'ddpm', Clipping: 'static', 'What to do': 'part' });
    await shoot(tab, 'edit-part');
    await accessible(tab, 'an edit of a part');
    await tab.fill({ 'What to do': 'picture' });
    await unfold(tab);
  }, { seconds: 90 });

  topic.test('alert', async () => {
    const tab = await shared();
    await tab.give({ name: 'a-file-with-a-rather-long-name-that-must-not-widen-the-page.safetensors', bytes: [1, 2] });
    await tab.alert('weights');
    await shoot(tab, 'alert-weights');
    await accessible(tab, 'an alert in Weights');
    await tab.fill({ Digits: 65 });
    await tab.press('Generate');
    await tab.alert('generate');
    await shoot(tab, 'alert-draw');
    await accessible(tab, 'an alert in Draw');
  });

  topic.test('controls carry the names that scripts and screen readers know', async () => {
    const tab = await shared();
    for (const name of ['Generate', 'Train', 'Pause', 'Resume', 'Reset', 'Cancel', 'Download weights']) {
      assert.equal(await tab.button(name).count(), 1, name);
    }
    assert.equal(await tab.page.getByLabel('Load weights', { exact: true }).getAttribute('type'), 'file');
  });
}
