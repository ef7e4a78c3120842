/**
 * Measures the time from navigation to the first digit of the built page (dist/) on the CPU, and for comparison the time to
 * the first forward pass of other contenders, each time in a new browser with an empty cache. `cargo xtask bench --first`
 * calls this. It prints a table and writes all times to `first.json`.
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
  flag: { type: 'string', multiple: true, default: [] },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
/** The seconds that a page may take. */
const LIMIT = 60;

/** Runs in the page before its own scripts: provides the time at which the digit has been drawn and is in the document. */
function watchForDigit() {
  window.firstDigit = new Promise((resolve) => {
    const Real = window.Worker;
    window.Worker = class extends Real {
      constructor(...given) {
        super(...given);
        this.addEventListener('message', ({ data }) => {
          // The page's own listener puts the digit into the header; the timeout runs after it.
          if (data.type === 'preview') setTimeout(() => resolve(performance.now()));
        });
      }
    };
  });
}

const others = options.only.split(',');
for (const name of others) {
  if (!CONTENDERS[name] || CONTENDERS[name].app) throw new Error(`no contender "${name}" to compare the page with`);
}
const sites = path.join(path.resolve(options.out), 'site');
await build(others, sites, '');
const servers = [await serve(sites), await serve(path.resolve(options.page))];

/** The variants of the page: the address, and a function for the milliseconds to the first digit. */
const page = (query) => ({ url: `${servers[1].address}/${query}`, measure: (tab) => tab.evaluate(LIMIT, () => window.firstDigit) });
const PAGES = {
  page: { title: 'this page, first digit', ...page('?device=cpu') },
  auto: { title: 'this page, where it first asks for a GPU', ...page('') },
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
