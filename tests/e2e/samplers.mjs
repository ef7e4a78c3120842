/** What Generate offers beside the numbers: samplers and their settings, guidance, the class; the schedule. */

import assert from 'node:assert/strict';
import { spread } from './pictures.mjs';
import { DRAW } from './trained.mjs';

/** By name in the list: the steps proposed, and the settings under More. */
const SAMPLERS = {
  DDPM: [50, ['Spacing', 'Variance', 'Clipping']],
  DDIM: [25, ['Noise η', 'Spacing', 'Clipping']],
  'DPM-Solver++ 2M': [20, ['Spacing', 'Clipping']],
  Langevin: [100, ['Clipping', 'Steps a level', 'Step size']],
};
const SETTINGS = ['Noise η', 'Spacing', 'Variance', 'Clipping', 'Threshold', 'Steps a level', 'Step size'];

const choose = (tab, label, option) => tab.page.getByLabel(label, { exact: true }).selectOption({ label: option });
const steps = (tab) => tab.page.getByLabel('Steps', { exact: true }).inputValue().then(Number);

/** Back to what the page opens with. */
const plain = (tab) => tab.fill({ Sampler: 'ddpm', 'Which digit': 'any', Guidance: 1 });

export default function samplers(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, (tab) => tab.ready());

  topic.test('each proposes its steps and shows its own settings', async () => {
    const tab = await shared();
    await tab.page.locator('#generate-form summary').click();
    for (const [name, [proposed, settings]] of Object.entries(SAMPLERS)) {
      await choose(tab, 'Sampler', name);
      assert.equal(await steps(tab), proposed, name);
      const seen = [];
      for (const label of SETTINGS) {
        if (await tab.page.getByLabel(label, { exact: true }).isVisible()) seen.push(label);
      }
      assert.deepEqual(seen.sort(), [...settings].sort(), name);
    }
    await choose(tab, 'Clipping', 'dynamic threshold');
    assert.ok(await tab.page.getByLabel('Threshold', { exact: true }).isVisible());
    await choose(tab, 'Clipping', 'to −1 … 1');
    await tab.fill({ Steps: 12 });
    await choose(tab, 'Sampler', 'DDIM');
    assert.equal(await steps(tab), 12, 'steps that were typed stay');
    await plain(tab);
  });

  topic.test('each draws, in as many steps as asked for, and the same again from the same seed', async () => {
    const tab = await shared();
    const drawn = new Set();
    for (const name of Object.keys(SAMPLERS)) {
      await choose(tab, 'Sampler', name);
      const { fingerprint, pixels, steps: taken } = await tab.generate(DRAW);
      assert.equal(taken, DRAW.steps, name);
      assert.ok(spread(pixels) > 10, `${name}: not flat`);
      assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint, name);
      drawn.add(fingerprint);
    }
    assert.equal(drawn.size, 4, 'each in its own way');
    await plain(tab);
  }, { seconds: 120 });

  topic.test('their settings change the digits, those of others do not', async () => {
    const tab = await shared();
    await choose(tab, 'Sampler', 'DDIM');
    const { fingerprint } = await tab.generate(DRAW);
    for (const settings of [{ 'Noise η': 1 }, { Spacing: 'trailing' }, { Clipping: 'none' }, { Clipping: 'dynamic' }]) {
      const before = Object.fromEntries(await Promise.all(Object.keys(settings).map(async (label) =>
        [label, await tab.page.getByLabel(label, { exact: true }).inputValue()])));
      await tab.fill(settings);
      assert.notEqual((await tab.generate(DRAW)).fingerprint, fingerprint, JSON.stringify(settings));
      await tab.fill(before);
    }
    // Out of sight under another sampler, so no reason to refuse it.
    await tab.fill({ 'Noise η': 5 });
    await plain(tab);
    await tab.generate(DRAW);
    await tab.fill({ Sampler: 'ddim', 'Noise η': 0 });
    await plain(tab);
  }, { seconds: 120 });

  topic.test('the digit chosen and the guidance change what is drawn', async () => {
    const tab = await shared();
    const seen = new Map();
    for (const which of ['any', 'none', 'all', '3', '8']) {
      await tab.fill({ 'Which digit': which });
      const { fingerprint, options } = await tab.generate(DRAW);
      assert.ok(!seen.has(fingerprint), `${which} draws what ${seen.get(fingerprint)} draws`);
      assert.deepEqual(options.class, /\d/.test(which) ? { one: Number(which) } : which);
      seen.set(fingerprint, which);
      assert.equal(await tab.page.getByLabel('Guidance', { exact: true }).isDisabled(), which === 'none');
    }
    const guided = new Set();
    for (const guidance of [0, 1, 4, 8]) {
      await tab.fill({ 'Which digit': '3', Guidance: guidance });
      guided.add((await tab.generate(DRAW)).fingerprint);
    }
    assert.equal(guided.size, 4);
    await plain(tab);
  }, { seconds: 120 });

  topic.test('guidance 0 draws what no digit draws', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'none' });
    const { fingerprint } = await tab.generate(DRAW);
    await tab.fill({ 'Which digit': '5', Guidance: 0 });
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
    await plain(tab);
  });

  topic.test('the noise schedule is drawn, and told in words and numbers', async () => {
    const tab = await shared();
    assert.ok(await tab.page.locator('#schedule-chart').isHidden(), 'folded away');
    await tab.page.getByText('The noise schedule', { exact: true }).click();
    await tab.page.locator('#schedule-chart canvas').waitFor({ state: 'visible' });
    const inked = await tab.page.locator('#schedule-chart canvas').evaluate((canvas) =>
      canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((v) => v > 0).length);
    assert.ok(inked > 1000, `${inked} bytes of the chart are not blank`);
    assert.match(await tab.text('schedule-words'), /T = 1,000 steps.*From t = 259 on the noise is the stronger/);
    const cells = await tab.page.locator('#schedule-rows tr').evaluateAll((rows) =>
      rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.deepEqual(cells.map(([t]) => t), ['0', '250', '500', '749', '999']);
    assert.equal(cells[2][1], '0.0778', 'ᾱ at t = 500');
    await tab.page.getByText('The noise schedule', { exact: true }).click();
  });
}
