/**
 * Telling files apart by what is in them, and unpacking them. Names lie; the first bytes do not.
 *
 * @typedef {import('./messages.js').GivenFile} GivenFile
 * @typedef {'images' | 'labels' | 'other'} Kind
 */

/** Why a file was not taken; the page shows it like a refusal of the program's. */
export class Refusal extends Error {
  /**
   * @param {import('../protocol.js').Refusal['what']} what
   * @param {string} code
   * @param {string} message
   */
  constructor(what, code, message) {
    super(message);
    this.what = what;
    this.code = code;
  }
}

/** @param {Uint8Array} bytes */
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The bytes of a stream. `Response.arrayBuffer` would do, but hides why a stream failed.
 * @param {ReadableStream<Uint8Array>} stream
 */
async function drained(stream) {
  const parts = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
}

/**
 * The content, inflated if it is gzip. The bytes tell, not the name: a server may have inflated it already.
 *
 * @param {GivenFile} file
 * @returns {Promise<GivenFile>}
 */
export async function inflated(file) {
  if (!isGzip(file.bytes)) return file;
  const packed = new Blob([/** @type {BlobPart} */ (file.bytes)]).stream();
  const unpacked = packed.pipeThrough(new DecompressionStream('gzip'));
  try {
    return { ...file, bytes: await drained(unpacked) };
  } catch (error) {
    // Browsers tell damaged from cut short in prose only; an error that does not call the data invalid is an early end.
    const damaged = /not valid|invalid|incorrect|junk|trailing|checksum|crc/i.test(String(error));
    throw damaged
      ? new Refusal('data', 'gzip_damaged', `${file.name} is damaged: its gzip data cannot be unpacked. Download it again.`)
      : new Refusal('data', 'gzip_truncated', `${file.name} is cut short: its gzip data ends too early. Download it again.`);
  }
}

/**
 * @param {GivenFile} file inflated
 * @returns {Kind}
 */
function kind({ name, bytes }) {
  if (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8) {
    if (bytes[3] === 3) return 'images';
    if (bytes[3] === 1) return 'labels';
  }
  if (/idx|ubyte/i.test(name)) {
    throw new Refusal(
      'data',
      'idx_magic',
      `${name} is named like an MNIST file but does not begin like one (images begin with 00 00 08 03, labels with 00 00 08 01).`,
    );
  }
  return 'other';
}

/**
 * Sort the given files into weights files and at most one pair of idx files, all inflated.
 *
 * @param {GivenFile[]} given
 * @returns {Promise<{ weights: GivenFile[], data: { images: GivenFile, labels: GivenFile } | null }>}
 */
export async function sorted(given) {
  /** @type {Record<Kind, GivenFile[]>} */
  const found = { images: [], labels: [], other: [] };
  for (const file of await Promise.all(given.map(inflated))) found[kind(file)].push(file);
  const [images] = found.images;
  const [labels] = found.labels;
  if (!images !== !labels) {
    const [have, lack] = images ? ['images', 'labels'] : ['labels', 'images'];
    throw new Refusal(
      'data',
      'pair_missing',
      `${(images ?? labels).name} holds ${have}; the matching ${lack} file is missing. Give both together.`,
    );
  }
  return { weights: found.other, data: images ? { images, labels } : null };
}
