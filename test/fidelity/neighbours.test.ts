import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { rowSearch } from '../../src/linalg/row-neighbours';
import { rowNeighbourhoods } from '../../src/methods/compare/row-neighbourhoods';
import { hubness } from '../../src/methods/describe/hubness';
import { rowProfile } from '../../src/methods/describe/row-profile';
import type { Outcome } from '../../src/methods/method';
import { runMethod, sampleMatrix } from '../unit/run-method';

// By SciPy, scikit-learn and NumPy: reference/neighbours.py.
const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'reference/neighbours.json'), 'utf8'));
const fast = sampleMatrix('words/kjv-fasttext.npy');
const [a, b] = [part('a'), part('b')];

function part(run: string) {
  return sampleMatrix(`words/kjv-word2vec-${run}.npy`).slice(0, 600);
}

interface Lookup {
  readonly row: number;
  readonly metric: 'cosine' | 'euclidean';
  readonly rows: readonly number[];
  readonly distances: readonly number[];
}

test.each(reference.lookups as Lookup[])('nearest rows of row $row, $metric', ({ row, metric, rows, distances }) => {
  const search = rowSearch(Float64Array.from(fast.row(row)), row, rows.length, metric);
  for (let first = 0; first < fast.rows; first += 1000)
    search.add(fast.slice(first, Math.min(fast.rows, first + 1000)), first);
  const found = search.found();
  expect(found.rows).toEqual(rows);
  for (const [i, distance] of found.distances.entries()) expect(distance).toBeCloseTo(distances[i] as number, 12);
  expect([found.compared, found.left]).toEqual([fast.rows - 1, 0]);
});

describe.each(['cosine', 'euclidean'] as const)('row by row, %s', (metric) => {
  test('of two spaces', async () => {
    const { rows, ...values } = reference.pairs[metric];
    const outcome = await runMethod(rowNeighbourhoods, [a, b], { metric });
    for (const [key, value] of Object.entries(values))
      expect(outcome.values[key], key).toBeCloseTo(value as number, 12);
    const table = outcome.tables?.rows?.rows ?? [];
    expect(table).toHaveLength(600);
    for (const [row, shared] of Object.entries(rows as Record<string, number>)) {
      const [, preserved, jaccard] = table.find(([index]) => index === Number(row)) ?? [];
      expect(preserved).toBe(shared / 10);
      expect(jaccard).toBe(shared / (20 - shared));
    }
    // Those that agree least first, of equals the first.
    const listed = table.map(([index, preserved]) => [Number(preserved), Number(index)] as const);
    expect(listed).toEqual(listed.toSorted(([p, i], [q, j]) => p - q || i - j));
  });

  test('of one', async () => {
    const { 'row 7': row, ...values } = reference.profile[metric];
    const outcome = await runMethod(rowProfile, [a], { metric });
    for (const [key, value] of Object.entries(values)) expect(outcome.values[key], key).toBeCloseTo(value as number, 9);
    const [, ...own] = (outcome.tables?.rows?.rows ?? []).find(([index]) => index === 7) ?? [];
    for (const [i, value] of own.entries()) expect(value).toBeCloseTo(row[i], 9);
  });
});

test('rows of which several are the last of the nearest are counted, and the lowest of those taken', async () => {
  const square = Matrix.of([
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]);
  // Each corner has two next to it; of these the lower: 1, 0, 1 and 0 here, and 2, 2, 0 and 0 there.
  const other = square.takeRows([0, 2, 1, 3]);
  const { values, warnings } = await runMethod(rowNeighbourhoods, [square, other], {
    metric: 'euclidean',
    neighbours: 1,
  });
  expect(values.preserved).toBe(1 / 4);
  expect(warnings?.join()).toContain('For 4 of 4 rows of a the neighbour at place 1 is tied: the lower row was taken.');
  expect(warnings?.join()).toContain('rows of b');
  const profile = await runMethod(rowProfile, [square], { metric: 'euclidean', neighbours: 1 });
  expect(profile.values).toMatchObject({ 'most-often': 2, never: 1 / 2 });
  expect(profile.warnings).toEqual(['For 4 of 4 rows of a the neighbour at place 1 is tied: the lower row was taken.']);
});

test('rows of zeros have distance 1 from every other, are counted and named', async () => {
  const x = Matrix.of([
    [0, 0],
    [1, 0],
    [-2, 0],
    [0, 0],
    [3, 1],
  ]);
  const { values, tables, warnings } = await runMethod(rowProfile, [x], { neighbours: 2 });
  // Nearest two: 1, 2 of row 0; 4, 0 of row 1; 0, 3 of row 2; 0, 1 of row 3; 1, 0 of row 4.
  const near = 1 - 3 / Math.sqrt(10);
  expect(tables?.rows?.rows.map(([row, , ...rest]) => [row, ...rest])).toEqual([
    [0, 1, 1, 4],
    [2, 1, 1, 1],
    [3, 1, 1, 1],
    [1, expect.closeTo(near, 12), expect.closeTo((1 + near) / 2, 12), 3],
    [4, expect.closeTo(near, 12), expect.closeTo((1 + near) / 2, 12), 1],
  ]);
  expect(values).toMatchObject({ 'most-often': 4, never: 0 });
  expect(warnings).toEqual([
    '2 of 5 rows of a are all zeros and have no direction.',
    'Rows of zeros (0, 3) have cosine 0, and so distance 1, with every other row.',
    'For 4 of 5 rows of a the neighbour at place 2 is tied: the lower row was taken.',
  ]);
});

test('a space with rows of zeros, which have no cosine, is refused by its name', async () => {
  const zeros = new Matrix(Float64Array.from(b.slice(0, 60).data), 60, b.columns);
  zeros.row(17).fill(0);
  const run = (metric: string) => runMethod(rowNeighbourhoods, [a.slice(0, 60), zeros], { metric });
  await expect(run('cosine')).rejects.toThrow(
    'Row 17 of b is all zeros and has no cosine with the others. Leave it out',
  );
  expect((await run('euclidean')).values.preserved).toBeGreaterThan(0);
});

test('beside rows of zeros the others are neighbours as often as hubness counts', async () => {
  const x = new Matrix(Float64Array.from(a.slice(0, 60).data), 60, a.columns);
  for (const i of [3, 17, 40]) x.row(i).fill(0);
  const often = (outcome: Outcome, table: string) =>
    new Map(outcome.tables?.[table]?.rows.map((row) => [row[0], row.at(-1)]));
  const hubs = often(await runMethod(hubness, [x]), 'hubs');
  const profile = often(await runMethod(rowProfile, [x]), 'rows');
  expect(profile.size).toBe(60);
  for (const [row, count] of hubs) expect(profile.get(row), `${row}`).toBe(count);
});

/** Of the places from 0 on. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) => Array.from({ length: n }, (_, at) => order.toSpliced(at, 0, n - 1)));
}

test('chance is the mean over all 120 pairings of five rows', async () => {
  const [x, y] = [a, b].map((space) => space.slice(0, 5)) as [Matrix, Matrix];
  const run = (order: readonly number[]) => runMethod(rowNeighbourhoods, [x, y.takeRows(order)], { neighbours: 2 });
  const outcomes = await Promise.all(orders(5).map(run));
  expect(outcomes).toHaveLength(120);
  for (const key of ['preserved', 'jaccard', 'none'] as const) {
    const mean = outcomes.reduce((sum, { values }) => sum + Number(values[key]), 0) / 120;
    expect(outcomes[0]?.chance?.[key]?.level, key).toBeCloseTo(mean, 12);
  }
});
