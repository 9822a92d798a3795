import { type Real, reals } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { count, dims, size } from '../../protocol/words';
import { memoryFor, rowRange } from '../array';
import type { Dtype } from '../dtype';
import type { ReadOptions } from '../tensor';
import type { Hdf5Client } from './client';
import type { Entry } from './messages';

/** A dataset of numbers as a tensor. */
export interface Numbers {
  readonly entry: Entry;
  readonly dtype: Dtype;
  /** MATLAB's arrays: the axes of the tensor are the dataset's in reverse. */
  readonly reversed: boolean;
}

/** Fetched at once, unless a single chunk is larger. */
const blockBytes = 8 << 20;

/**
 * Reads a range of rows in row-major order, block by block of whole chunks, so that each chunk is unpacked once and the
 * dataset is never held whole.
 * @throws UserError, beginning with `what`, as `readArray` does, and when the library cannot read a block.
 */
export async function readNumbers(
  client: Hdf5Client,
  { entry, dtype, reversed }: Numbers,
  options: ReadOptions,
  what: string,
): Promise<{ shape: number[]; data: Real }> {
  const decoder = dtype.numeric;
  if (!decoder) throw new UserError(`${what} cannot be read as numbers: ${dtype.unusable}`);
  const shape = reversed ? [...entry.shape].reverse() : [...entry.shape];
  const [first, end] = rowRange(shape, options.rows, what);
  const shapeRead = shape.length === 0 ? [] : [end - first, ...shape.slice(1)];
  const total = shapeRead.reduce((product, length) => product * length, 1);
  const bytes = total * (decoder.double ? 8 : 4);
  if (bytes > options.limit)
    throw new UserError(
      `${what} needs ${size(bytes)} of memory for ${dims(shapeRead)} values; the bound is ${size(options.limit)}. ` +
        'Read fewer rows, or raise the memory bound.',
    );
  const data = memoryFor(total, decoder.double, options.into);
  if (total === 0) return { shape: shapeRead, data };
  // From here on in the dataset's own order of axes: what is wanted of each, and how far apart neighbours lie in `data`.
  const lengths = reversed ? [...shapeRead].reverse() : shapeRead;
  const rowAxis = reversed ? lengths.length - 1 : 0;
  const steps = strides(shapeRead);
  if (reversed) steps.reverse();
  const offsets = lengths.map((_, axis) => (axis === rowAxis ? first : 0));
  const row = lengths.slice(1).reduce((product, length) => product * length, 1);
  const ask = (block: Block) => client.ask({ kind: 'values', name: entry.name, ...block }, what, options.signal);
  const wanted = blocks(entry, offsets, lengths, dtype.itemsize);
  for await (const [{ start, count: counts }, buffer] of answered(wanted, ask)) {
    options.signal?.throwIfAborted();
    const length = buffer.byteLength / dtype.itemsize;
    const at = start.map((from, axis) => from - (offsets[axis] as number));
    // Whole rows lie in the result as they come.
    const inPlace = !reversed && counts.every((size, axis) => axis === 0 || size === lengths[axis]);
    const values = inPlace ? data : reals(length, decoder.double);
    const to = inPlace ? (at[0] ?? 0) * row : 0;
    const inexact = decoder.decode(buffer, length, values, to);
    if (inexact >= 0)
      throw new UserError(
        `${what} holds the ${dtype.name} value ${count(values[to + inexact] as number)} (about); integers beyond 2^53 would be ` +
          'rounded. Save it as float64 if rounding is meant.',
      );
    if (!inPlace) scatter(values, counts, data, steps, at);
  }
  return { shape: shapeRead, data };
}

/** Blocks in their order: while one is decoded the library is at the next. */
async function* answered(
  wanted: Iterable<Block>,
  ask: (block: Block) => Promise<ArrayBuffer>,
): AsyncGenerator<[Block, ArrayBuffer]> {
  let last: [Block, Promise<ArrayBuffer>] | undefined;
  for (const block of wanted) {
    const buffer = await last?.[1];
    const next = ask(block);
    // Should nobody await it.
    next.catch(() => {});
    if (last && buffer) yield [last[0], buffer];
    last = [block, next];
  }
  if (last) yield [last[0], await last[1]];
}

export interface Block {
  readonly start: number[];
  readonly count: number[];
}

/** Covers the wanted part of a dataset by blocks that are unions of its chunks, in file order. */
export function* blocks(
  { shape, chunks }: Pick<Entry, 'shape' | 'chunks'>,
  offsets: readonly number[],
  lengths: readonly number[],
  itemsize: number,
): Generator<Block> {
  const chunk = shape.map((_, axis) => Math.max(1, chunks?.[axis] ?? 1));
  const ends = offsets.map((offset, axis) => offset + (lengths[axis] as number));
  // Grown from the last axis on, in whole chunks, while the block stays small.
  const extent = chunk.map((length, axis) => Math.min(length, lengths[axis] as number));
  for (let axis = extent.length - 1; axis >= 0; axis--) {
    const others = extent.reduce((product, length, i) => (i === axis ? product : product * length), itemsize);
    const unit = chunk[axis] as number;
    const most = Math.floor(blockBytes / others / unit) * unit;
    extent[axis] = Math.max(unit, Math.min(most, Math.ceil((lengths[axis] as number) / unit) * unit + unit));
  }
  const start = [...offsets];
  for (;;) {
    // Up to the next border of chunks after a block's extent.
    const stop = start.map((from, axis) => {
      const unit = chunk[axis] as number;
      const border = (Math.floor(from / unit) + (extent[axis] as number) / unit) * unit;
      return Math.min(ends[axis] as number, border);
    });
    yield { start: [...start], count: stop.map((to, axis) => to - (start[axis] as number)) };
    let axis = start.length - 1;
    for (; axis >= 0; axis--) {
      if ((stop[axis] as number) < (ends[axis] as number)) {
        start[axis] = stop[axis] as number;
        break;
      }
      start[axis] = offsets[axis] as number;
    }
    if (axis < 0) return;
  }
}

function strides(shape: readonly number[]): number[] {
  const out = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    out[axis] = (out[axis + 1] as number) * (shape[axis + 1] as number);
  return out;
}

/** Puts a block, last index fastest, to its place in `data`. */
function scatter(
  values: Real,
  counts: readonly number[],
  data: Real,
  steps: readonly number[],
  at: readonly number[],
): void {
  const last = counts.length - 1;
  const run = counts[last] ?? 1;
  const step = steps[last] ?? 1;
  const index = counts.map(() => 0);
  for (let from = 0; from < values.length; from += run) {
    let to = 0;
    for (let axis = 0; axis <= last; axis++)
      to += ((at[axis] as number) + (index[axis] as number)) * (steps[axis] as number);
    if (step === 1) data.set(values.subarray(from, from + run), to);
    else for (let i = 0; i < run; i++) data[to + i * step] = values[from + i] as number;
    for (let axis = last - 1; axis >= 0 && ++(index[axis] as number) === counts[axis]; axis--) index[axis] = 0;
  }
}
