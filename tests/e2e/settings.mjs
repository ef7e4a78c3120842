/**
 * Settings, the sketch, the digits drawn last and what is unfolded survive a reload, and an address shows the digits that somebody
 * else has drawn.
 */

import assert from 'node:assert/strict';
import { BASE } from './environment.mjs';
import { difference, onScreen } from './pictures.mjs';
import { SCENES, open } from './scenes.mjs';

/** The pixels of a canvas of the page's own. */
const painted = (tab, id) => tab.page.locator(`#${id}`).evaluate((canvas) =>
  [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]);

/** The parts of the page that are unfolded, by the first words of their summaries. */
const unfolded = (tab) => tab.page.locator('details[open] > summary').evaluateAll((summaries) => summaries.map((it) => it.textContent.split(':')[0]));

/** All controls of the page's stage and tools, and those of them that nowhere say what they do. */
const controls = (tab) => tab.page.evaluate(() => {
  const wordsOf = (node) => [
    node.getAttribute('aria-description') ?? '',
    ...(node.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? ''),
  ].join('').trim();
  const all = [...document.querySelectorAll('main :is(input:not([type=file]), select, textarea)')];
  const silent = all.filter((control) => wordsOf(control) === '' && wordsOf(control.closest('fieldset') ?? control) === '');
  return { all: all.length, silent: silent.map((control) => control.id || control.getAttribute('aria-label') || control.labels[0].textContent) };
});

export default function settings(topic) {
  topic.test('every control says what it does, beside its name', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.generate({ count: 3, steps: 2 });
    for (const name of /** @type {Array<keyof typeof SCENES>} */ (Object.keys(SCENES))) await open(tab, name);
    const { all, silent } = await controls(tab);
    assert.deepEqual(silent, []);
    assert.ok(all > 100, `${all} controls were looked at`);
  }, { seconds: 90 });

  topic.test('Measure goes back to its defaults', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.fill({ 'Digits to measure': 30 });
    await tab.check('whether they are copies of training images', false);
    await tab.check('what a classifier learns from them alone');
    await tab.click(tab.page.locator('[data-defaults="measure-form"]'));
    const values = () => tab.page.locator('#measure-form').evaluate((form) => [...form.querySelectorAll('input')].map((field) => (field.type === 'checkbox' ? field.checked : field.value)));
    assert.deepEqual(await values(), ['200', true, false, false]);
    await tab.page.reload();
    await tab.ready();
    assert.deepEqual(await values(), ['200', true, false, false], 'on the next visit, too');
  });

  topic.test('so does what is saved of a draw', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.generate({ count: 2, steps: 2 });
    await tab.fill({ As: 'strip', 'Pixels a digit': '1', 'Which of them': 2 });
    await tab.click(tab.page.locator('[data-defaults="save-form"]'));
    const values = await tab.page.locator('#save-form').evaluate((form) => [...form.querySelectorAll('select, input[type=number]')].map((field) => field.value));
    assert.deepEqual(values, ['png', 'all', '1', '8']);
    assert.ok(await tab.page.locator('#save-what-field').isVisible(), 'the fields are those of a picture');
  });

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

    await tab.click(tab.page.locator('#use-defaults'));
    assert.deepEqual([await value('Digits'), await value('Seed'), await value('Which digit')], ['16', '7', 'any']);
    await tab.page.reload();
    await tab.ready();
    assert.equal(await value('Digits'), '16');
  });

  topic.test('the sketch, the digits drawn last and what is unfolded are there after a reload, and nothing is drawn anew', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.page.getByText('The noise schedule', { exact: true }).click();
    await tab.check('what a classifier learns from them alone');
    await tab.fill({ Format: 'f16', 'What to do': 'part' });
    const pad = tab.page.locator('#pad');
    // Unlike scrolling into view, this waits until a smooth scroll has ended.
    await pad.hover();
    const { x, y, width } = await pad.boundingBox();
    for (const [brush, row] of [['Pen', 0.3], ['Mark', 0.7]]) {
      await tab.check(brush);
      await tab.page.mouse.move(x + 0.2 * width, y + row * width);
      await tab.page.mouse.down();
      await tab.page.mouse.move(x + 0.8 * width, y + row * width, { steps: 3 });
      await tab.page.mouse.up();
    }
    const sketch = await painted(tab, 'pad');
    assert.ok(new Set(sketch).size > 3, 'ink and mask are there');
    const sampled = await tab.generate({ count: 3, steps: 4, seed: 31 });

    await tab.page.reload();
    await tab.ready();
    assert.deepEqual(await unfolded(tab), ['More', 'The noise schedule']);
    assert.ok(await tab.page.getByLabel('what a classifier learns').isChecked());
    assert.deepEqual(await tab.page.locator('#dtype, #edit-task').evaluateAll((lists) => lists.map((list) => list.value)), ['part', 'f16']);
    assert.deepEqual(await painted(tab, 'pad'), sketch);
    assert.ok(difference(await onScreen(tab, 'last-canvas', 3), sampled.pixels) < 2, 'the digits are on the screen');
    assert.equal(await tab.text('fingerprint'), sampled.fingerprint);
    assert.equal(await tab.text('generate-step'), '3 digits in 4 steps');
    assert.equal(await tab.text('generate-left'), 'drawn before with small.safetensors');
    assert.equal(await tab.page.getByLabel('Digit 3 of 3', { exact: true }).count(), 1, 'and can be edited');
    assert.deepEqual(await tab.events('sampling'), []);

    // The next draw takes their place, and an address of other digits draws those.
    const next = await tab.generate({ count: 2, steps: 4, seed: 32 });
    assert.ok(difference(await onScreen(tab, 'generate-canvas', 2), next.pixels) < 2);
    const since = tab.page.url();
    await tab.page.goto(since.replace('seed=32', 'seed=33'));
    assert.equal((await tab.next('sampled', 0)).options.seed, 33);
    // A new tab without an address of its own shows what the browser has seen last.
    const page = await tab.context.newPage();
    await page.goto(`${BASE}?device=cpu`);
    await page.locator('#stage[data-curtain="last"]').waitFor();
    assert.equal(await page.locator('#fingerprint').innerText(), await tab.text('fingerprint'));
    await page.close();
  });

  topic.test('a browser that refuses storage loses nothing but the memory', async () => {
    const tab = await topic.open({
      query: '?device=cpu',
      before: (page) => page.addInitScript(() => {
        for (const name of ['localStorage', 'sessionStorage']) {
          Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });
        }
      }),
    });
    await tab.ready();
    await tab.fill({ 'What to do': 'picture' });
    await tab.tool('edit');
    await tab.page.locator('#pad').press(' ');
    await tab.generate({ count: 1, steps: 2 });
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

    // A text, and a walk to another seed.
    const walking = new URL(link);
    for (const [name, value] of [['class', 'text'], ['text', '3 1'], ['walk', '0.5'], ['to-seed', '4']]) walking.searchParams.set(name, value);
    await other.page.goto(walking.href);
    const { options, columns } = await other.next('sampled', 0);
    assert.deepEqual([options.text, columns, options.walk], ['3 1', 3, { to_seed: 4, position: 0.5 }]);
    await other.state('ready');
    for (const [name, value] of new URL(other.page.url()).searchParams) assert.equal(value, walking.searchParams.get(name), name);
  });

  topic.test('an address or a store with nonsense is no obstacle', async () => {
    const tab = await topic.open({
      base: `${BASE}?device=cpu&class=eleven&sampler=magic&count=many&steps=-1`,
      before: (page) => page.addInitScript(() => {
        localStorage.setItem('ddpm.settings', '{"seed": 5, "class": ["x"');
        localStorage.setItem('ddpm.open', '{"schedule": true}');
        localStorage.setItem('ddpm.sketch', '{"ink": "AAAA", "mask": 5}');
        localStorage.setItem('ddpm.drawn', '{"options": {"count": 64, "seed": 1}, "steps": 1, "elapsed_s": 1, "pixels": "AAAA"}');
      }),
    });
    await tab.ready();
    const value = (label) => tab.page.getByLabel(label, { exact: true }).inputValue();
    assert.equal(await value('Which digit'), 'any');
    assert.equal(await tab.page.locator('#stage').getAttribute('data-curtain'), 'empty');
    await tab.generate({ count: 1, steps: 2 });
  });
}
