/** The safetensors format, as far as the bench needs it: f32 only. */

/** @typedef {{ name: string, shape: number[], data: Float32Array }} Named */

/**
 * @param {ArrayBuffer} buffer
 * @returns {{ metadata: Record<string, string>, tensors: Map<string, Named> }}
 */
export function read(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    if (dtype !== 'F32') throw new Error(`${name} is ${dtype}`);
    tensors.set(name, { name, shape, data: new Float32Array(buffer.slice(8 + length + from, 8 + length + to)) });
  }
  return { metadata, tensors };
}

/**
 * @param {Named[]} tensors
 * @param {Record<string, string>} metadata
 */
export function write(tensors, metadata) {
  let end = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    const from = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [from, end] }];
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  // Spaces at the end, so that the numbers begin at a multiple of 8.
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
