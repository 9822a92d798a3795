import { expect } from 'vitest';
import type { DataFile } from '../../src/data/file';

/** A tensor as a script of the reference wrote it down: its values as hexadecimal bytes of big-endian float64. */
export interface Entry {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: string;
}

/** NaN is NaN whatever its bits. */
export function bits(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++)
    bytes.writeDoubleBE(Number.isNaN(values[i]) ? NaN : (values[i] as number), 8 * i);
  return bytes.toString('hex');
}

export function valuesOf({ values }: Entry): Float64Array {
  const bytes = Buffer.from(values, 'hex');
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i));
}

/** The tensor is what was written down, whole and by ranges of its rows. */
export async function checkTensor(file: DataFile, tensor: string | null, entry: Entry): Promise<void> {
  const limit = 1e8;
  const all = await file.read(tensor, { limit });
  const values = valuesOf(entry);
  const got = { tensor, shape: all.shape, dtype: all.dtype, values: bits(all.data) };
  expect(got).toEqual({ tensor, shape: entry.shape, dtype: entry.dtype, values: bits(values) });
  const [rows = 0, ...rest] = entry.shape;
  const length = rest.reduce((product, size) => product * size, 1);
  const ranges = [
    [0, 1],
    [1, rows],
    [1, 1],
    [rows >> 1, (rows >> 1) + 1],
  ] as const;
  for (const [start, end] of ranges) {
    if (start > end || end > rows || entry.shape.length === 0) continue;
    const part = await file.read(tensor, { limit, rows: [start, end] });
    expect([tensor, part.shape]).toEqual([tensor, [end - start, ...rest]]);
    expect(bits(part.data)).toBe(bits(values.subarray(start * length, end * length)));
  }
}
