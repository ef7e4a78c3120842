/** Files to load: sound ones, and damaged ones of each kind. */

import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ROOT } from './environment.mjs';

const PIXELS = 28 * 28;

/** @param {Uint8Array} bytes a sound safetensors file */
export function parseWeights(bytes) {
  const file = Buffer.from(bytes);
  const length = Number(file.readBigUInt64LE(0));
  return { header: JSON.parse(file.toString('utf8', 8, 8 + length)), data: file.subarray(8 + length) };
}

/** @param {object} header @param {Uint8Array} data @param {(json: string) => string} [edit] changes the header's text */
export function writeWeights(header, data, edit = (json) => json) {
  const text = Buffer.from(edit(JSON.stringify(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Weights that PyTorch has trained (examples/python/train.py): see tests/fixtures/python/README.md. */
export const byPyTorch = () => ({
  name: 'by-pytorch.safetensors', bytes: readFileSync(`${ROOT}tests/fixtures/python/weights.safetensors`),
});

/** The first tensor's name whose shape has this many dimensions. */
function tensorOf(header, dimensions) {
  return Object.keys(header).find((name) => header[name].shape?.length === dimensions);
}

/** Every way to spoil a weights file. @param {Uint8Array} sound */
export function spoilt(sound) {
  const { header, data } = parseWeights(sound);
  const changed = (change) => {
    const copy = structuredClone(header);
    const values = Buffer.from(data);
    change(copy, values);
    return writeWeights(copy, values);
  };
  return {
    text: Buffer.from('Dear diary, these are not weights.\n'.repeat(50)),
    empty: Buffer.alloc(0),
    truncated: Buffer.from(sound.subarray(0, sound.length - 1000)),
    hugeHeader: Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), sound.subarray(8)]),
    wrongShape: changed((h) => h[tensorOf(h, 2)].shape.reverse()),
    nan: changed((h, values) => values.writeFloatLE(NaN, h[tensorOf(h, 4)].data_offsets[0])),
    otherNetwork: changed((h) => {
      delete h.__metadata__;
      h['stem.weight'] = h['conv_in.weight'];
      delete h['conv_in.weight'];
    }),
    twice: writeWeights(header, data, (text) => text.replace('"conv_in.bias":', `"conv_in.bias":${JSON.stringify(header['conv_in.bias'])},$&`)),
    numberInMetadata: changed((h) => void (h.__metadata__.ddpm = 1)),
    // These weights are finite, so they load, but what is computed with them is not.
    enormous: changed((_, values) => new Float32Array(values.buffer, values.byteOffset, values.length / 4).fill(3e38)),
  };
}

const t10k = (name) => gunzipSync(readFileSync(`${ROOT}www/data/mnist/t10k-${name}.gz`));

/** An idx file. @param {number} magic @param {number[]} dimensions @param {Uint8Array} values */
export function idx(magic, dimensions, values) {
  const words = [magic, ...dimensions];
  const head = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => head.writeUInt32BE(word, 4 * i));
  return Buffer.concat([head, values]);
}

/** The first test images of MNIST and their labels, as a pair of files. @param {number} count */
export function digits(count) {
  const images = idx(0x803, [count, 28, 28], t10k('images-idx3-ubyte').subarray(16, 16 + count * PIXELS));
  const labels = idx(0x801, [count], t10k('labels-idx1-ubyte').subarray(8, 8 + count));
  return {
    images: { name: 'few-images-idx3-ubyte', bytes: images },
    labels: { name: 'few-labels-idx1-ubyte', bytes: labels },
  };
}

/** Every way to spoil a pair of idx files: name → files to give. */
export function spoiltDigits() {
  const { images, labels } = digits(100);
  const fewer = digits(99);
  const as = (file, change, name = file.name) => {
    const bytes = Buffer.from(file.bytes);
    return { name, bytes: change(bytes) ?? bytes };
  };
  const packed = { name: `${images.name}.gz`, bytes: gzipSync(images.bytes) };
  return {
    wrongMagic: [as(images, (bytes) => void bytes.writeUInt32BE(0x0d03, 0)), labels],
    twoMagics: [as(images, (bytes) => void bytes.writeUInt32BE(0x801, 0)), labels],
    counts: [images, fewer.labels],
    declaresMore: [as(images, (bytes) => void bytes.writeUInt32BE(101, 4)), labels],
    badLabel: [images, as(labels, (bytes) => void bytes.writeUInt8(62, 8))],
    truncatedGzip: [as(packed, (bytes) => bytes.subarray(0, bytes.length / 2)), labels],
    damagedGzip: [as(packed, (bytes) => void bytes.fill(0xff, 1000, 1100)), labels],
    alone: [images],
  };
}
