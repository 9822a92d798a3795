import { writeAtomically } from './atomic';
import { type Block, encoded, type Writable, writable } from './writable';

/** What comes before the values of a `.npy` file, version 1.0, row-major. */
export function npyHeader({ rows, columns, double }: Omit<Writable, 'blocks'>): Buffer {
  const header = `{'descr': '${double ? '<f8' : '<f4'}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  // The values begin at a multiple of 64 bytes; ten bytes come before the header, and it ends with a newline.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const out = Buffer.alloc(10 + length);
  out.write('\x93NUMPY\x01\x00', 'latin1');
  out.writeUInt16LE(length, 8);
  out.write(`${header.padEnd(length - 1)}\n`, 10, 'latin1');
  return out;
}

/** The matrix as a `.npy` file in its own precision. */
export function encodeNpy(matrix: Block): Uint8Array {
  const { data } = matrix;
  return Buffer.concat([npyHeader(writable(matrix)), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Writes one matrix as a `.npy` file. @throws UserError when the file cannot be written. */
export function writeNpy(path: string, matrix: Writable): Promise<void> {
  return writeAtomically(path, async (sink) => {
    await sink.write(npyHeader(matrix));
    for await (const bytes of encoded(matrix)) await sink.write(bytes);
  });
}
