import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { clusterAgreement } from '../../src/methods/compare/cluster-agreement';
import { adjustedRand, normalisedInformation } from '../../src/methods/shared/clusterings';
import { denoiserJacobian, followed, followedAt } from '../../src/methods/transform/denoiser-jacobian';
import { flatSilhouettes } from '../../src/methods/transform/flat-silhouettes';
import { subspaces } from '../../src/methods/transform/subspaces';
import { denoised, fitted, unionOfSubspaces } from '../../src/methods/transform/union-of-subspaces';
import { contextFor, runMethod } from '../unit/run-method';
import reference from './reference/clusters.json';

/** sin((i d + j + s)²): rows that anybody can write down again. */
const formula = (n: number, d: number, s: number) =>
  new Matrix(
    Float64Array.from({ length: n * d }, (_, k) => Math.sin((k + s) ** 2)),
    n,
    d,
  );

/** Unit vectors in columns. */
const axes = (p: number, ...which: number[]) => {
  const out = Matrix.zeros(p, which.length);
  for (const [c, j] of which.entries()) out.data[j * which.length + c] = 1;
  return out;
};

/** ‖ÛÛᵀ - UUᵀ‖ */
async function apart(a: Matrix<Float64Array>, b: Matrix<Float64Array>): Promise<number> {
  const [p, q] = [await multiply(a, a, { transposeB: true }), await multiply(b, b, { transposeB: true })];
  return Math.hypot(...p.data.map((value, k) => value - (q.data[k] as number)));
}

/** Two planes of six dimensions, 40 rows in each, with a little noise. */
function planes(): Matrix<Float64Array> {
  const x = formula(80, 6, 5555);
  const [first, second] = [formula(40, 2, 1), formula(40, 2, 777)];
  for (let k = 0; k < x.data.length; k++) x.data[k] = 0.01 * (x.data[k] as number);
  for (let i = 0; i < 40; i++)
    for (let j = 0; j < 2; j++) {
      x.row(i)[j] = x.at(i, j) + first.at(i, j);
      x.row(40 + i)[2 + j] = x.at(40 + i, 2 + j) + second.at(i, j);
    }
  return x;
}

test('as many rows as dimensions, and a subspace is found: not one row earlier', async () => {
  const coordinates = formula(4, 4, 1);
  const u = axes(10, 1, 3, 5, 8);
  const x = await multiply(coordinates, u, { transposeB: true });
  for (const [rows, off] of [
    [1, 1.732051],
    [2, Math.SQRT2],
    [3, 1],
    [4, 0],
  ] as const) {
    const [basis] = await fitted(x.slice(0, rows), new Int32Array(rows), 1, 4, contextFor(rows));
    expect(Math.abs((await apart(basis as Matrix<Float64Array>, u)) - off), `${rows}`).toBeLessThan(6e-7);
  }
});

test('two planes', async () => {
  const found = await unionOfSubspaces(planes(), { clusters: 2, dimension: 2, starts: 10 }, contextFor(80));
  expect(found.captured).toBeCloseTo(83.725967, 6);
  expect(found.total).toBeCloseTo(83.741082, 6);
  const given = Int32Array.from({ length: 80 }, (_, i) => (i < 40 ? 0 : 1));
  expect(adjustedRand(found.labels, given)).toBe(1);
  const bases = found.labels[0] === 0 ? found.bases : found.bases.toReversed();
  expect(await apart(bases[0] as Matrix<Float64Array>, axes(6, 0, 1))).toBeCloseTo(0.005126, 6);
  expect(await apart(bases[1] as Matrix<Float64Array>, axes(6, 2, 3))).toBeCloseTo(0.00755, 6);
});

test('what a noisy row was', () => {
  const bases = [axes(6, 0, 1), axes(6, 2, 3)];
  const at = (gamma: number) => denoised([1, 0.5, 0.3, 0, 0.2, 0], bases, [0.5, 0.5], gamma);
  for (const [gamma, weights, row] of [
    [0.2, [0.999999, 0.000001], [0.961538, 0.480769, 0, 0, 0, 0]],
    [1, [0.571996, 0.428004], [0.285998, 0.142999, 0.064201, 0, 0, 0]],
    [3, [0.501611, 0.498389], [0.050161, 0.025081, 0.014952, 0, 0, 0]],
  ] as const) {
    const found = at(gamma);
    for (const [k, weight] of weights.entries()) expect(found.weights[k]).toBeCloseTo(weight, 6);
    for (const [j, value] of row.entries()) expect(found.row[j]).toBeCloseTo(value, 6);
    // No direction outside of the planes is made up.
    expect(found.row.slice(4)).toEqual(Float64Array.of(0, 0));
  }
});

test('how a denoised row moves with the row: 2 directions at little noise, 4 at more', async () => {
  const bases = [axes(6, 0, 1), axes(6, 2, 3)];
  const x = Float64Array.of(1, 0.5, 0.3, 0, 0.2, 0);
  const one = new Matrix(x, 1, 6);
  for (const [gamma, directions] of [
    [0.1, 2],
    [0.2, 2],
    [0.5, 4],
    [1, 4],
  ] as const) {
    const jacobian = denoiserJacobian(x, bases, [0.5, 0.5], gamma);
    expect(await followed(jacobian, contextFor(1)), `${gamma}`).toBe(directions);
    expect(await followedAt(one, bases, [0.5, 0.5], gamma, contextFor(1))).toEqual([directions]);
    // Against central differences.
    for (let j = 0; j < 6; j++) {
      const at = (step: number) => denoised(x.with(j, (x[j] as number) + step), bases, [0.5, 0.5], gamma).row;
      const [above, below] = [at(1e-5), at(-1e-5)];
      for (let i = 0; i < 6; i++)
        expect(jacobian.at(i, j)).toBeCloseTo(((above[i] as number) - (below[i] as number)) / 2e-5, 7);
    }
  }
});

test('the method says what it found', async () => {
  const rows = {
    index: Int32Array.from({ length: 80 }, (_, i) => i),
    labels: {
      ...{ kind: 'category' as const, name: 'plane', categories: ['a', 'b'] },
      index: Int32Array.from({ length: 80 }, (_, i) => (i < 40 ? 0 : 1)),
    },
  };
  const chosen = { clusters: 2, dimension: 2, centre: false };
  const { values, tables, representations } = await runMethod(subspaces, [planes()], chosen, { rows });
  expect(values.energy).toBeCloseTo(83.725967 / 83.741082, 8);
  expect(values['smallest-angle'] as number).toBeGreaterThan(89);
  expect(tables?.agreement?.rows.map(([, value]) => value)).toEqual([1, 1, 1, 1]);
  expect(tables?.clusters?.rows.map((row) => row[1])).toEqual([40, 40]);
  expect(values.silhouette).toBeCloseTo(reference.planes.silhouette, 8);
  expect(values.stability).toBe(1);
  for (const [k, value] of reference.planes.rows.entries()) {
    const [row, subspace, silhouette] = tables?.rows?.rows[20 * k] ?? [];
    expect([row, subspace]).toEqual([20 * k, tables?.rows?.rows[k < 2 ? 0 : 79]?.[1]]);
    expect(silhouette).toBeCloseTo(value, 7);
  }
  // A row of the first plane has lost what was outside it.
  expect(representations?.[0]?.matrix.at(0, 4)).toBeCloseTo(0, 2);
});

test('where all rows lie in one plane: no angle, no row nearer to either basis of it, and every row as it is', async () => {
  const x = await multiply(formula(30, 2, 3), formula(2, 5, 40));
  const { values, representations } = await runMethod(subspaces, [x], { clusters: 2, centre: false, starts: 3 });
  expect(values['smallest-angle']).toBeCloseTo(0, 12);
  for (const [k, value] of representations?.[0]?.matrix.data.entries() ?? [])
    expect(value).toBeCloseTo(x.data[k] as number, 12);
  const of = (i: number) => fitted(x.slice(i, i + 10), new Int32Array(10), 1, 2, contextFor(10));
  const bases = [...(await of(0)), ...(await of(20))];
  const labels = Int32Array.from({ length: 30 }, (_, i) => i % 2);
  expect([...(await flatSilhouettes(x, { bases, labels }, contextFor(30)))]).toEqual(Array(30).fill(0));
});

test('clusters of two spaces by subspaces: as far as the planes that their rows were made in are the same', async () => {
  // Every third row changes places with one of the other plane.
  const order = Array.from({ length: 80 }, (_, i) => (i % 3 === 0 ? (i + 40) % 80 : i));
  const other = planes().takeRows(order);
  const { values, tables } = await runMethod(clusterAgreement, [planes(), other], {
    ...{ how: 'subspaces', clusters: 2, dimension: 2 },
  });
  const [a, b] = [order.map((_, i) => Math.floor(i / 40)), order.map((i) => Math.floor(i / 40))];
  expect(values.rand).toBeCloseTo(adjustedRand(a, b), 12);
  expect(values.information).toBeCloseTo(normalisedInformation(a, b), 12);
  const together = tables?.rows?.rows.map((row) => row[3] === 'yes') ?? [];
  expect(together.filter((yes) => yes)).toHaveLength(80 * (values.matched as number));
  expect(new Set(a.map((plane, i) => `${plane === b[i]} ${together[i]}`)).size).toBe(2);
});

test('one cluster on both sides, or as many as rows, agree on nothing: 0 / 0 by the definition', async () => {
  const far = Matrix.of([1, 10, 100, 1000, 10000, 100000].map((value) => [value, -value]));
  const given = { how: 'hdbscan', smallest: 4 };
  const noise = await runMethod(clusterAgreement, [far, far], given);
  expect(noise.values).toMatchObject({
    rand: null,
    'adjusted-information': null,
    information: null,
    'first-clusters': 1,
  });
  expect(noise.warnings?.[0]).toContain('nothing to agree on');
  expect(noise.reading).toBeUndefined();
  const each = await runMethod(clusterAgreement, [far, far], { clusters: 6 });
  expect(each.values).toMatchObject({ rand: null, 'adjusted-information': null, information: 1, 'first-clusters': 6 });
  expect(each.warnings?.[0]).toContain('Every row is a cluster of its own');
  const same = far.map(() => 1);
  const warned = (await runMethod(clusterAgreement, [same, far], { clusters: 2 })).warnings;
  expect(warned).toContain('a has 1 cluster only: there are no more rows that differ.');
  const apart = Matrix.of([0, 1, 2, 3, 50, 51, 52, 53].map((value) => [value]));
  const some = Matrix.of([0, 1, 2, 3, 4, 5, 6, 7].map((value) => [value ** 6]));
  const { values, warnings } = await runMethod(clusterAgreement, [apart, some], given);
  expect(values).toMatchObject({ rand: 0, 'first-clusters': 2, 'second-clusters': 1 });
  expect(warnings?.[0]).toContain('nothing that the other could agree with');
});

test('agreement of clusterings as scikit-learn has it', () => {
  const [a, b] = [
    [0, 0, 1, 1, 2, 2, 2, 0, 1],
    [1, 1, 0, 0, 2, 2, 0, 1, 2],
  ];
  expect(adjustedRand(a as number[], b as number[])).toBeCloseTo(reference.agreement.rand, 12);
  expect(normalisedInformation(a as number[], b as number[])).toBeCloseTo(reference.agreement.information, 12);
});
