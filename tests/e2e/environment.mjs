/** Paths, addresses and switches, most of them from environment variables (see run.mjs). */

import { fileURLToPath } from 'node:url';
import { serve } from './host.mjs';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The built page. */
export const DIST = process.env.E2E_DIST ?? `${ROOT}dist`;
/** Screenshots, downloads, figures. */
export const OUT = `${ROOT}target/e2e`;
export const CHROME = process.env.CHROME || '/usr/bin/chromium';

/** How many times its usual limit a test, and each wait in it, may take. On a machine that compiles at the same time all is late. */
export const PATIENCE = Number(process.env.E2E_PATIENCE ?? 1);

/** The page's address, ends in a slash. */
export const BASE = process.env.E2E_BASE ?? (await serve(DIST)).address;
