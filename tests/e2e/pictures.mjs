/** The pixels on the screen: those of a canvas, and screenshots of the whole page. */

import assert from 'node:assert/strict';
import { OUT } from './environment.mjs';
import { DESKTOP } from './tab.mjs';

const EDGE = 28;
const GAP = 2;
export const VIEWS = { 360: { width: 360, height: 800 }, 1440: DESKTOP };

/**
 * The greys of drawn digits as the screen shows them, one for each pixel of a digit, in the order of the event `sampled`.
 *
 * @param {import('./tab.mjs').Tab} tab
 * @param {string} id of the canvas
 */
export const onScreen = (tab, id, count, columns) => shownBy(tab.page.locator(`#${id}`), count, columns);

/**
 * The greys of digits as a canvas shows them. They are read off a screenshot: most canvases belong to the worker, and something may
 * lie over one.
 *
 * @param {import('playwright-core').Locator} canvas
 */
export async function shownBy(canvas, count, columns = Math.ceil(Math.sqrt(count))) {
  const png = (await canvas.screenshot({ animations: 'disabled' })).toString('base64');
  return canvas.evaluate(async (node, { data, digits, across, edge, gap }) => {
    // Not by `fetch`, which the page's Content-Security-Policy keeps to its own files.
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
    copy.drawImage(image, 0, 0);
    const rgba = copy.getImageData(0, 0, image.width, image.height).data;
    // The digits' grid lies in the content box like an object-fit: contain.
    const style = getComputedStyle(node);
    const [left, right, top, bottom] = ['Left', 'Right', 'Top', 'Bottom'].map((s) => parseFloat(style[`padding${s}`]));
    const box = { width: image.width - left - right, height: image.height - top - bottom };
    const span = (n) => n * (edge + gap) - gap;
    const [width, height] = [span(across), span(Math.ceil(digits / across))];
    const scale = Math.min(box.width / width, box.height / height);
    const x0 = left + (box.width - width * scale) / 2;
    const y0 = top + (box.height - height * scale) / 2;
    const grey = [];
    for (let d = 0; d < digits; d += 1) {
      for (let p = 0; p < edge * edge; p += 1) {
        const x = (d % across) * (edge + gap) + (p % edge) + 0.5;
        const y = Math.floor(d / across) * (edge + gap) + Math.floor(p / edge) + 0.5;
        grey.push(rgba[4 * (Math.floor(y0 + y * scale) * image.width + Math.floor(x0 + x * scale))]);
      }
    }
    return grey;
  }, { data: png, digits: count, across: columns, edge: EDGE, gap: GAP });
}

/** Standard deviation; a flat picture has 0. @param {number[]} values */
export function spread(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

/** Mean absolute difference, in grey levels of 0 to 255. @param {number[]} a @param {number[]} b */
export function difference(a, b) {
  assert.equal(a.length, b.length);
  return a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;
}

/**
 * Wait until the page has been drawn as its window is now, which is when it hears of sizes that have changed, and finish colour
 * transitions: the colours half-way through one need not have enough contrast.
 * @param {import('./tab.mjs').Tab} tab
 */
export const settled = (tab) => tab.page.evaluate(async () => {
  const frame = () => new Promise((resolve) => {
    requestAnimationFrame(resolve);
    // A page that nobody sees is not drawn.
    setTimeout(resolve, 1000);
  });
  // Sizes are told after the callbacks of a frame.
  await frame();
  await frame();
  for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
});

/**
 * Do something at 360 and 1440 pixels, light and dark, and assert that the page scrolls sideways in none and that every button holds
 * its words. The window is as high as the whole page.
 *
 * @param {import('./tab.mjs').Tab} tab
 * @param {string} name of what is seen, for the error message
 * @param {(view: string) => Promise<unknown>} act is called with the width and the colours, as in `360-dark`
 */
export async function inEachView(tab, name, act) {
  const { page } = tab;
  for (const [width, view] of Object.entries(VIEWS)) {
    await page.setViewportSize(view);
    const { scroll, inner, widest, burst } = await page.evaluate(() => ({
      scroll: document.scrollingElement.scrollWidth,
      inner: innerWidth,
      widest: [...document.body.querySelectorAll('*')]
        .filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5)
        .map((node) => `${node.localName}#${node.id}.${node.className}`).slice(0, 5),
      // What is hidden from sight alone is a pixel wide.
      burst: [...document.querySelectorAll('button')].filter((node) => node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1)
        .map((node) => node.textContent.trim()),
    }));
    assert.deepEqual(burst, [], `${name} has buttons at ${width} px that are narrower than their words`);
    assert.ok(scroll <= inner, `${name} scrolls sideways at ${width} px (${scroll} > ${inner}): ${widest.join(', ')}`);
    const height = await page.evaluate(() => document.scrollingElement.scrollHeight);
    await page.setViewportSize({ ...view, height });
    for (const scheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme: scheme });
      await settled(tab);
      await act(`${width}-${scheme}`);
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Take screenshots of every view of the page (`inEachView`) into target/e2e/. @param {import('./tab.mjs').Tab} tab @param {string} name */
export const shoot = (tab, name) => inEachView(tab, name, (view) => tab.page.screenshot({ path: `${OUT}/${name}-${view}.png` }));
