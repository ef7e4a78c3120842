/** What those are told that measure the built page: `cargo xtask bench` passes it on. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { SOFTWARE } from './browser.mjs';
import { BENCH } from './build.mjs';

const USUAL = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  flag: { type: 'string', multiple: true, default: SOFTWARE },
  page: { type: 'string', default: path.join(BENCH, '..', 'dist') },
  out: { type: 'string', default: path.join(BENCH, '..', 'target', 'bench') },
};

/** The usual options, some of them otherwise or more of them. @param {import('node:util').ParseArgsConfig['options']} own */
export const pageOptions = (own = {}) => parseArgs({ options: { ...USUAL, ...own } }).values;
