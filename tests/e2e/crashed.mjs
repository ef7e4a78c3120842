/** The panel that opens when the worker has ended, for the topics that have it end. */

import assert from 'node:assert/strict';

/** Forget the crash, which these tests expect: `Tab.until` would fail over it. @param {import('./tab.mjs').Tab} tab */
export const forget = (tab) => tab.page.evaluate(() => { window.e2e.crash = ''; });

/**
 * Wait for the crash panel; returns the report.
 * @param {import('./tab.mjs').Tab} tab
 * @param {boolean} onGpu a GPU was in use or being opened
 */
export async function crashed(tab, onGpu = false) {
  await tab.page.waitForFunction(() => document.body.dataset.state === 'error', null, { polling: 50 });
  const panel = tab.page.locator('#crash[role=alert]');
  await panel.waitFor({ state: 'visible' });
  const report = await tab.page.getByLabel('Report', { exact: true }).inputValue();
  assert.equal(await tab.button('Restart on the CPU').isVisible(), onGpu, 'Restart on the CPU is there if of use');
  await forget(tab);
  return report;
}

/** Press Restart, or another button, and wait until the page is ready. @param {import('./tab.mjs').Tab} tab */
export async function restart(tab, button = 'Restart') {
  await tab.press(button);
  assert.ok(await tab.page.locator('#crash').isHidden());
  await tab.ready();
}
