import { type Real, reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import type { Range } from '../protocol/slice';
import { size } from '../protocol/words';
import { type Layout, refuseInexact, swap } from './layout';
import { FileSource } from './source';
import type { ReadOptions } from './tensor';

/** Reads of the parts of rows that are under way at the same time. */
const atOnce = 16;

/** Whether parts of rows can be read where they lie: rows one after the other, in a file that is not packed. */
export function hasStrips({ source, shape, dtype, fortran, strides }: Layout): boolean {
  const inRows = !strides && !(fortran && shape.length > 1);
  return source instanceof FileSource && inRows && shape.length > 0 && dtype.numeric !== undefined;
}

/**
 * Decodes some columns of a range of rows, axes after the first flattened, reading nothing else.
 * @param layout one that has strips.
 * @throws UserError, beginning with `what`, when that exceeds `options.limit` bytes or an integer is beyond 2^53.
 */
export async function readStrip(
  { source, offset, shape, dtype, bigEndian }: Layout,
  [rows, [left, right]]: readonly [Range, Range],
  { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
  what: string,
): Promise<Real> {
  const { itemsize, numeric: decoder } = dtype;
  const [height, width] = [rows[1] - rows[0], right - left];
  const total = height * width;
  if (!decoder || total * 8 > limit)
    throw new UserError(`${what}: ${size(total * 8)} were asked for at once; the bound is ${size(limit)}.`);
  const whole = shape.slice(1).reduce((product, length) => product * length, 1);
  const packed = new Uint8Array(total * itemsize);
  const run = width * itemsize;
  let next = 0;
  const lane = async () => {
    while (next < height) {
      signal?.throwIfAborted();
      const row = next++;
      await source.read(
        packed.subarray(row * run, (row + 1) * run),
        offset + ((rows[0] + row) * whole + left) * itemsize,
      );
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, height) }, lane));
  for (const done of lanes) if (done.status === 'rejected') throw done.reason;
  if (bigEndian) swap(packed, itemsize);
  const data = reals(total, decoder.double);
  refuseInexact(decoder.decode(packed.buffer, total, data, 0), (i) => data[i] as number, dtype, what);
  return data;
}
