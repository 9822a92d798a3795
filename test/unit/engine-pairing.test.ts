import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { prepare } from '../../src/engine/prepare';
import { Matrix } from '../../src/linalg/matrix';
import type { InputSpec, LabelSpec } from '../../src/protocol/result';
import { temporaryFolder } from './engine-files';

const folder = temporaryFolder();
const desk = { signal: new AbortController().signal, progress: () => {} };
const read = (inputs: readonly InputSpec[], labels?: LabelSpec, memory = 1e9) =>
  prepare({ inputs, ...(labels && { labels }) }, folder, memory, desk);
const write = (name: string, lines: string) => writeFileSync(join(folder, name), `${lines.replaceAll(' ', '\n')}\n`);
const by = (path: string, column: string, more: Partial<InputSpec> = {}): InputSpec => ({
  ...{ path, ids: { path, column }, ...more },
});

beforeAll(() => {
  write('a.csv', 'word,x,y the,1,10 of,2,20 and,3,30 to,4,40 ark,5,50');
  write('b.csv', 'name,u to,400 king,600 the,100 and,300 of,200');
  write('c.csv', 'word,x of,2 the,1 ark,5');
  write('numbers.csv', 'id,u 7,1 8.0,2 9,3');
  write('missing.csv', 'word,u the,1 ,2 of,3 ,4');
  writeFileSync(join(folder, 'm.npy'), encodeNpy(Matrix.of([[1], [2], [3]])));
});

test('rows are paired by identifier in the order of the first input; those without a partner are counted and listed', async () => {
  const { representations, rows, records, steps, warnings, unmatched } = await read([
    by('a.csv', 'word'),
    by('b.csv', 'name'),
  ]);
  const [a, b] = representations.map(({ matrix }) => matrix);
  expect(Array.from(a?.data ?? [])).toEqual([1, 10, 2, 20, 3, 30, 4, 40]);
  expect(Array.from(b?.data ?? [])).toEqual([100, 200, 300, 400]);
  expect(Array.from(rows.index)).toEqual([0, 1, 2, 3]);
  expect(rows.names).toEqual(['the', 'of', 'and', 'to']);
  expect(records[1]).toMatchObject({ shape: [5, 1], used: [4, 1], ids: { path: 'b.csv', column: 'name' } });
  expect(steps).toEqual(['paired by identifier: 4 of 5 and 5 rows']);
  expect(warnings).toEqual([
    "1 of 5 rows of a.csv left out, for they have no partner: 'ark' not in every input.",
    "1 of 5 rows of b.csv left out, for they have no partner: 'king' not in every input.",
  ]);
  expect(unmatched).toEqual({
    title: 'Rows without a partner',
    columns: ['input', 'row', 'identifier'],
    rows: [
      ['a.csv', 4, 'ark'],
      ['b.csv', 1, 'king'],
    ],
  });
});

test('of many inputs, the rows that all have', async () => {
  const { representations, rows, steps } = await read([by('b.csv', 'name'), by('a.csv', 'word'), by('c.csv', 'word')]);
  expect(rows.names).toEqual(['the', 'of']);
  expect(Array.from(rows.index)).toEqual([2, 4]);
  expect(representations.map(({ matrix }) => Array.from(matrix.data))).toEqual([
    [100, 200],
    [1, 10, 2, 20],
    [1, 2],
  ]);
  expect(steps).toEqual(['paired by identifier: 2 of 5, 5 and 3 rows']);
});

test('the same rows in the same order are not copied and warn of nothing', async () => {
  const { representations, steps, warnings, bytes } = await read([by('a.csv', 'word'), by('a.csv', 'word')], undefined);
  expect({ steps, warnings, bytes }).toEqual({
    steps: ['paired by identifier: 5 rows'],
    warnings: [],
    bytes: 5 * 2 * 8,
  });
  expect(representations[1]?.matrix).toBe(representations[0]?.matrix);
});

test('ranges of rows come first, and rows are counted as in the files', async () => {
  const { rows, representations, unmatched } = await read([
    by('a.csv', 'word', { rows: [1, 4] }),
    by('b.csv', 'name', { rows: [2, 5] }),
  ]);
  expect(rows.names).toEqual(['of', 'and']);
  expect(Array.from(rows.index)).toEqual([1, 2]);
  expect(Array.from(representations[1]?.matrix.data ?? [])).toEqual([200, 300]);
  expect(unmatched?.rows).toEqual([
    ['a.csv', 3, 'to'],
    ['b.csv', 2, 'the'],
  ]);
});

test('rows that are not finite leave the pairs, named by their place in their own file', async () => {
  write('gap.csv', 'word,u to,400 king,nan the,nan and,300 of,200');
  const { rows, warnings, steps, representations } = await read([by('a.csv', 'word'), by('gap.csv', 'word')]);
  expect(rows.names).toEqual(['of', 'and', 'to']);
  expect(warnings.at(-1)).toBe('row 2 (1 of 4) left out: not finite in gap.csv.');
  expect(steps).toContain('1 row left out');
  expect(Array.from(representations[1]?.matrix.data ?? [])).toEqual([200, 300, 400]);
});

test('labels follow the rows of the first input', async () => {
  write('kinds.csv', 'kind x y z z x');
  const { rows } = await read([by('b.csv', 'name'), by('a.csv', 'word')], { path: 'kinds.csv', column: 'kind' });
  expect(rows.names).toEqual(['to', 'the', 'and', 'of']);
  expect(rows.labels).toMatchObject({ categories: ['x', 'y', 'z'], index: Int32Array.of(0, 2, 2, 0) });
});

test('a column that is a unit as well as the labels is told, and stays a unit', async () => {
  write('own.csv', 'kind,x,y 0,1,5 1,2,6 1,3,7 0,4,8');
  const labels = { path: 'own.csv', column: 'kind' };
  const { warnings, records } = await read([{ path: 'own.csv' }], labels);
  expect(warnings).toEqual([expect.stringMatching(/^own\.csv: column kind is a unit as well as the labels/)]);
  expect(records[0]?.used).toEqual([4, 3]);
  const others: InputSpec = { path: 'own.csv', columns: ['x', 'y'] };
  expect((await read([others], labels)).warnings).toEqual([]);
  expect((await read([{ path: 'own.csv', ids: labels }], labels)).warnings).toEqual([]);
});

test('numbers and texts are one identifier where their decimals are the same', async () => {
  write('texts.csv', 'id,u 9,30 8,20 x,0 7,10 8.0,5');
  const { rows, representations, records, steps } = await read([by('numbers.csv', 'id'), by('texts.csv', 'id')]);
  expect(rows.names).toEqual(['7', '8', '9']);
  // The numeric identifiers are no unit.
  expect(representations.map(({ matrix }) => Array.from(matrix.data))).toEqual([
    [1, 2, 3],
    [10, 20, 30],
  ]);
  expect(records[0]).toMatchObject({ shape: [3, 2], used: [3, 1] });
  expect(steps).toContain('column id left out: it identifies the rows');
  const asked = await read([by('numbers.csv', 'id', { columns: '*' }), by('texts.csv', 'id')]);
  expect(asked.records[0]?.used).toEqual([3, 2]);
  write('only.csv', 'id 7 8 9');
  await expect(read([by('only.csv', 'id'), by('texts.csv', 'id')])).rejects.toThrow('its only column of numbers, id,');
});

test('identifiers of a vector in another file; float32 integers are integers', async () => {
  writeFileSync(join(folder, 'm-ids.npy'), encodeNpy(new Matrix(Float32Array.of(9, Number.NaN, 7), 3, 1)));
  const { rows, unmatched, warnings } = await read([
    { path: 'm.npy', ids: { path: 'm-ids.npy' } },
    by('numbers.csv', 'id'),
  ]);
  expect(rows.names).toEqual(['9', '7']);
  expect(Array.from(rows.index)).toEqual([0, 2]);
  expect(unmatched?.rows[0]).toEqual(['m.npy', 1, null]);
  expect(warnings[0]).toBe('1 of 3 rows of m.npy left out, for they have no partner: 1 without m-ids.');
});

test('missing identifiers have no partner, not each other', async () => {
  const { rows, unmatched } = await read([by('missing.csv', 'word'), by('missing.csv', 'word', { columns: 'u' })]);
  expect(rows.names).toEqual(['the', 'of']);
  expect(unmatched?.rows.filter(([, , id]) => id === null).map(([, row]) => row)).toEqual([1, 3]);
});

test('what cannot be paired is refused in words', async () => {
  write('twice.csv', 'word,u of,1 the,2 of,3');
  await expect(read([by('a.csv', 'word'), by('twice.csv', 'word')])).rejects.toThrow(
    /^twice\.csv: word 'of' is in row 0 and in row 2\. Rows are paired by identifiers that occur once: .*by position\.$/,
  );
  write('zeros.csv', 'id,u 1,1 01,2 2,3 3,4');
  await expect(read([by('numbers.csv', 'id'), by('zeros.csv', 'id')])).rejects.toThrow(
    /^zeros\.csv: id '1' is in row 0 and in row 1; numbers are one .*, as 01 is 1\. Rows are paired by/,
  );
  await expect(read([by('a.csv', 'word'), { path: 'b.csv' }])).rejects.toThrow(
    /^a has identifiers and b has none\. .*to all, or to none\.$/,
  );
  write('other.csv', 'word,u x,1 y,2 ark,3');
  await expect(read([by('b.csv', 'name'), by('other.csv', 'word')])).rejects.toThrow(
    /^No identifier is in every input; .*b\.csv has 'to', 'king', 'the' and 2 more in name.*other\.csv has 'x'/,
  );
  await expect(read([by('a.csv', 'word'), by('other.csv', 'word')])).rejects.toThrow(/^Only one identifier/);
  await expect(read([by('a.csv', 'wort'), by('b.csv', 'name')])).rejects.toThrow("there is no column 'wort'");
  const short = { path: 'a.csv', ids: { path: 'c.csv', column: 'word' } };
  await expect(read([short, by('b.csv', 'name')])).rejects.toThrow('c.csv has 3 identifiers; a.csv has 5 rows.');
  writeFileSync(join(folder, 'huge.npy'), encodeNpy(Matrix.of([[2 ** 53], [2 ** 53 + 2], [1]])));
  const huge = { path: 'm.npy', ids: { path: 'huge.npy' } };
  await expect(read([huge, by('a.csv', 'word')])).rejects.toThrow(/^huge\.npy: huge in row 0 is an integer above/);
});

test('the paired copies count within the memory bound', async () => {
  const inputs = ['up', 'down'].map((name) => {
    const order = Array.from({ length: 100 }, (_, i) => (name === 'up' ? i : 99 - i));
    write(`${name}.csv`, `word ${order.join(' ')}`);
    writeFileSync(join(folder, `${name}.npy`), encodeNpy(Matrix.zeros(100, 20)));
    return { path: `${name}.npy`, ids: { path: `${name}.csv`, column: 'word' } };
  });
  // The first stays as it is; the other is turned around.
  expect((await read(inputs, undefined, 48e3)).bytes).toBe(32e3);
  await expect(read(inputs, undefined, 47.9e3)).rejects.toThrow(/48\.0 kB .*paired by identifier.*47\.9 kB/);
});

test('the identifiers of one input name its rows, and nothing is left out', async () => {
  const { rows, steps, warnings } = await read([by('missing.csv', 'word')]);
  expect(rows.names).toEqual(['the', 'row 1', 'of', 'row 3']);
  expect({ steps, warnings }).toEqual({ steps: [], warnings: [] });
});

test('a thousand rows without a partner are listed, and all are counted', async () => {
  const lines = (step: number) => Array.from({ length: 1500 }, (_, i) => `w${i * step},${i}`).join(' ');
  write('long-a.csv', `id,u ${lines(1)}`);
  write('long-b.csv', `id,u ${lines(2)}`);
  const { unmatched, steps } = await read([by('long-a.csv', 'id'), by('long-b.csv', 'id')]);
  expect(steps).toEqual(['paired by identifier: 750 of 1,500 and 1,500 rows']);
  expect(unmatched?.title).toBe('Rows without a partner: the first 1,000 of 1,500');
  expect(unmatched?.rows).toHaveLength(1000);
});
