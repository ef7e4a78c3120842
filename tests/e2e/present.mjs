/** Present: the stage and what a training session shows fill the screen. */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { shoot } from './pictures.mjs';
import { TINY, giveDigits } from './trained.mjs';

const visible = (tab, ...ids) => tab.page.evaluate((all) => all.filter((id) => document.getElementById(id).checkVisibility()), ids);

export default function present(topic) {
  topic.test('shows the digits alone, and a training session beside them; Escape and the button leave it', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.generate({ count: 4, steps: 8 });
    await tab.press('Present');
    await tab.until('the full screen', () => document.fullscreenElement !== null);
    const parts = ['stage', 'pause', 'present', 'device-note', 'saving', 'generate-form', 'live', 'chart-key', 'training-canvas', 'train-form'];
    assert.deepEqual(await visible(tab, ...parts), ['stage', 'pause', 'present']);
    await tab.press('Leave the presentation');
    await tab.until('the window', () => document.fullscreenElement === null && !document.body.hasAttribute('data-present'));
    assert.ok((await visible(tab, 'generate-form')).length === 1);

    await giveDigits(tab);
    await tab.train({ ...TINY, 'Sample every': 10, 'Sampling steps': 4, 'Stop after': 0 });
    await tab.press('Present');
    await tab.page.locator('#samples-step').filter({ hasText: /\d/ }).waitFor();
    assert.deepEqual(await visible(tab, ...parts), ['stage', 'pause', 'present', 'live', 'chart-key', 'training-canvas']);
    const size = await tab.page.locator('#live-loss').evaluate((node) => Number.parseFloat(getComputedStyle(node).fontSize));
    assert.ok(size > 32, `the loss is written ${size} pixels high`);
    await tab.press('Pause');
    await tab.state('paused');
    await shoot(tab, 'present');
    await accessible(tab, 'presenting');
    await tab.page.evaluate(() => document.exitFullscreen().catch(() => {}));
    await tab.until('the window', () => !document.body.hasAttribute('data-present'));
    assert.deepEqual(await visible(tab, 'train-form', 'device-note'), ['train-form', 'device-note']);
    await tab.press('Reset');
    await tab.state('ready');
  });
}
