/**
 * How the app's costs grow: with steps, batch and channels, and whether its memory does. `cargo xtask bench --curves`
 * calls this. Progress goes to the error output, a table to the output, everything into `curves.json`, plots into
 * `curves.svg`. `node bench/curves.mjs --plot FILE` makes the plots of such a file once more.
 */

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as echarts from 'echarts';
import { Tab } from './browser.mjs';
import { BENCH, build } from './build.mjs';
import { CONTENDERS, site } from './contenders.mjs';
import { watch } from './machine.mjs';
import { median } from './measure.mjs';
import { serve } from './server.mjs';

const TARGET = path.join(BENCH, '..', 'target', 'bench');
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: 'app-webgpu,app-cpu' },
    flag: { type: 'string', multiple: true, default: [] },
    app: { type: 'string', default: path.join(TARGET, 'app') },
    out: { type: 'string', default: TARGET },
    plot: { type: 'string' },
  },
});
const { quick } = options;
const rounds = Number(options.rounds ?? (quick ? 1 : 3));
const log = (...words) => console.error(...words);
/** Seconds that one call may take. */
const LIMIT = 300;

/** Each curve: what changes, and the call that is timed. Where it `widens`, the network has so many channels at 28×28, twice as many below. */
const CURVES = [
  { name: 'steps', title: 'a draw of 4 images, by steps', at: [5, 10, 20, 40], call: (steps) => ['chain', 4, steps] },
  { name: 'batch', title: 'a forward pass, by batch', at: [1, 2, 4, 8, 16, 32], call: (batch) => ['forward', batch] },
  { name: 'train', title: 'a training step, by batch', at: [2, 4, 8, 16], call: (batch) => ['train', batch] },
  { name: 'channels', title: 'a forward pass of 4 images, by channels', at: [16, 24, 32, 48, 64], widens: true, call: () => ['forward', 4] },
];
/** Training steps over which memory is watched, of one image: it is buffers that matter, not arithmetic. */
const STEPS = quick ? 50 : 500;

/** The exponent of the power of x that fits the points best: 1 is linear. */
function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (which) => logs.reduce((sum, pair) => sum + pair[which], 0) / logs.length;
  const [x0, y0] = [mean(0), mean(1)];
  const sum = (term) => logs.reduce((total, pair) => total + term(pair), 0);
  return sum(([x, y]) => (x - x0) * (y - y0)) / sum(([x]) => (x - x0) ** 2);
}

async function curve(tab, { at, widens, call }) {
  const points = [];
  for (const x of at) {
    if (widens) await tab.evaluate(LIMIT, (channels) => window.bench.widen(channels), x);
    // The first compiles and allocates.
    await tab.time(LIMIT, call(x));
    const times = [];
    for (let round = 0; round < rounds; round += 1) times.push(await tab.time(LIMIT, call(x)));
    points.push([x, median(times)]);
  }
  return points;
}

/** Bytes in the GPU's buffers after so many training steps, and pages of wasm. */
async function memory(tab) {
  const points = [];
  for (let step = 1; step <= STEPS; step += 1) {
    await tab.time(LIMIT, ['train', 1]);
    if (step === 1 || step % 10 === 0) {
      points.push({ step, ...(await tab.evaluate(LIMIT, () => ({ gpu: window.harness.liveBytes(), wasm: window.bench.wasmBytes() }))) });
    }
  }
  return points;
}

/** @param {object} results as they are written */
function plots(results) {
  const names = Object.keys(results.curves);
  const [width, height] = [420, 300];
  const option = { animation: false, backgroundColor: '#fff', title: [], legend: { top: 6 }, grid: [], xAxis: [], yAxis: [], series: [] };
  const panel = (index, title, type, series) => {
    const [left, top] = [(index % 2) * width, 40 + Math.floor(index / 2) * height];
    option.title.push({ text: title, left: left + width / 2, top, textAlign: 'center', textStyle: { fontSize: 13 } });
    option.grid.push({ left: left + 60, top: top + 40, width: width - 90, height: height - 90 });
    const log = type === 'log';
    // The smallest value, through the logarithm and back, is not quite itself.
    const axisLabel = { formatter: (value) => String(Number(value.toPrecision(4))) };
    option.xAxis.push({ gridIndex: index, type, axisLabel, ...(log ? { logBase: 2, min: 'dataMin', max: 'dataMax' } : {}) });
    option.yAxis.push({ gridIndex: index, type, axisLabel, name: log ? 'ms' : 'MB' });
    for (const [name, data] of series) {
      option.series.push({ name, type: 'line', showSymbol: log, xAxisIndex: index, yAxisIndex: index, data });
    }
  };
  CURVES.forEach(({ name: which, title }, index) => {
    panel(index, title, 'log', names.map((name) => [name, results.curves[name][which].points]));
  });
  const gpu = names.filter((name) => CONTENDERS[name].gpu);
  panel(CURVES.length, 'GPU buffers, by training steps', 'value', gpu.map((name) => [name, results.memory[name].map((at) => [at.step, at.gpu / 1e6])]));
  panel(CURVES.length + 1, 'wasm memory, by training steps', 'value', names.map((name) => [name, results.memory[name].map((at) => [at.step, at.wasm / 1e6])]));
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 2 * width, height: 40 + 3 * height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

if (options.plot) {
  console.log(plots(JSON.parse(fs.readFileSync(options.plot, 'utf8'))));
  process.exit();
}

const names = options.only.split(',');
const out = path.resolve(options.out);
const sites = path.join(out, 'site');
fs.mkdirSync(sites, { recursive: true });
await build(names, sites, path.resolve(options.app));
const server = await serve(sites);
const results = { when: new Date().toISOString(), rounds, curves: {}, memory: {}, othersCpu: {} };

/** A page of its own. @param {string} name */
async function open(name) {
  const tab = await Tab.open(server.page(site(name), CONTENDERS[name]), options.flag);
  await tab.ready(LIMIT);
  return tab;
}

try {
  for (const name of names) {
    const tab = await open(name);
    const others = watch();
    results.curves[name] = {};
    for (const what of CURVES) {
      const points = await curve(tab, what);
      const steepest = Math.max(...points.slice(1).map((point, i) => exponent([points[i], point])));
      results.curves[name][what.name] = { points, exponent: exponent(points), steepest };
      log(`${name}, ${what.title}: ${points.map(([x, ms]) => `${x}: ${ms.toFixed(0)} ms`).join(', ')}`);
    }
    // Before it is closed: a program that has ended counts as somebody else's.
    results.othersCpu[name] = others();
    await tab.close();
    // Of a page that has done nothing else: what is free already would hide what is taken.
    const fresh = await open(name);
    results.memory[name] = await memory(fresh);
    log(`${name}, memory: ${results.memory[name].filter(({ step }) => step === 1 || step % (STEPS / 5) === 0).map(({ step, gpu, wasm }) => `${step}: ${(gpu / 1e6).toFixed(2)} + ${(wasm / 1e6).toFixed(1)} MB`).join(', ')}`);
    await fresh.close();
  }
} finally {
  server.close();
}

fs.writeFileSync(path.join(out, 'curves.json'), JSON.stringify(results, null, 1));
fs.writeFileSync(path.join(out, 'curves.svg'), plots(results));
for (const name of names) {
  for (const { name: which, title } of CURVES) {
    const { exponent: whole, steepest } = results.curves[name][which];
    console.log(`${name}, ${title}: grows as its power ${whole.toFixed(2)}, from point to point at most ${steepest.toFixed(2)}`);
  }
}
console.log(`${path.join(out, 'curves.json')}, ${path.join(out, 'curves.svg')}`);
