/** The timing: every measurement in rounds, in each of which every contender has its turn. */

import { CONTENDERS } from './contenders.mjs';
import { watch } from './machine.mjs';

/** Steps of a whole chain; a contender that is too slow for it does fewer, and the result says how many. */
const STEPS = 20;
/** Steps until a contender may have recorded what it replays from then on. */
const RECORDED = 2;
/** Steps over which the thread's time is taken. */
const MORE = 8;
/** How often at most. */
const PAIRS = 7;

/** @typedef {{ name: string, method: string, batch: number }} Measurement named like `forward16`: what is done, and the batch */

/** @returns {Measurement} */
export function measurement(name) {
  const [, method, batch] = /^(forward|chain|train)(\d+)$/.exec(name) ?? [];
  if (!method) throw new Error(`no measurement "${name}": forward, chain or train, and a batch`);
  return { name, method, batch: Number(batch) };
}

/** Of two traces; what is alive is no count. */
const difference = (a, b) => {
  const change = Object.keys(a).map((name) => [name, a[name] - b[name]]);
  return { ...Object.fromEntries(change), liveBytes: a.liveBytes };
};

/**
 * One measurement of one contender. `limit`: seconds that one call may take, of which a chain takes half;
 * `budget`: seconds that all the timed calls together may take.
 */
class Lane {
  constructor(tab, { method, batch }, { limit, budget, trace }) {
    Object.assign(this, { tab, method, batch, limit, budget, trace });
    this.steps = method === 'chain' ? STEPS : 1;
    this.samples = [];
  }

  call(steps = this.steps) {
    return this.method === 'chain' ? [this.method, this.batch, steps] : [this.method, this.batch];
  }

  /** The first call compiles and allocates, the second shows how long one takes. */
  async warmUp() {
    const timed = (steps) => this.tab.time(3 * this.limit, this.call(steps));
    const short = this.method === 'chain' ? 1 : this.steps;
    const first = await timed(short);
    const again = first < 1000 * this.limit ? await timed(short) : first;
    if (again > 1000 * this.limit) throw new Error(`too slow: ${(again / 1000).toFixed(0)} s`);
    if (this.method === 'chain') this.steps = Math.max(1, Math.min(STEPS, Math.floor((500 * this.limit) / again)));
    if (this.trace) this.calls = await this.traced();
  }

  /** What a training step, a forward pass or one more sampling step asks WebGPU for. */
  async traced() {
    const traced = (steps) => this.tab.trace(3 * this.limit, this.call(steps));
    const spent = (steps) => this.tab.spend(3 * this.limit, this.call(steps));
    if (this.method !== 'chain') return { ...(await traced()), threadMs: await spent() };
    const few = await traced(RECORDED);
    const calls = difference(await traced(RECORDED + 1), few);
    // One step costs next to nothing beside a draw's beginning and end.
    // So little that it drowns in what they differ by: several times, where that is not too slow.
    const found = [];
    const began = performance.now();
    do {
      const short = await spent(RECORDED);
      found.push(((await spent(RECORDED + MORE)) - short) / MORE);
    } while (found.length < PAIRS && performance.now() - began < 1000 * this.limit);
    return { ...calls, threadMs: median(found) };
  }

  get spent() {
    return this.samples.reduce((sum, ms) => sum + ms, 0);
  }

  async turn() {
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

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Every contender's result, by name; of one that failed, why.
 *
 * @param {Map<string, import('./browser.mjs').Tab>} tabs
 * @param {Measurement} what
 * @param {{ rounds: number, limit: number, budget: number, trace: boolean }} how
 */
export async function measured(tabs, what, how, log) {
  const results = {};
  const lanes = new Map();
  const guarded = async (name, run) => {
    try {
      await run();
    } catch (error) {
      results[name] = { failed: String(error.message ?? error).slice(0, 600) };
      lanes.delete(name);
      log(`  ${what.name} ${name}: ${results[name].failed}`);
    }
  };
  for (const [name, tab] of tabs) {
    const { cannot, gpu } = CONTENDERS[name];
    if (cannot?.[what.method]) {
      results[name] = { cannot: cannot[what.method] };
      continue;
    }
    const lane = new Lane(tab, what, { ...how, trace: how.trace && gpu === true });
    lanes.set(name, lane);
    await guarded(name, () => lane.warmUp());
  }
  const othersCpu = watch();
  for (let round = 0; round < how.rounds; round += 1) {
    for (const [name, lane] of lanes) await guarded(name, () => lane.turn());
  }
  const others = othersCpu();
  for (const [name, lane] of lanes) results[name] = lane.result;
  for (const name of lanes.keys()) log(`  ${what.name} ${name}: ${results[name].ms.toFixed(1)} ms (${results[name].samples.length} times)`);
  return { results, othersCpu: others };
}

/**
 * How many times as long `slow` takes as `fast`: the median over the rounds in which both had their turn, so that
 * what slows the machine down for a while slows both.
 */
export function ratio(slow, fast) {
  if (!slow?.samples || !fast?.samples) return undefined;
  const rounds = Math.min(slow.samples.length, fast.samples.length);
  return median(Array.from({ length: rounds }, (_, round) => slow.samples[round] / fast.samples[round]));
}
