import { mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { rowBlocks } from '../../src/data/blocks';
import { openData } from '../../src/data/file';
import expected from './reference/tables.json';

/** Bits of the values that pandas wrote: reference/tables.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'tables');
const limit = 1e8;

interface Entry {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: string;
}

/** Hexadecimal bytes of big-endian float64; NaN is NaN whatever its bits. */
function bits(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++)
    bytes.writeDoubleBE(Number.isNaN(values[i]) ? NaN : (values[i] as number), 8 * i);
  return bytes.toString('hex');
}

/** The tensor is read as it should be: whole, by rows and by blocks. */
async function check(name: string, tensor: string | null, { shape, dtype, values }: Entry, columns?: string[]) {
  const file = await openData(join(fixtures, name));
  try {
    const choice = columns ? { columns } : {};
    const all = await file.read(tensor, { limit, ...choice });
    expect({ shape: all.shape, dtype: all.dtype, values: bits(all.data) }).toEqual({ shape, dtype, values });
    const [rows = 0, width = 0] = shape;
    const slice = (start: number, end: number) => values.slice(16 * width * start, 16 * width * end);
    const some = await file.read(tensor, { limit, rows: [3, rows - 2], ...choice });
    expect(bits(some.data)).toBe(slice(3, rows - 2));
    let row = 1;
    for await (const block of rowBlocks(file, tensor, [1, rows], 7, { limit, ...choice })) {
      expect(bits(block.data)).toBe(slice(row, Math.min(rows, row + 7)));
      row += 7;
    }
    expect(row).toBeGreaterThanOrEqual(rows);
  } finally {
    await file.close();
  }
}

describe('text tables and JSON lines hold what pandas wrote, plain, gzip and zstd', () => {
  for (const [name, { tensors, columns, words }] of Object.entries(expected.files))
    test(name, async () => {
      for (const [tensor, entry] of Object.entries(tensors)) await check(name, tensor || null, entry);
      const file = await openData(join(fixtures, name));
      const { columns: found } = await file.read(null, { limit });
      const text = await file.readColumn(name.startsWith('exact') ? 'w' : 'word', { limit });
      await file.close();
      expect([found, text.values]).toEqual([columns, words]);
    });
});

const { parquet } = expected;

async function checkParquet(name: string) {
  for (const { dtype, values } of parquet) {
    const rows = values.length / 16;
    const cell = (i: number) => values.slice(16 * (i % rows), 16 * (i % rows) + 16);
    const lists = Array.from({ length: rows }, (_, i) => cell(i) + cell(i + 1) + cell(i + 2)).join('');
    await check(name, null, { shape: [rows, 1], dtype, values }, [dtype]);
    await check(name, `${dtype} lists`, { shape: [rows, 3], dtype, values: lists });
  }
}

describe('Parquet in every codec holds every dtype as it was given', () => {
  for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])
    for (const version of ['v1', 'v2']) test(`${codec}, ${version}`, () => checkParquet(`${codec}-${version}.parquet`));
});

test('Parquet that is packed as a whole holds the same, and says that it was unpacked', async () => {
  vi.stubEnv('TMPDIR', mkdtempSync(join(tmpdir(), 'sextant-tables-')));
  for (const ending of ['gz', 'zst']) {
    await checkParquet(`packed.parquet.${ending}`);
    const path = join(fixtures, `packed.parquet.${ending}`);
    const file = await openData(path);
    const { notes } = await file.read(null, { limit });
    expect(notes).toContainEqual(expect.stringMatching(/^unpacked to a temporary file of [\d.]+ kB$/));
    expect(file.describe()).toMatchObject({ path, bytes: statSync(path).size });
    expect(readdirSync(tmpdir()).length).toBe(1);
    await file.close();
  }
  const both = await openData(join(fixtures, 'packed.parquet.*'));
  expect((await both.read(null, { limit })).shape[0]).toBe(2 * ((parquet[0]?.values.length ?? 0) / 16));
  await both.close();
  // Empty: otherwise it stays.
  rmdirSync(tmpdir());
  vi.unstubAllEnvs();
});

test('float32 is kept where it is exact, float64 where it is not', async () => {
  const file = await openData(join(fixtures, 'snappy-v1.parquet'));
  const doubles: string[] = [];
  for (const { dtype } of parquet) {
    const { data } = await file.read(`${dtype} lists`, { limit });
    if (data instanceof Float64Array) doubles.push(dtype);
  }
  await file.close();
  expect(doubles.sort()).toEqual(['float64', 'int32', 'int64', 'uint32', 'uint64']);
});
