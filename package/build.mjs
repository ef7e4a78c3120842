/**
 * Puts the npm package together: `node package/build.mjs DIST OUT`. DIST holds the page's programs, which `cargo xtask package` has
 * built; OUT is emptied. The package's own modules are copied as they are, the worker becomes one file, and the types come from the
 * modules' comments and, for the protocol, from Rust.
 */

import { execFileSync, execSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '..');
const [dist, out] = process.argv.slice(2).map((path) => resolve(path));
if (!dist || !out) throw new Error('usage: node package/build.mjs DIST OUT');

/** The page's programs. */
const PROGRAMS = ['page-cpu', 'page-gpu'].flatMap((name) => [`${name}.js`, `${name}_bg.wasm`]);
/** What else is copied, from the root of the repository. */
const COPIED = ['www/weights/small.safetensors', 'www/protocol.d.ts', 'LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.md', 'package/npm/README.md'];

const missing = PROGRAMS.filter((file) => !existsSync(join(dist, file)));
if (missing.length > 0) {
  console.error(`${missing.join(', ')} missing in ${dist}: build the page first (cargo xtask package does, without --built)`);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const file of PROGRAMS) cpSync(join(dist, file), join(out, file));
for (const path of COPIED) cpSync(join(root, path), join(out, path.split('/').pop()));

const modules = readdirSync(join(here, 'src')).filter((name) => name !== 'worker.js');
for (const name of modules) cpSync(join(here, 'src', name), join(out, name));
// TypeScript wants a module for its types, and nobody imports anything else from it.
writeFileSync(join(out, 'protocol.js'), 'export {};\n');
await build({ entryPoints: [join(here, 'src/worker.js')], outfile: join(out, 'worker.js'), bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' });

/** The modules that callers import, and those whose types these name. */
const TYPED = ['bytes', 'ddpm', 'element', 'errors', 'index', 'options'];
const types = mkdtempSync(join(tmpdir(), 'ddpm-types-'));
execFileSync(process.execPath, [
  join(here, 'node_modules/typescript/bin/tsc'), '-p', join(here, 'tsconfig.json'), '--noEmit', 'false', '--emitDeclarationOnly', '--outDir', types,
], { stdio: 'inherit' });
for (const name of TYPED) cpSync(join(types, `package/src/${name}.d.ts`), join(out, `${name}.d.ts`));
rmSync(types, { recursive: true });

const described = JSON.parse(readFileSync(join(here, 'npm/package.json'), 'utf8'));
const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
// The version of the program, which the package is.
const version = /^\[package\]\r?\nname = "ddpm"\r?\nversion = "(.*)"\r?$/m.exec(cargo)?.[1];
if (!version) throw new Error('Cargo.toml lacks the lines [package], name = "ddpm" and version = "…", one below the other: the package has its version from there.');
described.version = version;
writeFileSync(join(out, 'package.json'), `${JSON.stringify(described, null, 2)}\n`);

// By a shell, because npm is a script on Windows, which nothing else starts.
const [{ size, unpackedSize, entryCount }] = JSON.parse(execSync('npm pack --dry-run --json', { cwd: out, encoding: 'utf8' }));
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
console.log(`${out}: ${described.name} ${described.version}, ${entryCount} files, ${megabytes(unpackedSize)}, packed by npm ${megabytes(size)}`);
