/** Seconds that a training step and a forward pass of `small` take in the browser. They are figures: no test fails over them. */

import assert from 'node:assert/strict';
import { figure, median, rounded } from './figures.mjs';
import { giveDigits } from './trained.mjs';

/** Seconds between the steps' events as they reached the page. The first step is left out: it holds work that is done only once. */
function between(events) {
  const gaps = events.slice(1).map((event, i) => (event.at - events[i].at) / (event.step - events[i].step) / 1000);
  return { median: rounded(median(gaps)), steps: gaps.length };
}

async function trainingStep(tab, batch, steps, timeout) {
  const since = await tab.trainToEnd({
    Model: 'small', 'Batch size': batch, 'Warm-up': 0, 'Sample every': 0, 'Stop after': steps,
  }, timeout);
  const progress = await tab.events('training', since);
  const [begun] = await tab.events('state', since);
  await tab.press('Reset');
  await tab.state('ready');
  const first = rounded((progress[0].at - begun.at) / 1000);
  return { whole: rounded(progress.at(-1).elapsed_s / steps), first, ...between(progress.filter(
    (event, i) => i === 0 || event.step > progress[i - 1].step)) };
}

async function forwardPass(tab, steps, timeout) {
  const since = await tab.mark();
  await tab.generate({ count: 16, steps }, timeout);
  const sampling = await tab.events('sampling', since);
  const [begun] = await tab.events('state', since);
  return { first: rounded((sampling[0].at - begun.at) / 1000), ...between(sampling) };
}

export default function bench(topic) {
  topic.test('small on the CPU backend', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await giveDigits(tab);
    const cpu = { trainingStepBatch8: await trainingStep(tab, 8, 5) };
    cpu.trainingStepBatch32 = await trainingStep(tab, 32, 4, 120_000);
    cpu.forwardPass16 = await forwardPass(tab, 4);
    figure('smallSecondsCpu', cpu);
    assert.ok(cpu.trainingStepBatch8.whole > 0);
  }, { seconds: 240 });

  topic.test('small on WebGPU', async () => {
    const tab = await topic.open({ query: '?device=webgpu', flags: 'webgpu' });
    await tab.ready();
    await giveDigits(tab);
    const gpu = {};
    figure('smallSecondsWebgpu', gpu);
    gpu.forwardPass16 = await forwardPass(tab, 3, 600_000);
    gpu.trainingStepBatch8 = await trainingStep(tab, 8, 3, 900_000);
    gpu.trainingStepBatch32 = await trainingStep(tab, 32, 2, 1_200_000);
    assert.ok(gpu.trainingStepBatch8.whole > 0);
  }, { seconds: 3000 });
}
