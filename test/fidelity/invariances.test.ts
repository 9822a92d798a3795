/**
 * What each measure does not see, as the invariance check finds it, against a table that was measured independently with
 * NumPy on data of the same size: 60 rows, 6 and 5 units, the first representation changed, a tolerance of 1e-7.
 */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { check, movedCopies } from '../../src/methods/compare/invariance-check';
import type { Method } from '../../src/methods/method';
import { contextFor, runMethod } from '../unit/run-method';
import { H } from './fixtures';

const [ROWS, P, Q] = [60, 6, 5];
const TOLERANCE = 1e-7;
const method = (id: string) => catalogue.find((one) => one.id === id) as Method;
/** By another of its values than the first. */
const by = (id: string, key: string): Method => {
  const { values, sweep: _, ...rest } = method(id);
  return { ...rest, values: values.filter((value) => value.key === key) };
};

/**
 * Permutation, rotation, scale, translation, scale of each unit, linear map, signs, exchange; the value of a representation
 * with itself, where it is fixed.
 */
const table: readonly (readonly [
  string,
  string,
  number | null,
  (Method | string)?,
  Readonly<Record<string, unknown>>?,
])[] = [
  ['hsic', 'yy-y--yy', null],
  ['linear-cka', 'yyyy--yy', 1],
  ['linear-cka-debiased', 'yyyy--yy', 1],
  ['minibatch-cka', 'yyyy--yy', 1],
  ['rbf-cka, fixed width', 'yy-y--yy', 1, 'rbf-cka', { width: 'fixed', sigma: 2 }],
  ['rbf-cka, width by the median', 'yyyy--yy', 1, 'rbf-cka'],
  ['mean-cca', 'yyyyyyyy', 1],
  ['mean square CCA', 'yyyyyyyy', 1, by('mean-cca', 'rho-squared')],
  // At 0.99 nothing of so even a spectrum is cut, and it is mean CCA.
  ['svcca, cut', 'yyyy--yy', 1, 'svcca', { dimensions: 3 }],
  ['pwcca', 'y-yy--y-', 1],
  ['linear-regression of the target', 'yyyy--y-', 1, 'linear-regression'],
  ['linear-regression from the predictor', 'yyyyyyy-', 1, by('linear-regression', 'r2-reverse')],
  ['normalised-bures', 'yyyy--yy', 1],
  ['angular-shape', 'yyyy--yy', 0],
  ['procrustes', 'yyyy--yy', 0],
  ['procrustes-size-and-shape', 'yy-y--yy', 0],
  ['shape-metric, alpha 0.5', 'yy-y--yy', 0, 'shape-metric', { alpha: 0.5 }],
  ['shape-metric, alpha 0', 'yyyyyyyy', 0, 'shape-metric', { alpha: 0 }],
  ['permutation-procrustes, raw', 'y------y', 0, 'permutation-procrustes', { form: 'distance' }],
  ['permutation-procrustes, centred angle', 'y-yy---y', 0, 'permutation-procrustes', { form: 'angle' }],
  ['aligned-cosine, raw', 'yyy---yy', 1, 'aligned-cosine', { centre: false }],
  ['aligned-cosine, centred', 'yyyy--yy', 1, 'aligned-cosine', { centre: true }],
  ['hard-matching, signed', 'y-yyy--y', 1, 'hard-matching', { sign: 'signed' }],
  ['hard-matching, absolute', 'y-yyy-yy', 1, 'hard-matching', { sign: 'absolute' }],
  ['soft-matching, signed', 'y-yyy--y', 1, 'soft-matching', { sign: 'signed' }],
  ['soft-matching, absolute', 'y-yyy-yy', 1, 'soft-matching', { sign: 'absolute' }],
  ['rsa, correlation', 'y-y----y', 1, 'rsa', { dissimilarity: 'correlation' }],
  ['rsa, Euclidean by rank', 'yyyy--yy', 1, 'rsa', { dissimilarity: 'euclidean', comparison: 'spearman' }],
  ['rsa, cosine', 'yyy---yy', 1, 'rsa', { dissimilarity: 'cosine' }],
  ['rsm-difference', 'yy-y--yy', 0],
  ['rsm-difference, stress', 'yy-y--yy', 0, 'rsm-difference', { norm: 'stress' }],
  ['distance-correlation', 'yyyy--yy', 1],
  ['eigenspace-overlap, raw', 'yyy-yyyy', 1, 'eigenspace-overlap', { centre: false }],
  ['eigenspace-overlap, centred', 'yyyyyyyy', 1, 'eigenspace-overlap', { centre: true }],
  ['gulp, lambda 0', 'yyyyyyyy', 0, 'gulp', { lambda: 0 }],
  ['gulp, lambda 0.1', 'yyyy--yy', 0, 'gulp', { lambda: 0.1 }],
  ['mutual-knn, cosine', 'yyy---yy', 1, 'mutual-knn', { metric: 'cosine' }],
  ['mutual-knn, Euclidean', 'yyyy--yy', 1, 'mutual-knn', { metric: 'euclidean' }],
  ['jaccard-knn, cosine', 'yyy---yy', 1, 'jaccard-knn', { metric: 'cosine' }],
  ['jaccard-knn, Euclidean', 'yyyy--yy', 1, 'jaccard-knn', { metric: 'euclidean' }],
  ['second-order-cosine', 'yyy---yy', 1],
  ['rank-similarity', 'yyy---yy', 1],
  ['neighbour-order', 'yyy---yy', 1, 'neighbour-order', { neighbours: 9 }],
  ['rsm-difference, spectral', 'yy-y--yy', 0, 'rsm-difference', { norm: 'spectral' }],
  ['imd', 'yyyy--yy', 0],
  ['magnitude-difference', 'yy----yy', 0],
  ['concentricity-difference', 'yyy---yy', 0],
  ['uniformity-difference', 'yy-y--yy', 0],
  ['ensd', 'yyyy--yy', null],
  ['relative-agreement, cosine', 'yyy---yy', 1, by('relative-agreement', 'cosine')],
];

describe('the table of invariances', async () => {
  const random = new Random(5);
  const normal = (rows: number, columns: number) =>
    new Matrix(
      Float64Array.from({ length: rows * columns }, () => random.normal()),
      rows,
      columns,
    );
  const x = normal(ROWS, P);
  for (let k = 0; k < x.data.length; k++) x.data[k] = (x.data[k] as number) + 0.3 * ((k % P) + 1);
  const y = await multiply(x, normal(P, Q), {});
  for (let k = 0; k < y.data.length; k++) y.data[k] = (y.data[k] as number) + 1.5 * random.normal();
  const context = contextFor(ROWS, { seed: 3 });
  const moved = await movedCopies(x, context);

  test.each(table.map((row) => [row[0], row] as const))('%s', async (_, row) => {
    const [name, pattern, self, which = name, parameters = {}] = row;
    const measure = typeof which === 'string' ? method(which) : which;
    const checked = await check(measure, [x, y], moved, TOLERANCE, context, parameters);
    expect(checked.changes.map(({ unchanged }) => (unchanged ? 'y' : '-')).join('')).toBe(pattern);
    if (self !== null) expect(checked.self.value).toBeCloseTo(self, 7);
  });

  test.each(
    table
      .filter(([, pattern]) => pattern[5] === 'y')
      .map(([name, , , which = name, parameters = {}]) => [name, which, parameters] as const),
  )('%s counts a unit however small its values are beside those of others', async (_, which, parameters) => {
    const measure = typeof which === 'string' ? method(which) : which;
    const scaled = (matrix: Matrix, factor: number) =>
      matrix.map((value, k) => (k % matrix.columns === 1 ? value * factor : value));
    const value = async (a: Matrix, b: Matrix) => {
      const inputs = [
        { name: 'x', matrix: a },
        { name: 'y', matrix: b },
      ] as const;
      const { values } = await measure.run(inputs, measure.parameters.parse(parameters), context);
      return values[measure.values[0]?.key as string];
    };
    const expected = await value(x, y);
    for (const factor of [1e-14, 1e-200, 1e200])
      expect(await value(scaled(x, factor), measure.id === 'linear-regression' ? y : scaled(y, factor))).toBeCloseTo(
        expected as number,
        9,
      );
  });

  test('shared dimensions of a representation with itself are its participation ratio, HSIC its squared covariances', async () => {
    const { self } = await check(method('ensd'), [x, x], moved, TOLERANCE, context);
    const { self: hsic } = await check(method('hsic'), [x, x], moved, TOLERANCE, context);
    const means = Array.from({ length: P }, (_, j) => x.column(j).reduce((sum, value) => sum + value, 0) / ROWS);
    const c = (i: number, j: number) =>
      x
        .column(i)
        .reduce((sum, value, row) => sum + (value - (means[i] as number)) * (x.at(row, j) - (means[j] as number)), 0);
    const units = Array.from({ length: P }, (_, j) => j);
    const trace = units.reduce((sum, i) => sum + c(i, i), 0);
    const squares = units.flatMap((i) => units.map((j) => c(i, j) ** 2)).reduce((sum, square) => sum + square, 0);
    expect(self.value).toBeCloseTo(trace ** 2 / squares, 9);
    expect(hsic.value).toBeCloseTo(squares / (ROWS - 1) ** 2, 9);
  });
});

test.each([
  ['mean-cca', 'similarity'],
  ['linear-regression', 'r2-reverse'],
  ['eigenspace-overlap', 'similarity'],
])('%s counts every unit, however far apart the scales of units are', async (id, key) => {
  const [x, y] = [H(40, 3, 5), H(40, 3, 9)];
  const plain = (await runMethod(method(id), [x, y], {})).values[key] as number;
  for (const scales of [
    [1e-170, 1e170, 1],
    [1, 1e-300, 1e300],
    [1e300, 1e300, 1e-300],
  ]) {
    const far = new Matrix(
      x.data.map((value, k) => value * (scales[k % 3] as number)),
      40,
      3,
    );
    expect((await runMethod(method(id), [far, y], {})).values[key]).toBeCloseTo(plain, 12);
  }
});
