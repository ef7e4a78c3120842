/**
 * The npm package that `cargo xtask package` has made in pkg/: checked as npm would publish it, and used in each of the ways that
 * examples/ shows. The topic runs when it is named, because it needs that folder and the tools of package/ (`npm ci --prefix package`).
 */

import assert from 'node:assert/strict';
import { exec, execFile } from 'node:child_process';
import { cp, lstat, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { OUT, ROOT } from './environment.mjs';
import { figure } from './figures.mjs';
import { serve } from './host.mjs';
import { api } from './package/api.mjs';
import { gpu } from './package/gpu.mjs';
import { site } from './package/site.mjs';
import { ways } from './package/ways.mjs';

const run = promisify(execFile);
/** For npm, which is a script on Windows: only a shell starts it. */
const shell = promisify(exec);
const TOOLS = `${ROOT}package/node_modules`;
/** An application that has installed the package. */
const APP = `${OUT}/site/examples/vite`;

/** Serve the package and the examples, pack the package as npm does, and install it in the Vite example. Done once. */
async function made() {
  const folder = await site('site');
  const pkg = `${folder}/pkg`;
  await writeFile(`${folder}/index.html`, '<!doctype html><html lang="en"><title>Empty</title><link rel="icon" href="data:,"><body></body></html>');
  const { stdout } = await shell('npm pack --json --pack-destination ../..', { cwd: pkg });
  const [packed] = JSON.parse(stdout);
  // As examples/README.md says, but without Vite itself, which package/ has.
  await shell('npm install --omit=dev --no-audit --no-fund', { cwd: APP });
  assert.ok(!(await lstat(`${APP}/node_modules/ddpm-mnist`)).isSymbolicLink(), 'the package is copied: Vite gives a page nothing from outside of the application');
  return { packed, pkg, app: APP, site: folder, tools: TOOLS, host: await serve(folder) };
}

/** The sizes that a text states, in bytes. @param {string} text */
const sizesIn = (text) => [...text.matchAll(/([\d.]+) ([kM])B/g)].map(([, number, unit]) => Number(number) * (unit === 'k' ? 1e3 : 1e6));

/**
 * Assert that a text states these sizes, in this order and to a tenth.
 * @param {string} name the text's
 * @param {string} text
 * @param {Array<[what: string, bytes: number]>} sizes as they were measured
 */
function states(name, text, sizes) {
  const stated = sizesIn(text);
  assert.equal(stated.length, sizes.length, `${name} states ${stated.length} sizes, and those of ${sizes.map(([what]) => what).join(', ')} were measured`);
  const wrong = sizes.flatMap(([what, bytes], index) => (Math.abs(stated[index] - bytes) <= 0.1 * bytes ? []
    : [`${name}: ${what}: ${bytes} bytes were measured, and ${stated[index]} are stated`]));
  assert.deepEqual(wrong, []);
}

/** @type {ReturnType<typeof made> | undefined} */
let making;
const ready = () => (making ??= made());

/** @param {import('./topic.mjs').Topic} topic */
export default function npmPackage(topic) {
  topic.test('holds the programs, the worker and the weights, and says how large it is', async () => {
    const { packed, pkg } = await ready();
    const files = packed.files.map(({ path }) => path);
    for (const file of ['index.js', 'index.d.ts', 'element.js', 'worker.js', 'protocol.d.ts', 'page-cpu_bg.wasm', 'page-gpu_bg.wasm',
      'small.safetensors', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.md']) {
      assert.ok(files.includes(file), `${file} is in the package`);
    }
    assert.deepEqual(files.filter((file) => /test|\.map$|tsconfig|node_modules/.test(file)), []);
    const cargo = await readFile(`${ROOT}Cargo.toml`, 'utf8');
    assert.ok(cargo.includes(`version = "${packed.version}"`), 'its version is the program’s');
    const { size, unpackedSize } = packed;
    const bytes = Object.fromEntries(packed.files.map(({ path, size: each }) => [path, each]));
    figure('package', { packed: size, unpacked: unpackedSize, files: bytes });
    const gzip = async (file) => gzipSync(await readFile(`${pkg}/${file}`), { level: 9 }).length;
    const weights = bytes['small.safetensors'];
    states('package/npm/README.md', await readFile(`${ROOT}package/npm/README.md`, 'utf8'), [
      ['the package installed', unpackedSize], ['the package packed', size], ['worker.js', bytes['worker.js']], ['the weights', weights],
      ['the program for the CPU', bytes['page-cpu_bg.wasm']], ['that as gzip', await gzip('page-cpu_bg.wasm')],
      ['the program for a GPU', bytes['page-gpu_bg.wasm']], ['that as gzip', await gzip('page-gpu_bg.wasm')], ['the weights again', weights],
    ]);
    const readme = await readFile(`${ROOT}README.md`, 'utf8');
    states('README.md', readme.split('\n').find((line) => line.startsWith('`cargo xtask package`')) ?? '', [['the package packed', size]]);
  });

  topic.test('npm would publish it, and publint and attw find nothing', async () => {
    const { packed, pkg } = await ready();
    // What the user has configured is no matter of the package.
    const config = `${OUT}/npmrc`;
    await writeFile(config, '');
    const { stderr } = await shell('npm publish --dry-run --loglevel notice', { cwd: pkg, env: { ...process.env, npm_config_userconfig: config } });
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
  gpu(topic, ready);
}
