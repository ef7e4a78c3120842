/** The rules of axe-core, which finds what screen readers and others stumble over. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inEachView } from './pictures.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What of a page violates axe's rules. @param {import('playwright-core').Page} page */
const violations = (page) => page.evaluate(async () => {
  const found = await window.axe.run(document, { resultTypes: ['violations'] });
  return found.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`);
});

/** Assert that no view of the page (`inEachView`) violates one of axe's rules. @param {import('./tab.mjs').Tab} tab @param {string} what */
export async function accessible(tab, what) {
  const { page } = tab;
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await readFile(AXE, 'utf8'));
  await inEachView(tab, what, async (view) => assert.deepEqual(await violations(page), [], `${what}, ${view}`));
}
