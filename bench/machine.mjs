/** Measures how busy the machine is with programs other than the bench. Works on Linux only; elsewhere the result is null. */

import fs from 'node:fs';
import os from 'node:os';

const TICKS_PER_SECOND = 100;

/** The CPU time of all processes, in seconds. */
function cpuTimeOfAll() {
  const [total] = fs.readFileSync('/proc/stat', 'utf8').split('\n');
  const [, user, nice, system, , , irq, softirq, steal] = total.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** The CPU time of this process and its descendants that still run, in seconds. */
function cpuTimeOfBench() {
  const children = new Map();
  const seconds = new Map();
  for (const entry of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The second field, the name in brackets, may contain spaces and brackets.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
      seconds.set(Number(entry), (user + system) / TICKS_PER_SECOND);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // The process ended while it was being read.
    }
  }
  const withDescendants = (id) => (seconds.get(id) ?? 0) + (children.get(id) ?? []).reduce((sum, child) => sum + withDescendants(child), 0);
  return withDescendants(process.pid);
}

/** Starts a measurement. Returns a function for the mean number of CPUs that other programs kept busy since. */
export function measureOthers() {
  if (!fs.existsSync('/proc/stat')) return () => null;
  const [all, own, since] = [cpuTimeOfAll(), cpuTimeOfBench(), Date.now()];
  return () => {
    const others = cpuTimeOfAll() - all - (cpuTimeOfBench() - own);
    return Number(Math.max(0, others / ((Date.now() - since) / 1000)).toFixed(2));
  };
}

/** A description of the machine. */
export const machine = () => ({
  cpus: os.cpus().length,
  model: os.cpus()[0].model,
  memory: os.totalmem(),
  platform: `${os.platform()} ${os.release()}`,
});
