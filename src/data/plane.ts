import { reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import type { Range, Slice } from '../protocol/slice';
import { size } from '../protocol/words';
import { type Layout, refuseInexact, swap } from './layout';
import type { ReadOptions } from './tensor';

/** What lies between two values is read along with them up to so many bytes: one long read beats two short ones. */
const gap = 32 << 10;
/** Read at once at most. */
const block = 4 << 20;

/** Bytes from one index of each axis to the next. */
function stridesOf({ shape, dtype, fortran, strides: given }: Layout): number[] {
  if (given) return given.map((stride) => stride * dtype.itemsize);
  const strides = shape.map(() => 0);
  let step = dtype.itemsize;
  const axes = [...shape.keys()];
  for (const axis of fortran ? axes : axes.reverse()) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

/**
 * Decodes a rectangle of a plane of the array, row by row, reading little more than its values, wherever in the file
 * these lie.
 * @param slice one that fits the shape, as the ranges do.
 * @throws UserError, beginning with `what`, when the dtype is no number or the rectangle exceeds `options.limit` bytes.
 */
export async function readPlane(
  layout: Layout,
  slice: Slice,
  [rows, columns]: readonly [Range, Range],
  options: Pick<ReadOptions, 'limit' | 'signal'>,
  what: string,
): Promise<Float32Array | Float64Array> {
  const { dtype, source, offset } = layout;
  if (!dtype.numeric) throw new UserError(`${what} cannot be read as numbers: ${dtype.unusable}`);
  const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
  const total = height * width;
  if (total * 8 > options.limit)
    throw new UserError(`${what}: ${size(total * 8)} were asked for at once; the bound is ${size(options.limit)}.`);
  const strides = stridesOf(layout);
  const step = (axis: number | null) => (axis === null ? 0 : (strides[axis] as number));
  const first = strides.reduce(
    (sum, stride, axis) =>
      axis === slice.rows || axis === slice.columns ? sum : sum + stride * (slice.at[axis] as number),
    offset + rows[0] * step(slice.rows) + columns[0] * step(slice.columns),
  );
  // In the order of the file.
  const across = step(slice.rows) >= step(slice.columns);
  const [inner, innerStep, outerStep] = across
    ? [width, step(slice.columns), step(slice.rows)]
    : [height, step(slice.rows), step(slice.columns)];
  const position = (i: number) => first + Math.floor(i / inner) * outerStep + (i % inner) * innerStep;
  const target = (i: number) => (across ? i : (i % inner) * width + Math.floor(i / inner));
  const { itemsize } = dtype;
  const packed = new Uint8Array(total * itemsize);
  for (let start = 0, end = 0; start < total; start = end) {
    options.signal?.throwIfAborted();
    const from = position(start);
    let until = from + itemsize;
    for (end = start + 1; end < total; end++) {
      const next = position(end);
      // Views of PyTorch may step back.
      if (next < from || next - until > gap || next + itemsize - from > block) break;
      until = Math.max(until, next + itemsize);
    }
    const bytes = new Uint8Array(until - from);
    await source.read(bytes, from);
    for (let i = start; i < end; i++) {
      const at = position(i) - from;
      const to = target(i) * itemsize;
      for (let k = 0; k < itemsize; k++) packed[to + k] = bytes[at + k] as number;
    }
  }
  if (layout.bigEndian) swap(packed, itemsize);
  const data = reals(total, dtype.numeric.double);
  refuseInexact(dtype.numeric.decode(packed.buffer, total, data, 0), (i) => data[i] as number, dtype, what);
  return data;
}
