/**
 * The npm package: put together around the programs of the built page, checked as npm would publish it, and used in each of the ways
 * that examples/ shows. The topic runs when it is named, because it needs the tools of package/ (`npm ci --prefix package`).
 */

import assert from 'node:assert/strict';
import { exec, execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DIST, OUT, ROOT } from './environment.mjs';
import { figure } from './figures.mjs';
import { serve } from './host.mjs';
import { api } from './package/api.mjs';
import { ways } from './package/ways.mjs';

const run = promisify(execFile);
/** For npm, which is a script on Windows: only a shell starts it. */
const shell = promisify(exec);
const TOOLS = `${ROOT}package/node_modules`;
/** What is served: the package in pkg/, the examples beside it, and what Vite has built. */
const SITE = `${OUT}/site`;
const PKG = `${SITE}/pkg`;
/** An application that has installed the package. */
const APP = `${OUT}/vite`;

/** Put the package together, pack it as npm does, install that in the Vite example and build it. Done once. */
async function made() {
  await rm(SITE, { recursive: true, force: true });
  await rm(APP, { recursive: true, force: true });
  await mkdir(SITE, { recursive: true });
  await run(process.execPath, ['package/build.mjs', DIST, PKG], { cwd: ROOT });
  await cp(`${ROOT}examples`, `${SITE}/examples`, { recursive: true });
  await writeFile(`${SITE}/index.html`, '<!doctype html><html lang="en"><title>Empty</title><link rel="icon" href="data:,"><body></body></html>');
  await cp(`${ROOT}examples/vite`, APP, { recursive: true });
  const installed = `${APP}/node_modules/ddpm-mnist`;
  await mkdir(installed, { recursive: true });
  const { stdout } = await shell('npm pack --json --pack-destination ../..', { cwd: PKG });
  const [packed] = JSON.parse(stdout);
  await run('tar', ['-xzf', `${OUT}/${packed.filename}`, '--strip-components=1', '-C', installed]);
  return { packed, app: APP, site: SITE, tools: TOOLS, host: await serve(SITE) };
}

/** @type {ReturnType<typeof made> | undefined} */
let making;
const ready = () => (making ??= made());

/** @param {import('./topic.mjs').Topic} topic */
export default function npmPackage(topic) {
  topic.test('holds the programs, the worker and the weights, and says how large it is', async () => {
    const { packed } = await ready();
    const files = packed.files.map(({ path }) => path);
    for (const file of ['index.js', 'index.d.ts', 'element.js', 'worker.js', 'protocol.d.ts', 'page-cpu_bg.wasm', 'page-gpu_bg.wasm',
      'small.safetensors', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.md']) {
      assert.ok(files.includes(file), `${file} is in the package`);
    }
    assert.deepEqual(files.filter((file) => /test|\.map$|tsconfig|node_modules/.test(file)), []);
    const cargo = await readFile(`${ROOT}Cargo.toml`, 'utf8');
    assert.ok(cargo.includes(`version = "${packed.version}"`), 'its version is the program’s');
    const { size, unpackedSize } = packed;
    figure('package', { packed: size, unpacked: unpackedSize, files: Object.fromEntries(packed.files.map(({ path, size: bytes }) => [path, bytes])) });
  });

  topic.test('npm would publish it, and publint and attw find nothing', async () => {
    const { packed } = await ready();
    // What the user has configured is no matter of the package.
    const config = `${OUT}/npmrc`;
    await writeFile(config, '');
    const { stderr } = await shell('npm publish --dry-run --loglevel notice', { cwd: PKG, env: { ...process.env, npm_config_userconfig: config } });
    const lines = stderr.split('\n');
    assert.ok(lines.some((line) => line.includes(`ddpm-mnist@${packed.version}`)), stderr);
    // npm also warns of itself and of its environment; what begins so is about what is published. Who publishes it has to be logged in.
    assert.deepEqual(lines.filter((line) => /^npm warn publish/i.test(line) && !/logged in/.test(line)), []);
    await run(`${TOOLS}/.bin/publint`, ['--strict', `${OUT}/${packed.filename}`]);
    await run(`${TOOLS}/.bin/attw`, [`${OUT}/${packed.filename}`, '--profile', 'esm-only', '--exclude-entrypoints', './small.safetensors']);
  });

  topic.test('TypeScript takes its types, and refuses what it would refuse', async () => {
    await ready();
    await cp(`${ROOT}package/tests/consumer.ts`, `${APP}/consumer.ts`);
    for (const resolution of ['bundler', 'nodenext']) {
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
      const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--types', ''];
      const { stdout } = await run(process.execPath, [
        `${TOOLS}/typescript/bin/tsc`, ...options, '--module', module, '--moduleResolution', resolution, 'consumer.ts',
      ], { cwd: APP }).catch((error) => error);
      assert.equal(stdout, '', resolution);
    }
  });

  topic.test('where there is no browser it can be imported, and says what it lacks', async () => {
    await ready();
    const program = "import { load, LoadError } from 'ddpm-mnist'; load().catch((e) => console.log(e instanceof LoadError, e.code, e.message));";
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: APP });
    assert.match(stdout, /^true unsupported .*Worker, OffscreenCanvas/);
  });

  topic.test('the examples are as short as they are said to be', async () => {
    const lines = (await readFile(`${ROOT}examples/element/index.html`, 'utf8')).trim().split('\n');
    const own = lines.filter((line) => !/^\s*<\/?(head|body|html|meta|title|!doctype)/.test(line));
    assert.ok(own.length <= 20, `${own.length} lines`);
    assert.deepEqual((await readdir(`${ROOT}examples`)).sort(), ['README.md', 'element', 'hosting', 'python', 'script', 'vite', 'worker']);
  });

  ways(topic, ready);
  api(topic, ready);
}
