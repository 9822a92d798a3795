/** HDBSCAN and agreement of clusterings, by definitions in NumPy and by scikit-learn: reference/density.py. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { clusterAgreement } from '../../src/methods/compare/cluster-agreement';
import { hdbscan } from '../../src/methods/describe/hdbscan';
import type { Outcome } from '../../src/methods/method';
import { adjustedInformation, adjustedRand, normalisedInformation } from '../../src/methods/shared/clusterings';
import { condense } from '../../src/methods/shared/density-clusters';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { figureOf, runMethod } from '../unit/run-method';
import reference from './reference/density.json';

/** Two bent bands, a heap and some rows between, by formulas. */
const moons = (() => {
  const wave = (k: number, s: number) => Math.sin((k + s) ** 2);
  const at = Array.from({ length: 60 }, (_, k) => k);
  const t = (k: number) => (Math.PI * k) / 59;
  return Matrix.of([
    ...at.map((k) => [Math.cos(t(k)) + 0.06 * wave(k, 1), Math.sin(t(k)) + 0.06 * wave(k, 200)]),
    ...at.map((k) => [1 - Math.cos(t(k)) + 0.06 * wave(k, 400), 0.4 - Math.sin(t(k)) + 0.06 * wave(k, 600)]),
    ...at.map((k) => [3 + 0.15 * wave(k, 800), 1 + 0.15 * wave(k, 1000)]),
    ...at.slice(0, 20).map((k) => [4 * wave(k, 1200), 4 * wave(k, 1400)]),
  ]);
})();
const other = Matrix.of(
  Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [moons.at(i, 0), moons.at(i, 1)];
    return [a + 0.2 * Math.sin(i ** 2), 0.3 * a + 1.5 * b + 0.2 * Math.sin(i ** 2)];
  }),
);

/** The cluster of each row as the picture shows it. */
function labelsOf(outcome: Outcome): readonly number[] {
  const { labels } = figureOf(outcome, 'scatter', 'principal-plane');
  return labels?.kind === 'category' ? labels.index : [];
}

describe('HDBSCAN', () => {
  test('joins rows that are all the same at once, however many', () => {
    const edges = 100_000;
    const [from, to] = [0, 1].map((k) => Int32Array.from({ length: edges }, (_, i) => i + k)) as [
      Int32Array,
      Int32Array,
    ];
    const tree = { from, to, weight: new Float64Array(edges), core: new Float64Array(edges + 1) };
    const { clusters, zeros } = condense(tree, 5);
    expect([clusters.length, clusters[0]?.size, zeros]).toEqual([1, edges + 1, true]);
  });

  test.each([
    ['moons', moons, { smallest: 5 }],
    ['moons coarse', moons, { smallest: 15, samples: 4 }],
    ['digits', allDigits.pixels.slice(0, 250), { smallest: 5, samples: 3 }],
  ] as const)('is what the definition gives: %s', async (name, x, parameters) => {
    const outcome = await runMethod(hdbscan, [x], parameters);
    const expected = reference[name];
    const labels = labelsOf(outcome);
    expect(labels.map((label) => label < 0)).toEqual(expected.labels.map((label) => label < 0));
    expect(adjustedRand(labels, expected.labels)).toBe(1);
    for (const key of ['clusters', 'noise', 'silhouette', 'membership'] as const)
      expect(outcome.values[key], key).toBeCloseTo(expected[key], 9);
    const { columns, rows } = outcome.tables?.rows ?? { columns: [], rows: [] };
    expect(columns).toEqual(['row', 'cluster', 'membership', 'silhouette']);
    expect(rows.map((row) => (row[1] === null ? -1 : Number(row[1]) - 1))).toEqual(labels);
    const inside = rows.filter((row) => row[1] !== null);
    for (const [key, column] of [
      ['membership', 2],
      ['silhouette', 3],
    ] as const)
      expect(inside.reduce((sum, row) => sum + Number(row[column]), 0) / inside.length).toBeCloseTo(expected[key], 9);
    expect(rows.filter((row) => row[1] === null).every((row) => row[3] === null)).toBe(true);
    const stability = outcome.tables?.clusters?.rows.map((row) => row[2] as number) ?? [];
    const falling = (values: readonly number[]) => values.toSorted((a, b) => b - a);
    for (const [i, value] of falling(expected.stability).entries())
      expect((falling(stability)[i] as number) / value).toBeCloseTo(1, 9);
  });

  test('finds bent bands that k-means does not, in whatever order the rows come', async () => {
    const given = Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 60));
    const outcome = await runMethod(hdbscan, [moons], {}, { rows: rowsOf(given) });
    expect(outcome.tables?.agreement?.rows[0]?.[1]).toBeGreaterThan(0.95);
    const order = Array.from({ length: 200 }, (_, i) => (i * 77) % 200);
    const moved = await runMethod(hdbscan, [moons.takeRows(order)]);
    expect(moved.values.noise).toBe(outcome.values.noise);
    const labels = labelsOf(outcome);
    expect(
      adjustedRand(
        labelsOf(moved),
        order.map((i) => labels[i] as number),
      ),
    ).toBe(1);
  });

  test('the finest clusters are the leaves of the tree that is drawn', async () => {
    const outcome = await runMethod(hdbscan, [allDigits.pixels.slice(0, 250)], { selection: 'leaf', samples: 3 });
    const tree = figureOf(outcome, 'tree', 'tree');
    expect(outcome.values.clusters).toBe(tree.leaves.length);
    expect(tree.merges).toHaveLength(tree.leaves.length - 1);
    expect([...tree.order].sort((a, b) => a - b)).toEqual(tree.leaves.map((_, i) => i));
    const heights: number[] = tree.leaves.map(() => 0);
    for (const { left, right, height } of tree.merges) {
      expect(height).toBeGreaterThanOrEqual(Math.max(heights[left] as number, heights[right] as number));
      heights.push(height);
    }
  });

  test('an even grid has no clusters, however it is turned', async () => {
    for (const [angle, aside] of [
      [0, 0],
      [0.3, 0],
      [0.3, 1000],
      [0.7, 0],
    ] as const) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const grid = Array.from({ length: 36 }, (_, k) => {
        const [i, j] = [k % 6, Math.floor(k / 6)];
        return [c * i - s * j + aside, s * i + c * j];
      });
      expect((await runMethod(hdbscan, [Matrix.of(grid)], { smallest: 3 })).values.clusters).toBe(0);
    }
  });

  test('copies of rows, and one heap alone', async () => {
    const twice = moons.takeRows(Array.from({ length: 400 }, (_, i) => i >> 1));
    const outcome = await runMethod(hdbscan, [twice], { smallest: 4, samples: 2 });
    expect(outcome.warnings?.join()).toContain('joined at distance 0');
    expect(outcome.values.clusters as number).toBeGreaterThan(1);
    const heap = await runMethod(hdbscan, [moons.slice(120, 180)], { smallest: 30 });
    expect(heap.values).toMatchObject({ clusters: 0, noise: 1, silhouette: null });
    expect(heap.reading).toContain('no two groups');
  });
});

describe('agreement', () => {
  test('with labels, as scikit-learn has it', () => {
    const [a, b] = [allDigits.of.slice(0, 100), allDigits.of.slice(100, 200)];
    expect(adjustedRand(a, b)).toBeCloseTo(reference.labels.rand, 12);
    expect(adjustedInformation(a, b)).toBeCloseTo(reference.labels['adjusted-information'], 12);
    expect(normalisedInformation(a, b)).toBeCloseTo(reference.labels.information, 12);
    expect(adjustedInformation(a, a)).toBeCloseTo(1, 12);
    expect(adjustedInformation([0, 0, 0], [1, 1, 1])).toBe(1);
  });

  test.each([
    ['kmeans', { clusters: 4, restarts: 50 }],
    ['hdbscan', { smallest: 5 }],
  ] as const)('of two spaces, as scikit-learn has it: %s', async (how, parameters) => {
    const outcome = await runMethod(clusterAgreement, [moons, other], { how, ...parameters });
    const expected = how === 'kmeans' ? reference.kmeans : reference.density;
    for (const [key, value] of Object.entries(expected)) expect(outcome.values[key], key).toBeCloseTo(value, 9);
    const [panel] = figureOf(outcome, 'heatmap', 'agreement').panels;
    const [rows = 0, columns = 0] = panel?.shape ?? [];
    for (let i = 0; i < rows; i++)
      expect(
        panel?.values.slice(i * columns, (i + 1) * columns).reduce<number>((s, v) => s + Number(v), 0),
      ).toBeCloseTo(1, 5);
    expect(figureOf(outcome, 'scatter', 'planes').panels).toHaveLength(2);
  });
});
