/** The tools beside the stage: one is shown at a time, each has its address, and what happens in another leads there. */

import assert from 'node:assert/strict';
import { accessible } from './axe.mjs';
import { BASE } from './environment.mjs';
import { settled, shoot } from './pictures.mjs';

/** The heading of the tool that is shown, and where the page says that it is. */
const shown = (tab) => tab.page.evaluate(() => {
  const visible = [...document.querySelectorAll('[data-tool]')].filter((tool) => tool.checkVisibility());
  return {
    headings: visible.map((tool) => tool.querySelector('h2').textContent).join(),
    current: document.querySelector('.tools [aria-current=page]').textContent,
    title: document.title.split(':')[0],
    hash: location.hash,
  };
});

const at = (name, hash = `#${name.toLowerCase()}`) => ({ headings: name, current: name, title: name, hash });

export default function tools(topic) {
  topic.test('each has its address, and Back leads to the one before', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    const look = async (name) => {
      await shoot(tab, `tool-${name.toLowerCase()}`);
      await accessible(tab, name);
    };
    assert.deepEqual(await shown(tab), at('Draw', ''));
    await look('Draw');
    for (const name of ['Edit', 'Train', 'Understand', 'Measure', 'Weights']) {
      await tab.page.getByRole('link', { name, exact: true }).click();
      assert.deepEqual(await shown(tab), at(name));
      assert.ok(await tab.page.locator('#stage').isVisible(), 'the stage stays');
      await look(name);
    }
    await tab.page.goBack();
    assert.deepEqual(await shown(tab), at('Measure'));
    await tab.page.goForward();
    assert.deepEqual(await shown(tab), at('Weights'));
    await tab.page.locator('#device > summary').click();
    await accessible(tab, 'Weights, unfolded');
    await tab.page.reload();
    await tab.ready();
    assert.deepEqual(await shown(tab), at('Weights'));
    // A draw writes its settings into the address, and the tool stays in it.
    await tab.generate({ count: 1, steps: 2, seed: 12 });
    assert.match(tab.page.url(), /seed=12.*#draw$/);
  }, { seconds: 120 });

  topic.test('an address of a part of the page leads to the tool that holds it, and one of nothing to Draw', async () => {
    const tab = await topic.open({ query: '?device=cpu#device' });
    await tab.ready();
    assert.deepEqual(await shown(tab), at('Weights', '#device'));
    assert.ok(await tab.page.locator('#device-facts').isVisible());
    for (const hash of ['nowhere', '%']) {
      await tab.page.goto('about:blank');
      await tab.page.goto(`${BASE}?device=cpu#${hash}`);
      await tab.ready();
      assert.equal((await shown(tab)).headings, 'Draw');
    }
    await tab.page.getByRole('link', { name: 'Details', exact: true }).click();
    assert.equal((await shown(tab)).headings, 'Weights');
  });

  topic.test('a refusal leads to its tool; what nobody has asked for only marks it', async () => {
    const tab = await topic.open({
      query: '?device=cpu#train',
      before: (page) => page.route('**/small.safetensors*', (route) => route.fulfill({ status: 404, body: '' })),
    });
    await tab.ready({ weights: false });
    tab.complaints();
    assert.equal((await shown(tab)).headings, 'Train', 'missing weights do not take its place');
    const marked = () => tab.page.locator('.tools [data-news]').allInnerTexts();
    assert.deepEqual(await marked(), ['Draw']);
    await tab.give({ name: 'short.safetensors', bytes: [1, 2] });
    await tab.alert('weights');
    assert.deepEqual(await shown(tab), at('Weights'));
    await tab.tool('draw');
    assert.deepEqual(await marked(), []);
    assert.ok(await tab.page.locator('#notice-generate').isVisible());
  });

  topic.test('the stage stays in view while a long tool is read, and covers nothing on a low screen', async () => {
    const tab = await topic.open({ query: '?device=cpu#train' });
    await tab.ready();
    const top = async (view) => {
      await tab.page.setViewportSize(view);
      await tab.page.evaluate(() => scrollTo({ top: 1e6, behavior: 'instant' }));
      await settled(tab);
      return tab.page.locator('#stage').evaluate((stage) => stage.getBoundingClientRect().top);
    };
    assert.ok(await top({ width: 1440, height: 640 }) >= 0);
    assert.ok(await top({ width: 360, height: 800 }) >= 0);
    assert.ok(await top({ width: 800, height: 360 }) < 0);
  });

  topic.test('on a phone the first window has a button that draws, and the stage leaves room for the tools', async () => {
    const tab = await topic.open({ query: '?device=cpu', before: (page) => page.setViewportSize({ width: 360, height: 740 }) });
    await tab.ready();
    const more = tab.page.getByRole('button', { name: 'Generate digits', exact: true });
    const shown = (name) => tab.page.getByRole('button', { name, exact: true }).count();
    const stage = () => tab.page.locator('.stage-column').evaluate((node) => node.getBoundingClientRect().height);
    const { y, height } = await more.boundingBox();
    assert.ok(y + height < 740, `it ends at ${y + height}`);
    assert.equal(await shown('Pause'), 0, 'nothing can be paused');
    assert.ok(await stage() < 250, `before a draw the stage is ${await stage()} high`);
    await tab.fill({ Digits: 4, Steps: 6 });
    let since = await tab.mark();
    await more.focus();
    await tab.page.keyboard.press('Enter');
    await tab.until('the focus on Pause', () => document.activeElement.id === 'pause');
    const first = await tab.next('sampled', since);
    assert.equal(first.options.seed, 7);
    await tab.state('ready');
    await tab.until('the focus back', () => document.activeElement.id === 'generate-digits');
    assert.ok(await stage() < 370, `with a timeline the stage is ${await stage()} high`);
    since = await tab.mark();
    await more.click();
    assert.notEqual((await tab.next('sampled', since)).options.seed, 7);
    await tab.state('ready');
    // What saves the digits is above the tools, and folded away by whoever goes on.
    await tab.page.locator('#saving summary').click();
    await tab.tool('train');
    await tab.until('the folded part', () => !document.getElementById('saving').open);
    await tab.page.setViewportSize({ width: 1440, height: 900 });
    assert.equal(await shown('Generate digits'), 0);
    assert.equal(await shown('Pause'), 1);
  });
}
