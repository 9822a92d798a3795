/** Dissimilarities of counts and distances of inner products against reference/second_moments.py. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { conditionDistances } from '../../src/methods/compare/condition-distances';
import { conditionsOf } from '../../src/methods/compare/conditions';
import { poissonPairs } from '../../src/methods/compare/poisson';
import { riemannianDistance } from '../../src/methods/compare/riemannian-distance';
import { rsa } from '../../src/methods/compare/rsa';
import { COMPARISONS } from '../../src/methods/compare/rsa-scores';
import { g0 } from '../../src/methods/golden/inputs';
import type { Representation } from '../../src/methods/method';
import { digits, rowsOf } from '../unit/labelled-rows';
import { contextFor, runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/second_moments.json';

const x = sampleMatrix('digits/digits-test-images.npy').slice(0, 60).toDouble();
const last = digits(0, 'layer8').slice(0, 60).toDouble();
const y = new Matrix(last.data.map(Math.abs), last.rows, last.columns);
const rows = rowsOf(Int32Array.from({ length: 60 }, (_, i) => i % 6));
/** SciPy's names. */
const names = {
  euclidean: 'euclidean',
  sqeuclidean: 'squared-euclidean',
  correlation: 'correlation',
  cosine: 'cosine',
} as const;
const correlation = async (given: object, pair: readonly Matrix[] = [x, y]) =>
  (await runMethod(rsa, pair, { ...given }, { rows })).values.correlation;
const distance = async (given: object, pair: readonly Matrix[] = [x, y]) =>
  (await runMethod(riemannianDistance, pair, { ...given })).values.distance;

describe('Poisson', () => {
  test('divergences of rows of counts, and RSA by them', async () => {
    const { first, last: end, ...values } = reference.poisson;
    expect((await poissonPairs(x))[0]).toBeCloseTo(first, 11);
    expect((await poissonPairs(y)).at(-1)).toBeCloseTo(end, 11);
    for (const [comparison, value] of Object.entries(values))
      expect(await correlation({ dissimilarity: 'poisson', comparison })).toBeCloseTo(value, 9);
    expect(await correlation({ dissimilarity: 'poisson', comparison: 'bures' })).toBeCloseTo(
      reference['poisson bures'],
      7,
    );
  });

  test('of rows that are alike, of which the products cancel', async () => {
    const near = new Matrix(
      x.data.map((value, k) => (k % 128 < 64 ? value : (x.data[k - 64] as number) * (1 + 1e-7 * (k % 3)))),
      60,
      64,
    );
    const rate = (value: number) => (value + 0.1) / 1.1;
    const exact = [...near.row(0)].reduce((sum, value, k) => {
      const [a, b] = [rate(value), rate(near.at(1, k))];
      return sum + ((a - b) * Math.log1p((a - b) / b)) / 64;
    }, 0);
    const found = (await poissonPairs(near))[0] as number;
    expect(found / exact).toBeCloseTo(1, 6);
  });

  test('of conditions, each row left out once', async () => {
    const { first, last: end, ...values } = reference['poisson-cv'];
    const conditions = conditionsOf(rows.labels, 60, 2);
    if (typeof conditions === 'string') throw new Error(conditions);
    const found = await Promise.all(
      [x, y].map((m) => conditionDistances(m, conditions, 'poisson-cv', 'none', contextFor(60))),
    );
    const [a, b] = found.map((one) => (typeof one === 'string' ? [] : [...one.values]));
    expect(a?.[0]).toBeCloseTo(first, 10);
    expect(b?.at(-1)).toBeCloseTo(end, 10);
    for (const [comparison, value] of Object.entries(values))
      expect(await correlation({ dissimilarity: 'poisson-cv', comparison })).toBeCloseTo(value, 9);
  });

  test('of conditions of large counts, of which the products cancel', async () => {
    const counts = [1e6, 1e6 + 3, 1e6 + 2, 1e6 + 8];
    const labels = { kind: 'category', name: 'c', categories: ['a', 'b'], index: Int32Array.of(0, 1, 0, 1) } as const;
    const conditions = conditionsOf(labels, 4, 2);
    if (typeof conditions === 'string') throw new Error(conditions);
    const found = await conditionDistances(
      Matrix.of(counts.map((count) => [count])),
      conditions,
      'poisson-cv',
      'none',
      contextFor(4),
    );
    if (typeof found === 'string') throw new Error(found);
    const logarithm = (a: number, b: number) => Math.log1p((a - b) / (b + 0.1));
    // Each pair of rows against the other: (xᵢ - xⱼ) / 1.1 times the difference of logarithms.
    const [a, b, c, d] = counts as [number, number, number, number];
    const expected = ((a - b) * logarithm(c, d) + (c - d) * logarithm(a, b)) / 1.1 / 2;
    expect((found.values[0] as number) / expected).toBeCloseTo(1, 8);
  });

  test('values below zero, and conditions of unequal numbers of rows, have none and it is said', async () => {
    const below = new Matrix(
      y.data.map((value) => -value),
      y.rows,
      y.columns,
    );
    const refused = await runMethod(rsa, [x, below], { dissimilarity: 'poisson' });
    expect(refused.values.correlation).toBeNull();
    expect(refused.warnings?.join()).toMatch(/for poisson some value is below zero/);
    const uneven = { rows: rowsOf(Int32Array.from({ length: 60 }, (_, i) => Math.floor(Math.sqrt(i / 7)))) };
    const unequal = await runMethod(rsa, [x, y], { dissimilarity: 'poisson-cv' }, uneven);
    expect(unequal.values.correlation).toBeNull();
    expect(unequal.warnings?.join()).toMatch(/as many rows of every condition/);
  });
});

describe.each(Object.entries(names))('%s', (name, dissimilarity) => {
  const key = name as keyof typeof names;
  test('Bures similarity and distance', async () => {
    expect(await correlation({ dissimilarity, comparison: 'bures' })).toBeCloseTo(reference.bures[key], 7);
    expect(await distance({ dissimilarity, form: 'bures' })).toBeCloseTo(reference['bures distance'][key], 6);
  });

  test('affine-invariant, and with scale and noise fitted', async () => {
    expect(await distance({ dissimilarity })).toBeCloseTo(reference['affine-invariant'][key], 8);
    const few = [x.slice(0, 12), y.slice(0, 12)];
    expect(await distance({ dissimilarity, form: 'fitted' }, few)).toBeCloseTo(reference.fitted[key], 6);
  });
});

test('of narrow data what neither has is not computed', async () => {
  const pair = [x.takeColumns([20, 21, 22, 23, 24, 25]), y.takeColumns([0, 1, 2, 3, 4])];
  expect(await distance({ shrinkage: 0.3 }, pair)).toBeCloseTo(reference.narrow, 9);
  const rough = await runMethod(riemannianDistance, pair, { form: 'fitted' });
  expect(rough.values.distance).toBeNull();
  expect(rough.warnings?.join()).toMatch(/fewer directions than rows/);
});

test('published: the Bures metric of G0 over its units, squared', async () => {
  const found = (await distance({ form: 'bures' }, [g0().x, g0().y])) as number;
  expect(found ** 2 / 25).toBeCloseTo(1.369427052, 8);
});

test('rows that are not apart are all at one place: the other is as far from it as it is long', async () => {
  for (const [dissimilarity, squared] of [
    ['squared-euclidean', (a: number, b: number) => (a - b) ** 2],
    ['cosine', (a: number, b: number) => (a * b > 0 ? 0 : 2)],
  ] as const) {
    const line = Matrix.of([1, -2, 4, 3, -5].map((value) => [value]));
    const same = line.map(() => 2 ** 1023);
    // tr -½ HDH is the mean of D over all pairs of rows, half of n times.
    const sum = [...line.data].reduce((all, a) => line.data.reduce((part, b) => part + squared(a, b), all), 0);
    const given = { form: 'bures', dissimilarity };
    expect(await distance(given, [same, line])).toBeCloseTo(Math.sqrt(sum / 2 / 5), 12);
    expect(await distance(given, [line, same])).toBeCloseTo(Math.sqrt(sum / 2 / 5), 12);
    const small = [same, line.map((value) => value * 2 ** -1000)];
    const unit = dissimilarity === 'cosine' ? 1 : 2 ** -1000;
    expect(Number(await distance(given, small)) / unit).toBeCloseTo(Math.sqrt(sum / 2 / 5), 12);
    expect(await distance(given, [same, same])).toBe(0);
    const { values, warnings } = await runMethod(riemannianDistance, [same, line], { dissimilarity });
    expect(values.distance).toBeNull();
    expect(warnings?.join()).toContain('no two rows of one of them are apart');
  }
});

test('no comparison sees the scale of dissimilarities, be they beyond the root of all numbers', async () => {
  // All above zero and so large that the prior is nothing.
  const sides = (scale: number) => [x, y].map((side) => side.map((value) => scale * (1 + Math.abs(value))));
  for (const comparison of COMPARISONS) {
    const run = (scale: number) => runMethod(rsa, sides(scale), { dissimilarity: 'poisson', comparison });
    const [{ values, chance }, wanted] = [await run(2 ** 500), await run(2 ** 60)];
    expect(values.correlation, comparison).toBeCloseTo(wanted.values.correlation as number, 9);
    expect(chance?.correlation?.sd ?? 0, comparison).toBeCloseTo(wanted.chance?.correlation?.sd ?? 0, 9);
  }
});

test('in a sweep as one by one', async () => {
  const inputs: Representation[] = [x, y].map((matrix, i) => ({ name: `${i}`, matrix: matrix.slice(0, 9) }));
  for (const form of ['affine-invariant', 'fitted', 'bures'] as const) {
    const chosen = riemannianDistance.parameters.parse({ form });
    const swept = await riemannianDistance.sweep?.(inputs, inputs, chosen, contextFor(9));
    for (const [i, a] of inputs.entries())
      for (const [j, b] of inputs.entries())
        expect(swept?.values[2 * i + j], form).toBeCloseTo(Number(await distance({ form }, [a.matrix, b.matrix])), 6);
  }
});
