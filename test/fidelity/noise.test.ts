/** Dissimilarities of conditions in units of their noise, against reference/noise.py. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { type ByCondition, conditionDistances } from '../../src/methods/compare/condition-distances';
import { conditionsOf } from '../../src/methods/compare/conditions';
import { NOISE, type Noise } from '../../src/methods/compare/noise';
import type { Labels, Method } from '../../src/methods/method';
import { contextFor, runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/noise.json';

const rsa = catalogue.find(({ id }) => id === 'rsa') as Method;
const sample = (seed: number) => sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, 'layer8').slice(0, 120);
const index = Int32Array.from({ length: 120 }, (_, i) => i);
const designs: Record<string, (row: number) => number> = {
  balanced: (row) => row % 12,
  unbalanced: (row) => Math.floor(Math.sqrt(row)),
};

type Categories = Extract<Labels, { readonly kind: 'category' }>;

function labelled(rows: number, of: (row: number) => number): Labels {
  const categories = Array.from({ length: rows }, (_, k) => `c${k}`);
  return { kind: 'category', name: 'condition', categories, index: index.slice(0, rows).map(of) } as Labels;
}

async function found(matrix: Matrix, labels: Labels, dissimilarity: ByCondition, noise: Noise) {
  const conditions = conditionsOf(labels, matrix.rows, 2);
  if (typeof conditions === 'string') throw new Error(conditions);
  return conditionDistances(matrix, conditions, dissimilarity, noise, contextFor(matrix.rows));
}

describe.each(Object.entries(reference))('%s', (name, expected) => {
  const [design, dissimilarity, noise] = name.split(' ') as [string, ByCondition, Noise];
  const labels = labelled(120, designs[design] as (row: number) => number);

  test('distances and RSA', async () => {
    const lists = [
      await found(sample(0), labels, dissimilarity, noise),
      await found(sample(1), labels, dissimilarity, noise),
    ];
    const values = lists.map((list) => (typeof list === 'string' ? [] : Array.from(list.values)));
    expect(values[0]?.[0]).toBeCloseTo(expected.first, 10);
    expect(values[1]?.at(-1)).toBeCloseTo(expected.last, 10);
    for (const comparison of ['spearman', 'pearson', 'cosine'] as const) {
      const given = { dissimilarity, noise, comparison };
      const outcome = await runMethod(rsa, [sample(0), sample(1)], given, { rows: { index, labels } });
      expect(outcome.values.correlation).toBeCloseTo(expected[comparison], 9);
      expect(outcome.warnings?.some((warning) => /one row only: 1/.test(warning))).toBe(design === 'unbalanced');
    }
  });
});

test.each(['mahalanobis', 'crossnobis', 'poisson-cv'] as const)(
  '%s: rows without a label are as if they were not there',
  async (dissimilarity) => {
    const { categories, ...labels } = labelled(120, designs.balanced as (row: number) => number) as Categories;
    const rows = { index, labels: { ...labels, categories: ['(missing)', ...categories.slice(1)] } };
    const given = { dissimilarity, comparison: 'pearson' };
    const all = [sample(0), sample(1)];
    const { values, warnings } = await runMethod(rsa, all, given, { rows });
    expect(warnings?.join()).toContain('10 rows have no value of "condition" and did not enter.');
    const kept = index.filter((row) => row % 12 !== 0);
    const taken = all.map((matrix) => matrix.takeRows(kept));
    const without = { index: kept, labels: { ...labels, categories, index: kept.map((row) => row % 12) } };
    const expected = await runMethod(rsa, taken, given, { rows: without });
    expect(values.correlation).toBeCloseTo(expected.values.correlation as number, 12);
    const inputs = all.map((matrix, k) => ({ name: `${k}`, matrix }));
    const parameters = rsa.parameters.parse(given);
    const swept = await rsa.sweep?.(inputs, inputs, parameters, contextFor(120, { rows }));
    expect(swept?.values[1]).toBeCloseTo(expected.values.correlation as number, 12);
    expect(swept?.warnings).toContain('10 rows have no value of "condition" and did not enter.');
  },
);

test('a correlation needs three conditions, of which there are three pairs; other comparisons two', async () => {
  const of = async (conditions: number, comparison: string) => {
    const labels = labelled(120, (row) => row % conditions);
    const { values, warnings } = await runMethod(
      rsa,
      [sample(0), sample(1)],
      { dissimilarity: 'mahalanobis', comparison },
      { rows: { index, labels } },
    );
    return values.correlation ?? warnings?.join();
  };
  for (const comparison of ['spearman', 'pearson', 'corr-cov'])
    expect(await of(2, comparison)).toMatch(/"condition" 2 have two rows or more, and 3 such conditions are needed/);
  expect(await of(3, 'spearman')).toEqual(expect.any(Number));
  for (const comparison of ['cosine', 'cosine-cov', 'bures']) {
    expect(await of(1, comparison)).toMatch(/"condition" 1 has two rows or more, and 2 such conditions are needed/);
    // Of one pair each, which is of the same direction.
    expect(await of(2, comparison)).toBeCloseTo(1, 12);
  }
});

test('crossnobis is zero on average where conditions do not differ, and mahalanobis is not', async () => {
  const random = new Random(3);
  const mean = async (dissimilarity: ByCondition) => {
    let total = 0;
    for (let draw = 0; draw < 20; draw++) {
      const x = Matrix.zeros(48, 5);
      for (let k = 0; k < x.data.length; k++) x.data[k] = random.normal();
      const list = await found(
        x,
        labelled(48, (row) => row % 8),
        dissimilarity,
        'none',
      );
      if (typeof list !== 'string')
        total += list.values.reduce((sum, value) => sum + value, 0) / list.values.length / 20;
    }
    return total;
  };
  // Of 6 rows: twice a sixth of the variance. The standard error of either is some 0.01.
  expect(await mean('mahalanobis')).toBeGreaterThan(0.28);
  expect(Math.abs(await mean('crossnobis'))).toBeLessThan(0.05);
});

test.each([...NOISE])('a shift and a rotation change nothing, noise %s', async (noise) => {
  const x = sample(0).toDouble();
  // Of two units, by a quarter turn: variances of units stay what they are.
  const moved = new Matrix(
    x.data.map((value) => value + 3),
    x.rows,
    x.columns,
  );
  for (let i = 0; i < x.rows; i++) [moved.row(i)[0], moved.row(i)[1]] = [-x.at(i, 1), x.at(i, 0)];
  const labels = labelled(120, designs.unbalanced as (row: number) => number);
  const [before, after] = [
    await found(x, labels, 'crossnobis', noise),
    await found(moved, labels, 'crossnobis', noise),
  ];
  if (typeof before === 'string' || typeof after === 'string') throw new Error('These have noise.');
  for (const [k, value] of before.values.entries()) expect(after.values[k]).toBeCloseTo(value, 9);
});

test.each(NOISE.filter((noise) => noise !== 'none'))(
  'in units of noise no unit of data is left, noise %s',
  async (noise) => {
    const x = sample(0).toDouble();
    const labels = labelled(120, designs.balanced as (row: number) => number);
    const given = await found(x, labels, 'crossnobis', noise);
    if (typeof given === 'string') throw new Error(given);
    for (const factor of [1e-170, 1e-100, 1e100, 1e170]) {
      const scaled = new Matrix(
        x.data.map((value) => value * factor),
        x.rows,
        x.columns,
      );
      const list = await found(scaled, labels, 'crossnobis', noise);
      expect(typeof list).toBe('object');
      if (typeof list !== 'string')
        for (const [k, value] of given.values.entries()) expect(list.values[k]).toBeCloseTo(value, 9);
    }
  },
);

test('full noise with one far row, by whole numbers', async () => {
  const rows = [
    [70_000_001, -30_000_007],
    [3, 5],
    [-4, 1],
    [6, 2],
    [8, -9],
    [1, 7],
  ] as const;
  const list = await found(
    Matrix.of(rows),
    labelled(6, (row) => row >> 1),
    'mahalanobis',
    'full',
  );
  if (typeof list === 'string') throw new Error(list);
  // Two rows u, v of each of three conditions: S = A / 6, A the sum of (u - v)(u - v)ᵀ, means (u + v) / 2.
  const pairs = [0, 2, 4].map((k) =>
    [0, 1].map((j) => [BigInt(rows[k]?.[j] as number), BigInt(rows[k + 1]?.[j] as number)]),
  );
  const entry = (i: number, j: number) =>
    pairs.reduce((sum, pair) => {
      const [a, b] = [i, j].map((unit) => (pair[unit]?.[0] as bigint) - (pair[unit]?.[1] as bigint)) as [
        bigint,
        bigint,
      ];
      return sum + a * b;
    }, 0n);
  const [a, b, c] = [entry(0, 0), entry(0, 1), entry(1, 1)];
  const [x, y] = [0, 1].map((j) => {
    const sum = (k: number) => (pairs[k]?.[j]?.[0] as bigint) + (pairs[k]?.[j]?.[1] as bigint);
    return sum(1) - sum(2);
  }) as [bigint, bigint];
  const digits = 10n ** 20n;
  const expected = Number((digits * 3n * (c * x * x - 2n * b * x * y + a * y * y)) / (4n * (a * c - b * b))) / 1e20;
  expect(Math.abs((list.values[2] as number) / expected - 1)).toBeLessThan(1e-7);
});

test('two conditions that are nearer than their noise have no Bures similarity', async () => {
  const x = Matrix.of([
    [0, 1],
    [3, -2],
    [3.1, -2],
    [0, 0.9],
  ]);
  const given = { dissimilarity: 'crossnobis', comparison: 'bures', noise: 'none' };
  const rows = { index: index.slice(0, 4), labels: labelled(4, (row) => row >> 1) };
  const { values, warnings } = await runMethod(rsa, [x, x], given, { rows });
  expect(values.correlation).toBeNull();
  expect(warnings?.at(-1)).toMatch(/no rows of one of them are apart/);
});

test('says why there is no value', async () => {
  const run = async (matrix: Matrix, labels: Labels | undefined, given: Record<string, unknown> = {}) => {
    const rows = { index: index.slice(0, matrix.rows), ...(labels && { labels }) };
    const outcome = await runMethod(rsa, [matrix, matrix], { dissimilarity: 'crossnobis', ...given }, { rows });
    expect(outcome.values.correlation).toBeNull();
    return outcome.warnings?.at(-1);
  };
  const x = sample(0).toDouble();
  const labels = labelled(120, designs.balanced as (row: number) => number);
  expect(await run(x, undefined)).toMatch(/needs labels/);
  expect(
    await run(
      x.slice(0, 24),
      labelled(24, (row) => row % 12),
      { noise: 'full' },
    ),
  ).toMatch(/12 degrees of freedom/);
  for (let i = 0; i < 120; i++) x.row(i)[4] = 2 * x.at(i, 3) + 5;
  expect(await run(x.columnBand(0, 10), labels, { noise: 'full' })).toMatch(/do not differ in some direction/);
  for (let i = 0; i < 120; i++) x.row(i)[5] = i % 12;
  expect(await run(x, labels)).toMatch(/unit 5 does not vary within any condition/);
});
