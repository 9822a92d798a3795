/** Kernels that are never held against the same ones held whole. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { condensed } from '../../src/linalg/points';
import { Random } from '../../src/linalg/random';
import { median } from '../../src/linalg/ranks';
import { biased, type CkaScore, debiased } from '../../src/methods/compare/cka';
import { distanceCorrelation } from '../../src/methods/compare/distance-correlation';
import { kernelProduct, rbfKernel } from '../../src/methods/compare/kernels';
import { rankingBytes, ranksInTurn } from '../../src/methods/compare/ranks-in-turn';
import { rbfCka } from '../../src/methods/compare/rbf-cka';
import { rsa } from '../../src/methods/compare/rsa';
import { COMPARISONS } from '../../src/methods/compare/rsa-scores';
import { tiledMedians, tiledRbf } from '../../src/methods/compare/tiled-kernels';
import type { Context, Representation } from '../../src/methods/method';
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
  const { sides, product } = await tiledRbf(await tiledMedians(inputs, context), (middle) => sigma * middle, context);
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

  test('mean and spread over all 120 pairings are the closed forms', async () => {
    const [x, y] = [rowsOf(5, 3, 1), rowsOf(5, 2, 2)];
    const values: number[] = [];
    for (const order of permutations(5)) values.push(Number((await byTiles(x, y.takeRows(order), 1, 'biased')).value));
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

describe('RSA by tiles', () => {
  const inputs = (n: number) => {
    const x = rowsOf(n, 4, n);
    return [x, rowsOf(n, 4, n + 1, x)];
  };
  const tight = { fits: () => false };

  test('is that of whole lists, with its chance level', async () => {
    for (const n of [6, 45, 130]) {
      for (const dissimilarity of ['euclidean', 'squared-euclidean', 'correlation', 'cosine']) {
        for (const comparison of n < 45 || dissimilarity === 'euclidean'
          ? COMPARISONS.filter((comparison) => comparison !== 'bures')
          : (['pearson', 'cosine'] as const)) {
          const given = { dissimilarity, comparison };
          const found = await runMethod(rsa, inputs(n), given, tight);
          const expected = await runMethod(rsa, inputs(n), given);
          const what = `${n} rows, ${dissimilarity}, ${comparison}`;
          const differ = (a: number | null | undefined, b: number | null | undefined) =>
            Math.abs(Number(a) - Number(b));
          expect(differ(found.values.correlation, expected.values.correlation), what).toBeLessThan(1e-10);
          const [a, b] = [found.chance?.correlation, expected.chance?.correlation];
          expect(differ(a?.level, b?.level), what).toBeLessThan(1e-10);
          if (a?.sd === undefined) expect(b?.sd, what).toBeUndefined();
          else expect(differ(a.sd, b?.sd), what).toBeLessThan(1e-10);
          expect(found.steps).toContain('tile by tile');
          expect(expected.steps).not.toContain('tile by tile');
        }
      }
    }
  });

  test('sweeps alike where one list at a time can be ranked in memory', async () => {
    const laid = { fits: (bytes: number) => bytes >= rankingBytes({ matrix: Matrix.zeros(40, 1) }) };
    const flat = rowsOf(40, 3, 11);
    flat.row(4).fill(0);
    const named = [...inputs(40), rowsOf(40, 2, 9), flat].map((matrix, i) => ({ name: `r${i}`, matrix }));
    for (const comparison of ['spearman', 'rho-a'])
      for (const dissimilarity of ['euclidean', 'cosine']) {
        const given = rsa.parameters.parse({ comparison, dissimilarity });
        const expected = await rsa.sweep?.(named, named.slice(1), given, contextFor(40));
        const context = contextFor(40, laid);
        let bytes = 0;
        const scratch: Context['scratch'] = (size, what, use) => {
          bytes = size;
          return context.scratch(size, what, use);
        };
        const found = await rsa.sweep?.(named, named.slice(1), given, { ...context, scratch });
        // Of rows without a direction there is no list.
        expect(bytes).toBe((dissimilarity === 'cosine' ? 3 : 4) * 8 * 780);
        for (const key of ['values', 'chance', 'sd'] as const)
          for (const [k, value] of expected?.[key]?.entries() ?? [])
            if (value === null) expect(found?.[key]?.[k]).toBeNull();
            else expect(found?.[key]?.[k], `${comparison}, ${dissimilarity}`).toBeCloseTo(value, 11);
        expect(found?.warnings).toEqual(expected?.warnings);
      }
  });

  test('multiplies ranks that are laid by a stretch at a time', async () => {
    const named = inputs(40).map((matrix, i) => ({ name: `r${i}`, matrix }));
    const [whole, cut] = [
      await ranksInTurn(named, 'euclidean', 'Ranks', contextFor(40)),
      await ranksInTurn(named, 'euclidean', 'Ranks', contextFor(40), 8 * 2 * 100),
    ];
    const [a, b] = named as [Representation, Representation];
    expect(cut.covariance(a, b)).toBeCloseTo(whole.covariance(a, b), 6);
    expect(cut.covariance(b, b)).toBeCloseTo(cut.moments.get(b)?.squared as number, 6);
  });

  test('sweeps alike, and draws from a stated sample', async () => {
    const named = [...inputs(40), rowsOf(40, 2, 9)].map((matrix, i) => ({ name: `r${i}`, matrix }));
    for (const comparison of ['pearson', 'spearman', 'tau-a', 'corr-cov']) {
      const given = rsa.parameters.parse({ comparison });
      const [found, expected] = [
        await rsa.sweep?.(named, named, given, contextFor(40, tight)),
        await rsa.sweep?.(named, named, given, contextFor(40)),
      ];
      for (const [k, value] of expected?.values.entries() ?? [])
        expect(found?.values[k], comparison).toBeCloseTo(Number(value), 11);
    }
    const { figures } = await runMethod(rsa, inputs(1100), { comparison: 'pearson' }, tight);
    expect(figures?.map(({ caption }) => caption).join()).toMatch(/Drawn: 1,000 of 1,100 rows, chosen at random\./);
  });

  test('has no value where a row has no direction, or all pairs are alike', async () => {
    const [x, y] = inputs(20) as [Matrix<Float64Array>, Matrix];
    x.row(4).fill(0);
    const none = await runMethod(rsa, [x, y], { comparison: 'pearson', dissimilarity: 'cosine' }, tight);
    expect(none.values.correlation).toBeNull();
    expect(none.warnings?.join()).toMatch(/are not numbers/);
    const simplex = new Matrix(
      Float64Array.from({ length: 400 }, (_, k) => (k % 21 === 0 ? 1 : 0)),
      20,
      20,
    );
    for (const comparison of ['pearson', 'spearman', 'kendall', 'corr-cov']) {
      const alike = await runMethod(rsa, [simplex, y], { comparison }, tight);
      expect(alike.values.correlation, comparison).toBeNull();
      expect(alike.warnings?.join()).toMatch(/equally dissimilar/);
    }
  });
});

describe('distance correlation', () => {
  const square = async (x: Matrix, y: Matrix) =>
    Number((await runMethod(distanceCorrelation, [x, y])).values.correlation) ** 2;

  test('its chance level is the mean of the square over all 120 pairings, and z that of the square', async () => {
    const [x, y] = [rowsOf(5, 3, 1), rowsOf(5, 2, 2)];
    const squares: number[] = [];
    for (const order of permutations(5)) squares.push(await square(x, y.takeRows(order)));
    const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
    const sd = Math.sqrt(squares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / squares.length);
    const { chance } = await runMethod(distanceCorrelation, [x, y]);
    expect(Number(chance?.correlation?.level) ** 2).toBeCloseTo(mean, 11);
    expect(chance?.correlation?.z).toBeCloseTo(((await square(x, y)) - mean) / sd, 8);
  });

  test('bias-corrected it is zero on average, with the spread that is said', async () => {
    const [x, y] = [rowsOf(5, 3, 1), rowsOf(5, 2, 2)];
    const run = (m: Matrix) => runMethod(distanceCorrelation, [x, m], { estimator: 'bias-corrected' });
    const values: number[] = [];
    for (const order of permutations(5)) values.push(Number((await run(y.takeRows(order))).values.correlation));
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0, 11);
    const { chance } = await run(y);
    expect(chance?.correlation?.sd).toBeCloseTo(
      Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length),
      11,
    );
  });

  test('is 1 of a similar shape at any scale, however large the numbers are', async () => {
    const x = rowsOf(40, 3, 1);
    for (const factor of [-2, 1e-200, 1e200]) {
      const y = new Matrix(
        x.data.map((value) => factor * value),
        40,
        3,
      );
      expect(await square(x, y), String(factor)).toBeCloseTo(1, 12);
    }
  });
});

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}
