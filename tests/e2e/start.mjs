/** The start: times from navigation to the first digit, with no other page open where no other topic runs (`--at-once 1`), and the bytes it takes. */

import assert from 'node:assert/strict';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { BASE } from './environment.mjs';
import { figure, rounded } from './figures.mjs';
import { VIEWS, difference, shoot, shownBy } from './pictures.mjs';

/** Brotli's quality. The highest, 11, takes half a minute for the program. */
const BROTLI = 6;

async function sizes(urls) {
  const files = {};
  for (const url of urls) {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI } };
    files[url.slice(BASE.length).replace(/\?.*/, '') || 'index.html'] = {
      raw: bytes.length,
      gzip: (await promisify(gzip)(bytes, { level: 9 })).length,
      brotli: (await promisify(brotliCompress)(bytes, options)).length,
    };
  }
  const total = (kind) => Object.values(files).reduce((sum, size) => sum + size[kind], 0);
  return { total: { raw: total('raw'), gzip: total('gzip'), brotli: total('brotli') }, brotliQuality: BROTLI, files };
}

/** The greys of the header's canvases, one after the other. */
const shownGreys = (strip) => strip.locator('canvas').evaluateAll((tiles) => tiles.flatMap((tile) => {
  const { data } = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height);
  return [...data].filter((_, i) => i % 4 === 0);
}));

/** Note the pictures of the page's own first digit that the stage shows, in `window.previewed`. Runs in the page before its own scripts. */
function notePreview() {
  window.previewed = [];
  new MutationObserver((changes) => {
    for (const { target, addedNodes: [picture] } of changes) {
      // The noise before it is larger.
      if (target.id !== 'noise' || picture?.width !== 28) continue;
      const { data } = picture.getContext('2d').getImageData(0, 0, 28, 28);
      window.previewed.push([...data].filter((_, i) => i % 4 === 0));
    }
  }).observe(document, { childList: true, subtree: true });
}

/** Whether all of something is in the window as it stands, and nothing lies over its middle. @param {import('playwright-core').Locator} part */
const inWindow = (part) => part.evaluate((node) => {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight
    && document.elementFromPoint((left + right) / 2, (top + bottom) / 2) === node;
});

export default function start(topic) {
  topic.test('becomes ready with the shipped weights and draws a digit', async () => {
    const tab = await topic.open();
    await tab.ready();
    const readyAt = await tab.page.evaluate(() => performance.now());
    const preview = await tab.next('preview', 0);
    // The number of steps is the one that the page proposes.
    await tab.fill({ Digits: 1 });
    const since = await tab.mark();
    await tab.press('Generate');
    const sampled = await tab.next('sampled', since, 110_000);
    const requested = [...new Set(tab.requested)].filter((url) => url.startsWith(BASE));
    figure('start', {
      toReadySeconds: rounded(readyAt / 1000, 2),
      toFirstDigitSeconds: rounded(preview.at / 1000, 2),
      toDigitAskedForSeconds: rounded(sampled.at / 1000, 2),
      steps: sampled.steps,
      drawingSeconds: rounded(sampled.elapsed_s, 2),
      device: (await tab.device()).kind,
    });
    figure('bytes', await sizes(requested));

    assert.ok(sampled.complete);
    assert.equal(await tab.text('fingerprint'), sampled.fingerprint);
    assert.ok(requested.some((url) => url.includes('small.safetensors')), 'weights are shipped');
    assert.equal(await tab.text('model-source'), 'small.safetensors');
    assert.notEqual(await tab.text('model-provenance'), '', 'the page says what the shipped weights are');
    assert.match(await tab.text('model-making'), /schedule, predicts .*learning rate 0\.\d/, 'and how they were trained');
    const making = await tab.text('model-making');
    for (const fact of [/Training loss/, /Commit/, /Accuracy, %/, /Fréchet distance/, /Bits\/dim/]) assert.match(making, fact);
    assert.deepEqual(requested.filter((url) => url.includes('/data/')), [], 'no training data before Train');
  }, { seconds: 150 });

  topic.test('draws a digit into the header before anything is asked for', async () => {
    const tab = await topic.open();
    const { digit, times, pixels } = await tab.next('preview', 0);
    assert.deepEqual(times, [999, 799, 599, 399, 199, 0]);
    assert.equal(await tab.text('strip-from'), 'noise, t = 999');
    assert.equal(await tab.text('strip-to'), 'digit, t = 0');
    const strip = tab.page.locator('#strip');
    assert.match(await strip.getAttribute('aria-label'), new RegExp(`^6 pictures of the digit ${digit} being drawn`));
    assert.deepEqual(await shownGreys(strip), pixels, 'what was drawn is what is shown');
    // Noise is grey all over; a digit is white on black.
    const extremes = Array.from({ length: times.length }, (_, picture) =>
      pixels.slice(picture * 784, (picture + 1) * 784).filter((grey) => grey < 16 || grey > 239).length / 784);
    assert.ok(extremes[5] > extremes[0] + 0.1, `shares of black and white: ${extremes.map((share) => share.toFixed(2))}`);
    await shoot(tab, 'first-digit');
  });

  topic.test('a first visitor sees a digit come out of noise, reads that it was made here, and has the button for another', async () => {
    const visits = [];
    for (const [width, reducedMotion, button] of [[1440, 'no-preference', 'Generate'], [360, 'reduce', 'Generate digits']]) {
      const tab = await topic.open({
        before: async (page) => {
          await page.setViewportSize(VIEWS[width]);
          await page.emulateMedia({ reducedMotion });
          await page.addInitScript(notePreview);
        },
      });
      await tab.ready();
      const { digit, times, pixels } = await tab.next('preview', 0);
      const pictures = times.map((_, at) => pixels.slice(at * 784, (at + 1) * 784));
      const drawn = pictures.at(-1);
      await tab.until('the digit on the stage', (last) => window.previewed.at(-1)?.join() === last, drawn.join());
      // Those who want less motion see the digit alone, and the page jumps to where it leads.
      const moves = reducedMotion === 'no-preference';
      assert.deepEqual(await tab.page.evaluate(() => window.previewed), moves ? pictures : [drawn]);
      const scrolls = await tab.page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior);
      assert.equal(scrolls, moves ? 'smooth' : 'auto');

      const stage = tab.page.locator('#noise canvas');
      const words = tab.page.locator('#invitation');
      assert.equal(await words.innerText(), `Asked for ${digit === 8 ? 'an' : 'a'} ${digit}, the network drew this here, out of noise. Press Generate for more.`);
      const more = tab.page.getByRole('button', { name: button, exact: true });
      assert.ok(await more.isEnabled());
      for (const part of [stage, words, more]) assert.ok(await inWindow(part), `${part} at ${width} px`);
      const away = difference(await shownBy(stage, 1), drawn);
      assert.ok(away < 2, `the digit on the screen: mean difference ${away} of 255`);
      visits.push(drawn);
    }
    assert.notDeepEqual(visits[0], visits[1], 'another digit at each visit');
  });

  topic.test('draws its own digit and those asked for at the same time', async () => {
    const tab = await topic.open({
      // Presses Generate as soon as it is enabled, which is before the page has drawn a digit of its own: the weights come when the
      // page's scripts are there.
      before: async (page) => {
        await page.addInitScript(() => {
          addEventListener('ddpm:started', () => { window.scriptsAreHere = true; });
          const press = () => {
            const button = document.getElementById('generate');
            if (button && !button.disabled) button.click();
            else requestAnimationFrame(press);
          };
          requestAnimationFrame(press);
        });
        await page.route('**/small.safetensors*', async (route) => {
          await page.waitForFunction(() => window.scriptsAreHere);
          await route.continue();
        });
      },
    });
    const sampled = await tab.next('sampled', 0);
    const preview = await tab.next('preview', 0);
    assert.ok(sampled.complete);
    const [first] = await tab.events('sampling');
    assert.ok(first.at < preview.at && preview.at < sampled.at, 'neither waited for the other');
    await tab.state('ready');
  });

  topic.test('takes the CPU by itself where the adapter is software, and says so', async () => {
    const tab = await topic.open();
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, /Runs on the CPU\..*software that imitates a GPU/);
    assert.match(await tab.page.locator('#device-facts').textContent(), /swiftshader/i);
  });

  topic.test('?device=cpu is obeyed', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, /You asked for the CPU/);
  });

  topic.test('works without weights until some are trained or loaded', async () => {
    const tab = await topic.open({
      before: (page) => page.route('**/small.safetensors*', (route) => route.fulfill({ status: 404, body: '' })),
    });
    await tab.ready({ weights: false });
    assert.ok(await tab.button('Generate').isDisabled());
    assert.ok(await tab.button('Train').isEnabled());
    assert.match(await tab.text('invitation'), /No weights yet/);
    // The browser itself reports the missing file in the console; nothing else may be there.
    assert.deepEqual(tab.complaints().filter((line) => !/404.*small\.safetensors/.test(line)), []);
  });
}
