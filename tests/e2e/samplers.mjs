/**
 * The samplers and their settings, the digit chosen, guidance, and the noise schedule. The tests of samplers go over all
 * that the page offers: a new one in the registry (crate/samplers/registry.rs) is tested here without a change.
 */

import assert from 'node:assert/strict';
import { spread } from './pictures.mjs';
import { DRAW } from './trained.mjs';

/**
 * The label of the field of each setting (`Setting` in www/protocol.d.ts), and values of it other than the one the page
 * opens with. A new setting belongs in this list.
 * @type {Record<string, { label: string, others: Array<string | number> }>}
 */
const SETTINGS = {
  spacing: { label: 'Spacing', others: ['trailing'] },
  variance: { label: 'Variance', others: ['fixed_large'] },
  eta: { label: 'Noise η', others: [0.5] },
  clip: { label: 'Clipping', others: ['none', 'dynamic'] },
  inner: { label: 'Steps a level', others: [4] },
  step_size: { label: 'Step size', others: [0.5] },
};
/** All fields under More. Threshold belongs to one choice of Clipping, not to a sampler. */
const LABELS = ['Threshold', ...Object.values(SETTINGS).map(({ label }) => label)];

/** Samplers that people know the page by: their names, steps and settings are not to change by accident. */
const KNOWN = {
  DDPM: [50, ['spacing', 'variance', 'clip']],
  DDIM: [25, ['spacing', 'eta', 'clip']],
  'DPM-Solver++ 2M': [20, ['clip', 'eta', 'spacing']],
  Langevin: [100, ['clip', 'inner', 'step_size']],
};

const choose = (tab, label, option) => tab.page.getByLabel(label, { exact: true }).selectOption({ label: option });
const valueOf = (tab, label) => tab.page.getByLabel(label, { exact: true }).inputValue();
const steps = (tab) => tab.page.getByLabel('Steps', { exact: true }).inputValue().then(Number);

/** Set the fields to what the page opens with, but no guidance. */
const plain = (tab) => tab.fill({ Sampler: 'ddpm', 'Which digit': 'any', Guidance: 1 });

export default function samplers(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, (tab) => tab.ready());

  topic.test('all samplers of the registry are offered, the known ones with the steps and settings they always had', async () => {
    const tab = await shared();
    const samplers = await tab.samplers();
    const options = await tab.page.getByLabel('Sampler', { exact: true }).locator('option').evaluateAll((all) =>
      all.map(({ value, text }) => [value, text]));
    assert.deepEqual(options, samplers.map(({ kind, title }) => [kind, title]));
    for (const [name, [proposed, settings]] of Object.entries(KNOWN)) {
      const found = samplers.find(({ title }) => title === name);
      assert.ok(found, `${name} is offered`);
      assert.deepEqual([found.steps, [...found.settings].sort()], [proposed, [...settings].sort()], name);
    }
  });

  topic.test('each proposes its steps and shows its own settings', async () => {
    const tab = await shared();
    await tab.page.locator('#generate-form summary').first().click();
    for (const { title, steps: proposed, settings } of await tab.samplers()) {
      await choose(tab, 'Sampler', title);
      assert.equal(await steps(tab), proposed, title);
      const expected = settings.map((setting) => SETTINGS[setting]?.label ?? `no field for the setting ${setting}`);
      const seen = [];
      for (const label of LABELS) {
        if (await tab.page.getByLabel(label, { exact: true }).isVisible()) seen.push(label);
      }
      assert.deepEqual(seen.sort(), expected.sort(), title);
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
    const samplers = await tab.samplers();
    const drawn = new Set();
    for (const { title } of samplers) {
      await choose(tab, 'Sampler', title);
      const { fingerprint, pixels, steps: taken } = await tab.generate(DRAW);
      assert.equal(taken, DRAW.steps, title);
      assert.ok(spread(pixels) > 10, `${title}: not flat`);
      assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint, title);
      drawn.add(fingerprint);
    }
    assert.equal(drawn.size, samplers.length, 'each draws digits of its own');
    await plain(tab);
  }, { seconds: 150 });

  topic.test('their settings change the digits, those of others do not', async () => {
    const tab = await shared();
    for (const { title, settings } of await tab.samplers()) {
      await choose(tab, 'Sampler', title);
      const { fingerprint } = await tab.generate(DRAW);
      for (const { label, others } of settings.map((setting) => SETTINGS[setting])) {
        const before = await valueOf(tab, label);
        for (const value of others) {
          await tab.fill({ [label]: value });
          assert.notEqual((await tab.generate(DRAW)).fingerprint, fingerprint, `${title}, ${label} ${value}`);
        }
        await tab.fill({ [label]: before });
      }
    }
    // A bad number in a field that another sampler hides is no reason to refuse, and changes nothing.
    await plain(tab);
    const { fingerprint } = await tab.generate(DRAW);
    await tab.fill({ Sampler: 'ddim', 'Noise η': 5 });
    await plain(tab);
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
    await tab.fill({ Sampler: 'ddim', 'Noise η': 0 });
    await plain(tab);
  }, { seconds: 240 });

  topic.test('the digit chosen and the guidance change what is drawn', async () => {
    const tab = await shared();
    const seen = new Map();
    for (const which of ['any', 'none', 'all', '3', '8']) {
      await tab.fill({ 'Which digit': which });
      const { fingerprint, options } = await tab.generate(DRAW);
      assert.ok(!seen.has(fingerprint), `${which} draws what ${seen.get(fingerprint)} draws`);
      assert.deepEqual(options.class, /\d/.test(which) ? { one: Number(which) } : which);
      seen.set(fingerprint, which);
      assert.equal(await tab.page.getByLabel('Guidance', { exact: true }).isDisabled(), false, 'these weights have a guide');
    }
    const guided = new Set();
    for (const guidance of [0, 1, 4, 8]) {
      await tab.fill({ 'Which digit': '3', Guidance: guidance });
      guided.add((await tab.generate(DRAW)).fingerprint);
    }
    assert.equal(guided.size, 4);
    await plain(tab);
  }, { seconds: 120 });

  topic.test('noise on the way is proposed, for DDIM only without a class, and what was chosen stays', async () => {
    const tab = await shared();
    for (const [sampler, withClass] of [['dpm++2m', '1'], ['ddim', '0']]) {
      await tab.fill({ Sampler: sampler });
      assert.equal(await valueOf(tab, 'Noise η'), withClass, sampler);
      await tab.fill({ Sampler: sampler, 'Which digit': 'none' });
      assert.equal(await valueOf(tab, 'Noise η'), '1', sampler);
      assert.equal(await tab.page.locator('input[data-for=eta]').inputValue(), '1', sampler);
      const { options, fingerprint } = await tab.generate(DRAW);
      assert.equal(options.sampler.eta, 1);
      await tab.fill({ 'Noise η': 0.5 });
      assert.notEqual((await tab.generate(DRAW)).fingerprint, fingerprint);
      await tab.fill({ 'Which digit': 'any' });
      assert.equal(await valueOf(tab, 'Noise η'), '0.5', sampler);
      await tab.fill({ 'Noise η': withClass });
    }
    await plain(tab);
  });

  topic.test('guidance 0 draws what no digit draws', async () => {
    const tab = await shared();
    await tab.fill({ 'Which digit': 'none' });
    const { fingerprint } = await tab.generate(DRAW);
    await tab.fill({ 'Which digit': '5', Guidance: 0 });
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
    await plain(tab);
  });

  topic.test('without a digit the guidance is that of the weights’ guide', async () => {
    const tab = await shared();
    const [{ recipe, guide }] = (await tab.events('model')).slice(-1);
    assert.ok(guide, 'the weights that the page comes with have a guide');
    await tab.fill({ Guidance: recipe.cfg_scale, 'Which digit': 'none' });
    assert.equal(await valueOf(tab, 'Guidance'), String(guide.cfg_scale));
    assert.match(await tab.text('guidance-hint'), /away from what a weaker network draws/);
    assert.match(await tab.text('class-hint'), /weights “Unconditional”, under Weights/);
    const guided = await tab.generate(DRAW);
    assert.equal(guided.options.cfg_scale, guide.cfg_scale);
    await tab.fill({ Guidance: 1 });
    assert.notEqual((await tab.generate(DRAW)).fingerprint, guided.fingerprint);
    await tab.fill({ Guidance: guide.cfg_scale, 'Which digit': '3' });
    assert.equal(await valueOf(tab, 'Guidance'), String(recipe.cfg_scale), 'what nobody has typed changes with the digit');
    assert.match(await tab.text('guidance-hint'), /How much the chosen digit counts/);
    assert.equal(await tab.text('class-hint'), 'What the network is asked to draw.');
    const [first, end] = [recipe.cfg_t_min, recipe.cfg_t_max].map((share) => share * recipe.timesteps);
    const where = first > 0 ? `where t is ${first} or more and below ${end}` : `where t is below ${end}`;
    assert.ok((await tab.text('guidance-hint')).endsWith(`It acts ${where}.`), await tab.text('guidance-hint'));
    await plain(tab);
  });

  topic.test('the noise schedule is drawn, and told in words and numbers', async () => {
    const tab = await shared();
    assert.ok(await tab.page.locator('#schedule-chart').isHidden(), 'folded away');
    await tab.click(tab.page.getByText('The noise schedule', { exact: true }));
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
