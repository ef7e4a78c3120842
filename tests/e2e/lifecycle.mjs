/**
 * What a browser does with a page that nobody looks at: it hides, throttles and freezes it, keeps it to go back to, or throws it
 * away. Training goes on where it may, and otherwise from where it was.
 */

import assert from 'node:assert/strict';
import { BASE, PATIENCE } from './environment.mjs';
import { TINY, giveDigits } from './trained.mjs';
import { inWorker } from './worker.mjs';

const RUN = { ...TINY, 'Batch size': 4, 'Stop after': 0 };

/** A tab that is asked to give up a run has half a second for it, in place of 20. */
const IMPATIENT = 'AbortSignal.timeout = ((real) => () => real.call(AbortSignal, 500))(AbortSignal.timeout);\n';

export default function lifecycle(topic) {
  /** A tab of a browser as visitors have it. */
  const open = async (options = {}) => {
    const tab = await topic.open({ query: '?device=cpu', flags: 'visitor', ...options });
    await tab.ready();
    return tab;
  };

  /** The last step that the page has heard of. */
  const stepOf = (tab) => tab.page.evaluate(() => window.e2e.events.findLast((e) => e.type === 'training')?.step ?? 0);

  /** Wait for some steps more than there are; returns the last. */
  const moreSteps = async (tab, more = 3) => tab.until(`${more} steps more`, (least) => {
    const { step } = window.e2e.events.findLast((e) => e.type === 'training') ?? { step: 0 };
    return step >= least && step;
  }, (await stepOf(tab)) + more);

  /** Press a button of the run that was saved last. */
  const firstRun = (tab, name) => tab.click(tab.page.locator('#runs-list li').first().getByRole('button', { name, exact: true, includeHidden: true }));

  async function train(tab) {
    await giveDigits(tab, 60);
    await tab.train(RUN);
    return moreSteps(tab);
  }

  /** Freeze or thaw a tab that is hidden. @param {'frozen' | 'active'} state */
  async function lifecycleOf(tab, state) {
    const session = await tab.context.newCDPSession(tab.page);
    await session.send('Page.setWebLifecycleState', { state });
    await session.detach();
  }

  /** Freeze a hidden tab, and assert that it does nothing. */
  async function freeze(tab) {
    await lifecycleOf(tab, 'frozen');
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    const step = await stepOf(tab);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    assert.equal(await stepOf(tab), step, 'a frozen tab takes no steps');
    return step;
  }

  topic.test('a hidden tab trains and draws on, and a frozen one goes on when it is thawed', async () => {
    const tab = await open();
    await train(tab);
    const since = await tab.mark();
    const front = await topic.open({ flags: 'visitor', base: `${BASE}www/style.css` });
    await front.page.bringToFront();
    assert.equal(await tab.page.evaluate(() => document.visibilityState), 'hidden');
    const kept = await tab.until('a checkpoint', (from) => window.e2e.events.slice(from)
      .findLast((e) => e.type === 'runs')?.runs[0]?.info.step, since);
    assert.ok(await moreSteps(tab, 10) > kept, 'and it goes on after the checkpoint');

    const step = await freeze(tab);
    await lifecycleOf(tab, 'active');
    assert.ok(await moreSteps(tab) > step);
    // Still hidden: no frames, no animations.
    await tab.page.evaluate(() => document.getElementById('pause').click());
    await tab.state('paused');
    const drawing = await tab.mark();
    await tab.page.evaluate(() => document.getElementById('generate').click());
    assert.ok((await tab.next('sampled', drawing)).complete);
    await tab.page.bringToFront();
    await tab.until('the chart', () => /smoothed loss is 0\.\d+/.test(document.getElementById('loss-chart').getAttribute('aria-label')));
  }, { seconds: 90 });

  topic.test('a frozen tab whose run another tab has taken over leaves what that one keeps alone', async () => {
    const tab = await open();
    await train(tab);
    const second = await open({ before: inWorker(IMPATIENT) });
    await second.page.bringToFront();
    const [{ id }] = await tab.events('run_claimed');
    await tab.until('a checkpoint', (mine) => window.e2e.events.findLast((e) => e.type === 'runs')?.runs.find((run) => run.id === mine), id);
    const frozen = await freeze(tab);
    await second.page.reload();
    await second.ready();
    await second.until('the run', () => window.e2e.events.findLast((e) => e.type === 'runs')?.runs[0]);
    await giveDigits(second, 60);
    await firstRun(second, 'Continue');
    await second.press('Take it over');
    await second.state('paused');
    await second.press('Resume');
    await second.until('steps that the frozen tab has not taken', (step) => window.e2e.events
      .some((e) => e.type === 'training' && e.step > step + 5), frozen);
    await second.press('Pause');
    await second.state('paused');
    const { info } = await second.until('its checkpoint', ([mine, step]) => window.e2e.events
      .findLast((e) => e.type === 'runs')?.runs.find((run) => run.id === mine && run.info.step > step), [id, frozen]);

    await lifecycleOf(tab, 'active');
    await tab.state('ready');
    assert.match(await tab.text('notice-train'), /Another tab goes on with this run/);
    await second.page.reload();
    await second.ready();
    const runs = await second.until('the runs', () => window.e2e.events.findLast((e) => e.type === 'runs')?.runs);
    assert.equal(runs.find((run) => run.id === id).info.step, info.step);
  }, { seconds: 120 });

  /**
   * Train, leave the page while it does, and go back.
   * @param {boolean} may whether the browser may keep the page meanwhile
   */
  async function leaveAndReturn(may) {
    const tab = await open();
    await train(tab);
    await tab.page.evaluate((kept) => {
      window.same = true;
      // Chromium keeps no page that wants to hear of its end.
      if (!kept) addEventListener('unload', () => {});
    }, may);
    await tab.hide();
    const [{ id }] = await tab.events('run_claimed');
    const { info } = await tab.until('a checkpoint', (mine) => window.e2e.events.findLast((e) => e.type === 'runs')?.runs.find((run) => run.id === mine), id);
    await tab.page.goto(`${BASE}www/style.css`);
    // A page that was kept is not loaded, so there is no event to wait for.
    await tab.page.goBack({ waitUntil: 'commit' });
    // The very page trains, one that is loaded anew becomes ready.
    const { same, why } = await tab.until('the page', () => (window.same || document.body?.dataset.state === 'ready')
      && { same: Boolean(window.same), why: performance.getEntriesByType('navigation')[0].notRestoredReasons });
    return { tab, id, step: info.step, same, why: JSON.stringify(why) };
  }

  topic.test('back to a page that was left while it trained, and that the browser has kept: it trains on', async () => {
    const reasons = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { tab, step, same, why } = await leaveAndReturn(true);
      if (same) {
        await tab.until('more steps', (least) => window.e2e.events.some((e) => e.type === 'training' && e.step > least), step + 3);
        return;
      }
      // A browser that is busy gives up keeping a page.
      reasons.push(why);
      await tab.page.close();
    }
    assert.fail(`the browser has not kept the page: ${reasons}`);
  }, { seconds: 120 });

  topic.test('back to a page that was left while it trained, and that is loaded anew: it offers the run', async () => {
    const { tab, id, step, same } = await leaveAndReturn(false);
    assert.equal(same, false);
    await tab.ready();
    assert.match((await tab.alert('train')).text, /can go on/);
    await giveDigits(tab, 60);
    const opened = await tab.mark();
    await firstRun(tab, 'Continue');
    const run = await tab.next('run_opened', opened);
    assert.equal(run.run, id);
    assert.ok(run.info.step >= step);
  }, { seconds: 90 });

  topic.test('a tab that is frozen while it waits for its GPU has not waited in vain', async () => {
    // Long enough for what passes before the freeze, and after it, on a machine that does a lot else.
    const patience = 4 * PATIENCE;
    const front = await topic.open({ flags: 'visitor', base: `${BASE}www/style.css` });
    const tab = await topic.open({
      query: `?device=webgpu&patience=${patience}`,
      flags: 'visitor',
      // The GPU is asked at once, because its answer can take seconds. The worker says that it waits for it, until it is told to go on.
      before: inWorker(`
        const request = GPU.prototype.requestAdapter;
        GPU.prototype.requestAdapter = function (options) {
          const channel = new BroadcastChannel('adapter');
          const waits = setInterval(() => channel.postMessage('waits'), 50);
          const told = new Promise((resolve) => { channel.onmessage = resolve; }).then(() => clearInterval(waits));
          return Promise.all([request.call(this, options), told]).then(([adapter]) => adapter);
        };
      `),
    });
    await tab.page.evaluate(() => new Promise((resolve) => { new BroadcastChannel('adapter').onmessage = () => resolve(true); }));
    await front.page.bringToFront();
    await lifecycleOf(tab, 'frozen');
    await new Promise((resolve) => { setTimeout(resolve, 1000 * (patience + 1)); });
    await lifecycleOf(tab, 'active');
    assert.deepEqual(await tab.events('chosen'), [], 'it still waits');
    await tab.page.evaluate(() => new BroadcastChannel('adapter').postMessage('go on'));
    assert.equal((await tab.next('chosen', 0)).kind, 'webgpu');
  });
}
