/**
 * Measures the time from navigation to the first digit of the built page (dist/) on the CPU, and for comparison the time to
 * the first forward pass of other contenders, each time in a new browser with an empty cache. `cargo xtask bench --first`
 * calls this. It prints a table and writes all times to `first.json`. With `--beside DIR` another built page, as one of another
 * commit, is measured in turns with it.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Tab } from './browser.mjs';
import { build } from './build.mjs';
import { CONTENDERS, site } from './contenders.mjs';
import { median } from './measure.mjs';
import { pageOptions } from './options.mjs';
import { serve } from './server.mjs';

const options = pageOptions({
  only: { type: 'string', default: 'ort-wasm,tfjs-wasm' },
  beside: { type: 'string' },
  flag: { type: 'string', multiple: true, default: [] },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
/** The seconds that a page may take. */
const LIMIT = 60;

/** Runs in the page before its own scripts: provides the time at which the page shows its own digit in place of noise. */
function watchForDigit() {
  window.firstDigit = new Promise((resolve) => {
    const look = () => {
      const label = document.getElementById('strip')?.getAttribute('aria-label') ?? '';
      if (label === '' || label.startsWith('Random noise')) setTimeout(look);
      else resolve(performance.now());
    };
    look();
  });
}

const others = options.only.split(',');
for (const name of others) {
  if (!CONTENDERS[name] || CONTENDERS[name].app) throw new Error(`no contender "${name}" to compare the page with`);
}
const sites = path.join(path.resolve(options.out), 'site');
await build(others, sites, '');
const servers = [await serve(sites), await serve(path.resolve(options.page))];
if (options.beside) servers.push(await serve(path.resolve(options.beside)));

/** The variants of the page: the address, and a function for the milliseconds to the first digit. */
const page = (query, server = servers[1]) => ({ url: `${server.address}/${query}`, measure: (tab) => tab.evaluate(LIMIT, () => window.firstDigit) });
const PAGES = {
  page: { title: 'this page, first digit', ...page('?device=cpu') },
  auto: { title: 'this page, where it first asks for a GPU', ...page('') },
  ...(options.beside && { beside: { title: `the page in ${options.beside}, first digit`, ...page('?device=cpu', servers[2]) } }),
};
const other = (name) => ({
  url: servers[0].page(site(name), CONTENDERS[name]),
  measure: async (tab) => (await tab.ready(LIMIT)).first_result_ms,
});

/** The milliseconds to the first result, in a browser of its own. */
async function first(name) {
  const { url, measure } = PAGES[name] ?? other(name);
  const tab = await Tab.open(url, options.flag, watchForDigit);
  try {
    return await measure(tab);
  } finally {
    await tab.close();
  }
}

const names = [...Object.keys(PAGES), ...others];
/** @type {Record<string, number[]>} */
const times = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const name of names) times[name].push(await first(name));
}
servers.forEach((server) => server.close());

fs.writeFileSync(path.join(path.resolve(options.out), 'first.json'), JSON.stringify({ when: new Date().toISOString(), times }, null, 1));
console.log('| | ms, median | of the page\'s |\n| --- | --- | --- |');
for (const name of names) {
  const what = PAGES[name]?.title ?? `${CONTENDERS[name].title}, first forward pass`;
  const ratio = median(times[name].map((ms, round) => ms / times.page[round]));
  console.log(`| ${what} | ${median(times[name]).toFixed(0)} | ×${ratio.toFixed(2)} |`);
}
console.log(`\n${rounds} rounds`);
