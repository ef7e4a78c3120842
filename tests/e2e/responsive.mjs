/** The main thread stays free while the worker computes. */

import assert from 'node:assert/strict';
import { figure, rounded } from './figures.mjs';
import { mainThreadTasks } from './tasks.mjs';
import { TINY, giveDigits } from './trained.mjs';

const SECONDS = 15;
/** Milliseconds above which a task is felt (W3C Long Tasks). */
const MOST_MS = 50;
const SCENES = ['forgetting', 'schedules', 'noise', 'step', 'bound', 'score', 'network'];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default function responsive(topic) {
  const shared = topic.shared({ query: '?device=cpu' }, async (tab) => {
    await tab.ready();
    await giveDigits(tab);
  });
  const longest = {};
  /** Do something, and assert that no task of the main thread was felt meanwhile. */
  const free = async (tab, name, act) => {
    const tasks = await mainThreadTasks(tab, act);
    assert.ok(tasks.length > 10, `only ${tasks.length} tasks were seen`);
    longest[name] = Math.round(tasks[0]);
    figure('longestMainThreadTaskMs', longest);
    assert.ok(tasks[0] <= MOST_MS, `${name}: tasks of ${tasks.slice(0, 5).map(Math.round).join(', ')} ms`);
  };
  /** Move a slider by hand, one place after the other. */
  const slide = async (slider, places) => {
    for (const place of places) {
      await slider.fill(String(place));
      await wait(100);
    }
  };

  topic.test('long tasks are seen at all', async () => {
    const tab = await shared();
    const [ms] = await mainThreadTasks(tab, async () => {
      await tab.page.evaluate(() => setTimeout(() => {
        const begin = performance.now();
        while (performance.now() < begin + 400);
      }));
      await wait(1000);
    });
    assert.ok(ms > MOST_MS, `${ms} ms of 400`);
  });

  topic.test(`no long task in ${SECONDS} s of training, nor while its charts are chosen and frames scrubbed`, async () => {
    const tab = await shared();
    await tab.generate({ count: 16, steps: 10 });
    const since = await tab.mark();
    await tab.train({ ...TINY, 'Sample every': 20, 'Sampling steps': 5, 'Stop after': 0 });
    await free(tab, 'training', () => wait(SECONDS * 1000));
    await free(tab, 'scrubbing while it trains', () => slide(tab.page.locator('#frame'), [0, 3, 6, 9, 2, 7, 4, 10]));
    const rows = Number(await tab.page.locator('#film').getAttribute('max'));
    assert.ok(rows >= 2, `${rows + 1} rows of samples`);
    await free(tab, 'earlier rows', () => slide(tab.page.locator('#film'), [0, 1, rows, 0, 2, 1]));
    await free(tab, 'charts', async () => {
      for (const kind of ['tenths', 'grad_norm', 'loss']) {
        await tab.fill({ Chart: kind });
        await wait(500);
      }
    });
    const progress = await tab.events('training', since);
    const { step } = progress.at(-1);
    figure('tinyStepSecondsCpuBatch8', rounded(progress.at(-1).elapsed_s / step));
    assert.ok(step > 20 && progress.length > 20, `${step} steps, ${progress.length} reports`);
    // Pause must take effect at once, whatever the training does.
    const pressed = Date.now();
    await tab.press('Pause');
    await tab.state('paused');
    figure('pauseTakesMs', Date.now() - pressed);
    await tab.press('Reset');
    await tab.state('ready');
  }, { seconds: 120 });

  topic.test('no long task while digits are drawn, and while their frames are scrubbed and played', async () => {
    const tab = await shared();
    await free(tab, 'generating', () => tab.generate({ count: 16, steps: 10 }));
    await free(tab, 'scrubbing', () => slide(tab.page.locator('#frame'), [0, 3, 6, 9, 2, 7, 4, 10]));
    await free(tab, 'playing', async () => {
      await tab.page.getByRole('button', { name: 'Play', exact: true }).click();
      await wait(2000);
    });
  }, { seconds: 120 });

  topic.test('no long task while t moves in a scene', async () => {
    const tab = await shared();
    await tab.tool('understand');
    for (const name of SCENES) {
      // A scene is fetched, and built, when it is first opened.
      await tab.page.evaluate((scene) => { location.hash = `#understand-${scene}`; }, name);
      await tab.until(`the scene ${name}`, (scene) => document.getElementById(`understand-${scene}`)?.dataset.t !== undefined, name);
      const slider = tab.page.locator(`#understand-${name}`).getByLabel('Step t', { exact: true });
      await free(tab, name, () => slide(slider, [100, 300, 500, 700, 900, 250]));
    }
  }, { seconds: 180 });
}
