/** Numbers out of range, and training that goes wrong: the page shows a notice, and nothing is lost. */

import assert from 'node:assert/strict';
import { spoilt } from './files.mjs';
import { TINY, guarded, tinyWeights } from './trained.mjs';

const GENERATE = [
  ['Digits', '0', /0 digits cannot be drawn.*1 to 64/],
  ['Digits', '65', /65 digits cannot be drawn.*1 to 64/],
  ['Digits', '', /digits/i],
  ['Digits', '-1', /digits/i],
  ['Digits', '2.5', /digits/i],
  ['Steps', '0', /0 steps cannot be taken.*1 to 1000/],
  ['Steps', '1001', /1001 steps cannot be taken.*1 to 1000/],
  ['Steps', '', /steps/],
  ['Seed', '-1', /seed/],
  ['Seed', '4294967296', /seed/],
  ['Seed', '', /seed/],
  ['Guidance', '9', /guidance scale is 9; it must be between 0 and 8/],
  ['Guidance', '-1', /guidance scale is -1/],
  ['Guidance', '', /guidance is missing/],
];
/** Settings of samplers; each is tried under every sampler that uses it. */
const SETTINGS = [
  ['eta', 'Noise η', '2', '0', /η is 2; it must be between 0 and 1/],
  ['eta', 'Noise η', '', '0', /η is missing/],
  ['inner', 'Steps a level', '0', '2', /at least 1 step at each level/],
  ['inner', 'Steps a level', '', '2', /steps a level must be a whole number/],
  ['step_size', 'Step size', '3', '1', /step size is 3; it must be above 0 and at most 2/],
];
const GOOD_DRAW = { Digits: 1, Steps: 1, Seed: 7, Guidance: 1.5 };

const TRAIN = [
  ['Learning rate', '0', /learning rate is 0; it must be above 0/],
  ['Learning rate', '-1', /learning rate is -1; it must be above 0/],
  ['Learning rate', '', /learning rate/],
  ['Learning rate', '1.5', /learning rate is 1\.5; .*at most 1/],
  ['Batch size', '0', /batch size is 0; .*between 1 and the 100 images/],
  ['Batch size', '101', /batch size is 101; .*between 1 and the 100 images/],
  ['Batch size', '60001', /batch size is 60001/],
  ['Batch size', '', /batch size/],
  ['Batch size', '1.5', /batch size/],
  ['Timesteps (T)', '5', /T is 5; .*between 10 and 4000/],
  ['Timesteps (T)', '5000', /T is 5000; .*between 10 and 4000/],
  ['Timesteps (T)', '', /timesteps/],
  ['EMA decay', '1', /EMA decay is 1; .*below 1/],
  ['EMA decay', '-0.1', /EMA decay is -0\.1/],
  ['Label dropout', '2', /label dropout is 2/],
  ['Gradient clip', '-1', /gradient clip is -1/],
  ['Weight decay', '1', /weight decay is 1/],
  ['Warm-up', '-1', /warm-?up/i],
  ['Min-SNR γ', '-1', /min-SNR γ is -1/],
  ['Random shifts', '5', /shift is 5 pixels; .*between 0 and 4/],
  ['Random shifts', '', /largest shift/],
  ['Stop after', '', /max steps|stop after/i],
  ['Training seed', '-1', /seed/],
];
const GOOD_TRAIN = {
  ...TINY, 'Timesteps (T)': 1000, 'EMA decay': 0.999, 'Label dropout': 0.1, 'Gradient clip': 1, 'Weight decay': 0,
  'Training seed': 0, 'Sampling steps': 50, 'Min-SNR γ': 0, 'Random shifts': 0,
};

export default function badNumbers(topic) {
  const { shared, unharmed } = guarded(topic);

  /** Try each case once, and report all that go wrong together. */
  async function refusals(tab, cases, good, button, panel) {
    const wrong = [];
    for (const [label, value, words] of cases) {
      await tab.fill({ ...good, [label]: value });
      const since = await tab.mark();
      await tab.press(button);
      await tab.until(`an answer to ${label} ${value}`, (from) => window.e2e.events.slice(from)
        .some((e) => e.type === 'refused' || e.type === 'state'), since);
      const [refused] = await tab.events('refused', since);
      const states = (await tab.events('state', since)).map(({ state }) => state);
      const shown = refused && (await tab.alert(panel)).text;
      const state = await tab.page.locator('body').getAttribute('data-state');
      if (!refused) wrong.push(`${label} "${value}" was taken (${states})`);
      else if (!words.test(shown)) wrong.push(`${label} "${value}": ${shown}`);
      else if (state !== 'ready') wrong.push(`${label} "${value}": state ${state}`);
      if (!refused) {
        // End what was started by mistake, so that the remaining cases can be tried.
        if (panel === 'train') await tab.press('Reset');
        await tab.state('ready');
      }
    }
    assert.deepEqual(wrong, []);
    await tab.fill(good);
    await unharmed(tab);
  }

  topic.test('Generate refuses each of them', async () => {
    await refusals(await shared(), GENERATE, GOOD_DRAW, 'Generate', 'generate');
  });

  topic.test('Generate refuses what a sampler cannot do', async () => {
    const tab = await shared();
    const wrong = [];
    const samplers = await tab.samplers();
    for (const [setting, label, value, good, words] of SETTINGS) {
      const using = samplers.filter(({ settings }) => settings.includes(setting));
      assert.ok(using.length > 0, `a sampler uses ${setting}`);
      for (const { kind } of using) {
        await tab.fill({ ...GOOD_DRAW, Sampler: kind, [label]: value });
        await tab.press('Generate');
        const { text } = await tab.alert('generate');
        if (!words.test(text)) wrong.push(`${kind}, ${label} "${value}": ${text}`);
        await tab.fill({ [label]: good });
      }
    }
    assert.deepEqual(wrong, []);
    await tab.fill({ Sampler: 'ddpm' });
    await unharmed(tab);
  });

  topic.test('Train refuses each of them', async () => {
    await refusals(await shared(), TRAIN, GOOD_TRAIN, 'Train', 'train');
  }, { seconds: 90 });

  topic.test('a number that cannot be read is refused in the user\'s words, not the program\'s', async () => {
    const tab = await shared();
    const wrong = [];
    for (const [label, value, good, button, panel] of [
      ['Digits', '', 1, 'Generate', 'generate'],
      ['Digits', '2.5', 1, 'Generate', 'generate'],
      ['Seed', '-1', 7, 'Generate', 'generate'],
      ['Learning rate', '', 0.002, 'Train', 'train'],
      ['Batch size', '', 8, 'Train', 'train'],
      ['Stop after', '', 30, 'Train', 'train'],
    ]) {
      await tab.fill({ ...(panel === 'train' ? GOOD_TRAIN : GOOD_DRAW), [label]: value });
      const since = await tab.mark();
      await tab.press(button);
      await tab.until('a refusal', (from) => window.e2e.events.slice(from).some((e) => e.type === 'refused'), since);
      const { text } = await tab.alert(panel);
      if (/\b[uif](8|16|32|64)\b|invalid type|Error:/.test(text)) wrong.push(`${label} "${value}": ${text}`);
      await tab.fill({ [label]: good });
    }
    assert.deepEqual(wrong, []);
  });

  topic.test('a seed that is too large is told the limit', async () => {
    const tab = await shared();
    await tab.fill({ ...GOOD_DRAW, Seed: '4294967296' });
    await tab.press('Generate');
    assert.match((await tab.alert('generate')).text, /4,?294,?967,?295|2³²/);
    await tab.fill(GOOD_DRAW);
  });

  topic.test('a loss that is no number pauses the training, says where, and keeps the last good weights', async () => {
    const tab = await shared();
    const { f32 } = await tinyWeights();
    await tab.load({ name: 'enormous.safetensors', bytes: spoilt(f32.bytes).enormous });
    const since = await tab.mark();
    await tab.train({ ...GOOD_TRAIN, 'Start from': 'current' });
    await tab.state('paused');
    const { code, text } = await tab.alert('train');
    assert.equal(code, 'loss_not_finite');
    assert.match(text, /step 1\b/i);
    assert.equal((await tab.events('refused', since)).length, 1);
    // Weights that large cannot draw digits, but drawing with them must not crash.
    await tab.generate({ count: 1, steps: 2 });
    await tab.state('paused');
    await tab.press('Reset');
    await tab.state('ready');
    await tab.load(f32);
    await unharmed(tab);
  });

  topic.test('a far too high learning rate does no harm beyond the session', async () => {
    const tab = await shared();
    const since = await tab.mark();
    // The loss may or may not stay finite here, depending on the arithmetic. Where it does not, the page must say so.
    await tab.trainToEnd({ 'Start from': 'fresh', ...GOOD_TRAIN, 'Learning rate': 1, 'Gradient clip': 0, 'Stop after': 60 });
    const refused = await tab.events('refused', since);
    for (const { code, message } of refused) {
      assert.equal(code, 'loss_not_finite');
      assert.match(message, /step \d+/i);
    }
    const drawn = await tab.generate({ count: 1, steps: 2 });
    assert.match(drawn.fingerprint, /^[0-9a-f]{16}$/);
    await tab.press('Reset');
    await tab.state('ready');
    await unharmed(tab);
  }, { seconds: 90 });
}
