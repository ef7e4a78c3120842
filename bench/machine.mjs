/** How busy the machine is with things that are not the bench. Linux only; elsewhere nothing is said. */

import fs from 'node:fs';
import os from 'node:os';

const TICKS_A_SECOND = 100;

/** Seconds of CPU time that all processes have used. */
function used() {
  const [total] = fs.readFileSync('/proc/stat', 'utf8').split('\n');
  const [, user, nice, system, , , irq, softirq, steal] = total.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND;
}

/** Seconds of CPU time that this process and those below it have used, those that ended left out. */
function ours() {
  const children = new Map();
  const seconds = new Map();
  for (const entry of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The name, in brackets, may hold spaces and brackets.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
      seconds.set(Number(entry), (user + system) / TICKS_A_SECOND);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while we looked.
    }
  }
  const below = (id) => (seconds.get(id) ?? 0) + (children.get(id) ?? []).reduce((sum, child) => sum + below(child), 0);
  return below(process.pid);
}

/** Starts watching; what it gives back tells how many CPUs others kept busy since. */
export function watch() {
  if (!fs.existsSync('/proc/stat')) return () => null;
  const [all, own, since] = [used(), ours(), Date.now()];
  return () => {
    const others = used() - all - (ours() - own);
    return Number(Math.max(0, others / ((Date.now() - since) / 1000)).toFixed(2));
  };
}

export const machine = () => ({
  cpus: os.cpus().length,
  model: os.cpus()[0].model,
  memory: os.totalmem(),
  platform: `${os.platform()} ${os.release()}`,
});
