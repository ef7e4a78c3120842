/** Training runs are kept in the browser: after a reload, a crash or in another tab they go on from their last checkpoint. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { accessible } from './axe.mjs';
import { OUT } from './environment.mjs';
import { shoot } from './pictures.mjs';
import { TINY, giveDigits } from './trained.mjs';

const RUN = { ...TINY, 'Sample every': 5, 'Stop after': 12 };

/** Steps and losses of these events. */
const lossesOf = (events) => events.flatMap(({ losses }) => losses);

export default function runs(topic) {
  const open = async (options = {}) => {
    const tab = await topic.open({ query: '?device=cpu', ...options });
    await tab.ready();
    return tab;
  };

  /** Reload the page, as a visitor does who comes back. */
  async function reload(tab) {
    await tab.page.reload();
    await tab.ready();
    await tab.until('the list of runs', () => window.e2e.events.some(({ type }) => type === 'runs'));
  }

  /** The runs in the list, as the page shows them. */
  const listed = (tab) => tab.page.locator('#runs-list li').evaluateAll((items) =>
    items.map((item) => ({ name: item.querySelector('input').value, words: item.querySelector('p').textContent })));

  /** The runs that the page keeps, once there is one. @param {number} since */
  const keptSince = (tab, since) => tab.until('a run in the list', (from) => window.e2e.events.slice(from)
    .findLast((e) => e.type === 'runs' && e.runs.length > 0)?.runs, since);

  /** Press a button of the first run in the list. */
  const act = (tab, name) => tab.click(tab.page.locator('#runs-list li').first().getByRole('button', { name, exact: true, includeHidden: true }));

  /** Whether the page asks before it is left; it stays. */
  async function asks(tab) {
    const dialog = new Promise((resolve) => {
      tab.page.once('dialog', async (question) => {
        resolve(question.type() === 'beforeunload');
        await question.dismiss();
      });
    });
    // An answer without content leaves the page where it is.
    await tab.page.route('**/left', (route) => route.fulfill({ status: 204 }));
    const answered = tab.page.goto(new URL('left', tab.page.url()).href).catch(() => {});
    const asked = await Promise.race([dialog, answered.then(() => false)]);
    tab.page.removeAllListeners('dialog');
    await tab.page.unroute('**/left');
    return asked;
  }

  /** Train until some steps are done, then pause. */
  async function trainAndPause(tab, settings, steps) {
    const since = await tab.mark();
    await tab.train(settings);
    // Pressed in the page, because a short run can be at its end before another process has heard of its steps.
    await tab.until('some steps', ([from, least, sampled]) => {
      const events = window.e2e.events.slice(from);
      const far = events.some((e) => e.type === 'training' && e.step >= least);
      // A pause gives up samples that are being drawn.
      const due = far && (!sampled || events.some((e) => e.type === 'samples'));
      if (due) document.getElementById('pause').click();
      return due;
    }, [since, steps, settings['Sample every'] > 0]);
    await tab.state('paused');
    await keptSince(tab, since);
    return lossesOf(await tab.events('training', since));
  }

  topic.test('a reload loses nothing: the run goes on with the losses of an uninterrupted one', async () => {
    const whole = await open();
    await giveDigits(whole, 60);
    const since = await whole.trainToEnd(RUN);
    const uninterrupted = lossesOf(await whole.events('training', since));
    assert.equal(uninterrupted.length, 12);

    const tab = await open();
    await giveDigits(tab, 60);
    const first = await trainAndPause(tab, { ...RUN, 'Stop after': 12 }, 5);
    await reload(tab);
    const [{ name, words }] = await listed(tab);
    assert.match(name, /^Tiny, /);
    assert.match(words, new RegExp(`Tiny, ${first.length} of 12 steps, loss \\d\\.\\d+, few-images-idx3-ubyte, .*MB`));
    assert.match((await tab.alert('train')).text, /can go on/);
    await shoot(tab, 'run-kept');
    await accessible(tab, 'a run that is kept');

    // Other images than those that it learned from.
    await giveDigits(tab, 40);
    await act(tab, 'Continue');
    assert.match((await tab.alert('train')).text, /learned from 60 images of few-images-idx3-ubyte/);

    await giveDigits(tab, 60);
    const opened = await tab.mark();
    await act(tab, 'Continue');
    const { info, film } = await tab.next('run_opened', opened);
    assert.deepEqual(info.losses, first);
    assert.deepEqual(film.map(({ step }) => step), Array.from({ length: film.length }, (_, row) => 5 * row), 'the rows of samples');
    assert.ok(film.length > 0);
    await tab.state('paused');
    assert.equal(await tab.text('live-step'), String(first.length));
    const resumed = await tab.mark();
    await tab.press('Resume');
    await tab.until('the end', (from) => window.e2e.events.slice(from)
      .some((e) => e.type === 'training' && e.step === 12), resumed);
    await tab.state('paused');
    const second = lossesOf(await tab.events('training', resumed));
    assert.deepEqual([...first, ...second], uninterrupted, 'to the bit');
  }, { seconds: 120 });

  topic.test('a crash, and a tab that is closed while it trains, lose what came after the last checkpoint only', async () => {
    const tab = await open();
    await giveDigits(tab, 60);
    const since = await tab.mark();
    await tab.train({ ...RUN, 'Stop after': 0, 'Sample every': 0 });
    await tab.until('some steps', (from) => window.e2e.events.slice(from).some((e) => e.type === 'training' && e.step >= 3), since);
    await tab.hide();
    const [kept] = await keptSince(tab, since);
    assert.ok(kept.info.step >= 3);
    // A second tab of the same browser sees it; the first is closed in the middle of a step.
    const second = await open({ beside: tab });
    await tab.page.close();
    await reload(second);
    const [{ words }] = await listed(second);
    assert.match(words, /steps, loss/);
    await giveDigits(second, 60);
    let opened = await second.mark();
    await act(second, 'Continue');
    let { step } = (await second.next('run_opened', opened)).info;
    assert.ok(step >= kept.info.step);

    // A reload in the middle of a step, and while a checkpoint is being written.
    for (const writing of [false, true, true]) {
      const resumed = await second.mark();
      await second.press('Resume');
      await second.until('some steps', ([from, done]) => window.e2e.events.slice(from).some((e) => e.type === 'training' && e.step > done), [resumed, step]);
      if (writing) await second.hide();
      else assert.equal(await asks(second), false, 'nobody is asked, because the run can go on');
      await reload(second);
      await giveDigits(second, 60);
      opened = await second.mark();
      await act(second, 'Continue');
      const { info } = await second.next('run_opened', opened);
      assert.ok(info.step >= step, `${info.step} steps are kept, and ${step} were`);
      step = info.step;
    }
  }, { seconds: 120 });

  topic.test('rename, compare, draw, export, import, delete', async () => {
    const tab = await open();
    await giveDigits(tab, 60);
    const losses = await trainAndPause(tab, { ...RUN, 'Sample every': 0 }, 4);
    await tab.press('Reset');
    await tab.state('ready');
    assert.equal((await tab.alert('train')).code, 'reset');
    let since = await tab.mark();
    await tab.press('Undo');
    assert.deepEqual((await tab.next('run_opened', since)).info.losses, losses);
    await tab.press('Reset');
    await tab.state('ready');
    since = await tab.mark();
    const name = tab.page.locator('#runs-list input').first();
    await name.fill('Mine: the first');
    await name.press('Enter');
    await tab.next('runs', since);
    await reload(tab);
    assert.equal((await listed(tab))[0].name, 'Mine: the first');

    await act(tab, 'Compare');
    await act(tab, 'Stop comparing');

    since = await tab.mark();
    await act(tab, 'Draw from it');
    const model = await tab.next('model', since);
    assert.deepEqual([model.source, model.steps, model.preset], ['Mine: the first', losses.length, 'tiny']);
    const { fingerprint } = await tab.generate();

    const [download] = await Promise.all([tab.page.waitForEvent('download'), act(tab, 'Export')]);
    assert.equal(download.suggestedFilename(), 'Mine-the-first.state.safetensors');
    const path = `${OUT}/exported.state.safetensors`;
    await download.saveAs(path);

    await act(tab, 'Delete');
    assert.equal((await listed(tab)).length, 1, 'it asks first');
    since = await tab.mark();
    await act(tab, 'Really delete?');
    await tab.next('runs', since);
    assert.equal((await listed(tab)).length, 0);
    assert.ok(await tab.page.locator('#runs').isHidden());

    await giveDigits(tab, 60);
    since = await tab.mark();
    await tab.give({ name: 'exported.state.safetensors', bytes: await readFile(path) });
    assert.deepEqual((await tab.next('run_opened', since)).info.losses, losses);
    await tab.next('runs', since);
    assert.equal((await listed(tab)).length, 1, 'what is imported is kept');
    await tab.state('paused');
    assert.equal((await tab.generate()).fingerprint, fingerprint, 'and draws the same');
  }, { seconds: 120 });

  topic.test('a damaged checkpoint: the one before it is used, and without any the run is refused', async () => {
    const tab = await open();
    await giveDigits(tab, 60);
    const since = await tab.mark();
    const first = await trainAndPause(tab, { ...RUN, 'Sample every': 0, 'Stop after': 6 }, 2);
    await tab.press('Resume');
    await tab.until('the end', (from) => window.e2e.events.slice(from).some((e) => e.type === 'training' && e.step === 6), since);
    await tab.state('paused');
    await tab.until('the second checkpoint', (from) => window.e2e.events.slice(from)
      .some((e) => e.type === 'runs' && e.runs[0]?.info.step === 6), since);
    await tab.press('Reset');
    await tab.state('ready');

    /** Overwrite a few bytes in the middle of so many slots, the newest first. */
    const damage = (which) => tab.page.evaluate(async (count) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('runs');
      for await (const [, run] of folder.entries()) {
        const files = [];
        for await (const [, handle] of run.entries()) files.push([handle, await handle.getFile()]);
        files.sort(([, a], [, b]) => b.lastModified - a.lastModified);
        for (const [handle, file] of files.slice(0, count)) {
          const bytes = new Uint8Array(await file.arrayBuffer());
          bytes.fill(7, bytes.length >> 1, (bytes.length >> 1) + 64);
          const out = await handle.createWritable();
          await out.write(bytes);
          await out.close();
        }
      }
    }, which);
    await damage(1);
    const opened = await tab.mark();
    await act(tab, 'Continue');
    assert.equal((await tab.next('run_opened', opened)).info.step, first.length);
    assert.match((await tab.alert('train')).text, /newest checkpoint of this run is damaged; the one before it is used/);
    await tab.press('Reset');
    await tab.state('ready');
    await damage(2);
    await act(tab, 'Continue');
    await tab.until('a refusal', (from) => window.e2e.events.slice(from).some((e) => e.type === 'refused'), opened);
    assert.match((await tab.alert('train')).text, /damaged or gone, so it cannot be continued/);
  }, { seconds: 90 });

  topic.test('two tabs: the second asks, takes over, and the first says so', async () => {
    const tab = await open();
    await giveDigits(tab, 60);
    await trainAndPause(tab, { ...RUN, 'Sample every': 0 }, 3);
    const second = await open({ beside: tab });
    await second.until('the list of runs', () => window.e2e.events.some(({ type }) => type === 'runs'));
    await giveDigits(second, 60);
    await act(second, 'Continue');
    assert.match((await second.alert('train')).text, /open in another tab/);
    const opened = await second.mark();
    await second.press('Take it over');
    await second.next('run_opened', opened);
    await tab.state('ready');
    assert.match((await tab.alert('train')).text, /Another tab goes on with this run/);
  }, { seconds: 90 });

  topic.test('a browser that stores nothing says so, and trains all the same', async () => {
    const tab = await open({
      before: async (page) => {
        const { inWorker } = await import('./worker.mjs');
        await inWorker('StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("Security error", "SecurityError"));\n')(page);
      },
    });
    await tab.until('the list of runs', () => window.e2e.events.some(({ type }) => type === 'runs'));
    assert.match(await tab.text('runs-note'), /keeps no runs for this page: it refuses.*private window.*Security error.*download its weights before/);
    await giveDigits(tab, 60);
    assert.equal(await asks(tab), false, 'nothing could be lost yet');
    await tab.trainToEnd({ ...TINY, 'Stop after': 2 });
    assert.equal(await asks(tab), true);
    await tab.press('Reset');
    assert.equal(await tab.page.locator('body').getAttribute('data-state'), 'paused', 'it asks first');
    await tab.press('Really reset?');
    await tab.state('ready');
    assert.equal(await asks(tab), false);
  });

  topic.test('a full disk: the older checkpoint of the run goes first, then the page asks which run can go', async () => {
    const tab = await open();
    await giveDigits(tab, 60);
    const session = await tab.context.newCDPSession(tab.page);
    const { origin } = new URL(tab.page.url());
    /** Leave so many bytes more than are in use. A checkpoint has 1.3 million, for which Chromium reserves two. */
    const leave = async (room) => {
      const usage = await tab.page.evaluate(async () => (await navigator.storage.estimate()).usage);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + room });
    };
    /** Go on for a step or more, pause, and wait for the checkpoint or the refusal. */
    const goOn = async () => {
      const since = await tab.mark();
      await tab.press('Resume');
      await tab.next('training', since);
      await tab.press('Pause');
      await tab.state('paused');
      return tab.until('a checkpoint or a refusal', (from) => window.e2e.events.slice(from)
        .findLast((e) => e.type === 'runs' || e.type === 'refused'), since);
    };
    const settings = { ...RUN, 'Sample every': 0, 'Stop after': 0 };
    await trainAndPause(tab, settings, 1);
    const [{ name: old }] = await listed(tab);
    await tab.press('Reset');
    await tab.state('ready');
    await trainAndPause(tab, settings, 1);

    await leave(1_200_000);
    assert.equal((await goOn()).code, 'storage_full');
    const since = await tab.mark();
    await tab.page.locator('#notice-train').getByRole('button', { name: `Delete “${old}”` }).click();
    const { runs: [mine, ...others] } = await tab.next('runs', since);
    assert.equal(others.length, 0);
    assert.equal(String(mine.info.step), await tab.text('live-step'), 'what had no room has been kept at once');

    await leave(1_200_000);
    const { runs } = await goOn();
    assert.ok(runs?.[0].info.step > mine.info.step, 'in place of the older of its two checkpoints');

    await leave(-2_000_000);
    const { code, message } = await goOn();
    assert.equal(code, 'storage_full');
    assert.match(message, /no room for \d+ MB more.*Delete runs that you do not need, or export this one/);
    assert.deepEqual(await tab.page.locator('#notice-train button').allInnerTexts(), ['Not now'], 'no other run is left to delete');
    assert.equal(await asks(tab), true, 'leaving would lose steps');
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await reload(tab);
    assert.match((await listed(tab))[0].words, new RegExp(`${runs[0].info.step} steps`));
  }, { seconds: 90 });
}
