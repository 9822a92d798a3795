/** Kernels that are never held against the same ones held whole. */
import { describe, expect, test } from 'vitest';
import { condensed } from '../../src/linalg/distances';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { median } from '../../src/linalg/ranks';
import { biased, type CkaScore, debiased } from '../../src/methods/compare/cka';
import { kernelProduct, rbfKernel } from '../../src/methods/compare/kernels';
import { rbfCka } from '../../src/methods/compare/rbf-cka';
import { tiledMedians, tiledRbf } from '../../src/methods/compare/tiled-kernels';
import { contextFor, runMethod } from './run-method';

/** Normal values; every fifth row twice, one row far away. */
function rowsOf(n: number, d: number, seed: number, noise?: Matrix): Matrix<Float64Array> {
  const random = new Random(seed);
  const value = (k: number) => random.normal() + (noise?.data[k] ?? 0);
  const x = new Matrix(
    Float64Array.from({ length: n * d }, (_, k) => value(k)),
    n,
    d,
  );
  for (let i = 3; i < n; i += 5) x.row(i).set(x.row(i - 2));
  if (n > 8) x.row(1).set(x.row(1).map((entry) => 20 * entry));
  return x;
}

const estimators = { biased, debiased };

async function byTiles(x: Matrix, y: Matrix, sigma: number, estimator: keyof typeof estimators): Promise<CkaScore> {
  const inputs = [
    { name: 'a', matrix: x },
    { name: 'b', matrix: y },
  ] as const;
  const context = contextFor(x.rows);
  const { sides, product } = await tiledRbf(await tiledMedians(inputs, context), sigma, context);
  const [k, l] = inputs.map((input) => sides.get(input));
  if (!k || !l) throw new Error('There is no kernel.');
  return estimators[estimator](product(k, l), k, l);
}

async function whole(x: Matrix, y: Matrix, sigma: number, estimator: keyof typeof estimators): Promise<CkaScore> {
  const kernelOf = async (m: Matrix) => {
    const squared = await condensed(m, 'squared-euclidean');
    return rbfKernel(squared, m.rows, sigma * median(squared.map(Math.sqrt)));
  };
  const [k, l] = [await kernelOf(x), await kernelOf(y)];
  return estimators[estimator](kernelProduct(k, l), k, l);
}

describe('RBF CKA by tiles', () => {
  for (const estimator of ['biased', 'debiased'] as const) {
    test(`is that of whole kernels, with its chance level: ${estimator}`, async () => {
      for (const [n, d] of [
        [6, 3],
        [40, 5],
        [131, 9],
        [700, 1100],
      ] as const) {
        for (const sigma of n > 200 ? [1] : [0.1, 0.5, 1, 4, 100]) {
          const x = rowsOf(n, d, n);
          const y = rowsOf(n, d, n + 1, x);
          const [found, expected] = [await byTiles(x, y, sigma, estimator), await whole(x, y, sigma, estimator)];
          const what = `${n} rows, σ = ${sigma}`;
          expect(Math.abs(Number(found.value) - Number(expected.value)), what).toBeLessThan(1e-10);
          expect(Math.abs(Number(found.chance?.level) - Number(expected.chance?.level)), what).toBeLessThan(1e-10);
          expect(Math.abs(Number(found.chance?.sd) - Number(expected.chance?.sd)), what).toBeLessThan(1e-10);
        }
      }
    });
  }

  test('is 1 of itself, whatever the bandwidth', async () => {
    const x = rowsOf(60, 4, 1);
    for (const sigma of [0.05, 1, 30, 1000]) {
      expect((await byTiles(x, x, sigma, 'biased')).value).toBeCloseTo(1, 12);
      expect((await byTiles(x, x, sigma, 'debiased')).value).toBeCloseTo(1, 9);
    }
  });

  test('goes to linear CKA as the bandwidth grows, without losing digits', async () => {
    const linear = (x: Matrix, y: Matrix) => {
      const [a, b] = [x, y].map((m) => {
        const means = Array.from({ length: m.columns }, (_, j) => m.column(j).reduce((sum, v) => sum + v, 0) / m.rows);
        const centred = Array.from({ length: m.rows }, (_, i) =>
          Array.from(m.row(i), (v, j) => v - (means[j] as number)),
        );
        return centred.flatMap((p) => centred.map((q) => p.reduce((sum, v, j) => sum + v * (q[j] as number), 0)));
      }) as [number[], number[]];
      const dot = (p: number[], q: number[]) => p.reduce((sum, v, k) => sum + v * (q[k] as number), 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const [x, y] = [rowsOf(30, 4, 3), rowsOf(30, 3, 4)];
    expect(Math.abs(Number((await byTiles(x, y, 1e5, 'biased')).value) - linear(x, y))).toBeLessThan(1e-7);
  });

  test('mean and spread over all 720 pairings are the closed forms', async () => {
    const [x, y] = [rowsOf(6, 3, 1), rowsOf(6, 2, 2)];
    const values: number[] = [];
    for (const order of permutations(6)) values.push(Number((await byTiles(x, y.takeRows(order), 1, 'biased')).value));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const { chance } = await byTiles(x, y, 1, 'biased');
    expect(chance?.level).toBeCloseTo(mean, 11);
    expect(chance?.sd).toBeCloseTo(sd, 11);
  });

  test('needs memory for tiles only, and says what it did', async () => {
    const n = 2000;
    const [x, y] = [rowsOf(n, 3, 5), rowsOf(n, 3, 6)];
    let most = 0;
    const reserve = (bytes: number) => {
      most = Math.max(most, bytes);
    };
    const outcome = await runMethod(rbfCka, [x, y], {}, { reserve });
    expect(most).toBeLessThan(256e6);
    expect(outcome.steps?.join('; ')).toMatch(/all pairs of rows, tile by tile; median distance exact/);
    const expected = await whole(x, y, 1, 'biased');
    expect(Math.abs(Number(outcome.values.cka) - Number(expected.value))).toBeLessThan(1e-10);
    const inputs = [x, y].map((matrix, i) => ({ name: `r${i}`, matrix }));
    const swept = await rbfCka.sweep?.(inputs, inputs, rbfCka.parameters.parse({}), contextFor(n, { reserve }));
    expect(swept?.values[1]).toBeCloseTo(Number(outcome.values.cka), 12);
    expect(swept?.values[0]).toBeCloseTo(1, 12);
    expect(most).toBeLessThan(256e6);
  });

  test('has no value where most rows are equal', async () => {
    const x = rowsOf(1600, 2, 1);
    const equal = new Matrix(new Float64Array(1600).fill(3), 1600, 1);
    equal.data[5] = 4;
    const { values, warnings } = await runMethod(rbfCka, [x, equal]);
    expect(values.cka).toBeNull();
    expect(warnings?.join()).toMatch(/the median distance is zero/);
  });
});

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}
