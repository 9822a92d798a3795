import { type Real, reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count, dims, size } from '../protocol/words';
import { blockBytes, type Job, type Layout, load, refuseInexact, swap } from './layout';
import type { Signal } from './source';
import { readStrided } from './strided';
import type { ReadOptions } from './tensor';

export type { Layout } from './layout';

/** Columns shorter than this, in bytes, are read whole: that is no slower than reading a part of each. */
const worthSeeking = 1 << 16;

/**
 * Number of elements of a shape, checked: sizes are integers from 0, and neither the product nor the bytes leave what a
 * double counts exactly, zeros aside.
 * @throws UserError otherwise, beginning with `what`.
 */
export function elements(shape: readonly number[], itemsize: number, what: string): number {
  let product = Math.max(1, itemsize);
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0)
      throw new UserError(
        `${what} has shape (${shape.join(', ')}); every size must be an integer from 0. Save it again.`,
      );
    product *= Math.max(1, length);
  }
  if (shape.length > 64 || !Number.isSafeInteger(product))
    throw new UserError(`${what} has shape (${shape.join(', ')}), more than any file can hold. Save it again.`);
  return shape.reduce((total, length) => total * length, 1);
}

/**
 * Decodes the array, or a range of its rows, in row-major order. Only the bytes of the rows that are asked for are read
 * (in Fortran order: of short columns, all).
 * @returns the values as float32 where that is exact for every value of the dtype, otherwise as float64.
 * @throws UserError, beginning with `what` ("acts.npz: tensor 'layer1'"), when the dtype is no number, the rows are not
 * there, the decoded array exceeds `options.limit` or an integer is beyond what float64 holds exactly.
 */
export async function readArray(
  layout: Layout,
  options: ReadOptions,
  what: string,
): Promise<{ shape: number[]; data: Float32Array | Float64Array }> {
  const { dtype, shape } = layout;
  if (!dtype.numeric) throw new UserError(`${what} cannot be read as numbers: ${dtype.unusable}`);
  const [start, end] = rowRange(shape, options.rows, what);
  const shapeRead = shape.length === 0 ? [] : [end - start, ...shape.slice(1)];
  const total = shapeRead.reduce((product, length) => product * length, 1);
  const bytes = total * (dtype.numeric.double ? 8 : 4);
  if (bytes > options.limit)
    throw new UserError(
      `${what} needs ${size(bytes)} of memory for ${dims(shapeRead)} values; the bound is ${size(options.limit)}. ` +
        'Read fewer rows, or raise the memory bound.',
    );
  const data = memoryFor(total, dtype.numeric.double, options.into);
  if (total > 0) {
    const job = { layout, decoder: dtype.numeric, start, end, data, what };
    // Of a single row or column both orders are one.
    const read = layout.fortran && shape.filter((length) => length > 1).length > 1 ? readFortran : readRowMajor;
    if (layout.strides) await readStrided(job, layout.strides, options.signal);
    else await read(job, options.signal);
  }
  return { shape: shapeRead, data };
}

/** Memory for what is decoded: what the caller lends, where it fits. */
export function memoryFor(total: number, double: boolean, into: ReadOptions['into']): Real {
  const fits = into instanceof (double ? Float64Array : Float32Array) && into.length >= total;
  if (fits) return into.subarray(0, total);
  return reals(total, double);
}

/** The rows asked for, checked; a scalar counts as one row. */
export function rowRange(
  shape: readonly number[],
  rows: readonly [number, number] | undefined,
  what: string,
): [number, number] {
  const all = shape[0] ?? 1;
  if (!rows) return [0, all];
  const [start, end] = rows;
  if (shape.length === 0) throw new UserError(`${what} is a single number: it has no rows to choose from.`);
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > all)
    throw new UserError(
      `${what} has ${count(all)} rows; rows ${start}:${end} were asked for. Choose rows in 0:${all}.`,
    );
  return [start, end];
}

async function readRowMajor({ layout, decoder, start, data, what }: Job, signal?: Signal): Promise<void> {
  const { source, offset, shape, dtype } = layout;
  const rowLength = shape.slice(1).reduce((product, length) => product * length, 1);
  const first = offset + start * rowLength * dtype.itemsize;
  if (decoder.direct) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += blockBytes) {
      signal?.throwIfAborted();
      const block = bytes.subarray(at, at + blockBytes);
      await source.read(block, first + at, signal);
      if (layout.bigEndian) swap(block, dtype.itemsize);
    }
    return;
  }
  const perBlock = blockBytes / 8;
  const buffer = new ArrayBuffer(Math.min(perBlock, data.length) * dtype.itemsize);
  for (let at = 0; at < data.length; at += perBlock) {
    signal?.throwIfAborted();
    const length = Math.min(perBlock, data.length - at);
    await load(layout, new Uint8Array(buffer, 0, length * dtype.itemsize), first + at * dtype.itemsize, signal);
    refuseInexact(decoder.decode(buffer, length, data, at), (i) => data[at + i] as number, dtype, what);
  }
}

/** Several columns at a time: short ones whole, of long ones the rows that are asked for. */
async function readFortran({ layout, decoder, start, end, data, what }: Job, signal?: Signal): Promise<void> {
  const { offset, shape, dtype } = layout;
  const rows = shape[0] as number;
  const target = rowMajorPositions(shape.slice(1));
  const columns = target.length;
  const room = blockBytes / 8;
  // Of a column that is long, or of which little is wanted, only the rows asked for are read.
  const most = layout.source.inOrder ? room : Math.floor(room / Math.min(columns, squares));
  const part = rows > most || (rows * dtype.itemsize > worthSeeking && 4 * (end - start) < rows);
  const [from, to] = part ? [start, end] : [0, rows];
  const tallest = Math.min(most, to - from);
  const together = Math.max(1, Math.min(columns, Math.floor(room / tallest)));
  const buffer = new ArrayBuffer(together * tallest * dtype.itemsize);
  const values = reals(together * tallest, decoder.double);
  for (let column = 0; column < columns; column += together) {
    const width = Math.min(together, columns - column);
    const places = target.subarray(column, column + width);
    for (let row = from; row < to; row += tallest) {
      signal?.throwIfAborted();
      const height = Math.min(tallest, to - row);
      // Whole columns lie one after the other; parts of several are read at once.
      const [pieces, length] = height === rows ? [1, width * rows] : [width, height];
      const piece = (k: number) => new Uint8Array(buffer, k * length * dtype.itemsize, length * dtype.itemsize);
      const pending: Promise<void>[] = [];
      for (let k = 0; k < pieces; k++) {
        pending.push(load(layout, piece(k), offset + ((column + k) * rows + row) * dtype.itemsize, signal));
        if (layout.source.inOrder) await pending.pop();
      }
      await Promise.all(pending);
      refuseInexact(decoder.decode(buffer, width * height, values, 0), (i) => values[i] as number, dtype, what);
      const [first, last] = [Math.max(row, start), Math.min(row + height, end)];
      turn(values, [first - row, last - row, height], data, (first - start) * columns, columns, places);
    }
  }
}

/** Rows whose lines of the cache are written together, while those of the columns are read. */
const squares = 16;

/** Puts rows `from` to `to` of columns of `height` to their places in rows of `columns`, the first of which begins at `at`. */
function turn(
  values: Real,
  [from, to, height]: readonly [number, number, number],
  data: Real,
  at: number,
  columns: number,
  places: Float64Array,
): void {
  for (let top = from; top < to; top += squares) {
    const bottom = Math.min(to, top + squares);
    for (let j = 0; j < places.length; j++) {
      let out = at + (top - from) * columns + (places[j] as number);
      for (let i = j * height + top; i < j * height + bottom; i++, out += columns) data[out] = values[i] as number;
    }
  }
}

/** For the columns in file order, first index fastest: where each goes in row-major order. */
function rowMajorPositions(shape: readonly number[]): Float64Array {
  const positions = new Float64Array(shape.reduce((product, length) => product * length, 1));
  const index = shape.map(() => 0);
  for (let k = 0; k < positions.length; k++) {
    positions[k] = index.reduce((sum, i, axis) => sum * (shape[axis] as number) + i, 0);
    for (let axis = 0; axis < shape.length && ++(index[axis] as number) === shape[axis]; axis++) index[axis] = 0;
  }
  return positions;
}
