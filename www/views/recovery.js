/**
 * After a failure of the GPU the page begins again by itself, once a minute at most: it opens a device, gives the visitor's files
 * again, and goes on with what was under way. A training run goes on from its last checkpoint. Digits and measurements begin anew,
 * and so does a run without a checkpoint; with the same seed they become what they were to become.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Activity} Activity
 * @typedef {'lost' | 'memory'} Failure
 */

import { count } from '../lib/format.js';
import { clear, notify } from './notices.js';

/**
 * What the reports of these failures have in them. The first is of crate/web/device/gpu.rs: the driver was restarted, the GPU process
 * ended, a laptop slept. The others are wgpu's, for a buffer that WebGPU could not make, and the browser's, for one that it refused.
 * @type {Array<[Failure, RegExp]>}
 */
const FAILURES = [
  ['lost', /^The GPU device was lost/m],
  ['memory', /wgpu error: Out of Memory|createBuffer failed/i],
];

/** What they are called. @type {Record<Failure, string>} */
const WORDS = { lost: 'The GPU was lost', memory: 'The GPU had no memory left' };

/** Milliseconds after a recovery within which another failure is left to the visitor. */
const AGAIN_MS = 60_000;

/** Milliseconds between the first sign of a loss and the report of it, at most. */
const JUST_BEFORE_MS = 5000;

/** Codes of refusals that are such a sign: the device has given nothing back. */
const SIGNS = ['device', 'read_back', 'paint', 'not_saved'];

/** The GPU's failure that a crash comes from, if it does. @param {string} report */
export const failureOf = (report) => FAILURES.find(([, words]) => words.test(report))?.[0];

/**
 * @param {WorkerLink} link
 * @param {() => void} restart
 */
export function recoveryFor(link, restart) {
  /** When a recovery was complete. */
  let last = -Infinity;
  /** The run whose session is open, and whether it was begun here and not opened from a checkpoint. */
  let open = '';
  let fresh = false;
  /** The task that runs or, of a generation, is held. @type {Activity} */
  let running = 'nothing';
  /**
   * The task whose step failed last, which comes a moment before the loss is reported, and the subject of the refusal.
   * @type {{ at: number, what: Activity, subject: string }}
   */
  let failed = { at: -Infinity, what: 'nothing', subject: '' };
  let device = '';
  /** What goes on when the page is ready again. @type {{ failure: Failure, run: string, fresh: boolean, what: Activity, begun: boolean } | undefined} */
  let pending;

  link.on('device', ({ kind }) => { device = kind; });
  link.on('run_claimed', ({ id }) => {
    open = id;
    fresh = true;
  });
  link.on('state', ({ state, activity, can }) => {
    if (state === 'loading') return;
    running = state === 'paused' && activity === 'training' ? 'nothing' : activity;
    if (!can.reset) open = '';
  });
  link.on('refused', ({ code, what }) => {
    if (SIGNS.includes(code) && running !== 'nothing') failed = { at: performance.now(), what: running, subject: what };
  });

  /** The recovery is complete. @param {string} rest goes on after what has happened @param {string} [place] of the notice */
  const end = (rest, place = 'train') => {
    if (!pending) return;
    const opened = device === 'cpu' ? 'goes on with the CPU' : 'has opened it again';
    notify(place, `${WORDS[pending.failure]}, and the page ${opened}: ${rest}.`, { code: 'recovered', calm: true });
    pending = undefined;
    last = performance.now();
  };

  /** Once the runs are known and the files are given: whether nothing is left to wait for. @param {string[]} runs their ids */
  const goOn = (runs) => {
    if (!pending) return;
    const { what, run } = pending;
    const task = link.lastTask;
    if (run && runs.includes(run)) {
      clear('train');
      link.run({ action: 'continue', id: run });
    } else if (what === 'training' && pending.fresh && task?.type === 'train') {
      link.command(task);
      end('the training begins anew, because no checkpoint of it had been made');
    } else if (run) {
      end('the training session that was open could not be kept, and is gone');
    } else {
      again();
    }
  };

  /** Begin anew what was under way, if it was no training. */
  const again = () => {
    const task = link.lastTask;
    if (pending?.what === 'generation' && (task?.type === 'generate' || task?.type === 'edit')) {
      link.command(task);
      end('the digits are drawn anew', task.type);
    } else if (pending?.what === 'measurement' && task?.type === 'measure') {
      link.command(task);
      end('the measurement begins anew', 'measure');
    } else {
      end('nothing was under way', 'generate');
    }
  };

  link.on('runs', async ({ runs }) => {
    if (!pending || pending.begun) return;
    const mine = pending;
    mine.begun = true;
    const given = await link.giveAgain();
    // It may have failed again meanwhile.
    if (pending !== mine) return;
    if (given) goOn(runs.map(({ id }) => id));
    else end('a file that was in use could not be read again, so nothing goes on by itself', 'generate');
  });
  link.on('run_opened', ({ info }) => {
    fresh = false;
    if (!pending?.begun) return;
    const step = count(info.step);
    if (pending.what === 'training') {
      link.command({ type: 'resume' });
      end(`the training goes on from step ${step}`);
    } else if (pending.what === 'nothing') {
      end(`the run stands at step ${step}`);
    } else {
      again();
    }
  });
  // Of the run that was to be continued, or of its images.
  link.on('refused', ({ message, what }) => {
    if (pending?.begun && (what === 'train' || what === 'data')) end(`the run could not be continued (${message.replace(/\.$/, '')})`);
  });

  return {
    /** Take note of a crash; whether the page begins again by itself. @param {string} report */
    begins(report) {
      const failure = failureOf(report);
      const now = performance.now();
      const byItself = failure && !pending && now - last > AGAIN_MS;
      const announced = now - failed.at < JUST_BEFORE_MS;
      const what = announced ? failed.what : running;
      // The page says better what has happened than the device did.
      if (failure && announced) clear(failed.subject);
      // A failure in the middle of a recovery leaves all of it to do.
      if (failure) pending = { ...(pending ?? { run: open, fresh, what }), failure, begun: false };
      else pending = undefined;
      if (!failure) link.forgetGiven();
      running = 'nothing';
      // After the other views have seen the crash.
      if (byItself) setTimeout(restart);
      return Boolean(byItself);
    },
  };
}
