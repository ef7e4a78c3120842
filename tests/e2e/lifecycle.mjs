/**
 * What a browser does with a page that nobody looks at: it hides, throttles and freezes it, keeps it to go back to, or throws it
 * away. Training goes on where it may, and otherwise from where it was.
 */

import assert from 'node:assert/strict';
import { BASE } from './environment.mjs';
import { isolated, possible, threads } from './threads.mjs';
import { TINY, giveDigits } from './trained.mjs';
import { inWorker } from './worker.mjs';

const RUN = { ...TINY, 'Batch size': 4, 'Stop after': 0 };

/** A tab that is asked to give up a run has half a second for it, in place of 20. */
const IMPATIENT = 'AbortSignal.timeout = ((real) => () => real.call(AbortSignal, 500))(AbortSignal.timeout);\n';

/** Helper workers are waited for half a second, in place of 30. */
const HURRIED = 'Atomics.wait = ((real) => (words, at, value, ms) => real(words, at, value, Math.min(ms, 500)))(Atomics.wait);\n';

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
  const firstRun = (tab, name) => tab.page.locator('#runs-list li').first().getByRole('button', { name, exact: true }).click();

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

  topic.test('helper workers that were frozen in the middle of a step compute again', async () => {
    const tab = await isolated(topic, {}, { flags: 'visitor', before: inWorker(HURRIED) });
    const count = await possible(tab);
    await threads(tab, count);
    await train(tab);
    const front = await topic.open({ flags: 'visitor', base: `${BASE}www/style.css` });
    await front.page.bringToFront();
    await freeze(tab);
    await lifecycleOf(tab, 'active');
    await moreSteps(tab);
    await tab.page.bringToFront();
    // The page is told of helpers that are gone when the state changes.
    await tab.press('Pause');
    await tab.state('paused');
    await threads(tab, count);
  }, { seconds: 60 });

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
    await second.button('Take it over').click();
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

  for (const stored of [true, false]) {
    topic.test(`back to a page that was left while it trained: ${stored ? 'it trains on' : 'it is loaded anew and offers the run'}`, async () => {
      const tab = await open();
      await train(tab);
      await tab.page.evaluate((may) => {
        window.same = true;
        // Chromium keeps no page that wants to hear of its end.
        if (!may) addEventListener('unload', () => {});
      }, stored);
      await tab.hide();
      const { info, id } = await tab.until('a checkpoint', () => window.e2e.events.findLast((e) => e.type === 'runs')?.runs[0]);
      await tab.page.goto(`${BASE}www/style.css`);
      // A page that was kept is not loaded, so there is no event to wait for.
      await tab.page.goBack({ waitUntil: 'commit' });
      if (stored) {
        await tab.until('the very page, with more steps', (step) => window.same && window.e2e.events.some((e) => e.type === 'training' && e.step > step + 3), info.step);
        return;
      }
      await tab.ready();
      assert.equal(await tab.page.evaluate(() => window.same), undefined);
      assert.match((await tab.alert('train')).text, /can go on/);
      await giveDigits(tab, 60);
      const opened = await tab.mark();
      await firstRun(tab, 'Continue');
      const run = await tab.next('run_opened', opened);
      assert.equal(run.run, id);
      assert.ok(run.info.step >= info.step);
    }, { seconds: 90 });
  }

  topic.test('a tab that is frozen while it waits for its GPU has not waited in vain', async () => {
    const tab = await topic.open({
      query: '?device=webgpu&patience=2',
      flags: 'visitor',
      before: inWorker(`
        const request = GPU.prototype.requestAdapter;
        GPU.prototype.requestAdapter = function (options) {
          return new Promise((resolve) => { new BroadcastChannel('adapter').onmessage = resolve; }).then(() => request.call(this, options));
        };
      `),
    });
    const front = await topic.open({ flags: 'visitor', base: `${BASE}www/style.css` });
    await front.page.bringToFront();
    await lifecycleOf(tab, 'frozen');
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
    await lifecycleOf(tab, 'active');
    await tab.page.evaluate(() => new BroadcastChannel('adapter').postMessage('now'));
    assert.equal((await tab.next('chosen', 0)).kind, 'webgpu');
  });
}
