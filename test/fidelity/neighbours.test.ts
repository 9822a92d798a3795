import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix';
import { rowSearch } from '../../src/linalg/row-neighbours';
import { rowNeighbourhoods } from '../../src/methods/compare/row-neighbourhoods';
import { rowProfile } from '../../src/methods/describe/row-profile';
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
