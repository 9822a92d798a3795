/** Identities between the measures, for data of every shape: wide, narrow, tied, with repeated rows and constant units. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnMeans } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { svd } from '../../src/linalg/svd';
import { catalogue } from '../../src/methods/catalogue';
import { rsa } from '../../src/methods/compare/rsa';
import type { Outcome } from '../../src/methods/method';
import { contextFor, runMethod } from './run-method';

const IDS = ['linear-cka', 'linear-cka-debiased', 'rbf-cka', 'procrustes', 'angular-shape', 'mean-cca', 'svcca', 'rsa'];
const ALL = [...IDS, 'mutual-knn'];

function methodOf(id: string) {
  const method = catalogue.find((candidate) => candidate.id === id);
  if (method === undefined) throw new Error(`No method ${id}.`);
  return method;
}

function run(id: string, x: Matrix, y: Matrix, parameters = {}): Promise<Outcome> {
  return runMethod(methodOf(id), [x, y], parameters);
}

async function value(id: string, x: Matrix, y: Matrix, parameters = {}, key?: string): Promise<number | null> {
  const { values } = await run(id, x, y, parameters);
  return values[key ?? methodOf(id).values[0]?.key ?? ''] ?? null;
}

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

type Kind = 'normal' | 'integers' | 'repeated' | 'constant' | 'shifted';

function data(rows: number, columns: number, kind: Kind, seed: number): Matrix<Float64Array> {
  const normal = gaussian(rows, columns, seed);
  const change = { integers: Math.round, shifted: (v: number) => v + 1000 }[kind as string];
  const x = change
    ? new Matrix(
        normal.data.map((v) => change(v)),
        rows,
        columns,
      )
    : normal;
  if (kind === 'constant') for (let i = 0; i < rows; i++) x.data[i * columns] = 0.1;
  return kind === 'repeated' ? x.takeRows(Array.from({ length: rows }, (_, i) => i % Math.ceil(rows / 2))) : x;
}

const KINDS: readonly Kind[] = ['normal', 'integers', 'repeated', 'constant', 'shifted'];
const pair = fc
  .record({
    rows: fc.integer({ min: 4, max: 14 }),
    p: fc.integer({ min: 1, max: 20 }),
    q: fc.integer({ min: 1, max: 20 }),
    kinds: fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...KINDS)),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ rows, p, q, kinds, seed }) => ({
    x: data(rows, p, kinds[0], seed),
    y: data(rows, q, kinds[1], seed + 1),
    seed,
  }));
type Sample = { x: Matrix; y: Matrix; seed: number };

/** The same cases every time. */
function forAll(property: (sample: Sample) => Promise<void>, runs = 60): Promise<void> {
  return fc.assert(fc.asyncProperty(pair, property), { numRuns: runs, seed: 20240607 });
}

async function rotation(columns: number, seed: number): Promise<Matrix> {
  const { u, v } = await svd(gaussian(columns, columns, seed));
  return multiply(u, v, { transposeB: true });
}

/** a X Q + b, with Q orthogonal. */
async function moved(x: Matrix, seed: number): Promise<Matrix> {
  const turned = await multiply(x, await rotation(x.columns, seed));
  return new Matrix(
    Float64Array.from(turned.data, (v, k) => 2.5 * (v as number) + (k % x.columns)),
    x.rows,
    x.columns,
  );
}

// The definitions with every n x n matrix written out, as plainly as they can be.
type Square = number[][];

function kernel(x: Matrix): Square {
  const rows = Array.from({ length: x.rows }, (_, i) => [...x.row(i)]);
  const mean = rows[0]?.map((_, j) => rows.reduce((sum, row) => sum + (row[j] as number), 0) / x.rows) ?? [];
  const centred = rows.map((row) => row.map((v, j) => v - (mean[j] as number)));
  return centred.map((a) => centred.map((b) => a.reduce((sum, v, j) => sum + v * (b[j] as number), 0)));
}

function inner(a: Square, b: Square): number {
  return a.reduce(
    (sum, row, i) => sum + row.reduce((part, v, j) => part + v * ((b[i] as number[])[j] as number), 0),
    0,
  );
}

function cosine(a: Square, b: Square): number {
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}

/** Song et al. 2012: the unbiased HSIC, from kernels with their diagonals set to zero. */
function song(k: Square, l: Square): number {
  const n = k.length;
  const hollow = (m: Square) => m.map((row, i) => row.map((v, j) => (i === j ? 0 : v)));
  const [a, b] = [hollow(k), hollow(l)];
  const sums = (m: Square) => m.map((row) => row.reduce((sum, v) => sum + v, 0));
  const [ra, rb] = [sums(a), sums(b)];
  const total = (values: number[]) => values.reduce((sum, v) => sum + v, 0);
  const crossed = ra.reduce((sum, v, i) => sum + v * (rb[i] as number), 0);
  return inner(a, b) + (total(ra) * total(rb)) / ((n - 1) * (n - 2)) - (2 * crossed) / (n - 2);
}

describe('identities', () => {
  test('linear CKA is the cosine of centred Gram matrices, and lies between 0 and 1', () =>
    forAll(async ({ x, y }) => {
      const cka = await value('linear-cka', x, y);
      if (cka === null) return;
      expect(cka).toBeCloseTo(cosine(kernel(x), kernel(y)), 9);
      expect(cka).toBeGreaterThanOrEqual(0);
      expect(cka).toBeLessThanOrEqual(1 + 1e-12);
    }));

  test('debiased linear CKA is the ratio of the unbiased HSIC', () =>
    forAll(async ({ x, y }) => {
      const cka = await value('linear-cka-debiased', x, y);
      if (cka === null) return;
      const [k, l] = [kernel(x), kernel(y)];
      expect(cka).toBeCloseTo(song(k, l) / Math.sqrt(song(k, k) * song(l, l)), 7);
    }));

  test('whatever rotation, scale and shift do, the measures that ignore them give their value of self', () =>
    forAll(async ({ x, seed }) => {
      const z = await moved(x, seed);
      for (const id of ['linear-cka', 'linear-cka-debiased', 'rbf-cka', 'mean-cca', 'svcca']) {
        const self = await value(id, x, z);
        if (self !== null) expect(self, id).toBeCloseTo(1, 7);
      }
      for (const id of ['procrustes', 'angular-shape']) {
        const self = await value(id, x, z);
        // Directly from the residuals: the square root of 2 - 2 s would leave 1e-8.
        if (self !== null) expect(self, id).toBeLessThan(1e-9);
      }
      const ranks = await value('rsa', x, z);
      if (ranks !== null) expect(ranks, 'rsa').toBeCloseTo(1, 9);
    }));

  test('linear CKA is RSA with squared Euclidean distances, double-centred', () =>
    forAll(async ({ x, y }) => {
      const cka = await value('linear-cka', x, y);
      const double = (m: Matrix) => {
        const d = Array.from({ length: m.rows }, (_, i) =>
          Array.from({ length: m.rows }, (_, j) => [...m.row(i)].reduce((sum, v, k) => sum + (v - m.at(j, k)) ** 2, 0)),
        );
        const means = d.map((row) => row.reduce((sum, v) => sum + v, 0) / m.rows);
        const mean = means.reduce((sum, v) => sum + v, 0) / m.rows;
        return d.map((row, i) => row.map((v, j) => v - (means[i] as number) - (means[j] as number) + mean));
      };
      if (cka !== null) expect(cka).toBeCloseTo(cosine(double(x), double(y)), 9);
    }));

  test('the shape distances are two faces of one similarity, and obey the triangle inequality', () =>
    forAll(async ({ x, y, seed }) => {
      const { values } = await run('procrustes', x, y);
      const angle = await value('angular-shape', x, y);
      if (values.distance == null || angle === null) return;
      expect(values.distance ** 2).toBeCloseTo(2 - 2 * (values.similarity as number), 9);
      expect(Math.cos(angle)).toBeCloseTo(values.similarity as number, 9);
      const z = gaussian(x.rows, 3, seed + 2);
      for (const id of ['procrustes', 'angular-shape']) {
        const [xy, yz, xz] = [await value(id, x, y), await value(id, y, z), await value(id, x, z)].map(Number);
        expect(xz).toBeLessThanOrEqual((xy as number) + (yz as number) + 1e-9);
      }
    }));

  test('CCA ignores invertible maps, and has as many ones as do not fit apart', () =>
    forAll(async ({ x, y, seed }) => {
      const mapped = await multiply(x, gaussian(x.columns, x.columns, seed));
      const [direct, after] = [await run('mean-cca', x, y), await run('mean-cca', mapped, y)];
      if (direct.values.similarity == null) return;
      // A random map of many units is nearly singular now and then, and then the directions are not quite those of x.
      expect(after.values.similarity).toBeCloseTo(direct.values.similarity, 5);
      const [, a, b] = (/ranks (\d+) of .* and (\d+) of/.exec(direct.steps?.join() ?? '') ?? []).map(Number);
      const forced = (a as number) + (b as number) - (x.rows - 1);
      const ones = direct.tables?.correlations?.rows.filter(([, rho]) => Number(rho) > 1 - 1e-7).length ?? 0;
      expect(ones).toBeGreaterThanOrEqual(forced);
      expect(direct.warnings?.some((text) => text.startsWith(`${forced} of`))).toBe(forced > 0);
    }));

  test('RBF CKA goes to linear CKA for wide kernels, and to 1 for narrow ones, which is warned of', () =>
    forAll(async ({ x, y }) => {
      const wide = await value('rbf-cka', x, y, { sigma: 1000 });
      if (wide === null) return;
      expect(wide).toBeCloseTo(Number(await value('linear-cka', x, y)), 4);
      const narrow = await run('rbf-cka', gaussian(12, 4, 1), gaussian(12, 4, 2), { sigma: 0.01 });
      expect(narrow.values.cka).toBeCloseTo(1, 9);
      expect(narrow.warnings?.join()).toMatch(/goes to 1 for anything/);
    }, 20));

  test('a representation shares all neighbours with itself', () =>
    forAll(async ({ x }) => {
      const neighbours = Math.min(3, x.rows - 1);
      for (const metric of ['cosine', 'euclidean', 'inner'])
        expect(await value('mutual-knn', x, x, { neighbours, metric })).toBe(1);
    }));
});

describe('chance', () => {
  const X = gaussian(6, 3, 1);
  const Y = gaussian(6, 2, 2);
  const EXACT: [string, string, object][] = [
    ['linear-cka', 'cka', {}],
    ['linear-cka-debiased', 'cka', {}],
    ['rbf-cka', 'cka', {}],
    ['rbf-cka', 'cka', { estimator: 'debiased' }],
    ['rbf-cka', 'cka', { estimator: 'lange' }],
    ['linear-cka-debiased', 'cka', { estimator: 'lange' }],
    ['laplace-cka', 'cka', {}],
    ['hsic', 'hsic', {}],
    ['hsic', 'unbiased', {}],
    ['mean-cca', 'rho-squared', {}],
    ['svcca', 'rho-squared', { dimensions: 2 }],
    ['rsa', 'correlation', { comparison: 'pearson' }],
    ['rsa', 'correlation', { comparison: 'spearman' }],
    ['rsa', 'correlation', { comparison: 'kendall' }],
    ['rsa', 'correlation', { comparison: 'tau-a' }],
    ['rsa', 'correlation', { comparison: 'rho-a' }],
    ['rsa', 'correlation', { comparison: 'cosine-cov' }],
    ['rsa', 'correlation', { comparison: 'corr-cov' }],
    ['rsa', 'correlation', { comparison: 'cosine', dissimilarity: 'squared-euclidean' }],
    ['mutual-knn', 'similarity', { neighbours: 2, metric: 'euclidean' }],
  ];

  for (const [id, key, parameters] of EXACT) {
    test(`${id} ${JSON.stringify(parameters)}: mean and spread over all 720 pairings are the closed forms`, async () => {
      const scores: number[] = [];
      for (const order of permutations(6)) scores.push(Number(await value(id, X, Y.takeRows(order), parameters, key)));
      const mean = scores.reduce((sum, v) => sum + v, 0) / scores.length;
      const variance = scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / scores.length;
      const chance = (await run(id, X, Y, parameters)).chance?.[key];
      expect(chance?.level).toBeCloseTo(mean, 10);
      if ('comparison' in parameters && ['kendall', 'tau-a'].includes(String(parameters.comparison))) return;
      expect(chance?.sd).toBeCloseTo(Math.sqrt(variance), 10);
      expect(chance?.z).toBeCloseTo((Number(await value(id, X, Y, parameters, key)) - mean) / Math.sqrt(variance), 7);
    });
  }

  test('the whitened correlation is exactly zero on average: of values less their mean the double-centred trace is', async () => {
    for (let seed = 1; seed < 9; seed++) {
      const inputs = [gaussian(24, 3, seed), gaussian(24, 4, seed + 20)] as const;
      for (const dissimilarity of ['euclidean', 'squared-euclidean'])
        for (const fits of [() => true, () => false]) {
          const { chance } = await runMethod(rsa, inputs, { dissimilarity, comparison: 'corr-cov' }, { fits });
          expect(chance?.correlation?.level).toBe(0);
        }
    }
  });

  const [X5, Y5] = [gaussian(5, 3, 3), gaussian(5, 2, 4)];
  const STATED: [string, string, object][] = [
    ['gulp', 'distance', {}],
    ['gulp', 'distance', { lambda: 0.1 }],
    ['eigenspace-overlap', 'similarity', {}],
    ['eigenspace-overlap', 'similarity', { centre: true }],
    ['ensd', 'dimensions', {}],
    ['linear-regression', 'r2', {}],
    ['linear-regression', 'r2-reverse', {}],
    ['jaccard-knn', 'similarity', { neighbours: 2 }],
    ['minibatch-cka', 'cka', {}],
    ['laplace-cka', 'cka', { estimator: 'lange' }],
    ['distance-correlation', 'correlation', { estimator: 'bias-corrected' }],
  ];

  for (const [id, key, parameters] of STATED) {
    test(`${id} ${key} ${JSON.stringify(parameters)}: what is stated holds over all 120 pairings of five rows`, async () => {
      const scores: number[] = [];
      for (const order of permutations(5))
        scores.push(Number(await value(id, X5, Y5.takeRows(order), parameters, key)));
      const mean = scores.reduce((sum, v) => sum + v, 0) / scores.length;
      const variance = scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / scores.length;
      const chance = (await run(id, X5, Y5, parameters)).chance?.[key];
      expect(chance?.level).toBeCloseTo(mean, 10);
      if (chance?.sd !== undefined) expect(chance.sd).toBeCloseTo(Math.sqrt(variance), 9);
    });
  }

  test('the similarity that random pairing reaches is at most what is said', async () => {
    let sum = 0;
    for (const order of permutations(6))
      sum += Number(await value('procrustes', X, Y.takeRows(order), {}, 'similarity'));
    const { reading } = await run('procrustes', X, Y);
    const bound = Number(/reach a similarity of ([\d.]+) at most/.exec(reading ?? '')?.[1]);
    expect(sum / 720).toBeLessThanOrEqual(bound + 0.005);
    expect(bound).toBeLessThan(1);
  });
});

describe('what cannot be computed', () => {
  const x = gaussian(12, 3, 1);

  test('a constant representation has no score, and it is said why', async () => {
    const constant = new Matrix(new Float32Array(24).fill(0.1), 12, 2);
    for (const id of IDS) {
      const outcome = await run(id, x, constant);
      expect(Object.values(outcome.values), id).toEqual(Object.values(outcome.values).map(() => null));
      expect(outcome.warnings?.join(' '), id).toMatch(/constant.*(not defined|no shape|no directions|zero|equally)/s);
    }
  });

  test('debiased CKA of rows that are all equally far apart', async () => {
    const simplex = Matrix.of(
      Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => Number(i === j))),
    );
    const outcome = await run('linear-cka-debiased', x, simplex);
    expect(outcome.values.cka).toBeNull();
    expect(outcome.warnings?.join()).toMatch(/nothing of one of them is left/);
    expect((await run('rsa', x, simplex)).values.correlation).toBeNull();
    const few = await run('linear-cka-debiased', x.slice(0, 3), x.slice(0, 3));
    expect(few.values.cka).toBeNull();
    expect(few.warnings?.join()).toMatch(/at least 4 rows/);
  });

  test('lists of neighbours that are all in the same direction hold no distance', async () => {
    const line = x.takeColumns([0]);
    const outcome = await run('second-order-cosine', line, line, { neighbours: 2, entries: 'distances' });
    expect(outcome.values.similarity).toBeNull();
    expect(outcome.warnings?.join()).toMatch(/list of every row is all zeros/);
  });

  test('distances to neighbours in a cone as narrow as 1e-8 keep their digits', async () => {
    const spaces = [gaussian(30, 3, 5), gaussian(30, 4, 6)];
    const cones = spaces.map((s) =>
      Matrix.of(Array.from({ length: 30 }, (_, i) => [1, ...s.row(i).map((v) => 1e-8 * v)])),
    );
    const squared = (s: Matrix, i: number, j: number) =>
      [...s.row(i)].reduce((sum, v, c) => sum + (v - s.at(j, c)) ** 2, 0);
    const nearest = (s: Matrix, i: number) =>
      Array.from({ length: 30 }, (_, j) => j)
        .filter((j) => j !== i)
        .sort((a, b) => squared(s, i, a) - squared(s, i, b))
        .slice(0, 4);
    // Half the squared length of a short arc is that of its chord: of the plane across the cone.
    const cosines = Array.from({ length: 30 }, (_, i) => {
      const union = [...new Set(spaces.flatMap((s) => nearest(s, i)))];
      const [a, b] = spaces.map((s) => union.map((j) => squared(s, i, j))) as [number[], number[]];
      const inner = (u: number[], v: number[]) => u.reduce((sum, value, k) => sum + value * (v[k] as number), 0);
      return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
    });
    const { values } = await run('second-order-cosine', ...(cones as [Matrix, Matrix]), {
      neighbours: 4,
      entries: 'distances',
    });
    expect(values.similarity).toBeCloseTo(cosines.reduce((sum, value) => sum + value, 0) / 30, 12);
  });

  test('more neighbours than there are rows', async () => {
    const outcome = await run('mutual-knn', x, x, { neighbours: 12 });
    expect(outcome.values.similarity).toBeNull();
    expect(outcome.warnings?.join()).toMatch(/need at least 13 rows and there are 12/);
  });
});

describe('numbers at the ends of their range', () => {
  const x = gaussian(20, 4, 1);
  const y = gaussian(20, 5, 2);
  const scaled = (m: Matrix, factor: number) =>
    new Matrix(
      Float64Array.from(m.data, (v) => v * factor),
      m.rows,
      m.columns,
    );

  for (const factor of [1e200, 1e-200, 1e100]) {
    test(`scaled by ${factor}`, async () => {
      for (const id of ['linear-cka', 'linear-cka-debiased', 'procrustes', 'angular-shape', 'mean-cca', 'svcca']) {
        expect(await value(id, scaled(x, factor), y), id).toBeCloseTo(Number(await value(id, x, y)), 10);
      }
    });
  }

  test('HSIC is in the units of the data, however large or small, and has no value where a double has none', async () => {
    const [own, unbiased] = [await value('hsic', x, y), await value('hsic', x, y, {}, 'unbiased')].map(Number);
    for (const power of [40, -40, 200]) {
      const large = await run('hsic', scaled(x, 2 ** power), y);
      expect(Number(large.values.hsic) / 4 ** power, String(power)).toBeCloseTo(own as number, 9);
      expect(Number(large.values.unbiased) / 4 ** power, String(power)).toBeCloseTo(unbiased as number, 9);
      const inputs = [scaled(x, 2 ** power), y].map((matrix, i) => ({ name: String(i), matrix }));
      const swept = await methodOf('hsic').sweep?.(inputs, inputs, {}, contextFor(20));
      expect(swept?.values[1]).toBe(large.values.hsic);
      expect(Number(swept?.chance?.[1]) / Number(large.chance?.hsic?.level)).toBeCloseTo(1, 9);
    }
    const beyond = await run('hsic', scaled(x, 1e200), scaled(y, 1e200));
    expect(beyond.values.hsic).toBeNull();
    expect(beyond.warnings?.join()).toMatch(/too large or too small/);
  });

  test('float32 data with a large mean lose nothing that was not lost already', async () => {
    const shifted = new Matrix(
      Float32Array.from(x.data, (v) => v + 4096),
      20,
      4,
    );
    const same = new Matrix(
      Float64Array.from(shifted.data, (v) => v - 4096),
      20,
      4,
    );
    for (const id of IDS) expect(await value(id, shifted, y), id).toBeCloseTo(Number(await value(id, same, y)), 9);
  });
});

describe('rounding', () => {
  test('of values far from zero is not taken for a direction', async () => {
    const x = gaussian(30, 2, 1);
    const [a, b] = [x.column(0), x.column(1)];
    const dependent = Matrix.of(Array.from(a, (v, i) => [v + 1e6, (b[i] as number) + 1e6, v + (b[i] as number) + 1e6]));
    expect((await run('mean-cca', dependent, gaussian(30, 3, 2))).steps?.join()).toMatch(/ranks 2 of 3 and 3 of 3/);
  });

  test('does not part graphs that both join all rows, whatever the order of sums', async () => {
    for (const n of [6, 12, 50]) {
      const [x, y] = [gaussian(n, 2, 1), gaussian(n, 2, 2)];
      const order = new Random(3).permutation(n);
      for (const other of [y, y.takeRows(order)])
        expect(await value('imd', x, other, { neighbours: n - 1 }), `${n} rows`).toBe(0);
      expect(await value('imd', x, x.takeRows(order), { neighbours: 3 }), `${n} rows`).toBe(0);
    }
  });

  test('does not part a shape from itself, turned, in a sweep', async () => {
    const x = gaussian(30, 5, 1);
    const inputs = [x, await moved(x, 7), gaussian(30, 4, 2)].map((matrix, i) => ({ name: `r${i}`, matrix }));
    for (const id of ['procrustes', 'angular-shape']) {
      const method = methodOf(id);
      const swept = await method.sweep?.(inputs, inputs, method.parameters.parse({}), contextFor(30));
      expect(swept?.values[1], id).toBeLessThan(1e-12);
      expect(swept?.values[2], id).toBeGreaterThan(0.1);
    }
  });
});

describe('running', () => {
  test('an aborted job ends before anything large is reserved or computed', async () => {
    for (const id of ALL) {
      const signal = AbortSignal.abort(new Error('stop'));
      const inputs = [gaussian(40, 8, 1), gaussian(40, 8, 2)];
      await expect(runMethod(methodOf(id), inputs, {}, { signal }), id).rejects.toThrow('stop');
    }
  });

  test('sweeps that may overwrite their inputs give the same, in their memory where it is of the precision', async () => {
    const single = gaussian(24, 5, 3);
    const inputs = () =>
      [gaussian(24, 4, 1), gaussian(24, 40, 2), new Matrix(Float32Array.from(single.data), 24, 5)].map((matrix, i) => ({
        name: `r${i}`,
        matrix: new Matrix(
          matrix.data.map((v) => v + 3),
          matrix.rows,
          matrix.columns,
        ),
      }));
    for (const id of ['linear-cka', 'linear-cka-debiased', 'hsic', 'ensd']) {
      const { sweep, parameters } = methodOf(id);
      const [given, kept] = [inputs(), inputs()];
      const swept = await sweep?.(given, given, parameters.parse({}), { ...contextFor(24), mayOverwrite: true });
      const expected = await sweep?.(kept, kept, parameters.parse({}), contextFor(24));
      for (const [k, score] of swept?.values.entries() ?? [])
        expect(score, id).toBeCloseTo(Number(expected?.values[k]), 9);
      expect(kept, id).toEqual(inputs());
      const moved = given.map(({ matrix }) => Math.abs(columnMeans(matrix)[0] as number) < 1e-9);
      expect(moved, id).toEqual([true, true, false]);
    }
  });

  test('references against inputs, some of them the same, in one sweep', async () => {
    const [a, b, c] = [1, 2, 3].map((seed) => ({ name: `r${seed}`, matrix: gaussian(24, 2 + seed, seed) }));
    if (!a || !b || !c) return;
    for (const id of ALL) {
      const method = methodOf(id);
      const swept = await method.sweep?.([a, b], [b, c], method.parameters.parse({}), contextFor(24));
      const expected: (number | null)[] = [];
      for (const row of [a, b]) for (const column of [b, c]) expected.push(await value(id, row.matrix, column.matrix));
      expect(swept?.values.length, id).toBe(4);
      for (const [k, score] of swept?.values.entries() ?? []) expect(score, id).toBeCloseTo(Number(expected[k]), 9);
    }
  });
});

test('linear regression sweeps alike whether or not there is room to keep what is explained', async () => {
  const inputs = [3, 4, 30].map((p, i) => ({ name: `r${i}`, matrix: gaussian(24, p, 5 + i) }));
  const swept = (surroundings = {}) =>
    methodOf('linear-regression').sweep?.(inputs.slice(1), inputs, {}, contextFor(24, surroundings));
  expect(await swept({ fits: () => false })).toEqual(await swept());
});

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

test('of many pairs, too, ties at the last neighbour are said, once for each representation', async () => {
  const method = methodOf('mutual-knn');
  const tied = new Matrix(
    Float64Array.from({ length: 20 }, (_, i) => i % 2),
    20,
    1,
  );
  const inputs = [tied, gaussian(20, 3, 1), gaussian(20, 3, 2)].map((matrix, i) => ({ name: `${i}`, matrix }));
  const parameters = method.parameters.parse({ neighbours: 3, metric: 'euclidean' });
  const { warnings } = (await method.sweep?.(inputs, inputs, parameters, contextFor(20))) ?? {};
  expect(warnings).toEqual([expect.stringMatching(/^For 20 of 20 rows of 0 the neighbour at place 3 is tied/)]);
});

test('rows so far apart that uniformity is that of any rows are said, for each space and in a sweep', async () => {
  const x = gaussian(40, 15, 3);
  const far = x.map((value) => 9 * value);
  const method = methodOf('uniformity-difference');
  const saidOf = async (a: Matrix, b: Matrix, t: number) => (await runMethod(method, [a, b], { t })).warnings?.join();
  expect(await saidOf(x, far, 2)).toMatch(/^a: rows are so far apart at this t .*b: rows are so far apart/);
  expect(await saidOf(x, far, 0.02)).toMatch(/^b: rows are so far apart/);
  expect(await saidOf(x, x, 0.02)).not.toContain('far apart');
  const [a, b] = [
    { name: 'a', matrix: x },
    { name: 'b', matrix: far },
  ];
  const { warnings } = (await method.sweep?.([a], [a, b], method.parameters.parse({ t: 0.02 }), contextFor(40))) ?? {};
  expect(warnings?.join()).toMatch(/^a and b: rows are so far apart/);
});
