import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawTensor } from '../../src/data/tensor';
import { UserError } from '../../src/protocol/errors';
import { read, scratch } from './data-files';

/** Random damage to good tables: either the person is told, or there is a table of the shape that it says. */
const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'tables');

async function attempt(path: string, tensor: string | null): Promise<RawTensor | undefined> {
  try {
    const got = await read(path, tensor);
    expect(got.data.length).toBe(got.shape.reduce((product, length) => product * length, 1));
    return got;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function damaged(content: Buffer, cut: boolean, at: number, bit: number): Buffer {
  if (cut) return content.subarray(0, at % content.length);
  const out = Buffer.from(content);
  const place = at % out.length;
  out[place] = (out[place] as number) ^ (1 << bit);
  return out;
}

async function fuzz(name: string, tensor: string | null, runs: number, exact: boolean): Promise<void> {
  const content = readFileSync(join(fixtures, name));
  const right = await read(join(fixtures, name), tensor);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.nat(), fc.nat({ max: 7 }), async (cut, at, bit) => {
      const got = await attempt(write(`fuzz-${name}`, damaged(content, cut, at, bit)), tensor);
      if (got && exact) expect(got.data).toEqual(right.data);
    }),
    { numRuns: runs, seed: 7 },
  );
}

test('gzip: the values are right or nobody gets them', () => fuzz('no-index.csv.gz', null, 40, true));
test('zstd with a checksum: no crash', () => fuzz('no-index.csv.zst', null, 40, false));
test('JSON lines', () => fuzz('exact.ndjson', 'emb', 40, false));
test('Parquet, plain', () => fuzz('uncompressed-v1.parquet', 'float32 lists', 40, false));
test('Parquet, packed', () => fuzz('snappy-v2.parquet', 'int64 lists', 40, false));
