import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Int64, makeData, makeVector, Table, tableToIPC } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { BatchBuffers, Span } from '../../src/data/arrow/buffers';
import { readNumbers } from '../../src/data/arrow/columns';
import { FlatTable, Malformed } from '../../src/data/arrow/flatbuffer';
import { unpackLz4 } from '../../src/data/arrow/lz4';
import { unpackZstd } from '../../src/data/arrow/zstd';
import { type Dtype, numericDtype } from '../../src/data/dtype';
import { openData } from '../../src/data/file';
import { UserError } from '../../src/protocol/errors';
import { read, refusal, scratch } from './data-files';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'arrow');
const file = (name: string) => readFileSync(join(fixtures, name));
const limit = 1e6;

/** Reads everything; whether the person was told of damage. Any error that is no UserError fails. */
async function told(path: string): Promise<boolean> {
  try {
    const opened = await openData(path);
    try {
      const { tensors, columns } = opened.describe();
      for (const { name, unusable } of tensors) if (!unusable) await opened.read(name, { limit });
      for (const { name, type } of columns ?? []) if (type === 'text') await opened.readColumn(name, { limit });
    } finally {
      await opened.close();
    }
    return false;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

for (const name of ['plain.arrow', 'stream.arrow', 'lz4.feather', 'zstd.feather']) {
  test(`${name}: cut anywhere, it is refused in words, or, a stream between messages, read so far`, async () => {
    const whole = file(name);
    for (let at = 1; at < whole.length - 8; at += 149) {
      const refused = await told(write(`cut-${name}`, whole.subarray(0, at)));
      if (name !== 'stream.arrow') expect([at, refused]).toEqual([at, true]);
    }
  });

  test(`${name}: a flipped bit ends in values or in words`, async () => {
    const whole = file(name);
    const place = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(place, async ({ at, bit }) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        if (await told(write(`flip-${name}`, damaged))) refused++;
      }),
      { numRuns: 80, seed: 7 },
    );
    expect(refused).toBeGreaterThan(5);
  });
}

test('files of other kinds', async () => {
  expect(await refusal(openData(write('one.feather', 'FEA1 and more')))).toContain('Feather of version 1');
  expect(await refusal(openData(write('text.arrow', 'column\n1\n')))).toContain('begins no message');
  expect(await refusal(openData(write('head.arrow', 'ARROW1\0\0')))).toContain('it has no footer: it is cut off');
});

test('what cannot be asked of a table', async () => {
  const path = join(fixtures, 'plain.arrow');
  expect(await refusal(read(path, null, { columns: 'x*' }))).toContain("no column matches 'x*'");
  expect(await refusal(read(path, null, { columns: 'word*' }))).toContain("column 'words' holds text, not numbers");
  expect(await refusal(read(path, null, { columns: ['nothing'] }))).toContain("there is no column 'nothing'");
  expect(await refusal(read(path, 'words'))).toContain("no column of lists of numbers 'words'");
  expect(await refusal(read(path, 'fixed', { rows: [3, 30] }))).toContain('has 24 rows; rows 3:30');
  expect(await refusal(read(path, null, { limit: 100 }))).toContain('the bound is 100 bytes');
});

test('an integer beyond 2^53 is told though a null with any bytes comes before it', async () => {
  const told = async (...values: bigint[]) => {
    const nulls = { nullCount: 1, nullBitmap: Uint8Array.of(0b101) };
    const data = makeData({ type: new Int64(), length: 3, ...nulls, data: BigInt64Array.from(values) });
    return read(write('nulls.arrow', tableToIPC(new Table({ x: makeVector(data) }), 'file')));
  };
  expect([...(await told(1n, 2n ** 60n, 5n)).data]).toEqual([1, NaN, 5]);
  expect(await refusal(told(1n, 2n ** 60n, 2n ** 53n + 1n))).toContain('int64 value 9,007,199,254,740,992 (about)');
});

test('bits beyond 2^31 are read where they lie', async () => {
  const rows = 2 ** 31 + 16;
  const bytes = vi.fn(async (_: number, [start, end]: readonly [number, number]) => Buffer.alloc(end - start, 0b10110));
  const buffers = { counts: () => ({ length: rows, nulls: 0 }), bytes } as unknown as BatchBuffers;
  const target = { data: new Float32Array(3), first: 0, width: 1, length: 1 };
  const span = { buffer: 0 } as Span;
  await readNumbers(buffers, span, numericDtype('bool') as Dtype, [2 ** 31 + 8, 2 ** 31 + 11], target, 'x');
  expect(bytes.mock.calls[0]?.[1]).toEqual([2 ** 28 + 1, 2 ** 28 + 2]);
  expect([...target.data]).toEqual([0, 1, 1]);
});

test('metadata that lead in circles, or out of themselves', () => {
  // A table whose first field is a vector with itself in it.
  const circle = Buffer.alloc(40);
  circle.writeUInt32LE(16, 0);
  circle.writeUInt16LE(6, 4);
  circle.writeUInt16LE(4, 8);
  circle.writeInt32LE(12, 16);
  circle.writeUInt32LE(4, 20);
  circle.writeUInt32LE(1, 24);
  circle.writeInt32LE(-12, 28);
  expect(() => FlatTable.root(circle).tables(0)[0]?.tables(0)).toThrow(Malformed);
  circle.writeUInt32LE(0xfffffff0, 24);
  expect(() => FlatTable.root(circle).tables(0)).toThrow('outside of themselves');
  expect(() => FlatTable.root(Buffer.from([255, 255, 255, 127])).number(0, 'i8')).toThrow(Malformed);
});

test('LZ4 that would write or copy beyond its bounds', () => {
  const frame = (block: number[]) =>
    Buffer.from([4, 0x22, 0x4d, 0x18, 0x40, 0x70, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);
  const target = Buffer.alloc(8);
  // Four letters, and these again.
  unpackLz4(frame([0x40, 97, 98, 99, 100, 4, 0]), target);
  expect(target.toString()).toBe('abcdabcd');
  for (const block of [
    [0x40, 97, 98, 99, 100, 5, 0],
    [0x40, 97, 98, 99, 100, 0, 0],
    [0x4f, 97, 98, 99, 100, 4, 0, 255, 255, 0],
    [0xf0, 255, 255],
    [0x40, 97, 98],
  ])
    expect(() => unpackLz4(frame(block), Buffer.alloc(8))).toThrow(Malformed);
  expect(() => unpackLz4(frame([0x40, 97, 98, 99, 100, 4, 0]), Buffer.alloc(9))).toThrow(Malformed);
});

test('Zstandard that asks for too large a window, or is not as long as it says', () => {
  // Raw block "abc": RFC 8878, 3.1.1.
  const frame = (descriptor: number[]) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...descriptor, 25, 0, 0, 97, 98, 99]);
  const target = Buffer.alloc(3);
  unpackZstd(frame([0x20, 3]), target);
  expect(target.toString()).toBe('abc');
  expect(() => unpackZstd(frame([0x20, 4]), Buffer.alloc(3))).toThrow('another length');
  expect(() => unpackZstd(frame([0, 0xf8]), Buffer.alloc(3))).toThrow('window is too large');
  expect(() => unpackZstd(frame([0, 0]), Buffer.alloc(2))).toThrow('more than they say');
  expect(() => unpackZstd(frame([0, 0]), Buffer.alloc(4))).toThrow('less than they say');
});
