/**
 * Measures the same network in all frameworks that run it in a browser. `cargo xtask bench` calls this. It prints progress
 * on stderr and a table on stdout, and writes all results to `results.json` and a plot to `results.svg`.
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Tab } from './browser.mjs';
import { BENCH, build, reference } from './build.mjs';
import { compare } from './check.mjs';
import { CONTENDERS, site } from './contenders.mjs';
import { machine } from './machine.mjs';
import { measureAll, measurement } from './measure.mjs';
import { plot } from './plot.mjs';
import { serve } from './server.mjs';
import { table } from './table.mjs';

/** The folder for results, whatever the working directory is. */
const TARGET = path.join(BENCH, '..', 'target', 'bench');

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    measure: { type: 'string' },
    rounds: { type: 'string' },
    limit: { type: 'string' },
    flag: { type: 'string', multiple: true, default: [] },
    app: { type: 'string', default: path.join(TARGET, 'app') },
    out: { type: 'string', default: TARGET },
    list: { type: 'boolean', default: false },
    table: { type: 'string' },
  },
});
const log = (...words) => console.error(...words);

if (options.list) {
  for (const [name, { title }] of Object.entries(CONTENDERS)) console.log(name.padEnd(16), title);
  process.exit();
}
if (options.table) {
  console.log(table(JSON.parse(fs.readFileSync(options.table, 'utf8'))));
  process.exit();
}

const { quick } = options;
const names = options.only?.split(',') ?? Object.keys(CONTENDERS);
for (const name of names) if (!CONTENDERS[name]) throw new Error(`no contender "${name}"; --list names them`);
const usual = quick ? 'forward4,chain4,train4' : 'forward1,forward16,chain16,train8,train32';
const plan = (options.measure ?? usual).split(',').map(measurement);
const limit = Number(options.limit ?? (quick ? 20 : 60));
const how = { rounds: Number(options.rounds ?? (quick ? 2 : 5)), limit, budget: 2 * limit, trace: !quick };

const out = path.resolve(options.out);
const sites = path.join(out, 'site');
fs.mkdirSync(sites, { recursive: true });
await build(names, sites, path.resolve(options.app));
const expected = reference();
const server = await serve(sites);

/** The commit of the sources; undefined outside a repository. */
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: BENCH, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const packages = JSON.parse(fs.readFileSync(path.join(BENCH, 'package.json'), 'utf8')).devDependencies;
const results = {
  when: new Date().toISOString(),
  commit: commit(),
  machine: machine(),
  packages,
  how,
  contenders: {},
  measurements: {},
};
const save = () => fs.writeFileSync(path.join(out, 'results.json'), JSON.stringify(results, null, 1));

/** Opens a contender and checks its outputs. Returns its tab if they are right, else undefined. */
async function openChecked(name) {
  const { title, cannot, tolerance } = CONTENDERS[name];
  const tab = await Tab.open(server.page(site(name), CONTENDERS[name]), options.flag);
  const about = { title };
  results.contenders[name] = about;
  try {
    about.start = await tab.ready(300);
    about.sizes = server.sizes(site(name));
    about.browser = tab.version;
    about.check = compare(expected, await tab.check(300, !cannot?.train), tolerance);
    const seconds = (about.start.first_result_ms / 1000).toFixed(2);
    log(`${name}: first result after ${seconds} s, errors ${JSON.stringify(about.check)}`);
  } catch (error) {
    const why = String(error.message ?? error).slice(0, 1000);
    const [, cannot] = /cannot: (.*)/.exec(why) ?? [];
    if (cannot) about.cannot = cannot;
    else about.failed = why;
    log(`${name}: ${why}`);
  }
  about.complaints = tab.consoleErrors;
  if (about.check?.ok) return tab;
  await tab.close();
  return undefined;
}

/** @type {Map<string, Tab>} */
const tabs = new Map();
try {
  for (const name of names) {
    const tab = await openChecked(name);
    if (tab) tabs.set(name, tab);
    save();
  }
  for (const what of plan) {
    results.measurements[what.name] = await measureAll(tabs, what, how, log);
    save();
  }
} finally {
  await Promise.all([...tabs.values()].map((tab) => tab.close()));
  server.close();
}
fs.writeFileSync(path.join(out, 'results.svg'), plot(results));
console.log(`\n${table(results)}\n\n${path.join(out, 'results.json')}, ${path.join(out, 'results.svg')}`);
const failed = names.filter((name) => !tabs.has(name) && !results.contenders[name].cannot);
if (failed.length > 0) process.exitCode = 1;
