/** Settings survive a reload, and an address shows the digits that somebody else has drawn. */

import assert from 'node:assert/strict';
import { BASE } from './environment.mjs';

export default function settings(topic) {
  topic.test('what was set is there after a reload, and the defaults come back on request', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.fill({ Digits: 3, Seed: 123, 'Which digit': '4', Sampler: 'ddim', Steps: 6, 'Noise η': 0.5 });
    await tab.fill({ Model: 'tiny', 'Batch size': 5, 'Digits to measure': 30 });
    await tab.press('New seed');
    const seed = await tab.page.getByLabel('Seed', { exact: true }).inputValue();
    assert.notEqual(seed, '123');
    await tab.page.reload();
    await tab.ready();
    const value = (label) => tab.page.getByLabel(label, { exact: true }).inputValue();
    for (const [label, expected] of Object.entries({
      Digits: '3', Seed: seed, 'Which digit': '4', Sampler: 'ddim', Steps: '6', 'Noise η': '0.5',
      Model: 'tiny', 'Batch size': '5', 'Digits to measure': '30',
    })) assert.equal(await value(label), expected, label);

    await tab.press('Use the defaults');
    assert.deepEqual([await value('Digits'), await value('Seed'), await value('Which digit')], ['16', '7', 'any']);
    await tab.page.reload();
    await tab.ready();
    assert.equal(await value('Digits'), '16');
  });

  topic.test('an address draws the same digits', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.ready();
    await tab.fill({ 'Which digit': '3', Sampler: 'ddim', 'Noise η': 0.25, Guidance: 2 });
    const { fingerprint } = await tab.generate({ count: 2, steps: 5, seed: 99 });
    await tab.press('Copy link');
    await tab.page.getByText('Copied.', { exact: true }).waitFor();
    const link = await tab.page.evaluate(() => navigator.clipboard.readText());
    const asked = new URL(link).searchParams;
    assert.deepEqual(Object.fromEntries(asked), {
      device: 'cpu', count: '2', steps: '5', seed: '99', class: '3', guidance: '2', sampler: 'ddim', eta: '0.25',
    });
    assert.equal(tab.page.url(), link, 'the address itself says so, too');

    // Somebody else opens it.
    const other = await topic.open({ base: link });
    const sampled = await other.next('sampled', 0);
    assert.equal(sampled.fingerprint, fingerprint);
    assert.equal(await other.page.getByLabel('Seed', { exact: true }).inputValue(), '99');
  });

  topic.test('an address or a store with nonsense is no obstacle', async () => {
    const tab = await topic.open({
      base: `${BASE}?device=cpu&class=eleven&sampler=magic&count=many&steps=-1`,
      before: (page) => page.addInitScript(() => localStorage.setItem('ddpm.settings', '{"seed": 5, "class": ["x"')),
    });
    await tab.ready();
    const value = (label) => tab.page.getByLabel(label, { exact: true }).inputValue();
    assert.equal(await value('Which digit'), 'any');
    await tab.generate({ count: 1, steps: 2 });
  });
}
