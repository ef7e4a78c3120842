import fs from 'node:fs';
import { Tab } from './tab.mjs';
import { browser } from './browser.mjs';
const tab = await Tab.open({ query: '?device=webgpu&paint=' + (process.argv[2] ?? 'auto'), flags: 'webgpu' });
await tab.ready();
const ticks = () => {
  const found = {};
  for (const pid of fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p))) {
    let cmd; try { cmd = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'); } catch { continue; }
    if (!cmd.includes('--type=renderer')) continue;
    for (const tid of fs.readdirSync(`/proc/${pid}/task`)) {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8');
        const name = /\((.*)\)/.exec(stat)[1]; const f = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const sched = Number(fs.readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
        found[`${name} ${tid}`] = sched;
      } catch {}
    }
  }
  return found;
};
const diff = (a, b) => Object.fromEntries(Object.keys(b).map((k) => [k, b[k] - (a[k] ?? 0)]).filter(([, v]) => v > 0.5));
for (const steps of [10, 10, 60]) {
  const a = ticks(); const t0 = Date.now();
  const since = await tab.mark();
  await tab.fill({ Digits: 1, Steps: steps, Seed: 3 });
  await tab.press('Generate');
  await tab.next('sampled', since, 200000);
  console.log(steps, Date.now() - t0, JSON.stringify(diff(a, ticks())), (await tab.events('sampling', since)).length);
}
await tab.close(); process.exit();
