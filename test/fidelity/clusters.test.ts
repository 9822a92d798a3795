import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { clusters } from '../../src/methods/describe/clusters';
import { doublyStochastic } from '../../src/methods/shared/doubly-stochastic';
import { stabilityOf } from '../../src/methods/shared/stability';
import { contextFor, runMethod } from '../unit/run-method';
import reference from './reference/clusters.json';

/** sin((i d + j + s)²): rows that anybody can write down again; three groups, two apart. */
const groups = new Matrix(
  Float64Array.from({ length: 90 * 3 }, (_, k) => Math.sin((k + 9) ** 2) + (k % 3 === Math.floor(k / 90) ? 2 : 0)),
  90,
  3,
);
const rows = {
  index: Int32Array.from({ length: 90 }, (_, i) => i),
  labels: {
    ...{ kind: 'category' as const, name: 'group', categories: ['a', 'b', 'c'] },
    index: Int32Array.from({ length: 90 }, (_, i) => Math.floor(i / 30)),
  },
};

test('a doubly stochastic matrix: every row and column sums to 1, as known before', async () => {
  const s = Matrix.of([
    [1, 0.5, 0],
    [0.5, 1, 0.2],
    [0, 0.2, 1],
  ]);
  const { data } = await doublyStochastic(s, 0.175, contextFor(3));
  const known = [0.942862, 0.053957, 0.003182, 0.053957, 0.936102, 0.009941, 0.003182, 0.009941, 0.986877];
  for (const [k, value] of known.entries()) expect(data[k]).toBeCloseTo(value, 6);
});

test('of rows that are all the same there is one cluster', async () => {
  const { warnings } = await runMethod(clusters, [Matrix.of(Array.from({ length: 12 }, () => [1, 2]))], {
    clusters: 3,
  });
  expect(warnings).toContain('Only 1 cluster: there are no more rows that differ.');
});

test.each(['kmeans', 'spherical', 'directions'] as const)('clusters as scikit-learn has them: %s', async (how) => {
  const { values, tables } = await runMethod(clusters, [groups], { clusters: 3, how, restarts: 20 }, { rows });
  const { silhouette, explained, rand, information } = reference[how];
  expect(values.silhouette).toBeCloseTo(silhouette, 10);
  expect(values.explained).toBeCloseTo(explained, 10);
  const columns = tables?.rows?.columns;
  expect(columns).toEqual(['row', 'cluster', 'silhouette']);
  // Of every fifteenth row, by scikit-learn.
  for (const [k, value] of reference[how].rows.entries())
    expect(tables?.rows?.rows[15 * k]?.[2], `row ${15 * k}`).toBeCloseTo(value, 10);
  for (const [cluster, size] of tables?.clusters?.rows ?? [])
    expect(tables?.rows?.rows.filter((row) => row[1] === String(cluster))).toHaveLength(size as number);
  const [first, second] = tables?.agreement?.rows.map(([, value]) => value as number) ?? [];
  expect(first).toBeCloseTo(rand, 10);
  expect(second).toBeCloseTo(information, 10);
  // Groups that are apart are found again from a part of the rows.
  expect(values.stability as number).toBeGreaterThan(0.5);
});

test('rows near the same lines are the same clusters whichever way they point', async () => {
  const lines = Matrix.of(
    Array.from({ length: 30 }, (_, i) =>
      [0, 1, 2].map((j) => (j === i % 3 ? 1 : 0) + 0.02 * Math.sin((9 * i + j) ** 2)),
    ),
  );
  const flipped = Matrix.of(Array.from({ length: 30 }, (_, i) => [...lines.row(i)].map((v) => (i % 2 ? v : -v))));
  const chosen = { clusters: 3, how: 'directions' };
  const [a, b] = [await runMethod(clusters, [lines], chosen), await runMethod(clusters, [flipped], chosen)];
  for (const key of ['silhouette', 'explained']) expect(b.values[key], key).toBeCloseTo(a.values[key] as number, 9);
  expect(b.values.silhouette as number).toBeGreaterThan(0.95);
  expect(b.values.explained as number).toBeGreaterThan(0.99);
});

test('rows of one line have nothing off it to explain', async () => {
  const { values, warnings } = await runMethod(
    clusters,
    [Matrix.of(Array.from({ length: 12 }, (_, i) => [(i % 2 ? -1 : 1) * (i + 1), 2 * (i % 2 ? -1 : 1) * (i + 1)]))],
    { clusters: 2, how: 'directions' },
  );
  expect(values.explained).toBeNull();
  expect(warnings).toContain('All rows have one direction: there is nothing off it to explain.');
});

test('stability is the mean of eight draws, each of three starts at most, and says how far they are apart', async () => {
  const labels = Int32Array.from({ length: 20 }, (_, i) => i % 2);
  const x = Matrix.of([...labels].map((label) => [label]));
  const starts: number[] = [];
  // The same clusters and one cluster in turns: adjusted Rand indices of 1 and 0.
  const part = (rows: Matrix<Float64Array>, wanted: number) => {
    const same = starts.push(wanted) % 2;
    return Int32Array.from(rows.data, (value) => (same ? value : 0));
  };
  const { mean, step } = await stabilityOf(x, labels, 2, 10, part, contextFor(4));
  expect(mean).toBe(0.5);
  expect(starts).toEqual(new Array(8).fill(3));
  expect(step).toBe('stability over 8 draws of 16 of 20 rows, best of 3 starts each: 0.00 to 1.00');
});

test('as many clusters as rows are each a row, of which nothing is told', async () => {
  const { values, reading } = await runMethod(clusters, [Matrix.of([0, 1, 3, 7].map((v) => [v]))], { clusters: 4 });
  expect(values).toMatchObject({ silhouette: null, stability: null, explained: 1, smallest: 1 });
  expect(reading).toBe('Each of 4 rows is a cluster by itself: ask for fewer clusters.');
});
