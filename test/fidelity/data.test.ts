import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readLabels, readNames } from '../../src/data/labels';
import { readRepresentation } from '../../src/data/representation';
import expected from './reference/data.json';

/** Bits of the values that NumPy wrote: reference/data.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'data');
const samples = join(import.meta.dirname, '..', '..', 'media', 'samples');
const folder = mkdtempSync(join(tmpdir(), 'sextant-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

function wanted({ values }: Entry): Float64Array {
  const bytes = Buffer.from(values, 'hex');
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i));
}

async function check(name: string, tensor: string | null, entry: Entry): Promise<void> {
  const file = await openData(join(fixtures, name));
  try {
    const all = await file.read(tensor, { limit });
    const values = wanted(entry);
    expect({ shape: all.shape, dtype: all.dtype, values: bits(all.data) }).toEqual({
      shape: entry.shape,
      dtype: entry.dtype,
      values: bits(values),
    });
    const [rows = 0, ...rest] = entry.shape;
    const length = rest.reduce((product, size) => product * size, 1);
    for (const [start, end] of [
      [0, 1],
      [1, rows],
      [1, 1],
    ] as const) {
      if (start > end || end > rows || entry.shape.length === 0) continue;
      const part = await file.read(tensor, { limit, rows: [start, end] });
      expect(part.shape).toEqual([end - start, ...rest]);
      expect(bits(part.data)).toBe(bits(values.subarray(start * length, end * length)));
    }
  } finally {
    await file.close();
  }
}

for (const [name, entries] of Object.entries(expected.files)) {
  test(`${name} holds what NumPy wrote, whole and by rows`, async () => {
    if ('shape' in entries) await check(name, null, entries as Entry);
    else for (const [tensor, entry] of Object.entries(entries)) await check(name, tensor, entry as Entry);
  });
}

test('float32 is kept where it is exact, float64 where it is not', async () => {
  const file = await openData(join(fixtures, 'stored.npz'));
  const double = new Map<string, boolean>();
  for (const { name, dtype } of file.describe().tensors)
    double.set(dtype, (await file.read(name, { limit })).data instanceof Float64Array);
  await file.close();
  const doubles = [...double].filter(([, yes]) => yes).map(([dtype]) => dtype);
  expect(doubles.sort()).toEqual(['float64', 'int32', 'int64', 'uint32', 'uint64']);
  expect(double.size).toBe(12);
});

describe('every code of the 16-bit floats', () => {
  test('float16', async () => {
    const header = "{'descr': '<f2', 'fortran_order': False, 'shape': (65536,), }".padEnd(117).concat('\n');
    const prefix = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\0${header}`, 'latin1');
    await checkCodes('codes.npy', prefix, 'float16', null);
  });

  test('bfloat16', async () => {
    const header = '{"x":{"dtype":"BF16","shape":[65536],"data_offsets":[0,131072]}}';
    const prefix = Buffer.alloc(8 + header.length, header);
    prefix.writeBigUInt64LE(BigInt(header.length));
    prefix.write(header, 8);
    await checkCodes('codes.safetensors', prefix, 'bfloat16', 'x');
  });

  async function checkCodes(name: string, prefix: Buffer, dtype: 'float16' | 'bfloat16', tensor: string | null) {
    writeFileSync(
      join(folder, name),
      Buffer.concat([prefix, Buffer.from(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer)]),
    );
    const file = await openData(join(folder, name));
    const { data } = await file.read(tensor, { limit });
    await file.close();
    const nans = data.filter((value) => Number.isNaN(value)).length;
    const wide = Float64Array.from(data, (value) => (Number.isNaN(value) ? 0 : value));
    const sha256 = createHash('sha256').update(new Uint8Array(wide.buffer)).digest('hex');
    expect({ sha256, nans }).toEqual(expected.codes[dtype]);
  }
});

test('fixed-width strings are labels', async () => {
  for (const name of ['unicode.npy', 'unicode-big.npy'])
    expect(await readNames(join(fixtures, name), { limit })).toEqual(['alpha', 'βeta', 'naïve', '𝄞', '']);
  const labels = await readLabels({ path: 'bytes.npy' }, fixtures, { limit });
  expect(labels).toMatchObject({
    kind: 'category',
    categories: ['(missing)', 'a', 'bcd'],
    index: Int32Array.of(1, 2, 0),
  });
});

test('labels and names of a quoted table', async () => {
  const { labels } = expected.files['quoted.csv'];
  const read = await readLabels({ path: 'quoted.csv', column: 'label' }, fixtures, { limit });
  if (read.kind !== 'category') throw new Error('expected categories');
  expect(Array.from(read.index, (i) => read.categories[i])).toEqual(labels);
  const { unitNames } = await readRepresentation({ path: 'quoted.csv' }, fixtures, { limit });
  expect(unitNames).toEqual(expected.files['quoted.csv'].columns);
});

/** numpy.load of the same files: mean over the channels, first and last label, the most frequent words. */
test('the sample files', async () => {
  const images = await readRepresentation({ path: 'digits/digits-test-images.npy' }, samples, { limit });
  expect([images.matrix.rows, images.matrix.columns, images.dtype]).toEqual([450, 64, 'float32']);
  expect(images.notes).toEqual(['1x8x8 axes flattened to 64 units']);
  const raw = readFileSync(join(samples, 'digits/digits-test-images.npy'));
  expect(Buffer.compare(Buffer.from(images.matrix.data.buffer), raw.subarray(128))).toBe(0);
  const names = await readNames(join(samples, 'words/kjv-vocabulary.csv'), { limit });
  expect([names?.length, names?.slice(0, 3)]).toEqual([3560, ['the', 'and', 'of']]);
});
