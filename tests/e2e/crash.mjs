/** A crash of the worker: a report that can be copied, Restart, Restart on the CPU, and no errors in the console. */

import assert from 'node:assert/strict';
import { crashed, restart } from './crashed.mjs';
import { shoot } from './pictures.mjs';
import { DRAW, giveDigits } from './trained.mjs';

/** The program of either device. */
const PROGRAM = /\/page-[cg]pu\.js/;

/**
 * A program's script in which a method throws.
 * @param {string} text the script @param {string} method @param {string} error
 */
export function broken(text, method, error) {
  // The page sends these by itself: as soon as it knows the weights, and when it is idle after a draw.
  const thrown = `if (!['estimate', 'recognise'].includes(arguments[0]?.type)) throw new ${error}("broken on purpose");`;
  const patched = text.replace(new RegExp(`^(\\s*${method}\\([^)]*\\)\\s*\\{)`, 'm'), `$1 ${thrown}`);
  assert.notEqual(patched, text, `the program has a method ${method} to break`);
  return patched;
}

/** Make a method of the program throw, until PROGRAM is no longer routed. @param {string} method @param {string} error */
const breakMethod = (method, error) => (page) => page.route(PROGRAM, async (route) => {
  const response = await route.fetch();
  await route.fulfill({ response, body: broken(await response.text(), method, error) });
});
const breakCommands = breakMethod('command', 'Error');

export default function crash(topic) {
  topic.test('an error in the program: panel, copyable report, Restart', async () => {
    const tab = await topic.open({ before: breakCommands });
    await tab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.ready();
    await tab.press('Generate');
    const report = await crashed(tab);
    assert.match(report, /broken on purpose/);
    assert.match(report, /Chrome\//, 'names the browser');
    for (const name of ['Generate', 'Turn into a digit', 'Train', 'Pause', 'Resume', 'Cancel', 'Reset', 'Download weights']) {
      assert.ok(await tab.button(name).isDisabled(), `${name} is off`);
    }
    await shoot(tab, 'crash');
    await tab.press('Copy report');
    await tab.page.getByText('Copied.', { exact: true }).waitFor();
    const copied = await tab.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll('\r\n', '\n'), report);

    await tab.page.unroute(PROGRAM);
    await restart(tab);
    assert.equal(await tab.page.evaluate(() => window.e2e.workers), 2);
    const { fingerprint } = await tab.generate(DRAW);
    assert.equal((await tab.generate(DRAW)).fingerprint, fingerprint);
  });

  topic.test('with the GPU in use: Restart on the CPU, where a reload stays', async () => {
    const tab = await topic.open({ query: '?device=webgpu', before: breakCommands });
    await tab.ready();
    assert.equal((await tab.device()).kind, 'webgpu');
    await tab.press('Generate');
    await crashed(tab, true);
    await tab.page.unroute(PROGRAM);
    await restart(tab, 'Restart on the CPU');
    assert.equal((await tab.device()).kind, 'cpu');
    await tab.generate(DRAW);
    await tab.page.reload();
    assert.equal((await tab.device()).kind, 'cpu');
    assert.match(await tab.text('device-line'), /You asked for the CPU/);
  }, { seconds: 120 });

  topic.test('a panic while the GPU is opened: Restart on the CPU is there as well', async () => {
    const tab = await topic.open({
      query: '?device=webgpu', before: breakMethod('start', 'WebAssembly.RuntimeError'),
    });
    const report = await crashed(tab, true);
    assert.match(report, /broken on purpose/);
    assert.equal(await tab.page.evaluate(() => document.body.dataset.device), undefined, 'no device was opened');
    await tab.page.unroute(PROGRAM);
    await restart(tab, 'Restart on the CPU');
    assert.equal((await tab.device()).kind, 'cpu');
  }, { seconds: 120 });

  topic.test('more memory than there is: a report instead of a silent stop', async () => {
    // 98 MB of the 4 GiB that a program can have are left to it, as if the rest were in use.
    const tab = await topic.open({
      query: '?device=cpu',
      before: (page) => page.route(PROGRAM, async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        const patched = text.replace('wasm = instance.exports;', '$& wasm.memory.grow(64036 - wasm.memory.buffer.byteLength / 65536);');
        assert.notEqual(patched, text);
        await route.fulfill({ response, body: patched });
      }),
    });
    await tab.ready();
    await giveDigits(tab, 600);
    await tab.fill({ Model: 'base', 'Batch size': 500, 'Sample every': 0 });
    await tab.press('Train');
    const report = await crashed(tab);
    assert.match(report, /memory|alloc|unreachable|capacity/i);
    await tab.page.unroute(PROGRAM);
    await restart(tab);
    await tab.generate({ count: 1, steps: 2 });
  }, { seconds: 120 });
}
