/** Identities between measures that are computed by different roads, for data of every shape: wide, narrow, tied, with repeated rows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { rsa } from '../../src/methods/compare/rsa';
import type { Context, Method } from '../../src/methods/method';
import { contributionTables } from '../../src/methods/shared/contributions';
import { reordered } from '../../src/methods/shared/reordered';
import type { Table } from '../../src/protocol/result';
import { contextFor, runMethod } from './run-method';

type Pair = { readonly x: Matrix<Float64Array>; readonly y: Matrix<Float64Array> };

/** Normal values; a few levels only, so that everything ties; every other row again; one unit constant; one column the next one's copy. */
const KINDS = ['normal', 'levels', 'repeated', 'constant', 'copied'] as const;

function data(rows: number, columns: number, kind: (typeof KINDS)[number], seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  const x = new Matrix(
    Float64Array.from({ length: rows * columns }, () => (kind === 'levels' ? random.integer(3) : random.normal())),
    rows,
    columns,
  );
  for (let i = 0; i < rows; i++) {
    if (kind === 'constant') x.data[i * columns] = -4;
    if (kind === 'copied' && columns > 1) x.data[i * columns + 1] = x.at(i, 0);
    if (kind === 'repeated' && i % 2 === 1) x.data.copyWithin(i * columns, (i - 1) * columns, i * columns);
  }
  return x;
}

const kind = fc.constantFrom(...KINDS);
const shape = fc.record({
  rows: fc.integer({ min: 4, max: 16 }),
  p: fc.integer({ min: 1, max: 24 }),
  q: fc.integer({ min: 1, max: 24 }),
  kinds: fc.tuple(kind, kind),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

/** The same cases every time. `square`: as many units on both sides. */
function forAll(property: (pair: Pair) => Promise<void>, square = false, runs = 80): Promise<void> {
  return fc.assert(
    fc.asyncProperty(shape, ({ rows, p, q, kinds, seed }) =>
      property({ x: data(rows, p, kinds[0], seed), y: data(rows, square ? p : q, kinds[1], seed + 1) }),
    ),
    { numRuns: runs, seed: 20240911 },
  );
}

async function valuesOf(id: string, { x, y }: Pair, parameters = {}): Promise<Readonly<Record<string, number | null>>> {
  const { values } = await runMethod(catalogue.find((one) => one.id === id) as Method, [x, y], parameters);
  return values;
}

/** The first value. */
async function scoreOf(id: string, pair: Pair, parameters = {}): Promise<number | null> {
  return Object.values(await valuesOf(id, pair, parameters))[0] ?? null;
}

const varies = (values: ArrayLike<number>) => Array.from(values).some((v) => v !== values[0]);

/** The same number, or none on either side. */
function same(a: number | null | undefined, b: number | null | undefined, digits = 8): void {
  if (a == null || b == null) expect([a ?? null, b ?? null]).toEqual([null, null]);
  else expect(a).toBeCloseTo(b, digits);
}

async function canonical(pair: Pair): Promise<{ squares: number; ranks: [number, number] } | null> {
  const method = catalogue.find(({ id }) => id === 'mean-cca') as Method;
  const { tables } = await runMethod(method, [pair.x, pair.y]);
  const ranks = [rankOf(pair.x), rankOf(pair.y)] as [number, number];
  const rows = tables?.correlations?.rows;
  return rows ? { squares: rows.reduce((sum, [, rho]) => sum + Number(rho) ** 2, 0), ranks } : null;
}

/** Of the centred columns, by elimination with full pivots. */
function rankOf(x: Matrix<Float64Array>): number {
  const columns = Array.from({ length: x.columns }, (_, j) => {
    const values = Array.from({ length: x.rows }, (_, i) => x.at(i, j));
    const mean = values.reduce((sum, v) => sum + v, 0) / x.rows;
    return values.map((v) => v - mean);
  });
  const length = (v: readonly number[]) => Math.sqrt(v.reduce((sum, one) => sum + one * one, 0));
  const bound = 1e-9 * Math.max(1, ...columns.map(length));
  for (let rank = 0; ; rank++) {
    const longest = columns.reduce((best, v, j) => (length(v) > length(columns[best] as number[]) ? j : best), 0);
    const pivot = columns[longest]?.slice() ?? [];
    if (!(length(pivot) > bound)) return rank;
    const unit = pivot.map((v) => v / length(pivot));
    for (const column of columns) {
      const along = column.reduce((sum, v, i) => sum + v * (unit[i] as number), 0);
      for (const [i, v] of unit.entries()) column[i] = (column[i] as number) - along * v;
    }
  }
}

/** Double-centred, as a list of rows. */
function centredSquare(rows: number, entry: (i: number, j: number) => number): number[][] {
  const k = Array.from({ length: rows }, (_, i) => Array.from({ length: rows }, (_, j) => entry(i, j)));
  const means = k.map((row) => row.reduce((sum, v) => sum + v, 0) / rows);
  const all = means.reduce((sum, v) => sum + v, 0) / rows;
  return k.map((row, i) => row.map((v, j) => v - (means[i] as number) - (means[j] as number) + all));
}

const inner = (a: readonly number[][], b: readonly number[][]) =>
  a.reduce((sum, row, i) => sum + row.reduce((own, v, j) => own + v * (b[i]?.[j] as number), 0), 0);

test('minibatch CKA of one batch is debiased CKA, and the ratio of unbiased HSIC', () =>
  forAll(async ({ x, y }) => {
    const debiased = await scoreOf('linear-cka-debiased', { x, y });
    same(await scoreOf('minibatch-cka', { x, y }, { batch: 1000 }), debiased);
    if (debiased === null) return;
    const [xy, xx, yy] = await Promise.all(
      [
        { x, y },
        { x, y: x },
        { x: y, y },
      ].map(async (pair) => (await valuesOf('hsic', pair)).unbiased as number),
    );
    expect((xy as number) / Math.sqrt((xx as number) * (yy as number))).toBeCloseTo(debiased, 8);
  }));

test('minibatch CKA has no value where, beside one row, nothing but rounding is left of the others', async () => {
  const [x, y] = [data(64, 5, 'normal', 1), data(64, 4, 'normal', 2)];
  for (const m of [x, y]) for (let j = 0; j < m.columns; j++) m.data[j] = 1e8 * m.at(0, j);
  expect(await scoreOf('minibatch-cka', { x, y }, { batch: 16 })).toBeNull();
  const simplex = new Matrix(
    Float64Array.from({ length: 64 * 64 }, (_, k) => Number(k % 65 === 0)),
    64,
    64,
  );
  expect(await scoreOf('minibatch-cka', { x: simplex, y }, { batch: 16 })).toBeNull();
});

test('CKNNA with every row as neighbour is debiased CKA', () =>
  forAll(async ({ x, y }) => {
    const neighbours = x.rows - 1;
    const cknna = await scoreOf('cknna', { x, y }, { metric: 'inner', neighbours });
    const debiased = await scoreOf('linear-cka-debiased', { x, y });
    if (cknna !== null && debiased !== null) expect(cknna).toBeCloseTo(debiased, 7);
  }));

test.each(['inner', 'cosine'])(
  'CKNNA with every row as neighbour is told far from the origin too, by %s',
  async (metric) => {
    const [x, y] = [1, 2].map((seed) =>
      data(11, 5, 'normal', seed)
        .toDouble()
        .map((value) => value + 1e4),
    ) as [Matrix<Float64Array>, Matrix<Float64Array>];
    const unit = (m: Matrix<Float64Array>) =>
      m.map((value, k) => value / Math.hypot(...m.row(Math.floor(k / m.columns))));
    const [a, b] = metric === 'inner' ? [x, y] : [unit(x), unit(y)];
    const debiased = await scoreOf('linear-cka-debiased', { x: a, y: b });
    expect(await scoreOf('cknna', { x, y }, { metric, neighbours: 10 })).toBeCloseTo(debiased as number, 6);
  },
);

test('the whitened cosine of squared distances is linear CKA', () =>
  forAll(async ({ x, y }) => {
    const whitened = { dissimilarity: 'squared-euclidean', comparison: 'cosine-cov' };
    same(await scoreOf('rsa', { x, y }, whitened), await scoreOf('linear-cka', { x, y }));
  }));

test('ranks of distances and of their squares are the same, however far one row is from the others', async () => {
  const [x, y] = [data(60, 4, 'normal', 1), data(60, 4, 'normal', 2)];
  for (let j = 0; j < 4; j++) x.data[j] = 1e7 * x.at(0, j);
  const tight = { fits: () => false };
  for (const comparison of ['spearman', 'kendall', 'tau-a', 'rho-a'])
    for (const surroundings of [{}, tight]) {
      const scoreBy = async (dissimilarity: string) =>
        (await runMethod(rsa, [x, y], { comparison, dissimilarity }, surroundings)).values.correlation as number;
      expect(await scoreBy('squared-euclidean'), comparison).toBeCloseTo(await scoreBy('euclidean'), 12);
    }
});

test('squared distance correlation is CKA with the distance as kernel', () =>
  forAll(async ({ x, y }) => {
    const distance = (m: Matrix) => (i: number, j: number) =>
      Math.hypot(...Array.from(m.row(i), (v, k) => v - (m.row(j)[k] as number)));
    const [a, b] = [x, y].map((m) => centredSquare(m.rows, distance(m))) as [number[][], number[][]];
    const value = await scoreOf('distance-correlation', { x, y });
    const norm = Math.sqrt(inner(a, a) * inner(b, b));
    if (value === null) expect(norm).toBeLessThan(1e-9);
    else expect(value ** 2).toBeCloseTo(inner(a, b) / norm, 8);
  }));

test('Bures similarity, Procrustes distance and the angle of shapes are one number', () =>
  forAll(async (pair) => {
    const bures = await scoreOf('normalised-bures', pair);
    const distance = await scoreOf('procrustes', pair);
    const angle = await scoreOf('angular-shape', pair);
    same(distance === null ? null : distance ** 2, bures === null ? null : 2 - 2 * bures);
    same(angle === null ? null : Math.cos(angle), bures);
    same(await scoreOf('shape-metric', pair, { alpha: 1 }), angle, 6);
  }));

test('fully whitened shapes stand at the angle of CCA, however nearly dependent the units are', async () => {
  for (const [near, digits] of [
    [1e-5, 9],
    [1e-7, 8],
    [1e-9, 6],
  ] as const) {
    const [x, y] = [data(40, 4, 'normal', 1), data(40, 4, 'normal', 2)];
    for (let i = 0; i < 40; i++) x.data[4 * i] = x.at(i, 1) + near * x.at(i, 0);
    const angle = (await scoreOf('shape-metric', { x, y }, { alpha: 0 })) as number;
    expect(Math.cos(angle), `${near}`).toBeCloseTo((await scoreOf('mean-cca', { x, y })) as number, digits);
  }
});

test('a partly whitened shape is that of its extremes where values are extremely large or small', async () => {
  const [x, y] = [data(20, 4, 'normal', 1), data(20, 3, 'normal', 2)];
  const times = (m: Matrix, factor: number) =>
    new Matrix(
      Float64Array.from(m.data, (v) => v * factor),
      m.rows,
      m.columns,
    );
  for (const [factor, alpha] of [
    [1e160, 1],
    [1e-160, 0],
  ] as const) {
    const pair = { x: times(x, factor), y: times(y, factor) };
    const wanted = (await scoreOf('shape-metric', { x, y }, { alpha })) as number;
    for (const partly of [alpha, 0.5])
      expect(await scoreOf('shape-metric', pair, { alpha: partly })).toBeCloseTo(wanted, 12);
  }
});

test('no permutation of units carries one space nearer to the other than the best rotation', () =>
  forAll(async (pair) => {
    const angle = await scoreOf('angular-shape', pair);
    const permuted = await scoreOf('permutation-procrustes', pair);
    if (angle !== null && permuted !== null) expect(permuted).toBeGreaterThanOrEqual(angle - 1e-7);
    const rotated = await scoreOf('procrustes-size-and-shape', pair);
    const kept = await scoreOf('permutation-procrustes', pair, { form: 'centred-distance' });
    if (rotated !== null && kept !== null) expect(kept).toBeGreaterThanOrEqual(rotated - 1e-7);
  }));

test('GULP without a penalty, the overlap of centred spans and R² are sums of canonical correlations', () =>
  forAll(async (pair) => {
    const cca = await canonical(pair);
    if (cca === null) return;
    const [rx, ry] = cca.ranks;
    same(await scoreOf('gulp', pair), rx + ry - 2 * cca.squares, 6);
    same(await scoreOf('eigenspace-overlap', pair, { centre: true }), cca.squares / Math.max(rx, ry), 7);
    const r2 = (await valuesOf('linear-regression', pair)).r2;
    // A single direction is explained by ρ²; several by no more than the largest.
    if (rx === 1) same(r2, cca.squares, 7);
  }));

test('shared dimensions are CKA times the mean dimensions, and of one space its participation ratio', () =>
  forAll(async ({ x, y }) => {
    const { dimensions, first, second } = await valuesOf('ensd', { x, y });
    const cka = await scoreOf('linear-cka', { x, y });
    if (dimensions == null || cka === null) same(dimensions, cka);
    else expect(dimensions).toBeCloseTo(cka * Math.sqrt((first as number) * (second as number)), 7);
    const own = await valuesOf('ensd', { x, y: x });
    same(own.dimensions, own.first, 7);
  }));

test('units matched one to one correlate no better than each with its best partner', () =>
  forAll(async (pair) => {
    // Constant units are left out; where more are left on one side, the weak ones of it stay without a partner.
    const varying = (m: Matrix) => Array.from({ length: m.columns }, (_, j) => m.takeColumns([j]).data).filter(varies);
    if (varying(pair.x).length !== varying(pair.y).length) return;
    const [hard, soft] = await Promise.all(
      ['hard-matching', 'soft-matching'].map((id) => scoreOf(id, pair, { permutations: 0 })),
    );
    if (hard != null && soft != null) expect(hard).toBeLessThanOrEqual(soft + 1e-9);
  }, true));

test('debiased CKA is the cosine of U-centred matrices of inner products, and RV of the covariances is linear CKA', () =>
  forAll(async ({ x, y }) => {
    const covariance = (a: Matrix, b: Matrix) => {
      const means = [a, b].map((m) =>
        Array.from({ length: m.columns }, (_, j) => m.column(j).reduce((sum, v) => sum + v, 0) / m.rows),
      ) as [number[], number[]];
      return Array.from({ length: a.columns }, (_, i) =>
        Array.from({ length: b.columns }, (_, j) =>
          Array.from({ length: a.rows }, (_, row) => row).reduce(
            (sum, row) => sum + (a.at(row, i) - (means[0][i] as number)) * (b.at(row, j) - (means[1][j] as number)),
            0,
          ),
        ),
      );
    };
    const [xx, yy, xy] = [covariance(x, x), covariance(y, y), covariance(x, y)];
    const rv = inner(xy, xy) / Math.sqrt(inner(xx, xx) * inner(yy, yy));
    const cka = await scoreOf('linear-cka', { x, y });
    if (cka !== null) expect(cka).toBeCloseTo(rv, 8);
    const debiased = await scoreOf('linear-cka-debiased', { x, y });
    const [a, b] = [x, y].map((m) => uCentredSquare(m.rows, productOf(m))) as [number[][], number[][]];
    if (debiased !== null) expect(debiased).toBeCloseTo(inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b)), 7);
  }));

test('a space, mapped invertibly, correlates perfectly with itself', () =>
  forAll(async ({ x }) => {
    // Unit triangular: invertible whatever the numbers, and far from singular.
    const mapped = Matrix.zeros(x.rows, x.columns);
    for (let i = 0; i < x.rows; i++)
      for (let j = 0; j < x.columns; j++)
        for (let k = 0; k <= j; k++) {
          const factor = k === j ? 1 : ((j + 2 * k) % 3) / (2 * x.columns);
          mapped.data[i * x.columns + j] = mapped.at(i, j) + factor * x.at(i, k);
        }
    const { similarity, 'rho-squared': squared } = await valuesOf('mean-cca', { x, y: mapped });
    if (similarity == null) return;
    expect(similarity).toBeCloseTo(1, 9);
    expect(squared).toBeCloseTo(1, 9);
  }));

test('a narrow Gaussian kernel makes one of any two spaces without repeated rows', () =>
  forAll(async ({ x, y }) => {
    const apart = (m: Matrix) => new Set(Array.from({ length: m.rows }, (_, i) => m.row(i).join())).size === m.rows;
    if (!apart(x) || !apart(y)) return;
    const cka = await scoreOf('rbf-cka', { x, y }, { sigma: 0.01 });
    // Two rows can be nearer than a hundredth of the median.
    if (cka !== null && nearest(x) > 0.1 && nearest(y) > 0.1) expect(cka).toBeCloseTo(1, 9);
  }));

test('over all 720 pairings of six rows CKA has the mean and the spread that it states', () =>
  forAll(
    async (whole) => {
      if (whole.x.rows < 6) return;
      const [x, y] = [whole.x, whole.y].map((m) => m.slice(0, 6)) as [Matrix<Float64Array>, Matrix<Float64Array>];
      const linear = [x, y].map((m) => centredSquare(6, productOf(m)));
      const debiased = [x, y].map((m) => uCentredSquare(6, productOf(m)));
      for (const [id, sides] of [
        ['linear-cka', linear],
        ['linear-cka-debiased', debiased],
      ] as const) {
        const method = catalogue.find((one) => one.id === id) as Method;
        const { values, chance } = await runMethod(method, [x, y]);
        if (values.cka == null) continue;
        const [a, b] = sides as [number[][], number[][]];
        const norm = Math.sqrt(inner(a, a) * inner(b, b));
        const scores = ORDERS.map(
          (order) =>
            inner(
              a,
              order.map((i) => order.map((j) => b[i]?.[j] as number)),
            ) / norm,
        );
        const mean = scores.reduce((sum, value) => sum + value, 0) / 720;
        const variance = scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 720;
        expect(chance?.cka?.level, id).toBeCloseTo(mean, 9);
        expect(chance?.cka?.sd, id).toBeCloseTo(Math.sqrt(variance), 7);
        const participation = (side: number[][]) =>
          side.reduce((sum, row, i) => sum + (row[i] as number), 0) ** 2 / inner(side, side);
        if (id === 'linear-cka') expect(mean).toBeCloseTo(Math.sqrt(participation(a) * participation(b)) / 5, 9);
      }
    },
    false,
    30,
  ));

test('shared neighbours of lists that are paired at random are k / (n - 1) on average, whatever is tied', () =>
  forAll(async (whole) => {
    const [x, y] = [whole.x, whole.y].map((m) => m.slice(0, 4)) as [Matrix<Float64Array>, Matrix<Float64Array>];
    const method = catalogue.find((one) => one.id === 'mutual-knn') as Method;
    const parameters = method.parameters.parse({ neighbours: 2, metric: 'euclidean' });
    // As random pairings are drawn: the lists are made once.
    const made = new Map<string, Promise<unknown>>();
    const context: Context = {
      ...contextFor(4),
      kept<T>(of: Matrix, key: string, _: number, make: () => Promise<T>) {
        const name = `${of === x ? 'x' : 'y'} ${key}`;
        if (!made.has(name)) made.set(name, make());
        return made.get(name) as Promise<T>;
      },
    };
    const copies = ORDERS_OF_FOUR.map((order, k) => ({ name: `${k}`, matrix: reordered(y, order) }));
    const swept = await method.sweep?.([{ name: 'x', matrix: x }], copies, parameters, context);
    const mean = (swept?.values ?? []).reduce<number>((sum, value) => sum + Number(value), 0) / copies.length;
    expect(mean).toBeCloseTo(2 / 3, 12);
  }));

function orders(n: number): Int32Array[] {
  if (n === 0) return [new Int32Array()];
  return orders(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => Int32Array.of(...rest.subarray(0, at), n - 1, ...rest.subarray(at))),
  );
}
const ORDERS = orders(6).map((order) => [...order]);
const ORDERS_OF_FOUR = orders(4);

function productOf(m: Matrix) {
  return (i: number, j: number) => Array.from(m.row(i)).reduce((sum, v, k) => sum + v * (m.row(j)[k] as number), 0);
}

/** Székely and Rizzo (2014): no diagonal, and rows that sum to zero. */
function uCentredSquare(n: number, entry: (i: number, j: number) => number): number[][] {
  const k = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 0 : entry(i, j))));
  const sums = k.map((row) => row.reduce((sum, v) => sum + v, 0));
  const all = sums.reduce((sum, v) => sum + v, 0) / ((n - 1) * (n - 2));
  return k.map((row, i) =>
    row.map((v, j) => (i === j ? 0 : v - ((sums[i] as number) + (sums[j] as number)) / (n - 2) + all)),
  );
}

/** The least distance of two rows, as a part of the median one. */
function nearest(m: Matrix): number {
  const distances: number[] = [];
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < i; j++)
      distances.push(Math.hypot(...Array.from(m.row(i), (v, k) => v - (m.row(j)[k] as number))));
  distances.sort((a, b) => a - b);
  return (distances[0] as number) / (distances[Math.floor(distances.length / 2)] as number);
}

/** Contributions of a table, by its place among the rows or units of one side. */
function partsIn(table: Table | undefined, side?: string): Map<number, number> {
  const columns = table?.columns ?? [];
  const [at, part] = [columns.indexOf(side === undefined ? 'row' : 'unit'), columns.indexOf('contribution')];
  const own = (table?.rows ?? []).filter((row) => side === undefined || row[0] === side);
  return new Map(own.map((row) => [row[at] as number, row[part] as number]));
}

const total = (parts: Map<number, number>) => [...parts.values()].reduce((sum, part) => sum + part, 0);

test('what rows and units add makes the value; a row of linear CKA adds what its inner products share', () =>
  forAll(async ({ x, y }) => {
    for (const [id, key] of [
      ['linear-cka', 'cka'],
      ['procrustes', 'similarity'],
      ['rsa', 'correlation'],
      ['mutual-knn', 'similarity'],
    ] as const) {
      const method = catalogue.find((one) => one.id === id) as Method;
      const { values, tables } = await runMethod(method, [x, y], id === 'mutual-knn' ? { neighbours: 3 } : {});
      const value = values[key];
      if (value == null) continue;
      expect(total(partsIn(tables?.rows)), id).toBeCloseTo(value, 8);
      for (const side of ['a', 'b']) {
        const units = partsIn(tables?.units, side);
        if (units.size > 0) expect(total(units), `${id} ${side}`).toBeCloseTo(value, 8);
        else expect(id === 'linear-cka', `${id} ${side}`).toBe(false);
      }
      if (id !== 'linear-cka') continue;
      const product = (m: Matrix) => (i: number, j: number) =>
        Array.from(m.row(i)).reduce((sum, v, k) => sum + v * (m.row(j)[k] as number), 0);
      const [a, b] = [x, y].map((m) => centredSquare(m.rows, product(m))) as [number[][], number[][]];
      const norm = Math.sqrt(inner(a, a) * inner(b, b));
      for (const [i, part] of partsIn(tables?.rows))
        expect(part).toBeCloseTo(inner([a[i] as number[]], [b[i] as number[]]) / norm, 8);
    }
  }));

test('of very many rows and units the largest are listed, and the others stand in one line', () => {
  const parts = Float64Array.from({ length: 1500 }, (_, i) => i);
  const context = { rows: { index: Int32Array.from(parts) } };
  const { rows, units } = contributionTables(
    { rows: parts, units: [parts, undefined] },
    [{ name: 'a' }],
    'it',
    context,
  );
  expect(rows?.title).toBe('What each row adds to it (1,000 of 1,500, the others in one line)');
  expect([rows?.rows[0]?.[0], rows?.rows.length]).toEqual([1499, 1001]);
  // 0 + 1 + ... + 499
  expect(rows?.rows.at(-1)?.slice(0, 2)).toEqual([null, 124_750]);
  expect(units?.rows.at(-1)?.slice(0, 3)).toEqual(['a, all others', null, 124_750]);
});

test('GULP of spaces that are nearly alike: the sine of the angle between them, to its digits', async () => {
  const [along, aside] = [
    [1, -1, 1, -1],
    [1, 1, -1, -1],
  ] as const;
  const x = Matrix.of(along.map((value) => [value]));
  for (const small of [1e-4, 1e-7, 1e-10]) {
    const y = Matrix.of(along.map((value, i) => [3 * (value + small * (aside[i] as number))]));
    for (const [lambda, shrunk] of [
      [0, 1],
      [1, 0.5],
    ] as const) {
      const d = await scoreOf('gulp', { x, y }, { lambda, squared: false });
      expect((d ?? 0) / (Math.SQRT2 * shrunk * small)).toBeCloseTo(1, 5);
    }
  }
});
