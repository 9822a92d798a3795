import type { Matrix } from '../linalg/matrix';

/** The matrix as a `.npy` file, version 1.0, in its own precision, row-major. */
export function encodeNpy({ data, rows, columns }: Pick<Matrix, 'data' | 'rows' | 'columns'>): Uint8Array {
  const type = data instanceof Float64Array ? '<f8' : '<f4';
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  // The values begin at a multiple of 64 bytes; ten bytes come before the header, and it ends with a newline.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const out = Buffer.alloc(10 + length + data.byteLength);
  out.write('\x93NUMPY\x01\x00', 'latin1');
  out.writeUInt16LE(length, 8);
  out.write(`${header.padEnd(length - 1)}\n`, 10, 'latin1');
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return out;
}
