/** The page by keyboard alone. */

import assert from 'node:assert/strict';
import { tabThrough } from './tabbing.mjs';
import { giveDigits } from './trained.mjs';

const focused = (tab) => tab.page.evaluate(() => document.activeElement?.id ?? '');

/** Press Tab until an element has the focus; returns the ids that had it on the way, the last one included. */
async function tabTo(tab, id, most = 45) {
  const passed = [];
  while (passed.length < most && passed.at(-1) !== id) {
    await tab.page.keyboard.press('Tab');
    passed.push(await focused(tab));
  }
  assert.equal(passed.at(-1), id, `Tab does not reach #${id}; it passed ${passed}`);
  return passed;
}

export default function keyboard(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, (tab) => tab.ready());

  topic.test('Tab reaches Generate, Enter starts it, the focus follows to Pause', async () => {
    const tab = await shared();
    const passed = await tabTo(tab, 'generate');
    assert.ok(passed.indexOf('class') < passed.indexOf('count'), `in reading order: ${passed}`);
    const outline = await tab.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus is seen');
    await tab.fill({ Digits: 1, Steps: 1000 });
    await tab.page.getByLabel('Seed', { exact: true }).focus();
    await tabTo(tab, 'generate', 20);
    await tab.page.keyboard.press('Enter');
    await tab.state('generating');
    await tab.until('the focus on Pause', () => document.activeElement.id === 'pause');
  });

  topic.test('pause, resume and cancel without a mouse', async () => {
    const tab = await shared();
    await tab.page.keyboard.press('Enter');
    await tab.state('paused');
    await tab.until('the focus on Resume', () => document.activeElement.id === 'resume');
    await tab.page.keyboard.press('Space');
    await tab.state('generating');
    await tab.until('the focus on Pause', () => document.activeElement.id === 'pause');
    await tabTo(tab, 'cancel', 3);
    await tab.page.keyboard.press('Enter');
    await tab.state('ready');
    assert.equal(await focused(tab), 'generate', 'back where one would go on');
  });

  topic.test('Enter in a field draws; a bad number is announced and the focus stays', async () => {
    const tab = await shared();
    const since = await tab.mark();
    await tab.fill({ Digits: 1, Steps: 2 });
    await tab.page.getByLabel('Steps', { exact: true }).press('Enter');
    await tab.next('sampled', since);
    await tab.state('ready');
    await tab.fill({ Digits: 0 });
    await tab.page.getByLabel('Digits', { exact: true }).press('Enter');
    await tab.alert('generate');
    assert.equal(await focused(tab), 'count');
  });

  topic.test('Tab reaches every control of the stage and of each tool, in reading order', async () => {
    const tab = await shared();
    await giveDigits(tab);
    await tab.generate({ count: 2, steps: 12 });
    for (const part of ['.masthead', '.stage-column', '.tools']) await tabThrough(tab, tab.page.locator(part));
    for (const tool of ['Draw', 'Edit', 'Train', 'Measure', 'Weights']) {
      await tab.page.getByRole('link', { name: tool, exact: true }).focus();
      await tab.page.keyboard.press('Enter');
      await tab.until(`the focus on the heading of ${tool}`, (name) => document.activeElement?.textContent === name, tool);
      await tabThrough(tab, tab.page.locator(`[data-tool="${tool.toLowerCase()}"]`));
    }
    await tab.page.locator('#digit-grid button').first().focus();
    await tab.page.keyboard.press('Enter');
    await tab.until('the strip', () => document.querySelectorAll('#digit-strip button').length === 10);
    await tab.page.locator('#digit-opinion li').first().waitFor();
    await tabThrough(tab, tab.page.locator('[data-tool="digit"]'));
    await tab.fill({ 'Learn from': 'symbols' });
    await tabThrough(tab, tab.page.locator('#symbols'));
    await tab.fill({ 'Learn from': 'given' });
  });

  topic.test('Train starts by Enter, and Tab reaches every control of a session and of its run', async () => {
    const tab = await shared();
    await tab.fill({ Model: 'tiny', 'Batch size': 2, 'Sample every': 1, 'Sampling steps': 1, 'Stop after': 0 });
    const since = await tab.mark();
    await tab.page.locator('#begin-train').focus();
    await tab.page.keyboard.press('Enter');
    await tab.state('training');
    await tab.until('the focus on Pause', () => document.activeElement.id === 'pause');
    await tab.until('two rows of samples', (from) => window.e2e.events.slice(from).filter((e) => e.type === 'samples').length >= 2, since);
    await tab.page.keyboard.press('Enter');
    await tab.state('paused');
    await tab.page.locator('#runs-list li').waitFor();
    await tabThrough(tab, tab.page.locator('[data-tool="train"]'));
    await tab.page.locator('#resume').focus();
    await tabTo(tab, 'reset', 3);
    await tab.page.keyboard.press('Enter');
    await tab.state('ready');
  });
}
