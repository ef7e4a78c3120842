/**
 * Measures how the app's time grows with steps, batch and channels, and whether its memory grows with training steps.
 * `cargo xtask bench --curves` calls this. It prints progress on stderr and a table on stdout, and writes all results to
 * `curves.json` and plots to `curves.svg`. `node bench/curves.mjs --plot FILE` plots such a file again.
 */

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as echarts from 'echarts';
import { Tab } from './browser.mjs';
import { BENCH, build } from './build.mjs';
import { CONTENDERS, site } from './contenders.mjs';
import { measureOthers } from './machine.mjs';
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
/** The seconds that one call may take. */
const LIMIT = 300;

/** The curves: the variable's values, and the call that is timed. With `widens`, the variable is the number of channels at 28×28, of which the other levels have twice as many. */
const CURVES = [
  { name: 'steps', title: 'a draw of 4 images, by steps', at: [5, 10, 20, 40], call: (steps) => ['chain', 4, steps] },
  { name: 'batch', title: 'a forward pass, by batch', at: [1, 2, 4, 8, 16, 32], call: (batch) => ['forward', batch] },
  { name: 'train', title: 'a training step, by batch', at: [2, 4, 8, 16], call: (batch) => ['train', batch] },
  { name: 'channels', title: 'a forward pass of 4 images, by channels', at: [16, 24, 32, 48, 64], widens: true, call: () => ['forward', 4] },
];
/** The training steps over which memory is measured. Their batch is one image: the number of buffers matters, not the arithmetic. */
const STEPS = quick ? 50 : 500;

/** The exponent p of the best fit y ∝ xᵖ, by least squares of the logarithms: 1 is linear growth. */
function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (which) => logs.reduce((sum, pair) => sum + pair[which], 0) / logs.length;
  const [x0, y0] = [mean(0), mean(1)];
  const sum = (term) => logs.reduce((total, pair) => total + term(pair), 0);
  return sum(([x, y]) => (x - x0) * (y - y0)) / sum(([x]) => (x - x0) ** 2);
}

/** The median times of one curve, as points [x, ms]. */
async function curve(tab, { at, widens, call }) {
  const points = [];
  for (const x of at) {
    if (widens) await tab.evaluate(LIMIT, (channels) => window.bench.widen(channels), x);
    // The first call compiles shaders and allocates memory.
    await tab.time(LIMIT, call(x));
    const times = [];
    for (let round = 0; round < rounds; round += 1) times.push(await tab.time(LIMIT, call(x)));
    points.push([x, median(times)]);
  }
  return points;
}

/** The bytes in GPU buffers and in wasm memory, every ten training steps. */
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

/** The plots, as SVG. @param {object} results as they are written */
function plots(results) {
  const names = Object.keys(results.curves);
  const [width, height] = [420, 300];
  const option = { animation: false, backgroundColor: '#fff', title: [], legend: { top: 6 }, grid: [], xAxis: [], yAxis: [], series: [] };
  const panel = (index, title, type, series) => {
    const [left, top] = [(index % 2) * width, 40 + Math.floor(index / 2) * height];
    option.title.push({ text: title, left: left + width / 2, top, textAlign: 'center', textStyle: { fontSize: 13 } });
    option.grid.push({ left: left + 60, top: top + 40, width: width - 90, height: height - 90 });
    const log = type === 'log';
    // Converted to a logarithm and back, the smallest value is not exactly itself, so labels are rounded.
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

/** Opens a contender's page. @param {string} name */
async function open(name) {
  const tab = await Tab.open(server.page(site(name), CONTENDERS[name]), options.flag);
  await tab.ready(LIMIT);
  return tab;
}

try {
  for (const name of names) {
    const tab = await open(name);
    const others = measureOthers();
    results.curves[name] = {};
    for (const what of CURVES) {
      const points = await curve(tab, what);
      const steepest = Math.max(...points.slice(1).map((point, i) => exponent([points[i], point])));
      results.curves[name][what.name] = { points, exponent: exponent(points), steepest };
      log(`${name}, ${what.title}: ${points.map(([x, ms]) => `${x}: ${ms.toFixed(0)} ms`).join(', ')}`);
    }
    // Read before the tab is closed: the time of a process that has ended counts as another program's.
    results.othersCpu[name] = others();
    await tab.close();
    // Memory is measured in a fresh page: memory that earlier calls have freed would hide new allocations.
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
