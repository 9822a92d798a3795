import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepare } from '../../src/engine/prepare';
import type { InputSpec, LabelSpec } from '../../src/protocol/result';
import { temporaryFolder, writeMatrix } from './engine-files';

const folder = temporaryFolder();
const desk = { signal: new AbortController().signal, progress: () => {} };
const read = (inputs: readonly InputSpec[], labels?: LabelSpec, memory = 1e9) =>
  prepare({ inputs, ...(labels && { labels }) }, folder, memory, desk);

/** n rows of (i, 10 i), those that are listed NaN in their first unit. */
function matrix(name: string, n: number, missing: readonly number[] = []): InputSpec {
  const rows = Array.from({ length: n }, (_, i) => [missing.includes(i) ? Number.NaN : i, 10 * i]);
  writeMatrix(folder, name, rows);
  return { path: name };
}

test('inputs are read, named and recorded; one that is given twice is read once', async () => {
  const [a, b] = [matrix('net-seed0.npy', 4), matrix('net-seed1.npy', 4)];
  const { representations, records, rows, bytes } = await read([a, b, a]);
  expect(representations.map(({ name }) => name)).toEqual(['seed0', 'seed1', 'seed0 (2)']);
  expect(representations[2]?.matrix).toBe(representations[0]?.matrix);
  expect(bytes).toBe(2 * 4 * 2 * 8);
  expect(Array.from(rows.index)).toEqual([0, 1, 2, 3]);
  expect(records[1]).toEqual({
    ...{ path: 'net-seed1.npy', tensor: null, shape: [4, 2], dtype: 'float64', sha256: '', used: [4, 2] },
  });
});

test('different numbers of rows are refused with both files and counts', async () => {
  await expect(read([matrix('five.npy', 5), matrix('four.npy', 4)])).rejects.toThrow(
    /^five\.npy has 5 rows and four\.npy has 4\. Rows are paired by position: .*same order.*--ids/,
  );
  const part = await read([{ ...matrix('five.npy', 5), rows: [1, 5] }, matrix('four.npy', 4)]);
  expect(Array.from(part.rows.index)).toEqual([1, 2, 3, 4]);
  expect(part.records[0]).toMatchObject({ shape: [5, 2], used: [4, 2], rows: [1, 5] });
});

test('rows that are not finite leave every input, counted and named as in the file', async () => {
  const a = matrix('a.npy', 450, [3, 17, 20, 21, 22, 23, 24]);
  const b = matrix('b.npy', 450, [17, 400]);
  const { representations, rows, warnings, steps, records } = await read([a, b]);
  expect(warnings).toEqual([
    'rows 3, 17, 20 and 4 more (7 of 450) left out: not finite in a.npy.',
    'rows 17 and 400 (2 of 450) left out: not finite in b.npy.',
  ]);
  expect(steps).toEqual(['8 rows left out']);
  expect(representations.map((one) => one.matrix.rows)).toEqual([442, 442]);
  expect(records[1]?.used).toEqual([442, 2]);
  expect(Array.from(rows.index.slice(0, 4))).toEqual([0, 1, 2, 4]);
  // Row 4 of the files is row 3 now, in both.
  expect(representations[0]?.matrix.at(3, 1)).toBe(40);
  expect(representations[1]?.matrix.at(3, 1)).toBe(40);
  const one = await read([{ ...matrix('one.npy', 9, [5]), rows: [4, 9] }]);
  expect(one.warnings).toEqual(['row 5 (1 of 5) left out: not finite in one.npy.']);
});

test('infinities are not finite either', async () => {
  writeMatrix(folder, 'infinite.npy', [[1], [Number.POSITIVE_INFINITY], [2], [Number.NEGATIVE_INFINITY]]);
  expect((await read([{ path: 'infinite.npy' }])).warnings[0]).toMatch(/^rows 1 and 3 \(2 of 4\)/);
  // What stands for a missing value in some files, in the middle of a row of three and at its end.
  const largest = Number.MAX_VALUE;
  writeMatrix(folder, 'largest.npy', [
    [1, -largest, 2],
    [1e299, 2, -1e299],
    [1, 2, largest],
    [4, 5, 6],
  ]);
  expect((await read([{ path: 'largest.npy' }])).warnings).toEqual([
    'rows 0 and 2 (2 of 4) left out: beyond 1e300 in largest.npy.',
  ]);
  writeMatrix(folder, 'both.npy', [[1], [Number.NaN], [2], [1e301]]);
  expect((await read([{ path: 'both.npy' }])).warnings).toEqual([
    'rows 1 and 3 (2 of 4) left out: not finite, or beyond 1e300, in both.npy.',
  ]);
});

test('a column without a finite value is named', async () => {
  await expect(read([matrix('nan.npy', 3, [0, 1, 2])])).rejects.toThrow(
    /^nan\.npy: column 0 is not finite .* any row\./,
  );
  writeFileSync(join(folder, 'table.csv'), 'good,empty\n1,\n2,\n3,\n');
  await expect(read([{ path: 'table.csv', columns: '*' }])).rejects.toThrow(/table\.csv/);
});

test('too few rows are refused', async () => {
  await expect(read([matrix('single.npy', 1)])).rejects.toThrow('single.npy has one row.');
  const [a, b] = [matrix('first.npy', 4, [0, 1]), matrix('last.npy', 4, [2, 3])];
  await expect(read([a, b])).rejects.toThrow(/^No row of 4 is left\. rows 0 and 1 \(2 of 4\)/);
});

test('inputs that exceed the memory bound together are refused before they are read', async () => {
  const [a, b] = [matrix('x.npy', 100), matrix('y.npy', 100)];
  await expect(read([a, b], undefined, 3000)).rejects.toThrow(
    /^The 2 inputs need 3\.20 kB of memory together; the bound is 3\.00 kB\./,
  );
  expect((await read([a, b], undefined, 3200)).bytes).toBe(3200);
});

test('labels and names follow their rows', async () => {
  writeFileSync(join(folder, 'words.csv'), 'word,kind,count\nthe,x,9\nof,y,8\nand,x,7\nto,y,6\n');
  const a = matrix('w.npy', 4, [1]);
  const { rows } = await read([a], { path: 'words.csv', column: 'kind' });
  expect(rows.names).toEqual(['the', 'and', 'to']);
  expect(rows.labels).toEqual({
    kind: 'category',
    name: 'kind',
    categories: ['x', 'y'],
    index: Int32Array.of(0, 0, 1),
  });
  const part = await read([{ ...matrix('v.npy', 4), rows: [2, 4] }], { path: 'words.csv', column: 'count' });
  expect(part.rows.labels).toEqual({ kind: 'number', name: 'count', values: Float64Array.of(7, 6) });
  expect(part.rows.names).toEqual(['and', 'to']);
  await expect(read([matrix('u.npy', 3)], { path: 'words.csv', column: 'kind' })).rejects.toThrow(
    'words.csv has 4 labels; u.npy has 3 rows.',
  );
});

test('reading stops when it is cancelled', async () => {
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(prepare({ inputs: [matrix('z.npy', 4)] }, folder, 1e9, { ...desk, signal })).rejects.toThrow('stop');
});
