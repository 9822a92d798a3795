import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readLabels, readNames } from '../../src/data/labels';
import { bits, checkTensor, valuesOf } from './bits';
import expected from './reference/arrow.json';

/** Bits of the values that NumPy made and Apache Arrow's writer wrote: reference/arrow.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'arrow');
const limit = 1e8;
const names = Object.keys(expected.columns) as (keyof typeof expected.columns)[];

for (const name of ['plain.arrow', 'stream.arrow', 'lz4.feather', 'zstd.feather']) {
  test(`${name} holds what was written: every column, whole and by rows, over the border of its batches`, async () => {
    const file = await openData(join(fixtures, name));
    try {
      for (const column of names) {
        const wanted = valuesOf(expected.columns[column]);
        for (const rows of [undefined, [0, 1], [13, 18], [9, 24], [15, 15]] as const) {
          const options = { limit, columns: [column], ...(rows && { rows }) };
          const { data, dtype, columns } = await file.read(null, options);
          expect([column, columns, dtype]).toEqual([column, [column], column === 'holes' ? 'float32' : column]);
          expect([column, rows, bits(data)]).toEqual([column, rows, bits(wanted.slice(...(rows ?? [])))]);
        }
      }
      for (const [list, entry] of Object.entries(expected.lists)) await checkTensor(file, list, entry);
      const { shape, data, notes } = await file.read(null, { limit, rows: [2, 17] });
      expect([shape, notes]).toEqual([[15, names.length], ['2 empty cells in 1 column read as NaN']]);
      const wide = Float64Array.from({ length: 15 * names.length }, (_, k) => {
        const column = names[k % names.length] as (typeof names)[number];
        return valuesOf(expected.columns[column])[2 + Math.floor(k / names.length)] as number;
      });
      expect(bits(data)).toBe(bits(wide));
    } finally {
      await file.close();
    }
  });
}

test('text is names, a dictionary is labels', async () => {
  for (const name of ['plain.arrow', 'stream.arrow', 'lz4.feather', 'zstd.feather'])
    expect(await readNames(join(fixtures, name), { limit })).toEqual(expected.words);
  for (const name of ['plain.arrow', 'stream.arrow']) {
    const labels = await readLabels({ path: name, column: 'colours' }, fixtures, { limit });
    if (labels.kind !== 'category') throw new Error('expected categories');
    const wanted = expected.colours.map((colour) => colour ?? '(missing)');
    expect(Array.from(labels.index, (i) => labels.categories[i])).toEqual(wanted);
  }
});

test('views of bytes are told by their name, and the column after them is read', async () => {
  const file = await openData(join(fixtures, 'binary-views.arrow'));
  expect(file.describe().columns).toMatchObject([
    { name: 'bytes', type: 'binary_view', numeric: false },
    { name: 'beside', type: 'float32', numeric: true },
  ]);
  expect([...(await file.read(null, { limit })).data]).toEqual([1.5, -2, 3.25]);
  await file.close();
});

test('views of text', async () => {
  const wanted = expected.words.map((word, i) => (i % 9 === 4 ? '' : i % 2 ? word : `${word}, once more: ${word}`));
  for (const name of ['views.arrow', 'views.feather']) {
    const file = await openData(join(fixtures, name));
    try {
      expect((await file.readColumn('words', { limit })).values).toEqual(wanted);
      expect(file.describe().columns?.[0]).toMatchObject({ name: 'words', type: 'text', numeric: false });
      const { data } = await file.read(null, { limit, columns: 'float32' });
      expect(bits(data)).toBe(bits(valuesOf(expected.columns.float32)));
    } finally {
      await file.close();
    }
  }
});

test('what is described', async () => {
  const file = await openData(join(fixtures, 'plain.arrow'));
  const { tensors, columns } = file.describe();
  await file.close();
  expect(tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
    [null, [24, 13], 'float64'],
    ['fixed', [24, 5], 'float32'],
    ['variable', [24, 3], 'int16'],
  ]);
  expect(columns?.filter(({ numeric }) => !numeric).map(({ name, type }) => [name, type])).toEqual([
    ['fixed', 'float32[5]'],
    ['variable', 'int16[]'],
    ['words', 'text'],
    ['when', 'timestamp'],
    ['colours', 'text'],
  ]);
});

test('long columns that lz4 and zstd packed well', async () => {
  for (const name of ['long-lz4.feather', 'long-zstd.feather']) {
    const file = await openData(join(fixtures, name));
    const { data } = await file.read(null, { limit, rows: [3, 19_999] });
    await file.close();
    const wrong = data.findIndex((value, k) => {
      const i = 3 + (k >> 1);
      return value !== ((k % 2 === 0 ? i : 19_999 - i) % 97) / 4;
    });
    expect(wrong).toBe(-1);
  }
});
