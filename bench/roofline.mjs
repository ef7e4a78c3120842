/**
 * Plots the kernels of a device below its roofline, the rate that it reaches at best (Williams et al. 2009): `node
 * bench/roofline.mjs FILE gpu` reads the results of `cargo xtask bench --native -- --json FILE` and prints an SVG.
 */

import fs from 'node:fs';
import * as echarts from 'echarts';

const [file, device = 'gpu'] = process.argv.slice(2);
const { roof: roofline, rows, batch } = JSON.parse(fs.readFileSync(file, 'utf8')).find((results) => results.device === device);
if (!roofline) throw new Error(`the roofline of ${device} was not measured`);

const [WIDTH, HEIGHT] = [860, 520];
const KINDS = [
  ['convolution', /^(Same|Halving|Doubling)(?!.*(gradient|weight))/],
  ['its gradient of x', /^(Same|Halving|Doubling).*gradient of x/],
  ['of the weights', /^(Same|Halving|Doubling).*of weight/],
  ['1×1 and linear', /^Pointwise/],
  ['attention', /^Attention/],
];

/** Points of [operations per byte, 10⁹ operations per second]. Kernels without arithmetic are left out. */
const points = (pattern) => rows.filter(({ name, operations }) => operations > 0 && pattern.test(name)).map(({ name, ms, operations, bytes }) => ({
  name, value: [operations / bytes, operations / ms / 1e6],
}));
const ridge = roofline.operations / roofline.bytes;
const best = (intensity) => Math.min(roofline.operations, intensity * roofline.bytes) / 1e9;
const series = KINDS.map(([name, pattern]) => ({ name, type: 'scatter', symbolSize: 9, data: points(pattern) }));
const intensities = series.flatMap(({ data }) => data.map(({ value }) => value[0]));
const [from, to] = [Math.min(...intensities, ridge) / 2, Math.max(...intensities, ridge) * 2];
series.push({
  name: 'at best', type: 'line', showSymbol: false, lineStyle: { color: '#333' }, itemStyle: { color: '#333' },
  data: [from, ridge, to].map((intensity) => [intensity, best(intensity)]),
});

const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
const axis = (name) => ({ type: 'log', name, nameLocation: 'middle', nameGap: 32, axisLabel: { formatter: (value) => String(Number(value.toPrecision(3))) } });
chart.setOption({
  animation: false,
  backgroundColor: '#fff',
  title: {
    text: `Batch ${batch}; at best ${(roofline.operations / 1e9).toFixed(1)} GFLOP/s, ${(roofline.bytes / 1e9).toFixed(1)} GB/s`,
    left: 'center', top: 6, textStyle: { fontSize: 14 },
  },
  legend: { top: 30 },
  grid: { left: 70, right: 30, top: 66, bottom: 56 },
  xAxis: { ...axis('FLOP a byte'), min: from, max: to },
  yAxis: axis('GFLOP/s'),
  series,
});
console.log(chart.renderToSVGString());
chart.dispose();
