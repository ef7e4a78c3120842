/** The timing. Each measurement has rounds, and in each round each contender is timed once. */

import { CONTENDERS } from './contenders.mjs';
import { measureOthers } from './machine.mjs';

/** The steps of a whole chain. A contender that is too slow takes fewer, and the result says how many. */
const STEPS = 20;
/** The steps after which a contender may have captured a graph that it replays from then on. */
const CAPTURED = 2;
/** The steps over which the thread's CPU time is measured. */
const EXTRA_STEPS = 8;
/** The largest number of measurements of the thread's CPU time. */
const PAIRS = 7;

/** @typedef {{ name: string, method: string, batch: number }} Measurement named like `forward16`: the method and the batch */

/** Parses a name like `forward16`. @returns {Measurement} */
export function measurement(name) {
  const [, method, batch] = /^(forward|chain|train)(\d+)$/.exec(name) ?? [];
  if (!method) throw new Error(`no measurement "${name}": forward, chain or train, and a batch`);
  return { name, method, batch: Number(batch) };
}

/** The difference of two traces. `liveBytes` is a level, not a count, so that of `a` is kept. */
const difference = (a, b) => {
  const change = Object.keys(a).map((name) => [name, a[name] - b[name]]);
  return { ...Object.fromEntries(change), liveBytes: a.liveBytes };
};

/**
 * One measurement of one contender. `limit`: the seconds that one call may take; a chain is shortened to half of that.
 * `budget`: the seconds that all timed calls together may take.
 */
class Timing {
  constructor(tab, { method, batch }, { limit, budget, trace }) {
    Object.assign(this, { tab, method, batch, limit, budget, trace });
    this.steps = method === 'chain' ? STEPS : 1;
    this.samples = [];
  }

  /** The call, as the harness takes it. */
  call(steps = this.steps) {
    return this.method === 'chain' ? [this.method, this.batch, steps] : [this.method, this.batch];
  }

  /** Calls twice: the first call compiles and allocates, the second shows how long a call takes. */
  async warmUp() {
    const timed = (steps) => this.tab.time(3 * this.limit, this.call(steps));
    const short = this.method === 'chain' ? 1 : this.steps;
    const first = await timed(short);
    const again = first < 1000 * this.limit ? await timed(short) : first;
    if (again > 1000 * this.limit) throw new Error(`too slow: ${(again / 1000).toFixed(0)} s`);
    if (this.method === 'chain') this.steps = Math.max(1, Math.min(STEPS, Math.floor((500 * this.limit) / again)));
    if (this.trace) this.calls = await this.traced();
  }

  /** The WebGPU calls and the thread's CPU time of a training step, a forward pass or one more sampling step. */
  async traced() {
    const traced = (steps) => this.tab.trace(3 * this.limit, this.call(steps));
    const cpuTime = (steps) => this.tab.cpuTime(3 * this.limit, this.call(steps));
    if (this.method !== 'chain') return { ...(await traced()), threadMs: await cpuTime() };
    const few = await traced(CAPTURED);
    const calls = difference(await traced(CAPTURED + 1), few);
    // A step takes little CPU time compared with the beginning and the end of a draw, whose time varies by more than that. So
    // the difference of two draws is measured several times, if the contender is fast enough.
    const found = [];
    const began = performance.now();
    do {
      const short = await cpuTime(CAPTURED);
      found.push(((await cpuTime(CAPTURED + EXTRA_STEPS)) - short) / EXTRA_STEPS);
    } while (found.length < PAIRS && performance.now() - began < 1000 * this.limit);
    return { ...calls, threadMs: median(found) };
  }

  get spent() {
    return this.samples.reduce((sum, ms) => sum + ms, 0);
  }

  /** Times one call, if the budget allows it. */
  async timeOnce() {
    const last = this.samples.at(-1) ?? 0;
    if (this.samples.length > 0 && this.spent + last > 1000 * this.budget) return;
    this.samples.push(await this.tab.time(3 * this.limit, this.call()));
  }

  get result() {
    const each = this.samples.map((ms) => ms / this.steps);
    const result = { ms: median(each), samples: each };
    if (this.method === 'chain') result.steps = this.steps;
    if (this.method === 'train') result.imagesPerSecond = (1000 * this.batch) / result.ms;
    if (this.calls) result.calls = this.calls;
    return result;
  }
}

/** The median. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures all contenders. Returns their results by name; the result of one that failed is the reason.
 *
 * @param {Map<string, import('./browser.mjs').Tab>} tabs
 * @param {Measurement} what
 * @param {{ rounds: number, limit: number, budget: number, trace: boolean }} how
 */
export async function measureAll(tabs, what, how, log) {
  const results = {};
  const timings = new Map();
  const guarded = async (name, run) => {
    try {
      await run();
    } catch (error) {
      results[name] = { failed: String(error.message ?? error).slice(0, 600) };
      timings.delete(name);
      log(`  ${what.name} ${name}: ${results[name].failed}`);
    }
  };
  for (const [name, tab] of tabs) {
    const { cannot, gpu } = CONTENDERS[name];
    if (cannot?.[what.method]) {
      results[name] = { cannot: cannot[what.method] };
      continue;
    }
    const timing = new Timing(tab, what, { ...how, trace: how.trace && gpu === true });
    timings.set(name, timing);
    await guarded(name, () => timing.warmUp());
  }
  const othersCpu = measureOthers();
  for (let round = 0; round < how.rounds; round += 1) {
    for (const [name, timing] of timings) await guarded(name, () => timing.timeOnce());
  }
  const others = othersCpu();
  for (const [name, timing] of timings) results[name] = timing.result;
  for (const name of timings.keys()) log(`  ${what.name} ${name}: ${results[name].ms.toFixed(1)} ms (${results[name].samples.length} times)`);
  return { results, othersCpu: others };
}

/**
 * The ratio of the times of `slow` and `fast`: the median over the rounds of the ratios within a round, because a disturbance
 * of the machine slows both in the same round.
 */
export function ratio(slow, fast) {
  if (!slow?.samples || !fast?.samples) return undefined;
  const rounds = Math.min(slow.samples.length, fast.samples.length);
  return median(Array.from({ length: rounds }, (_, round) => slow.samples[round] / fast.samples[round]));
}
