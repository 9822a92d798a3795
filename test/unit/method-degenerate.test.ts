/**
 * Input of which a measure of pairs has no value: null and the reason, never NaN, and nothing outside of its range that was moved
 * into it. By itself and in a sweep, whichever side is at fault, and both.
 */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Method, Outcome, PairScores, Rows } from '../../src/methods/method';
import { UserError } from '../../src/protocol/errors';
import { contextFor, runMethod } from './run-method';

const ROWS = 9;
/** Few enough that ten rows have them. */
const SMALL = { neighbours: 3, permutations: 2, repeats: 1, restarts: 1, clusters: 2, folds: 3 };

function made(rows: number, columns: number, value: (i: number, j: number) => number): Matrix<Float64Array> {
  const at = (k: number) => value(Math.floor(k / columns), k % columns);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, (_, k) => at(k)),
    rows,
    columns,
  );
}

function normal(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return made(rows, columns, () => random.normal());
}

/** As wide as their partner, for the measures that need that. */
const odd: Readonly<Record<string, Matrix<Float64Array>>> = {
  'one value throughout': made(ROWS, 3, () => 0.1),
  'nothing but zeros': Matrix.zeros(ROWS, 3),
  'the same row again and again': made(ROWS, 3, (_, j) => [0.3, -1.7, 1e3][j] as number),
  'one column': normal(ROWS, 1, 3),
  'one constant column': made(ROWS, 1, () => -4),
  'one constant column among others': made(ROWS, 3, (i, j) => (j === 1 ? 0.1 : Math.sin(i * (j + 1)))),
  'one direction': made(ROWS, 3, (i, j) => (i - 4) * (j + 1)),
  'rows that repeat': normal(ROWS, 3, 7).takeRows([0, 1, 2, 0, 1, 2, 0, 1, 2]),
  'two rows in turns': made(ROWS, 3, (i, j) => (i % 2 === 0 ? j : -1)),
  'all but one row the same': made(ROWS, 3, (i, j) => (i === 4 ? j + 1 : 0.7)),
  'rows equally far apart': made(ROWS, ROWS, (i, j) => Number(i === j)),
  'one row': normal(1, 3, 4),
  'two rows': normal(2, 3, 5),
  'three rows': normal(3, 3, 6),
};

function rowsOf(n: number): Rows {
  const index = Int32Array.from({ length: n }, (_, i) => i);
  const labels = { kind: 'category', name: 'half', categories: ['a', 'b'], index: index.map((i) => i % 2) } as const;
  return { index, labels };
}

/** Every number of an outcome is one, every value lies where it may, and a value that is not there is explained. */
function expectSound({ values: described }: Method, { values, chance, warnings }: Outcome, what: string): void {
  expect(JSON.stringify([values, chance, warnings]), what).not.toMatch(/NaN|Infinity|undefined/);
  for (const { key, range } of described) {
    const value = values[key];
    if (value === null)
      expect(warnings?.join(' ').length ?? 0, `${what} ${key} is missing and nothing says why`).toBeGreaterThan(15);
    else {
      expect(Number.isFinite(value), `${what} ${key} is ${value}`).toBe(true);
      if (range[0] !== null) expect(value, `${what} ${key}`).toBeGreaterThanOrEqual(range[0] - 1e-9);
      if (range[1] !== null) expect(value, `${what} ${key}`).toBeLessThanOrEqual(range[1] + 1e-9);
    }
  }
  for (const one of Object.values(chance ?? {}))
    for (const number of [one.level, one.sd, one.z, one.p])
      if (number !== undefined) expect(Number.isFinite(number), `${what}: chance ${number}`).toBe(true);
}

/** Refused in words counts as explained. */
async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message.length).toBeGreaterThan(15);
    return null;
  }
}

function expectSwept({ values, chance, sd, warnings }: PairScores, what: string): void {
  for (const value of [...values, ...(chance ?? []), ...(sd ?? [])])
    expect(value === null || Number.isFinite(value), `${what}: ${value}`).toBe(true);
  if (values.includes(null)) expect(warnings?.join(' ').length ?? 0, `${what}: nothing says why`).toBeGreaterThan(15);
}

const measures = catalogue.filter(({ takes, alone }) => takes === 'pair' && !alone);

describe.each(measures.map((method) => [method.id, method] as const))('%s', (_, method) => {
  test.each(Object.entries(odd))('%s', async (name, matrix) => {
    const partner = normal(matrix.rows, 3, 1);
    const rows = rowsOf(matrix.rows);
    const known = Object.keys(SMALL).filter((key) => key in (method.parameters.shape ?? {}));
    const parameters = Object.fromEntries(known.map((key) => [key, SMALL[key as keyof typeof SMALL]]));
    const found: (number | null | undefined)[] = [];
    for (const pair of [
      [partner, matrix],
      [matrix, partner],
      [matrix, matrix],
    ] as const) {
      const outcome = await attempt(() => runMethod(method, pair, parameters, { rows }));
      if (outcome) expectSound(method, outcome, `${method.id}, ${name}`);
      found.push(outcome === null ? null : outcome.values[method.values[0]?.key ?? '']);
    }
    if (!method.sweep) return;
    const inputs = [partner, matrix].map((one, k) => ({ name: `${k}`, matrix: one }));
    const context = contextFor(matrix.rows, { rows });
    const chosen = method.parameters.parse(parameters);
    const swept = await attempt(async () => method.sweep?.(inputs, inputs, chosen, context));
    if (!swept) return;
    expectSwept(swept, `${method.id}, ${name}, in a sweep`);
    for (const [at, alone] of [
      [1, found[0]],
      [2, found[1]],
      [3, found[2]],
    ] as const) {
      const value = swept.values[at];
      if (value == null || alone == null)
        expect([at, value ?? null], `${method.id}, ${name}`).toEqual([at, alone ?? null]);
      else expect(value, `${method.id}, ${name}, pair ${at}`).toBeCloseTo(alone, 7);
    }
  });
});

/** Measures in the units of the data, by the power of it that they are. */
const HOMOGENEOUS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'procrustes-size-and-shape': {},
  'permutation-procrustes': { form: 'distance' },
  'stochastic-shape': {},
  'rsm-difference': {},
  'riemannian-distance': { form: 'bures' },
  'magnitude-difference': {},
};

describe('values so large or small that their squares are no doubles', () => {
  const [x, y] = [normal(ROWS, 3, 1), normal(ROWS, 3, 2)] as const;
  const times = ({ data, rows, columns }: Matrix, factor: number) =>
    made(rows, columns, (i, j) => factor * (data[i * columns + j] as number));
  const far = [2 ** 530, 2 ** -530] as const;
  const firstOf = async (method: Method, pair: readonly Matrix[], parameters = {}) => {
    const known = Object.keys(SMALL).filter((key) => key in (method.parameters.shape ?? {}));
    const small = Object.fromEntries(known.map((key) => [key, SMALL[key as keyof typeof SMALL]]));
    const outcome = await runMethod(method, pair, { ...small, ...parameters }, { rows: rowsOf(ROWS) });
    expectSound(method, outcome, method.id);
    for (const name of ['rows', 'units'])
      for (const cell of outcome.tables?.[name]?.rows.flat() ?? [])
        if (typeof cell === 'number') expect(Number.isFinite(cell), `a cell of ${name} is ${cell}`).toBe(true);
    return outcome.values[method.values[0]?.key ?? ''] as number;
  };

  test.each(['clusters', 'hdbscan', 'class-geometry', 'anchor-coverage', 'hubness', 'spectral-decay'])(
    '%s',
    async (id) => {
      const method = catalogue.find((one) => one.id === id) as Method;
      const wanted = await firstOf(method, [x]);
      for (const factor of far) expect(await firstOf(method, [times(x, factor)]), `${factor}`).toBeCloseTo(wanted, 9);
    },
  );

  /** Every value, by the power of the unit that it is; a logarithm of squared lengths. */
  const powers: Readonly<Record<string, Readonly<Record<string, number | 'logarithm' | null>>>> = {
    'intrinsic-dimension': {},
    hyperbolicity: { delta: 1, largest: 1 },
    'row-profile': { length: 1 },
    anisotropy: { 'mean-length': 1, partition: null },
    'manifold-entropy': { index: 'logarithm', 'mean-log': 'logarithm', entropy: null },
    stitching: {},
    robustness: {},
    'invariance-check': {},
    ...Object.fromEntries(
      ['matryoshka-map', 'pca', 'mds', 'custom-axes', 'lda', 'tsne', 'umap', 'phate', 'heat-geodesic', 'subspaces'].map(
        (id) => [id, {}],
      ),
    ),
  };
  test.each(Object.entries(powers))('%s, every value', async (id, of) => {
    const method = catalogue.find((one) => one.id === id) as Method;
    const known = 'neighbours' in (method.parameters.shape ?? {}) ? { neighbours: 3 } : {};
    const valuesOf = async (factor: number) => {
      const given = method.takes === 'one' ? [times(x, factor)] : [times(x, factor), times(y, factor)];
      return (await runMethod(method, given, known, { rows: rowsOf(ROWS) })).values;
    };
    const wanted = await valuesOf(1);
    for (const factor of far) {
      const found = await valuesOf(factor);
      for (const [key, value] of Object.entries(wanted)) {
        const power = of[key] === undefined ? 0 : of[key];
        if (power === null) continue;
        if (value === null) expect(found[key], `${key}, ${factor}`).toBeNull();
        else if (power === 'logarithm') expect(Number(found[key]) - 2 * Math.log(factor), key).toBeCloseTo(value, 7);
        else expect(Number(found[key]) / factor ** power, `${key}, ${factor}`).toBeCloseTo(value, 4);
      }
    }
  });

  const methodOf = (id: string) => catalogue.find((one) => one.id === id) as Method;

  test.each(['euclidean', 'l1', 'basis'])('relative representations by %s', async (projection) => {
    const anchors = { projection, 'anchor-selection': 'rows', 'anchor-rows': '0,4,6' };
    const places = async (factor: number, standardise: string) => {
      const { representations } = await runMethod(methodOf('relative'), [times(x, factor)], {
        ...anchors,
        standardise,
      });
      return representations?.[0]?.matrix.data as Float64Array;
    };
    for (const standardise of ['none', 'units', 'similarities'])
      for (const factor of far) {
        const found = await places(factor, standardise);
        const unit = projection === 'basis' || standardise !== 'none' ? 1 : factor;
        for (const [k, value] of (await places(1, standardise)).entries())
          expect((found[k] as number) / unit, `${standardise}, ${factor}`).toBeCloseTo(value, 9);
      }
  });

  test('row-profile, by lengths of differences', async () => {
    const parameters = { neighbours: 3, metric: 'euclidean' };
    const wanted = (await runMethod(methodOf('row-profile'), [x], parameters)).values;
    for (const factor of far) {
      const { values } = await runMethod(methodOf('row-profile'), [times(x, factor)], parameters);
      for (const key of ['length', 'nearest', 'distance'])
        expect((values[key] as number) / factor, key).toBeCloseTo(wanted[key] as number, 9);
    }
  });

  test('view-fusion of units as they are: the ridge is nothing beside them, or everything', async () => {
    const fused = async (factor: number, ridge: number) =>
      (
        await runMethod(methodOf('view-fusion'), [times(x, factor), times(y, factor)], {
          ...{ standardise: false, ridge },
        })
      ).values.agreement;
    expect(await fused(far[0], 1)).toBeCloseTo((await fused(1, 0)) as number, 9);
    expect(await fused(far[1], 1)).toBeCloseTo(0, 9);
  });

  test('subspaces: noise that is nothing beside the rows, or everything, is refused', async () => {
    for (const factor of [...far, 2 ** -240])
      await expect(runMethod(methodOf('subspaces'), [times(x, factor)], { noise: 0.5 })).rejects.toThrow(
        /^Noise 0.5 beside/,
      );
    expect((await runMethod(methodOf('subspaces'), [times(x, 2 ** 100)], { noise: 0.5 })).values.energy).not.toBeNull();
  });

  test.each(['pca', 'mds', 'relative'])('%s of float32 values near the largest are written in float64', async (id) => {
    const largest = times(x, 1e38).map((value) => Math.sign(value) * 3e38);
    const single = new Matrix(new Float32Array(largest.data), largest.rows, largest.columns);
    const chosen = id === 'relative' ? { projection: 'euclidean', anchors: 3 } : {};
    const { representations } = await runMethod(methodOf(id), [single], chosen);
    expect(representations?.[0]?.matrix.data.every(Number.isFinite)).toBe(true);
  });

  test('alignment and uniformity of rows as they are: squares beyond float64 have no mean, and it says so', async () => {
    const wide = times(x, far[0]);
    const rows = rowsOf(ROWS);
    const apart = await runMethod(methodOf('view-alignment'), [wide, y], { normalise: false });
    expectSound(methodOf('view-alignment'), apart, 'views');
    expect([apart.values.alignment, apart.reading]).toEqual([null, undefined]);
    const own = await runMethod(methodOf('view-alignment'), [wide, wide], { normalise: false });
    expect([own.values.alignment, own.chance]).toEqual([0, undefined]);
    expect(own.reading).not.toMatch(/NaN/);
    const one = await runMethod(methodOf('uniformity'), [wide], { normalise: false }, { rows });
    expectSound(methodOf('uniformity'), one, 'rows');
    expect([one.values.alignment, one.values.apart]).toEqual([null, null]);
    expect(one.warnings?.join()).toMatch(/beyond float64/);
    for (const { values, warnings } of [apart, one]) {
      expect(values.uniformity).toBeNull();
      expect(warnings?.join()).toMatch(/Uniformity is empty: .*beyond float64.*smaller t/);
    }
  });

  test.each(['rbf-cka', 'laplace-cka'])(
    '%s of one width: the median distances, and why there is no value',
    async (id) => {
      const distances = Array.from({ length: ROWS }, (_, i) =>
        Array.from({ length: i }, (_, j) => Math.hypot(...x.row(i).map((value, k) => value - x.at(j, k)))),
      ).flat();
      distances.sort((a, b) => a - b);
      const middle = ((distances[17] as number) + (distances[18] as number)) / 2;
      const said = async (factor: number, estimator: string) => {
        const outcome = await runMethod(methodOf(id), [times(x, factor), y], { width: 'fixed', estimator });
        expect(outcome.steps?.[0]).toContain(`median distances ${Number((factor * middle).toPrecision(4))} and `);
        return outcome.values.cka === null ? outcome.warnings?.join() : 'a value';
      };
      for (const estimator of ['biased', 'debiased', 'lange'])
        expect(await said(far[1], estimator)).toMatch(/distances are nothing beside σ/);
      expect(await said(far[0], 'biased')).toBe('a value');
      expect(await said(far[0], 'debiased')).toMatch(/as where every row is as near to every other/);
    },
  );

  test('laplace-cka of one width has no value where few digits of the kernel are left', async () => {
    const of = async (factor: number) =>
      (await runMethod(methodOf('laplace-cka'), [x, times(y, factor)], { width: 'fixed' })).values.cka;
    expect(await of(1e-6)).toBeCloseTo((await of(1e-5)) as number, 4);
    for (const factor of [1e-10, 1e-15, 1e-150]) expect(await of(factor)).toBeNull();
  });

  test('riemannian-distance after a rotation: beside the far larger the other is nothing', async () => {
    const spread = (matrix: Matrix) => {
      const mean = Array.from(
        { length: matrix.columns },
        (_, j) => matrix.column(j).reduce((sum, v) => sum + v) / ROWS,
      );
      return Math.hypot(...matrix.data.map((value, k) => value - (mean[k % matrix.columns] as number)));
    };
    const given = { form: 'bures' };
    for (const [large, small] of [[far[0], 1], [1, far[1]], far] as const) {
      const ahead = await firstOf(methodOf('riemannian-distance'), [times(x, large), times(y, small)], given);
      expect(ahead / large).toBeCloseTo(spread(x), 9);
      const behind = await firstOf(methodOf('riemannian-distance'), [times(x, small), times(y, large)], given);
      expect(behind / large).toBeCloseTo(spread(y), 9);
    }
  });

  test('riemannian-distance, fitted: what is fitted is said though it be no double', async () => {
    const pair = [normal(ROWS, ROWS - 1, 1), normal(ROWS, ROWS - 1, 2)] as const;
    const fitted = async (first: number, second: number) => {
      const given = [times(pair[0], first), times(pair[1], second)];
      const { steps } = await runMethod(methodOf('riemannian-distance'), given, { form: 'fitted' });
      const [, scale, noise] = /the first times (.+) and noise of (.+) fitted/.exec(steps?.at(-1) ?? '') ?? [];
      return [scale, noise].map((text) => text?.split('e') ?? []);
    };
    const [, noise] = await fitted(1, 1);
    // 2^1060 is 1.2354e319.
    const [, far319] = await fitted(far[0], far[0]);
    expect(Number(far319?.[0])).toBeCloseTo(1.2354 * Number(noise?.[0]), 1);
    expect(far319?.[1]).toBe('319');
  });

  test.each(measures.map((method) => [method.id, method] as const))('%s', async (id, method) => {
    const sees = !method.invariances.includes('scaling');
    for (const factor of far) {
      if (id in HOMOGENEOUS) {
        const wanted = factor * (await firstOf(method, [x, y], HOMOGENEOUS[id]));
        const found = await firstOf(method, [times(x, factor), times(y, factor)], HOMOGENEOUS[id]);
        expect(found / wanted, `${factor}`).toBeCloseTo(1, 9);
      } else if (!sees) {
        const wanted = await firstOf(method, [x, y]);
        for (const pair of [
          [times(x, factor), y],
          [x, times(y, factor)],
          [times(x, 1 / factor), times(y, factor)],
        ])
          expect(await firstOf(method, pair), `${factor}`).toBeCloseTo(wanted, 9);
      } else await attempt(() => firstOf(method, [times(x, factor), y]));
    }
  });
});

test.each([
  ['linear-regression', 'r2-reverse', {}],
  ['eigenspace-overlap', 'similarity', { centre: true }],
] as const)(
  '%s of as many directions as rows allow: every pairing gives the same, with no spread and no standard score',
  async (id, key, parameters) => {
    const method = catalogue.find((one) => one.id === id) as Method;
    for (let seed = 0; seed < 20; seed++) {
      const { chance } = await runMethod(method, [normal(4, 3, seed), normal(4, 2, 100 + seed)], parameters);
      expect(chance?.[key]).toEqual({ level: expect.any(Number), sd: 0, how: expect.any(String) });
    }
  },
);
