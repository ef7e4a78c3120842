/**
 * From navigation to the first digit of the built page (dist/) on the CPU, beside the first forward pass of others, each time
 * in a browser that has never seen them: `cargo xtask bench --first` calls this. A table goes to the
 * output, all times into `first.json`.
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
/** Seconds. */
const LIMIT = 60;

/** Runs in the page before its own scripts: when its digit has been drawn and put where it is seen. */
function watchForDigit() {
  window.firstDigit = new Promise((resolve) => {
    const Real = window.Worker;
    window.Worker = class extends Real {
      constructor(...given) {
        super(...given);
        this.addEventListener('message', ({ data }) => {
          // The page's own listener, there before this one has its turn again, puts it into the header.
          if (data.type === 'preview') setTimeout(() => resolve(performance.now()));
        });
      }
    };
  });
}

const others = options.only.split(',');
for (const name of others) {
  if (!CONTENDERS[name] || CONTENDERS[name].app) throw new Error(`no contender "${name}" beside the page`);
}
const sites = path.join(path.resolve(options.out), 'site');
await build(others, sites, '');
const servers = [await serve(sites), await serve(path.resolve(options.page))];

/** What each is opened as and asked for, and the milliseconds that it answers. */
const page = (query) => ({ url: `${servers[1].address}/${query}`, asked: (tab) => tab.evaluate(LIMIT, () => window.firstDigit) });
const PAGES = {
  page: { title: 'this page, first digit', ...page('?device=cpu') },
  auto: { title: 'this page, where it first asks for a GPU', ...page('') },
};
const other = (name) => ({
  url: servers[0].page(site(name), CONTENDERS[name]),
  asked: async (tab) => (await tab.ready(LIMIT)).first_result_ms,
});

/** In a browser of its own. */
async function first(name) {
  const { url, asked } = PAGES[name] ?? other(name);
  const tab = await Tab.open(url, options.flag, watchForDigit);
  try {
    return await asked(tab);
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
