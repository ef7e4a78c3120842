/** Formats results as text. */

import { CONTENDERS } from './contenders.mjs';
import { ratio } from './measure.mjs';

/** The classes of contenders that are compared with one another, and the contender that the times are relative to. */
export const CLASSES = [
  { title: 'WebGPU', base: 'app-webgpu', has: ({ gpu }) => gpu },
  { title: 'CPU', base: 'app-cpu', has: ({ gpu, threads }) => !gpu && !threads },
  { title: 'CPU, several threads', base: 'app-cpu-threads', has: ({ threads }) => threads },
];

const short = (ms) => (ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2));
const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1);

/** A markdown table with aligned columns. */
function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(rows[0]), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.slice(1).map(line)].join('\n');
}

/** The measured contenders of a class, and the one that the times are relative to: the app, or the first if the app was not measured. */
export function among(results, { base, has }) {
  const names = Object.keys(results.contenders).filter((name) => has(CONTENDERS[name]));
  return { names, base: names.includes(base) ? base : names[0] };
}

/** The text of one result. */
function cell(name, baseName, all) {
  const result = all[name];
  if (!result) return '-';
  if (result.cannot) return 'cannot';
  if (result.failed) return result.failed.startsWith('too slow') ? 'too slow' : 'failed';
  const notes = [];
  if (result.steps && result.steps < 20) notes.push(`${result.steps} steps`);
  if (result.samples.length === 1) notes.push('once');
  const times = name === baseName ? undefined : ratio(result, all[baseName]);
  return `${short(result.ms)}${times ? ` ×${short(times)}` : ''}${notes.length ? ` (${notes.join(', ')})` : ''}`;
}

/** The table of one class: error, start and times. */
function times(results, kind) {
  const { names, base: baseName } = among(results, kind);
  if (names.length === 0) return [];
  const columns = Object.keys(results.measurements);
  const rows = names.map((name) => {
    const { check, failed, cannot, start } = results.contenders[name];
    if (!check) return [name, (failed ?? cannot).slice(0, 50), '', ...columns.map(() => '')];
    const error = check.gradient === undefined ? '' : `, ${check.gradient.toExponential(0)}`;
    return [
      name,
      `${check.output.toExponential(0)}${error}${check.ok ? '' : ' WRONG'}`,
      (start.first_result_ms / 1000).toFixed(2),
      ...columns.map((column) => cell(name, baseName, results.measurements[column].results)),
    ];
  });
  const head = ['contender', 'error', 'start s', ...columns.map((column) => `${column} ms`)];
  return [`${kind.title}, × is how many times the time of ${baseName}`, aligned([head, ...rows]), ''];
}

/** The table of the WebGPU calls. */
function calls(results) {
  const rows = [];
  for (const [column, { results: all }] of Object.entries(results.measurements)) {
    for (const [name, { calls: found }] of Object.entries(all)) {
      if (!found) continue;
      rows.push([
        column, name, ...['dispatches', 'passes', 'submits', 'bindGroups', 'buffers'].map((key) => String(found[key])),
        megabytes(found.bufferBytes), megabytes(found.writtenBytes), megabytes(found.liveBytes),
        found.threadMs === undefined ? '' : short(found.threadMs),
      ]);
    }
  }
  if (rows.length === 0) return [];
  const head = [
    'a step of', 'contender', 'dispatches', 'passes', 'submits', 'bind groups', 'buffers', 'MB in them', 'MB written', 'MB alive',
    'thread ms',
  ];
  return ['WebGPU calls a step', aligned([head, ...rows]), ''];
}

/** The table of the download sizes. */
function downloads(results) {
  const rows = Object.entries(results.contenders).filter(([, { sizes }]) => sizes).map(([name, { sizes }]) => {
    const size = (kind) => (sizes[kind] ? `${megabytes(sizes[kind].raw)} (${megabytes(sizes[kind].gzip)})` : '0');
    return [name, size('js'), size('wasm')];
  });
  return rows.length ? ['Downloads in MB (gzip)', aligned([['contender', 'scripts', 'wasm'], ...rows]), ''] : [];
}

/** All tables. @param {object} results as bench/run.mjs writes them */
export function table(results) {
  const busy = Object.entries(results.measurements).map(([name, { othersCpu }]) => `${name} ${othersCpu ?? '?'}`);
  return [
    ...CLASSES.flatMap((kind) => times(results, kind)),
    ...calls(results),
    ...downloads(results),
    `CPUs busy with other things meanwhile: ${busy.join(', ')}`,
  ].join('\n');
}
