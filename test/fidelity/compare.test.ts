/** Measures of comparison against published and independently computed values. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readRepresentation } from '../../src/data/representation';
import { centreInDouble } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { condensed } from '../../src/linalg/points';
import { catalogue } from '../../src/methods/catalogue';
import { biased, debiased } from '../../src/methods/compare/cka';
import { kernelProduct, rbfKernel } from '../../src/methods/compare/kernels';
import { rsa } from '../../src/methods/compare/rsa';
import { g0, g1337, type Pair, t } from '../../src/methods/golden/inputs';
import { digitsOf, type Fixture, golden, goldenInputs } from '../../src/methods/golden/values';
import type { Outcome } from '../../src/methods/method';
import { runMethod } from '../unit/run-method';

const FIXTURES = goldenInputs();

async function run(id: string, { x, y }: { x: Matrix; y: Matrix }, parameters = {}): Promise<Outcome> {
  const method = catalogue.find((candidate) => candidate.id === id);
  if (method === undefined) throw new Error(`No method ${id}.`);
  return runMethod(method, [x, y], parameters);
}

/** To 1e-9 where so many digits are known, else to the digits that are given. */
function expectDigits(actual: number | null | undefined, expected: string): void {
  expect(Math.abs(Number(actual) - Number(expected)), `${actual} for ${expected}`).toBeLessThan(digitsOf(expected));
}

// CKNNA of T meets three rows of Y that are equally near: published values let their last bits decide, here the lower wins.
// RSA of T with correlation distances has ties that no floating-point routine meets exactly: 15 pairs, 7 values. Equal
// distances share a rank here; left to their last bits they give anything from .317 to .353.

describe('known values', () => {
  for (const { method, value: key, parameters = {}, expected } of golden) {
    for (const [fixture, value] of Object.entries(expected)) {
      test(`${method} ${JSON.stringify(parameters)} ${key} of ${fixture} is ${value}`, async () => {
        expectDigits((await run(method, FIXTURES[fixture as Fixture], parameters)).values[key], value);
      });
    }
  }

  test('RSA with correlation distance sees a shift', async () => {
    const { values } = await run('rsa', { x: shifted(), y: t().y }, { dissimilarity: 'correlation' });
    expectDigits(values.correlation, '.1360696401');
  });

  test('the RBF kernel at fixed widths, biased and debiased', async () => {
    const score = async ({ x, y }: Pair, sigma: number, estimate: typeof biased) => {
      const kernels = [x, y].map(async (m) => rbfKernel(await condensed(m, 'squared-euclidean'), m.rows, sigma));
      const [k, l] = [await kernels[0], await kernels[1]] as [
        ReturnType<typeof rbfKernel>,
        ReturnType<typeof rbfKernel>,
      ];
      return estimate(kernelProduct(k, l), k, l).value;
    };
    expectDigits(await score(g0(), 1, biased), '.8940267986');
    expectDigits(await score(g0(), 1, debiased), '.0676394158');
    expectDigits(await score(t(), 1, biased), '.9639254757');
    expectDigits(await score(t(), 1000, biased), '.7026366050');
    expectDigits(await score(t(), 0.05, biased), '1.0');
  });

  test('the google form of the RBF kernel: a fraction of the median square, zeros on the diagonal counted', async () => {
    const sigmaOf = (squared: Float64Array, rows: number) => {
      const all = [...squared, ...squared, ...new Float64Array(rows)].sort((a, b) => a - b);
      return 0.5 * Math.sqrt(((all[all.length / 2] as number) + (all[all.length / 2 - 1] as number)) / 2);
    };
    for (const [{ x, y }, expected] of [
      [g1337(), '.65483118'],
      [t(), '.9118300370'],
    ] as const) {
      const [k, l] = await Promise.all(
        [x, y].map(async (m) => {
          const squared = await condensed(m, 'squared-euclidean');
          return rbfKernel(squared, m.rows, sigmaOf(squared, m.rows));
        }),
      );
      if (k && l) expectDigits(biased(kernelProduct(k, l), k, l).value, expected);
    }
  });

  test('CKNNA with every row as a neighbour is debiased linear CKA', async () => {
    for (const pair of [g0(), g1337(), t()]) {
      const neighbours = pair.x.rows - 1;
      const { values } = await run('cknna', pair, { metric: 'inner', neighbours });
      const { values: whole } = await run('linear-cka-debiased', pair);
      expect(values.similarity).toBeCloseTo(Number(whole.cka), 10);
    }
  });

  test('Jaccard of neighbours of centred data', async () => {
    const centred = Object.values(g0()).map((m: Matrix) => centreInDouble(m)) as [Matrix, Matrix];
    expectDigits((await run('jaccard-knn', { x: centred[0], y: centred[1] })).values.similarity, '.1844222484');
  });

  test('correlations, dimensions and forced ones of CCA', async () => {
    const tiny = await run('mean-cca', t());
    expect(tiny.tables?.correlations?.rows.map(([, rho]) => Number(rho).toFixed(9))).toEqual([
      '1.000000000',
      '0.880084679',
      '0.124173571',
    ]);
    expect(tiny.warnings?.[0]).toMatch(/^1 of 3 canonical correlations are exactly 1/);
    expect((await run('mean-cca', g0())).warnings?.[0]).toMatch(/^21 of 25 canonical correlations are exactly 1/);
    expect((await run('mean-cca', g1337())).warnings).toEqual([]);
    const cut = await run('svcca', g0(), { variance: 0.95 });
    expect(cut.steps?.join()).toMatch(/kept: 16 of 25 .* and 17 of 25/);
    const two = (await run('svcca', t(), { dimensions: 2 })).tables?.correlations?.rows;
    expect(two?.map(([, rho]) => Number(rho).toFixed(10))).toEqual(['0.9225857347', '0.6182211979']);
  });

  test('chance levels in closed form', async () => {
    const known: [string, Fixture, string, string, string][] = [
      ['linear-cka', 'T', '.4717128907', '.1099350569', '2.1005'],
      ['linear-cka', 'G0', '.4757115108', '.0253792790', '.5371'],
      ['linear-cka', 'G1337', '.0912451138', '.0129267004', '36.08'],
      ['linear-cka-debiased', 'T', '0', String(Math.sqrt(1 / 9).toFixed(12)), '.7087'],
      ['linear-cka-debiased', 'G0', '0', Math.sqrt(2 / 810).toFixed(12), '.4749'],
      ['linear-cka-debiased', 'G1337', '0', Math.sqrt(2 / 9700).toFixed(12), '35.76'],
    ];
    for (const [id, fixture, level, sd, z] of known) {
      const chance = (await run(id, FIXTURES[fixture])).chance?.cka;
      expectDigits(chance?.level, level);
      expectDigits(chance?.sd, sd);
      expectDigits(chance?.z, z);
    }
    expectDigits((await run('mutual-knn', g0())).chance?.similarity?.level, '.3448276');
    expect((await run('mean-cca', g1337())).chance?.['rho-squared']?.level).toBe(10 / 99);
  });
});

type Reference = Record<string, Record<string, number> & { kept: number[] }> & {
  rsa: Record<string, Record<string, number>>;
  'distance-correlation': Record<string, { correlation: number; level?: number }>;
};

describe('the sample data against NumPy and SciPy', async () => {
  const references = JSON.parse(
    readFileSync(new URL('reference/compare_samples.json', import.meta.url), 'utf8'),
  ) as Record<string, Reference>;
  const digits = (seed: number, layer: number) =>
    sample(`digits/digits-cnn-seed${seed}-activations.npz`, `layer${layer}`);
  const words = (name: string) => sample(`words/kjv-${name}.npy`);
  const pairs: Record<string, () => Promise<Matrix[]>> = {
    ...Object.fromEntries(Object.entries(FIXTURES).map(([name, { x, y }]) => [name, async () => [x, y]])),
    'T shifted': async () => [shifted(), t().y],
    'digits layer1': () => Promise.all([digits(0, 1), digits(1, 1)]),
    'digits layer8': () => Promise.all([digits(0, 8), digits(1, 8)]),
    'digits layer2 layer7': () => Promise.all([digits(0, 2), digits(1, 7)]),
    'words a b': () => Promise.all([words('word2vec-a'), words('word2vec-b')]),
    'words a fasttext': () => Promise.all([words('word2vec-a'), words('fasttext')]),
  };

  for (const [name, reference] of Object.entries(references)) {
    test(name, async () => {
      const [x, y] = (await pairs[name]?.()) ?? [];
      // Of all pairs of thousands of rows, which takes seconds, one pair of spaces of that size is enough.
      const pairsOfRows = name !== 'words a fasttext';
      if (x === undefined || y === undefined) throw new Error(`No data for ${name}.`);
      const close = (actual: number | null | undefined, expected: number | undefined, what: string) =>
        expect(Math.abs(Number(actual) - Number(expected)), what).toBeLessThan(1e-9);
      for (const id of [
        'linear-cka',
        'linear-cka-debiased',
        'rbf-cka',
        'procrustes',
        'angular-shape',
        'mean-cca',
        'svcca',
      ]) {
        if (id === 'rbf-cka' && !pairsOfRows) continue;
        const { values, chance, steps } = await run(id, { x, y });
        const { level, sd, kept, ...expected } = reference[id] as Reference[string];
        for (const [key, value] of Object.entries(expected)) close(values[key], value, `${id} ${key}`);
        if (level !== undefined) close(chance?.cka?.level, level, `${id} level`);
        if (sd !== undefined) close(chance?.cka?.sd, sd, `${id} sd`);
        if (kept) expect(steps?.join()).toMatch(new RegExp(`kept: ${kept[0]} of .* and ${kept[1]} of`));
      }
      if (!pairsOfRows) return;
      close(
        (await run('rbf-cka', { x, y }, { estimator: 'debiased' })).values.cka,
        reference['rbf-cka debiased']?.cka,
        'rbf',
      );
      for (const [estimator, { correlation, level }] of Object.entries(reference['distance-correlation'])) {
        const { values, chance } = await run('distance-correlation', { x, y }, { estimator });
        close(values.correlation, correlation, `distance-correlation ${estimator}`);
        if (level !== undefined) close(chance?.correlation?.level, level, `distance-correlation ${estimator} level`);
      }
      const neighbours = x.rows > 10 ? Object.entries(reference['mutual-knn'] ?? {}) : [];
      for (const [metric, expected] of neighbours)
        close(
          (await run('mutual-knn', { x, y }, { metric })).values.similarity,
          Number(expected),
          `mutual-knn ${metric}`,
        );
      for (const [metric, comparisons] of Object.entries(reference.rsa)) {
        const dissimilarity = metric.replace('sq', 'squared-');
        for (const [comparison, expected] of Object.entries(comparisons)) {
          // The millions of pairs of the words are correlated once; the digits see every combination.
          if (x.rows > 1000 && !(metric === 'euclidean' && comparison === 'spearman')) continue;
          const { values } = await run('rsa', { x, y }, { dissimilarity, comparison });
          close(values.correlation, expected, `rsa ${metric} ${comparison}`);
          if (metric !== 'euclidean' || x.rows > 1000) continue;
          const beyond = await runMethod(rsa, [x, y], { dissimilarity, comparison }, { fits: () => false });
          close(beyond.values.correlation, expected, `rsa ${comparison}, ranks sorted on disk`);
        }
      }
    });
  }

  test('as the data were described', () => {
    expectDigits(references['words a b']?.['linear-cka']?.cka, '.94934406');
    expectDigits(references['words a fasttext']?.['linear-cka']?.cka, '.83725789');
    expectDigits(references['digits layer1']?.['linear-cka']?.cka, '.8538');
    expectDigits(references['digits layer8']?.['linear-cka']?.cka, '.8432');
  });
});

function shifted(): Matrix {
  const { x } = t();
  return Matrix.of(Array.from({ length: 6 }, (_, i) => [x.at(i, 0) + 1, x.at(i, 1) + 5, x.at(i, 2)]));
}

async function sample(path: string, tensor?: string): Promise<Matrix> {
  const folder = fileURLToPath(new URL('../../media/samples/', import.meta.url));
  const spec = tensor === undefined ? { path } : { path, tensor };
  return (await readRepresentation(spec, folder, { limit: 1e9 })).matrix;
}
