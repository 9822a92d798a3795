/** Linear algebra against NumPy and SciPy, whose results reference/linalg.py wrote for the same matrices. */
import { describe, expect, test } from 'vitest';
import { assign } from '../../src/linalg/assignment';
import { columnDeviations, columnMeans } from '../../src/linalg/centre';
import { CentredLayer } from '../../src/linalg/centred-layer';
import type { DistanceMetric } from '../../src/linalg/distances';
import { symmetricEigen, symmetricEigenvalues } from '../../src/linalg/eigen';
import { Matrix } from '../../src/linalg/matrix';
import { type NeighbourMetric, nearestNeighbours } from '../../src/linalg/neighbours';
import { condensed } from '../../src/linalg/points';
import { multiply } from '../../src/linalg/products';
import { averageRanks, kendallTauB, median, pearson, spearman } from '../../src/linalg/ranks';
import { nuclearNorm, singularValues, svd } from '../../src/linalg/svd';
import { crossNorms } from '../../src/linalg/sweep';
import expected from './reference/linalg.json';

/** Park and Miller's generator, as in the script. */
function noise(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  let state = seed;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  return new Matrix(Float64Array.from({ length: rows * columns }, next), rows, columns);
}

function hilbert(n: number): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from({ length: n * n }, (_, k) => 1 / (Math.floor(k / n) + (k % n) + 1)),
    n,
    n,
  );
}

function symmetric(n: number, seed: number): Matrix<Float64Array> {
  const a = noise(n, n, seed);
  const turned = a.transpose();
  return new Matrix(
    a.data.map((value, k) => value + (turned.data[k] as number)),
    n,
    n,
  );
}

function some(values: Float64Array): number[] {
  const all = [...values];
  return [...all.slice(0, 3), ...all.slice(3, -3).filter((_, i) => i % 10 === 0), ...all.slice(-3)];
}

function expectClose(actual: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((actual[i] as number) - value), `${i}: ${actual[i]} for ${value}`).toBeLessThanOrEqual(tolerance);
  }
}

describe('eigenvalues', () => {
  test.each([
    ['40', symmetric(40, 1), (values: Float64Array) => [...values]],
    ['150', symmetric(150, 2), some],
    ['hilbert 12', hilbert(12), (values: Float64Array) => [...values]],
  ] as const)('%s', async (name, matrix, choose) => {
    const { values } = await symmetricEigen(matrix);
    const tolerance = 1e-14 * (values[0] as number);
    expectClose(choose(values), expected.eigen[name], tolerance);
    expectClose(choose(await symmetricEigenvalues(matrix)), expected.eigen[name], tolerance);
  });
});

describe('singular values', () => {
  const all = (values: Float64Array) => [...values];
  test.each([
    ['30 x 20', noise(30, 20, 5), all],
    ['20 x 30', noise(20, 30, 6), all],
    ['130 x 110', noise(130, 110, 7), some],
    ['2500 x 40', noise(2500, 40, 8), some],
    ['hilbert 12', hilbert(12), all],
  ] as const)('%s', async (name, matrix, choose) => {
    const { s } = await svd(matrix);
    const tolerance = 1e-14 * (s[0] as number);
    expectClose(choose(s), expected.singular[name], tolerance);
    expectClose(choose(await singularValues(matrix)), expected.singular[name], tolerance);
  });

  test('of a product of rank 7', async () => {
    const low = await multiply(noise(60, 7, 3), noise(7, 50, 4));
    expectClose((await singularValues(low)).subarray(0, 8), expected.singular['rank 7'], 1e-14);
  });

  test('add up to the nuclear norm', async () => {
    expect((await nuclearNorm(noise(130, 110, 7))) / expected.nuclear).toBeCloseTo(1, 14);
  });
});

test('means and deviations beside a large offset', () => {
  const offsets = [1e6, 0, -1e6];
  const x = noise(200, 3, 9);
  const data = x.data.map((value, k) => value + (offsets[k % 3] as number));
  const moved = new Matrix(data, 200, 3);
  expectClose(columnMeans(moved), expected.means, 2e-10);
  expectClose(columnDeviations(moved), expected.deviations, 1e-15);
});

test('cross norms of layers', async () => {
  const layers = [7, 80, 3, 1].map((p) => CentredLayer.of(noise(50, p, 10 + p)));
  const wanted = expected.crossNorms.flat();
  const together = await crossNorms(layers, null);
  const apart = await crossNorms(layers, layers);
  for (const [k, value] of wanted.entries()) {
    expect((together.data[k] as number) / value).toBeCloseTo(1, 12);
    expect((apart.data[k] as number) / value).toBeCloseTo(1, 12);
  }
});

test.each(expected.assignment)('assignment $rows x $columns, maximise: $maximise', (fixture) => {
  const scores = noise(fixture.rows, fixture.columns, fixture.seed);
  expect([...assign(scores, { maximise: fixture.maximise })]).toEqual(fixture.columnOf);
});

test.each(Object.entries(expected.condensed))('pairwise dissimilarity: %s', async (metric, wanted) => {
  expectClose(await condensed(noise(9, 5, 30), metric as DistanceMetric), wanted, 4e-15);
});

test.each(Object.entries(expected.neighbours))('nearest neighbours: %s', async (metric, wanted) => {
  const found = await nearestNeighbours(noise(40, 6, 31), 5, metric as NeighbourMetric);
  expect([...found.indices]).toEqual(wanted);
  expect(found.tied).toBe(0);
});

test('ranks and correlations', () => {
  const a = noise(1, 101, 32).data;
  // As numpy.round, which takes halves to the even number; none occurs here.
  const b = noise(1, 101, 33).data.map((value, k) => Math.round(value * 8) + Math.round((a[k] as number) * 3));
  const c = a.map((value) => Math.round(value * 5));
  const { ranks } = expected;
  expect([...averageRanks(b)]).toEqual(ranks.average);
  expect(pearson(a, b)).toBeCloseTo(ranks.pearson, 14);
  expect(spearman(c, b)).toBeCloseTo(ranks.spearman, 14);
  expect(kendallTauB(c, b)).toBeCloseTo(ranks.kendall, 14);
  expect(median(a)).toBe(ranks.medianOdd);
  expect(median(a.subarray(0, 100))).toBe(ranks.medianEven);
});
