/**
 * Builds the files that the contenders' pages load: the weights, the ONNX files, and for each contender a folder with its
 * bundled scripts. `node bench/build.mjs --weights DIR` writes the weights alone.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTENDERS, site } from './contenders.mjs';
import { read, write } from './page/safetensors.js';
import { CHANNELS, GROUPS, TIMESTEPS, randomWeights } from './page/spec.js';

export const BENCH = path.dirname(fileURLToPath(import.meta.url));
const REFERENCE = path.join(BENCH, 'reference.safetensors');

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>bench</title>
<link rel="icon" href="data:,">
<script type="module" src="./main.js"></script>
`;

/** The random weights as a weights file of this project. */
function weightsFile() {
  const about = {
    unet: { channels: CHANNELS, groups: GROUPS },
    train: { timesteps: TIMESTEPS },
    origin: 'Random weights for the bench.',
  };
  return write(randomWeights(), { ddpm: JSON.stringify(about), format: 'pt' });
}

/** The expected outputs. Throws if they were computed with other weights. */
export function reference(weights = weightsFile()) {
  const file = fs.readFileSync(REFERENCE);
  const { metadata, tensors } = read(new Uint8Array(file).buffer);
  const sha256 = JSON.parse(metadata.ddpm_bench).weights;
  if (sha256 !== createHash('sha256').update(weights).digest('hex')) {
    throw new Error('reference.safetensors was made with other weights: run bench/reference.py');
  }
  return tensors;
}

/**
 * Writes a folder for each contender.
 *
 * @param {string[]} names the contenders
 * @param {string} out the folder for their folders
 * @param {string} app the folder with the app's programs, `gpu` and `cpu`, each with `ddpm.js` and `ddpm_bg.wasm`
 */
export async function build(names, out, app) {
  const { build: bundle } = await import('esbuild');
  const weights = weightsFile();
  reference(weights);
  for (const folder of new Set(names.map(site))) {
    const { entry, worker, files = [], onnx: wantsOnnx, app: program } = CONTENDERS[names.find((name) => site(name) === folder)];
    const target = path.join(out, folder);
    fs.rmSync(target, { recursive: true, force: true });
    fs.mkdirSync(target, { recursive: true });
    await bundle({
      entryPoints: {
        main: path.join(BENCH, 'page', entry),
        ...(worker && { [path.parse(worker).name]: path.join(BENCH, 'page', worker) }),
      },
      outdir: target,
      absWorkingDir: BENCH,
      bundle: true,
      minify: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      legalComments: 'none',
      logLevel: 'error',
      // tfjs-core's file for Node.js names the first two and never loads them here. The app's program is copied below.
      external: ['node-fetch', 'util', './ddpm.js'],
    });
    fs.writeFileSync(path.join(target, 'index.html'), PAGE);
    fs.copyFileSync(REFERENCE, path.join(target, 'reference.safetensors'));
    for (const file of files) fs.copyFileSync(path.join(BENCH, file), path.join(target, path.basename(file)));
    if (program) for (const file of ['ddpm.js', 'ddpm_bg.wasm']) fs.copyFileSync(path.join(app, program, file), path.join(target, file));
    if (wantsOnnx) {
      const { onnx } = await import('./onnx.mjs');
      fs.writeFileSync(path.join(target, 'unet.onnx'), onnx(randomWeights(), false));
      fs.writeFileSync(path.join(target, 'step.onnx'), onnx(randomWeights(), true));
    } else {
      fs.writeFileSync(path.join(target, 'weights.safetensors'), weights);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--weights') {
  fs.mkdirSync(process.argv[3], { recursive: true });
  fs.writeFileSync(path.join(process.argv[3], 'weights.safetensors'), weightsFile());
}
