/** Arrays as numpy reads them. */

/** The magic string and the version of the format. */
const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];
/** Bytes before the header: these, and the header's length. */
const BEFORE = MAGIC.length + 2;

/**
 * A `.npy` file of bytes, in version 1.0 of the format (numpy.lib.format in numpy's reference): magic string, version, the length of
 * the header, the header, padded so that the data begin at a multiple of 64, and the data.
 * @param {Uint8Array} bytes in C order
 * @param {number[]} shape of two or more dimensions
 */
export function npyOf(bytes, shape) {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const length = Math.ceil((BEFORE + header.length + 1) / 64) * 64 - BEFORE;
  const file = new Uint8Array(BEFORE + length + bytes.length);
  file.set([...MAGIC, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), BEFORE);
  file.set(bytes, BEFORE + length);
  return file;
}
