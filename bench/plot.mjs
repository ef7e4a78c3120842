/** Plots results as SVG: the time of each contender relative to the app's, on a logarithmic axis. */

import * as echarts from 'echarts';
import { CONTENDERS } from './contenders.mjs';
import { ratio } from './measure.mjs';
import { CLASSES, among } from './table.mjs';

const WIDTH = 760;
const BAR = 14;
/** The line at ratio 1. */
const ONE = { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: '#555', type: 'solid' } };

/** The plot. @param {object} results as bench/run.mjs writes them */
export function plot(results) {
  const columns = Object.keys(results.measurements);
  const classes = CLASSES.map((kind) => among(results, kind)).filter(({ names }) => names.length > 1);
  let top = 60;
  const option = { animation: false, backgroundColor: '#fff', title: [], legend: { top: 28 }, grid: [], xAxis: [], yAxis: [], series: [] };
  classes.forEach(({ names, base: baseName }, index) => {
    const others = names.filter((name) => name !== baseName);
    const height = others.length * (columns.length * BAR + 12);
    option.title.push({
      text: `Time against ${CONTENDERS[baseName].title} (1)`, left: 'center', top: index === 0 ? 4 : top, textStyle: { fontSize: 14 },
    });
    if (index > 0) top += 30;
    option.grid.push({ left: 130, right: 60, top, height });
    option.xAxis.push({ gridIndex: index, type: 'log', name: '×', min: (value) => Math.min(0.5, value.min) });
    option.yAxis.push({ gridIndex: index, type: 'category', inverse: true, data: others });
    for (const column of columns) {
      const all = results.measurements[column].results;
      option.series.push({
        name: column,
        type: 'bar',
        xAxisIndex: index,
        yAxisIndex: index,
        barMaxWidth: BAR,
        label: { show: true, position: 'right', fontSize: 10, formatter: ({ value }) => (value ? Number(value.toPrecision(2)) : '') },
        data: others.map((name) => ratio(all[name], all[baseName]) ?? null),
        markLine: { ...ONE, data: [{ xAxis: 1 }] },
      });
    }
    top += height + 50;
  });
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: top });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
