/**
 * Random actions of a visitor, chosen by a seed: buttons, fields with sound, extreme and absurd values, keys, the sketch pad,
 * files, the size of the window, reloads. Whatever is done, nothing complains or crashes, and Generate can be reached.
 *
 * E2E_SEED=7 takes this seed in place of the first, E2E_SEEDS=10 takes ten from there on. A failure prints the last actions.
 */

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { DESKTOP } from './tab.mjs';
import { digits, spoilt, spoiltDigits } from './files.mjs';
import { TINY, giveDigits, tinyWeights } from './trained.mjs';

const ACTIONS = 500;
/** After so many actions it is looked at whether all is well, and after so many whether digits can still be drawn. */
const [LOOK_EVERY, DRAW_EVERY] = [25, 100];
const PHONE = { width: 390, height: 844 };
/** Milliseconds that a visitor waits for a button to be enabled. */
const PATIENCE_MS = 45_000;

/**
 * Numbers of 0 to below 1 (mulberry32). Each action has a generator of its own, so that one that turns out otherwise, because
 * the page was slower, does not change those after it.
 * @param {number} seed @param {number} action
 */
function randomOf(seed, action) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(action + 1, 0x85ebca6b)) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // The first numbers of neighbouring states resemble one another.
  next();
  /** @template T @param {T[]} list @returns {T} */
  const one = (list) => list[Math.floor(next() * list.length)];
  return { next, one };
}

/**
 * Finds the controls that a visitor could use now, takes one of them by the number `at`, from 0 to below 1, and brings it into
 * view. Runs in the page. Left out are the link to the GPU, which is a slow program on a test machine, and links that leave
 * the page.
 * @param {{ kind: 'press' | 'start' | 'run' | 'type' | 'choose', at: number }} wish
 */
function pick({ kind, at }) {
  const SELECTORS = {
    start: 'button.primary, #begin-measure, #save',
    press: 'button, summary, a[href], input[type=checkbox], input[type=radio], label.check',
    type: 'input[type=number], input[type=text], input[type=range]',
    choose: 'select',
    run: '.run-controls button, #runs-list button, .notice button',
  };
  const usable = [...document.querySelectorAll(SELECTORS[kind])].filter((control) => {
    if (control.disabled || control.matches(':disabled') || !control.checkVisibility()) return false;
    if (!(control instanceof HTMLAnchorElement)) return true;
    return control.origin === location.origin && control.dataset.deviceChoice !== 'webgpu';
  });
  const control = usable[Math.floor(at * usable.length)];
  if (!control) return null;
  control.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { x, y, width, height } = control.getBoundingClientRect();
  const name = control.id || control.getAttribute('aria-label') || control.textContent.trim().slice(0, 40);
  const options = control instanceof HTMLSelectElement
    ? [...control.options].filter((option) => !option.hidden && !option.disabled).map(({ value }) => value) : [];
  return { id: control.id, name, x: x + width / 2, y: y + height / 2, options };
}

/**
 * Values for a field. None is so large that it is allowed and takes the memory of the machine, as a batch of 60,000 would:
 * `crash.mjs` looks at that.
 */
const VALUES = {
  sound: ['1', '2', '3', '4', '8', '10', '16', '0.5', '0.001', '20'],
  extreme: ['0', '64', '1000', '-1', '65', '1001', '4294967295', '4294967296'],
  absurd: ['', '-', 'e', '1e999', '-1e-400', '2.5', '9007199254740993', '00007', 'NaN', '🐒', '"><b>', ' '.repeat(300)],
};
/** Fields by their ids, and numbers with which little is computed. */
const SMALL = {
  preset: 'tiny', 'start-from': 'fresh', 'batch-size': '4', warmup: '0', 'sample-every': '5', 'sample-steps': '5', 'stop-after': '20',
  count: '4', steps: '8', versions: '2', 'measure-count': '8',
};
/** The fields whose value is the number of images computed at once. */
const WIDE = /^(batch-size|adjust-batch|count|versions)$/;
const KEYS = [
  'Tab', 'Shift+Tab', 'Enter', 'Space', 'Escape', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Backspace', 'Home', 'End',
  'PageDown', 'Control+a', 'Control+z', '7',
];

/** The files that are given, by name. */
async function files() {
  const { f32, f16 } = await tinyWeights();
  const { images, labels } = digits(60);
  const packed = (file) => ({ name: `${file.name}.gz`, bytes: gzipSync(file.bytes) });
  const damaged = Object.entries(spoilt(f32.bytes)).map(([name, bytes]) => [{ name: `${name}.safetensors`, bytes }]);
  return {
    sound: [[f32], [f16], [images, labels], [packed(images), packed(labels)], [f16, images, labels]],
    damaged: [...damaged, ...Object.values(spoiltDigits()), []],
  };
}

/**
 * Drop files on the page; whether there is something to drop them on, which a page that has just been left for has not.
 * @param {Array<{ name: string, bytes: Uint8Array }>} given
 */
const drop = (tab, given) => tab.page.evaluate((list) => {
  if (!document.body) return false;
  const dataTransfer = new DataTransfer();
  for (const { name, text } of list) dataTransfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  for (const type of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  return true;
}, given.map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString('base64') })));

/** Press a control of this kind. @param {'press' | 'start' | 'run'} kind */
async function press(tab, random, kind) {
  const control = await tab.page.evaluate(pick, { kind, at: random.next() });
  if (!control) return `nothing to ${kind}`;
  await tab.page.mouse.click(control.x, control.y, { clickCount: random.next() < 0.1 ? 2 : 1 });
  return `press ${control.name}`;
}

/** What a visitor may do: how often of a hundred times, and how. Each says in a few words what it did. */
const DEEDS = {
  press: [22, (tab, random) => press(tab, random, 'press')],
  start: [8, (tab, random) => press(tab, random, 'start')],
  run: [14, (tab, random) => press(tab, random, 'run')],
  type: [18, async (tab, random) => {
    const control = await tab.page.evaluate(pick, { kind: 'type', at: random.next() });
    if (!control) return 'no field';
    const kind = random.one(['sound', 'sound', 'extreme', 'absurd']);
    let value = random.one(VALUES[kind]);
    if (WIDE.test(control.id) && Number(value) > 64) value = '64';
    await tab.page.mouse.click(control.x, control.y);
    await tab.page.keyboard.press('Control+a');
    await (value ? tab.page.keyboard.insertText(value) : tab.page.keyboard.press('Delete'));
    if (random.next() < 0.3) await tab.page.keyboard.press(random.one(['Enter', 'Tab']));
    return `type "${value.slice(0, 20)}" into ${control.name}`;
  }],
  // Without it, a form that has been filled with nonsense is refused from then on, and nothing begins any more.
  correct: [4, async (tab) => {
    await tab.page.evaluate((small) => {
      for (const field of document.querySelectorAll('form input[type=number], form select')) {
        if (field.matches(':disabled')) continue;
        const standard = field instanceof HTMLSelectElement
          ? [...field.options].find((option) => option.defaultSelected)?.value : field.defaultValue;
        field.value = small[field.id] ?? standard ?? field.value;
        for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
      }
    }, SMALL);
    return 'correct the numbers';
  }],
  choose: [8, async (tab, random) => {
    const control = await tab.page.evaluate(pick, { kind: 'choose', at: random.next() });
    if (!control || control.options.length === 0) return 'no list';
    const value = random.one(control.options);
    // A list opens a window of the browser's own, so its value is set as that window does.
    await tab.page.evaluate(([id, chosen]) => {
      const list = document.getElementById(id);
      if (!list) return;
      list.value = chosen;
      for (const type of ['input', 'change']) list.dispatchEvent(new Event(type, { bubbles: true }));
    }, [control.id, value]);
    return `choose ${value} in ${control.name}`;
  }],
  keys: [8, async (tab, random) => {
    const keys = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => random.one(KEYS));
    for (const key of keys) await tab.page.keyboard.press(key);
    return `keys ${keys.join(' ')}`;
  }],
  draw: [4, async (tab, random) => {
    const box = await tab.page.evaluate(() => {
      const pad = document.getElementById('pad');
      if (!pad) return null;
      pad.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { x, y, width, height } = pad.getBoundingClientRect();
      return { x, y, width, height };
    });
    if (!box) return 'no pad yet';
    const point = () => [box.x + random.next() * box.width, box.y + random.next() * box.height];
    await tab.page.mouse.move(...point());
    await tab.page.mouse.down();
    await tab.page.mouse.move(...point(), { steps: 3 });
    await tab.page.mouse.move(...point(), { steps: 3 });
    await tab.page.mouse.up();
    return 'draw on the pad';
  }],
  give: [4, async (tab, random, given) => {
    const kind = random.one(['sound', 'damaged']);
    const set = random.one(given[kind]);
    const names = set.map(({ name }) => name).join(', ');
    if (random.next() < 0.5) {
      return await drop(tab, set) ? `drop ${kind} ${names}` : 'nothing to drop files on yet';
    }
    const enabled = await tab.page.locator('#load').isEnabled();
    if (enabled) await tab.give(...set);
    return enabled ? `load ${kind} ${names}` : 'nothing can be loaded';
  }],
  look: [5, async (tab, random) => {
    const size = random.one([DESKTOP, PHONE, { width: 820, height: 1180 }]);
    const media = random.one([{ colorScheme: 'dark' }, { colorScheme: 'light' }, { reducedMotion: 'reduce' }, { reducedMotion: null }]);
    await (random.next() < 0.6 ? tab.page.setViewportSize(size) : tab.page.emulateMedia(media));
    return `look ${JSON.stringify(size)} ${JSON.stringify(media)}`;
  }],
  hide: [2, async (tab) => {
    await tab.hide();
    return 'hide the tab';
  }],
  wait: [2, async (tab, random) => {
    const ms = Math.floor(random.next() * 1000);
    await tab.page.waitForTimeout(ms);
    return `wait ${ms} ms`;
  }],
  leave: [1, async (tab, random) => {
    const way = random.one(['reload', 'reload', 'goBack', 'goForward']);
    await tab.page[way]({ waitUntil: 'commit' });
    return way;
  }],
};
const TIMES = Object.values(DEEDS).flatMap(([times, act]) => Array(times).fill(act));

/** Whether an error says that the page was left meanwhile: a click before it may have followed a link. @param {Error} error */
const leaving = ({ message }) => /Execution context was destroyed|navigat/i.test(message);

/** What an action that met such a page did. @param {Error} error */
function unlessLeaving(error) {
  if (leaving(error)) return 'the page was being left';
  throw error;
}

/** Look at a page that stays: once more, if it was left meanwhile. @template T @param {() => Promise<T>} look @returns {Promise<T>} */
async function staying(tab, look) {
  for (let tries = 0; ; tries += 1) {
    await tab.page.waitForLoadState();
    try {
      return await look();
    } catch (error) {
      if (tries === 3 || !leaving(error)) throw error;
    }
  }
}

/** Keeps which types of events the worker has sent, over reloads. Runs in the page before its own scripts. */
function keepTypes() {
  // An empty page has nothing to keep it in.
  if (location.protocol === 'about:') return;
  const before = JSON.parse(sessionStorage.getItem('e2e.types') ?? '[]');
  window.typesSoFar = () => [...new Set([...before, ...window.e2e.events.map(({ type }) => type)])];
  addEventListener('pagehide', () => sessionStorage.setItem('e2e.types', JSON.stringify(window.typesSoFar())));
}

/** Fail over a crash, an error in the console, or a page that has stopped. */
async function allIsWell(tab) {
  const complaints = tab.complaints();
  assert.deepEqual(complaints, [], 'the console complains');
  const { state, crash } = await tab.page.evaluate(() => ({ state: document.body?.dataset.state, crash: window.e2e?.crash }));
  assert.ok(state !== 'error' && !crash, `the page has stopped: ${crash}`);
}

/** Press the first of these buttons that is enabled; whether there is one. It may be disabled before it is pressed. */
async function pressFirst(tab, names) {
  for (const name of names) {
    if (await tab.button(name).isEnabled()) return tab.button(name).click({ timeout: 1000 }).then(() => true, () => false);
  }
  return false;
}

/** What is presented has neither tools nor forms. */
async function leavePresentation(tab) {
  if (await tab.page.evaluate(() => document.body.hasAttribute('data-present'))) await tab.press('Leave the presentation');
}

/** End what runs as a visitor would, then draw a digit by the fields of Generate. */
async function generate(tab) {
  await leavePresentation(tab);
  await tab.page.setViewportSize(DESKTOP);
  await tab.until('a page that has started', () => !['loading', undefined].includes(document.body?.dataset.state));
  const until = Date.now() + PATIENCE_MS;
  let refusal = '';
  while (Date.now() < until) {
    await allIsWell(tab);
    if (await tab.button('Generate').isDisabled()) {
      await pressFirst(tab, ['Cancel', 'Pause', 'Reset']);
      await tab.page.waitForTimeout(100);
      continue;
    }
    // The answer to what was done before may lead to another tool meanwhile.
    await tab.tool('draw');
    if (!await tab.page.locator('#use-defaults').click({ timeout: 1000 }).then(() => true, () => false)) continue;
    if (!await tab.fill({ Digits: 1, Steps: 2, Clipping: 'static' }, { timeout: 1000 }).then(() => true, () => false)) continue;
    const since = await tab.page.evaluate(() => ({ opened: performance.timeOrigin, events: window.e2e.events.length }));
    // What was pressed a moment ago may begin only now.
    if (!await pressFirst(tab, ['Generate'])) continue;
    // Not any refusal: an answer to a file that was given before may come now. A link that was pressed before may lead to a new page
    // now, whose worker knows nothing of this draw.
    const answer = await tab.until('a digit', (from) => (performance.timeOrigin !== from.opened ? { type: 'left' }
      : window.e2e.events.slice(from.events).find((e) => e.type === 'sampled' || (e.type === 'refused' && e.what === 'generate'))), since);
    if (answer.type === 'sampled') return;
    if (answer.type === 'left') continue;
    refusal = answer.message;
  }
  assert.fail(`Generate cannot be reached. ${refusal}`);
}

/** Begin a training whose settings make sense, which chance alone seldom finds; what comes next meets it. */
async function train(tab) {
  await leavePresentation(tab);
  if (!await tab.button('Train').isEnabled()) return;
  await tab.fill({ 'Start from': 'fresh', ...TINY });
  await pressFirst(tab, ['Train']);
}

export default function monkey(topic) {
  const first = Number(process.env.E2E_SEED ?? 1);
  const seeds = Array.from({ length: Number(process.env.E2E_SEEDS ?? 1) }, (_, index) => first + index);
  for (const seed of seeds) {
    topic.test(`${ACTIONS} actions of a visitor, from the seed ${seed}`, async () => {
      const given = await files();
      const tab = await topic.open({ query: '?device=cpu', before: (page) => page.addInitScript(keepTypes) });
      await tab.ready();
      await giveDigits(tab, 60);
      await tab.fill(TINY);
      const address = tab.page.url();
      const done = [];
      try {
        for (let action = 0; action < ACTIONS; action += 1) {
          const random = randomOf(seed, action);
          done.push(`${action}: …`);
          // Before the page there is an empty one, which has no buttons.
          if (tab.page.url() === 'about:blank') await tab.page.goto(address, { waitUntil: 'commit' });
          done[action] = `${action}: ${await random.one(TIMES)(tab, random, given).catch(unlessLeaving)}`;
          if ((action + 1) % LOOK_EVERY === 0) await staying(tab, () => allIsWell(tab));
          if ((action + 1) % DRAW_EVERY === 0) await staying(tab, () => generate(tab).then(() => train(tab)));
        }
      } catch (error) {
        throw new Error(`${error.stack}\nAgain: E2E_SEED=${seed} node tests/e2e/run.mjs monkey; the last actions:\n${done.slice(-30).join('\n')}`);
      }
      const types = await tab.page.evaluate(() => window.typesSoFar());
      for (const type of ['sampled', 'training', 'refused']) assert.ok(types.includes(type), `the monkey has had the event ${type}`);
    }, { seconds: 300 });
  }
}
