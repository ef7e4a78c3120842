/** The options of the scripts that measure the built page. `cargo xtask bench` passes them on. */

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

/** Parses the usual options and those of a script, which may replace some. @param {import('node:util').ParseArgsConfig['options']} own */
export const pageOptions = (own = {}) => parseArgs({ options: { ...USUAL, ...own } }).values;
