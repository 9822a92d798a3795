import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openData } from '../../src/data/file';
import { matches } from '../../src/data/glob';
import { parseInput } from '../../src/data/input';
import { readLabels, readNames } from '../../src/data/labels';
import { expandTensors, readRepresentation } from '../../src/data/representation';
import { FileSource } from '../../src/data/source';
import { openRepresentation } from '../../src/data/stream';
import type { InputSpec } from '../../src/protocol/result';
import { array, header, limit, npy, refusal, scratch, zip } from './data-files';

const { folder, write } = scratch();
const load = (spec: InputSpec, bound = limit) => readRepresentation(spec, folder, { limit: bound });

/** (2, 3, 2, 2), counting from 0: the mean of each 2 x 2 is its first value plus 1.5. */
write('images.npy', array([2, 3, 2, 2], [...Array(24).keys()]));

test('a matrix is itself', async () => {
  write('matrix.npy', array([2, 3], [1, 2, 3, 4, 5, 6]));
  const { matrix, ...rest } = await load({ path: 'matrix.npy' });
  expect([matrix.rows, matrix.columns, Array.from(matrix.data)]).toEqual([2, 3, [1, 2, 3, 4, 5, 6]]);
  expect(rest).toEqual({ tensor: null, dtype: 'float32', shape: [2, 3], notes: [] });
  expect((await load({ path: 'matrix.npy', reduce: 'mean' })).matrix.columns).toBe(3);
  expect((await load({ path: join(folder, 'matrix.npy'), rows: [1, 2] })).matrix.data).toEqual(
    Float32Array.of(4, 5, 6),
  );
});

test('a tall file is opened without going through its rows, and gives a part of each when asked', async () => {
  write('tall.npy', array([500, 2], [...Array(1000).keys()]));
  const reads = vi.spyOn(FileSource.prototype, 'read');
  const stream = await openRepresentation({ path: 'tall.npy' }, folder, {
    limit,
    signal: new AbortController().signal,
  });
  try {
    expect(reads.mock.calls.length).toBeLessThan(20);
    expect((await stream.strip?.([1, 2]))?.column(0).slice(0, 3)).toEqual(Float64Array.of(1, 3, 5));
  } finally {
    reads.mockRestore();
    await stream.close();
  }
});

test('a vector is one column', async () => {
  write('vector.npy', array([3], [1, 2, 3]));
  const { matrix, notes } = await load({ path: 'vector.npy', reduce: 'mean' });
  expect([matrix.rows, matrix.columns, notes]).toEqual([3, 1, []]);
});

test('more axes are flattened and the notes say so', async () => {
  const { matrix, shape, notes } = await load({ path: 'images.npy' });
  expect([matrix.rows, matrix.columns, matrix.at(1, 0)]).toEqual([2, 12, 12]);
  expect(shape).toEqual([2, 3, 2, 2]);
  expect(notes).toEqual(['3x2x2 axes flattened to 12 units']);
});

test('axes after the second are averaged on request', async () => {
  const { matrix, notes, dtype } = await load({ path: 'images.npy', reduce: 'mean' });
  expect([matrix.rows, matrix.columns, Array.from(matrix.data)]).toEqual([2, 3, [1.5, 5.5, 9.5, 13.5, 17.5, 21.5]]);
  expect([notes, dtype, matrix.isDouble]).toEqual([['2x2 axes averaged to 3 units'], 'float32', false]);
  const part = await load({ path: 'images.npy', reduce: 'mean', rows: [1, 2] });
  expect(Array.from(part.matrix.data)).toEqual([13.5, 17.5, 21.5]);
});

test('averaging goes by blocks of rows: only the result has to fit', async () => {
  const rows = 5000;
  const bytes = Buffer.alloc(rows * 2048, 1);
  write('blocks.npy', npy(header("'|u1'", `(${rows}, 2, 32, 32)`), bytes));
  const { matrix } = await load({ path: 'blocks.npy', reduce: 'mean' }, 34e6);
  expect([matrix.rows, matrix.columns, matrix.data.every((value) => value === 1)]).toEqual([rows, 2, true]);
  expect(await refusal(load({ path: 'blocks.npy' }, 34e6))).toContain(
    'needs 41.0 MB of memory for 5,000 x 2 x 32 x 32 values',
  );
});

test('columns of a table that are no units are named', async () => {
  write('mixed.csv', 'word,a,lang,b\nx,1,de,2\ny,3,en,4\n');
  expect((await load({ path: 'mixed.csv' })).notes).toEqual(["2 columns not of numbers left out: 'word', 'lang'"]);
  const ids = { path: 'mixed.csv', column: 'word' };
  expect((await load({ path: 'mixed.csv', ids })).notes).toEqual(["1 column not of numbers left out: 'lang'"]);
  expect((await load({ path: 'mixed.csv', columns: '?' })).notes).toEqual([]);
  write('glove.txt', 'the 1 2\nof 3 4\n');
  expect((await load({ path: 'glove.txt' })).notes.join()).not.toContain('left out');
  write('lists.jsonl', '{"v":[1,2],"w":"x","u":[1]}\n{"v":[3,4],"w":"y","u":[1,2]}\n');
  expect((await load({ path: 'lists.jsonl' })).notes).toEqual([
    "1 column not of numbers left out: 'w'",
    "1 column of lists left out: 'u'",
  ]);
  expect((await load({ path: 'lists.jsonl', tensor: 'v' })).notes).toEqual([]);
});

test('what has no rows or no units is no representation', async () => {
  write('scalar.npy', npy(header("'<f4'", '()'), Buffer.alloc(4)));
  write('no-rows.npy', npy(header("'<f4'", '(0, 3)')));
  write('no-units.npy', npy(header("'<f4'", '(3, 0)')));
  expect(await refusal(load({ path: 'scalar.npy' }))).toContain('scalar.npy is a single number');
  expect(await refusal(load({ path: 'no-rows.npy' }))).toContain('no-rows.npy is empty (0 x 3)');
  expect(await refusal(load({ path: 'no-units.npy' }))).toContain('no-units.npy is empty (3 x 0)');
  expect(await refusal(load({ path: 'images.npy', rows: [1, 1] }))).toContain('rows 1:1 are none');
  expect(await refusal(load({ path: 'images.npy', rows: [0, 3] }))).toContain('has 2 rows; rows 0:3 were asked for');
});

test('a table is its numeric columns, by name', async () => {
  write('table.csv', 'word,x,y\nthe,1,2\nof,3,4\n');
  const { matrix, unitNames, dtype, shape } = await load({ path: 'table.csv' });
  expect([Array.from(matrix.data), unitNames, dtype, shape]).toEqual([[1, 2, 3, 4], ['x', 'y'], 'float64', [2, 2]]);
  expect((await load({ path: 'table.csv', columns: 'y', rows: [1, 2] })).matrix.data).toEqual(Float64Array.of(4));
  expect(await refusal(load({ path: 'table.csv', tensor: 'x' }))).toContain('a table has columns, no tensors');
  expect(await refusal(load({ path: 'images.npy', columns: 'x' }))).toContain('only tables have named columns');
});

const member = (name: string) => ({ name: `${name}.npy`, data: array([1, 1], [1]) });
write(
  'acts.npz',
  zip([...['layer10', 'layer2', 'layer1', 'head', 'a*'].map(member), { name: 'readme.txt', data: Buffer.from('x') }]),
);

test('a tensor is chosen by name or by a pattern that names one', async () => {
  expect((await load({ path: 'acts.npz', tensor: 'head' })).tensor).toBe('head');
  expect((await load({ path: 'acts.npz', tensor: 'h*' })).tensor).toBe('head');
  expect(await refusal(load({ path: 'acts.npz', tensor: 'layer*' }))).toContain('names 3 tensors');
  expect(await refusal(load({ path: 'acts.npz', tensor: 'x' }))).toContain(
    "there is no tensor 'x'; it holds a*, head, layer1, layer2, layer10, readme.txt",
  );
  expect(await refusal(load({ path: 'acts.npz' }))).toContain('acts.npz holds 6 tensors (a*, head');
  write('one.npz', zip([member('only'), { name: 'readme.txt', data: Buffer.from('x') }]));
  expect((await load({ path: 'one.npz' })).tensor).toBe('only');
});

test('a glob names tensors in counting order', async () => {
  const names = async (spec: InputSpec) => (await expandTensors(spec, folder)).map(({ tensor }) => tensor);
  expect(await names({ path: 'acts.npz', tensor: 'layer*' })).toEqual(['layer1', 'layer2', 'layer10']);
  expect(await names({ path: 'acts.npz', tensor: 'layer?' })).toEqual(['layer1', 'layer2']);
  expect(await names({ path: 'acts.npz', tensor: 'a*' })).toEqual(['a*']);
  expect(await names({ path: 'acts.npz' })).toEqual(['a*', 'head', 'layer1', 'layer2', 'layer10']);
  expect(await expandTensors({ path: 'images.npy', reduce: 'mean' }, folder)).toEqual([
    { path: 'images.npy', reduce: 'mean' },
  ]);
  expect(await refusal(names({ path: 'acts.npz', tensor: 'z*' }))).toContain("there is no tensor 'z*'");
});

test('globs', () => {
  const cases: [pattern: string, name: string, expected: boolean][] = [
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcb', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['?', '', false],
    ['a?', 'ab', true],
    ['[a]', 'a', false],
    ['a.c', 'abc', false],
    [`${'*a'.repeat(50)}*b`, 'a'.repeat(5000), false],
  ];
  for (const [pattern, name, expected] of cases) expect([pattern, matches(pattern, name)]).toEqual([pattern, expected]);
});

test('the # in an input divides path and tensor, unless a file has it in its name', () => {
  const parse = (text: string) => parseInput(text, folder);
  expect(parse('images.npy')).toEqual({ path: 'images.npy' });
  expect(parse('acts.npz#layer*')).toEqual({ path: 'acts.npz', tensor: 'layer*' });
  expect(parse('acts.npz#')).toEqual({ path: 'acts.npz' });
  expect(parse('acts.npz#a#b')).toEqual({ path: 'acts.npz', tensor: 'a#b' });
  expect(parse('missing.npz#a')).toEqual({ path: 'missing.npz', tensor: 'a' });
  expect(parse('#a')).toEqual({ path: '#a' });
  write('run#1.npz', zip([member('x')]));
  expect(parse('run#1.npz')).toEqual({ path: 'run#1.npz' });
  expect(parse('run#1.npz#x')).toEqual({ path: 'run#1.npz', tensor: 'x' });
  mkdirSync(join(folder, 'dir#2'));
  write('dir#2/acts.npz', zip([member('x')]));
  expect(parse('dir#2/acts.npz#x')).toEqual({ path: 'dir#2/acts.npz', tensor: 'x' });
  expect(parse(`${join(folder, 'images.npy')}#x`)).toEqual({ path: join(folder, 'images.npy'), tensor: 'x' });
});

test('labels from arrays', async () => {
  write('labels.npy', npy(header("'|u1'", '(4, 1)'), Buffer.from([3, 1, 3, 1])));
  expect(await readLabels({ path: 'labels.npy' }, folder, { limit })).toEqual({
    kind: 'category',
    name: 'labels',
    categories: ['1', '3'],
    index: Int32Array.of(1, 0, 1, 0),
  });
  expect(await refusal(readLabels({ path: 'images.npy' }, folder, { limit }))).toContain('one value per row: a vector');
  expect(await readNames(join(folder, 'images.npy'), { limit })).toBeNull();
  write('broken.npy', npy(header("'<U2'", '(1,)'), Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])));
  expect(await refusal(readLabels({ path: 'broken.npy' }, folder, { limit }))).toContain('row 0 is no valid text');
});

test('texts as long as a book, with zeros within', async () => {
  const length = 400_000;
  const codes = new Uint32Array(2 * length).fill(0x1f600, 0, length).fill(0x41, length, length + 1);
  write('books.npy', npy(header(`'<U${length}'`, '(2,)'), Buffer.from(codes.buffer)));
  const { values } = await text('books.npy');
  expect(values).toEqual(['\u{1f600}'.repeat(length), 'A']);
  const zeros = Buffer.concat([Buffer.alloc(length), Buffer.from('a\0b')]);
  write('zeros.npy', npy(header(`'|S${zeros.length}'`, '(1,)'), zeros));
  expect((await text('zeros.npy')).values).toEqual([zeros.toString()]);
});

async function text(name: string) {
  const file = await openData(join(folder, name));
  try {
    return await file.readColumn(null, { limit });
  } finally {
    await file.close();
  }
}
