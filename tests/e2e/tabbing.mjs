/** The Tab key: which of a part's controls it reaches. */

import assert from 'node:assert/strict';

/**
 * The controls of a part of the page that are shown and enabled, in reading order, by their ids or names; the page keeps them in
 * `window.controls`. Of radio buttons that belong together Tab reaches the one that is checked, and the arrows the others; so it is in
 * the grid of digits.
 *
 * @param {import('playwright-core').Locator} part
 */
const controlsOf = (part) => part.evaluate((node) => {
  const passedOver = (control) => (control.type === 'radio'
    ? !control.checked && document.querySelector(`input[name="${control.name}"]:checked`)
    : control.tabIndex < 0 && control.closest('.digit-grid'));
  window.controls = [...node.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((control) => control.checkVisibility({ visibilityProperty: true }) && !control.matches(':disabled') && !passedOver(control));
  return window.controls.map((control) => control.id || control.ariaLabel || control.textContent.trim() || control.outerHTML);
});

/** Where the keyboard's focus is: the number of the control in `window.controls`, −1 for none of them, and whether it is in the part. */
const focusIn = (part) => part.evaluate((node) => ({
  control: window.controls.indexOf(document.activeElement),
  inside: node.contains(document.activeElement),
}));

/** Press Tab from the beginning of a part until the focus leaves it; returns the controls reached, of those of `controlsOf`. */
async function reachedIn(tab, part, controls) {
  await part.evaluate((node) => {
    // From here on Tab goes to the first control in it.
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
    node.removeAttribute('tabindex');
  });
  const reached = [];
  for (let pressed = 0; pressed < 2 * controls.length; pressed += 1) {
    await tab.page.keyboard.press('Tab');
    const { control, inside } = await focusIn(part);
    if (!inside) break;
    if (control >= 0) reached.push(controls[control]);
  }
  return reached;
}

/** How often a part is gone through before its controls must have stayed the same meanwhile. */
const ATTEMPTS = 4;

/**
 * Unfold a part of the page, and assert that Tab comes by every control in it, in reading order. A control may appear or be enabled
 * meanwhile (the service worker has kept the page, the browser offers to install it): then the part is gone through again.
 * @param {import('./tab.mjs').Tab} tab
 * @param {import('playwright-core').Locator} part
 */
export async function tabThrough(tab, part) {
  await part.evaluate((node) => {
    for (const details of node.querySelectorAll('details')) details.open = true;
  });
  let controls = await controlsOf(part);
  for (let attempt = 1; ; attempt += 1) {
    const before = await part.evaluateHandle(() => window.controls);
    const reached = await reachedIn(tab, part, controls);
    const now = await controlsOf(part);
    const stayed = await before.evaluate((list) => list.length === window.controls.length
      && list.every((control, index) => control === window.controls[index]));
    if (stayed || attempt === ATTEMPTS) {
      assert.ok(controls.length > 0);
      assert.deepEqual(reached, controls);
      return;
    }
    controls = now;
  }
}
