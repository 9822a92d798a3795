import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { readLabels, readNames } from '../../src/data/labels';
import expected from './reference/word_vectors.json';

/** Files of gensim, and of the other programs by their formats; values as Python reads them: reference/word_vectors.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'vectors');
const limit = 1e8;

function bits(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++)
    bytes.writeDoubleBE(Number.isNaN(values[i]) ? NaN : (values[i] as number), 8 * i);
  return bytes.toString('hex');
}

for (const [name, { words, dtype, values }] of Object.entries(expected))
  test(`${name}: words and numbers, whole and by rows`, async () => {
    const file = await openData(join(fixtures, name));
    try {
      const rows = words.length;
      const units = values.length / 16 / rows;
      expect(file.describe()).toMatchObject({
        format: 'word-vectors',
        tensors: [{ name: null, shape: [rows, units], dtype }],
        columns: [{ name: 'word', type: 'text', numeric: false }],
      });
      const row = (i: number) => 16 * units * i;
      // In an order that jumps, so that places are remembered and come back to.
      for (const [start, end] of [
        [rows - 1, rows],
        [0, 1],
        [0, 0],
        [Math.min(2, rows - 1), rows],
        [0, rows],
      ] as const) {
        const part = await file.read(null, { limit, rows: [start, end] });
        expect([part.shape, part.dtype, bits(part.data)]).toEqual([
          [end - start, units],
          dtype,
          values.slice(row(start), row(end)),
        ]);
      }
      expect((await file.readColumn(null, { limit })).values).toEqual(words);
    } finally {
      await file.close();
    }
  });

test("gensim's text rounds to the float32 that it was written from", async () => {
  const file = await openData(join(fixtures, 'gensim.vec'));
  const { data } = await file.read(null, { limit });
  await file.close();
  expect(bits(Float32Array.from(data))).toBe(expected['gensim.vec'].float32);
});

test('words are names and labels', async () => {
  const { words } = expected['gensim.bin'];
  expect(await readNames(join(fixtures, 'gensim.bin'), { limit })).toEqual(words);
  expect(await readLabels({ path: 'glove.txt', column: 'word' }, fixtures, { limit })).toMatchObject({
    kind: 'category',
    name: 'word',
  });
});

test('what is no UTF-8 in a word is said', async () => {
  const file = await openData(join(fixtures, 'cut-word.bin'));
  const { notes } = await file.read(null, { limit });
  await file.close();
  expect(notes).toEqual(['1 word not in UTF-8, with \uFFFD for what cannot be read']);
});
