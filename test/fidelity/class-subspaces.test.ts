import { describe, expect, test } from 'vitest';
import { normaliseRows } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { crossProduct, multiply } from '../../src/linalg/products';
import { singularValues, svd } from '../../src/linalg/svd';
import { classSubspaceSimilarity } from '../../src/methods/compare/class-subspace-similarity';
import { classSubspaces } from '../../src/methods/describe/class-subspaces';
import { codingRate } from '../../src/methods/describe/coding-rate';
import { energies, probabilities, refine, subspaceOf, subspacesOf } from '../../src/methods/describe/subspaces';
import { codingRateOf } from '../../src/methods/shared/coding-rate';
import { grassmannExp, grassmannLog, principalAngles, subspaceDistances } from '../../src/methods/shared/grassmann';
import { tangentMap } from '../../src/methods/shared/karcher';
import { digitRows, digits, rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import { det, Z } from './fixtures';
import reference from './reference/class_subspaces.json';

const { cos, sin } = Math;
const a = Matrix.of([
  [1, 0],
  [0, 1],
  [0, 0],
  [0, 0],
]);
const b = Matrix.of([
  [cos(0.3), 0],
  [0, cos(0.8)],
  [sin(0.3), 0],
  [0, sin(0.8)],
]);

describe('two planes at angles of 0.3 and 0.8', () => {
  test('angles and distances', async () => {
    const angles = await principalAngles(a, b, {});
    expect(angles[0]).toBeCloseTo(0.3, 14);
    expect(angles[1]).toBeCloseTo(0.8, 14);
    const { geodesic, chordal, least } = subspaceDistances(angles);
    expect(geodesic).toBeCloseTo(0.8544003745, 10);
    expect(chordal).toBeCloseTo(0.7758427377, 10);
    expect(Math.SQRT2 * chordal).toBeCloseTo(1.097207322, 9);
    expect(least).toBeCloseTo(0.3, 14);
    const [p, q] = [await multiply(a, a, { transposeB: true }), await multiply(b, b, { transposeB: true })];
    expect(Math.hypot(...p.data.map((value, k) => value - (q.data[k] as number)))).toBeCloseTo(1.097207322, 9);
  });

  test('the geodesic there, and its middle', async () => {
    const direction = await grassmannLog(a, b, {});
    for (const value of (await crossProduct(a, direction)).data) expect(value).toBeCloseTo(0, 14);
    const there = await principalAngles(await grassmannExp(a, direction, {}), b, {});
    for (const angle of there) expect(angle).toBeCloseTo(0, 14);
    const half = new Matrix(
      direction.data.map((value) => value / 2),
      4,
      2,
    );
    const middle = await principalAngles(a, await grassmannExp(a, half, {}), {});
    expect(middle[0]).toBeCloseTo(0.15, 13);
    expect(middle[1]).toBeCloseTo(0.4, 13);
  });

  test('their mean is in the middle of the way', async () => {
    const map = await tangentMap([a, b], {});
    if (!map) throw new Error('There is no map.');
    for (const end of [a, b]) {
      const angles = await principalAngles(map.mean, end, {});
      expect(angles[0]).toBeCloseTo(0.15, 12);
      expect(angles[1]).toBeCloseTo(0.4, 12);
    }
    for (const distance of map.distances) expect(distance).toBeCloseTo(0.8544003745 / 2, 10);
    expect(Math.abs(map.points.at(0, 0) - map.points.at(1, 0))).toBeCloseTo(0.8544003745, 10);
    expect(map.kept).toBeCloseTo(1, 12);
  });

  test('of more than three, two axes hold a part; the farthest is on the positive side', async () => {
    // Lines at 0.4, 0.3 and 0.2 to either side of an axis, which is their mean.
    const lines = [0.4, 0.3, 0.2].flatMap((angle, k) =>
      [1, -1].map((side) =>
        Matrix.of([cos(angle), ...[0, 1, 2].map((j) => (j === k ? side * sin(angle) : 0))].map((v) => [v])),
      ),
    );
    for (const order of [
      [0, 1, 2, 3, 4, 5],
      [1, 0, 3, 2, 5, 4],
    ]) {
      const map = await tangentMap(
        order.map((i) => lines[i] as Matrix<Float64Array>),
        {},
      );
      if (!map) throw new Error('There is no map.');
      expect(Math.abs(map.mean.at(0, 0))).toBeCloseTo(1, 12);
      expect(map.kept).toBeCloseTo((0.16 + 0.09) / (0.16 + 0.09 + 0.04), 10);
      for (const [axis, wanted] of [
        [0.4, -0.4, 0, 0, 0, 0],
        [0, 0, 0.3, -0.3, 0, 0],
      ].entries())
        for (const [c, value] of wanted.entries()) expect(map.points.at(c, axis)).toBeCloseTo(value, 7);
    }
  });

  test('a small angle keeps its digits', async () => {
    const near = Matrix.of([[cos(1e-9)], [0], [sin(1e-9)], [0]]);
    expect((await principalAngles(a, near, {}))[0]).toBeCloseTo(1e-9, 20);
  });
});

const of = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const noise = Z(60, 8);
const x = new Matrix(
  noise.data.map((value, k) => value + 1.2 * cos(((of[k >> 3] as number) + 1) * ((k & 7) + 1))),
  60,
  8,
);
const rows = rowsOf(of);

describe('three classes of 60 rows', () => {
  const unit = normaliseRows(x).matrix;
  const spaces = Promise.all(
    [0, 1, 2].map((c) => subspaceOf(unit.takeRows(of.map((_, i) => i).filter((i) => of[i] === c)), 2, {})),
  );

  test('shares of the directions, and angles', async () => {
    const expected = [
      [0.558351, 0.102366, 0.09088, 0.085874],
      [0.606736, 0.103971, 0.088235, 0.054434],
      [0.581191, 0.097995, 0.081771, 0.066967],
    ];
    const found = await spaces;
    for (const [c, shares] of expected.entries())
      for (const [k, share] of shares.entries()) expect(found[c]?.shares[k]).toBeCloseTo(share, 6);
    const bases = found.map(({ basis }) => basis);
    const angles = async (i: number, j: number) =>
      (await principalAngles(bases[i] as Matrix<Float64Array>, bases[j] as Matrix<Float64Array>, {})).map(
        (angle) => (angle * 180) / Math.PI,
      );
    for (const [i, j, first, second] of [
      [0, 1, 60.273891, 77.195815],
      [0, 2, 55.313678, 79.266234],
      [1, 2, 32.067476, 78.752515],
    ] as const) {
      const [least, most] = await angles(i, j);
      expect(least).toBeCloseTo(first, 6);
      expect(most).toBeCloseTo(second, 6);
    }
  });

  test('around their mean: against NumPy and SciPy', async () => {
    const map = await tangentMap(
      (await spaces).map(({ basis }) => basis),
      {},
    );
    const { distances, axes, kept } = reference.map;
    for (const [c, distance] of distances.entries()) expect(map?.distances[c]).toBeCloseTo(distance, 7);
    for (const [axis, length] of axes.entries())
      expect(Math.hypot(...(map?.points.column(axis) ?? []))).toBeCloseTo(length, 7);
    expect(map?.kept).toBeCloseTo(kept, 7);
  });

  test('accuracy, lengths, cross-entropy and separation', async () => {
    const { values, tables } = await runMethod(classSubspaces, [x], { dimensions: 2 }, { rows });
    const angles = tables?.classes?.rows.map((row) => row.at(-1)) ?? [];
    for (const [c, angle] of [57.334095, 53.748492, 55.598813].entries()) expect(angles[c]).toBeCloseTo(angle, 6);
    expect(values.accuracy).toBeCloseTo(0.933333, 6);
    expect(values['own-length']).toBeCloseTo(0.821877274, 9);
    expect(values['cross-entropy']).toBeCloseTo(0.1381761657, 9);
    expect(values.separation).toBeCloseTo(0.5029327758, 10);
    expect(values['least-angle']).toBeCloseTo(32.067476, 6);
  });

  test('refinement', async () => {
    const bases = (await spaces).map(({ basis }) => basis);
    for (const [steps, loss] of [
      [1, 0.053858],
      [5, 0.021977],
      [10, 0.015499],
      [50, 0.005731],
    ] as const) {
      const refined = await refine(unit, of, bases, { steps, rate: 0.5 }, {});
      expect(probabilities(await energies(unit, refined, {}), of).loss, String(steps)).toBeCloseTo(loss, 6);
      for (const [k, value] of (await crossProduct(refined[0] as Matrix, refined[0] as Matrix)).data.entries())
        expect(value).toBeCloseTo(k % 3 === 0 ? 1 : 0, 14);
    }
    const { values } = await runMethod(classSubspaces, [x], { dimensions: 2, refine: 1 }, { rows });
    expect(values['cross-entropy']).toBeCloseTo(0.053858, 6);
    expect(values.accuracy).toBe(1);
  });

  test.each([
    ['tall', 40, 6],
    ['wide', 6, 40],
    ['with directions that drown in rounding', 40, 6, 1e-9],
  ])('of both sides a decomposition has the same: %s', async (_, n, d, last = 1) => {
    const rows = Z(n, d, 3);
    for (let i = 0; i < n; i++) rows.row(i)[d - 1] = (rows.at(i, d - 1) as number) * last;
    const asked = await subspacesOf(rows, 4, {});
    const { u, v } = await svd(rows);
    const first = [0, 1, 2, 3];
    for (const [own, of] of [
      [await asked.units(), v],
      [await asked.rows(), u],
      [(await subspaceOf(rows, 4, {})).basis, v],
    ] as const) {
      expect([own.rows, own.columns]).toEqual([of.rows, 4]);
      for (const angle of await principalAngles(own, of.takeColumns(first), {})) expect(angle).toBeLessThan(1e-9);
    }
  });

  test('one direction is a cosine with the axis of the class; all directions hold every row, and no angle is left', async () => {
    const classed = [0, 1, 2].map((c) => unit.takeRows(of.map((_, i) => i).filter((i) => of[i] === c)));
    const axes = await Promise.all(classed.map((some) => subspaceOf(some, 1, {})));
    const lengths = await energies(
      unit,
      axes.map(({ basis }) => basis),
      {},
    );
    for (const [c, { basis }] of axes.entries())
      for (let i = 0; i < 60; i++) {
        const cosine = unit.row(i).reduce((sum, value, j) => sum + value * basis.at(j, 0), 0);
        expect(Math.sqrt(lengths.at(i, c))).toBeCloseTo(Math.abs(cosine), 12);
      }
    const { values } = await runMethod(classSubspaces, [x], { dimensions: 8 }, { rows });
    expect(values['own-length']).toBeCloseTo(1, 12);
    expect(values['least-angle']).toBeCloseTo(0, 6);
    expect(values['cross-entropy']).toBeCloseTo(Math.log(3), 9);
  });

  test('another basis of the units changes nothing', async () => {
    const turn = (await subspaceOf(Z(8, 8, 500), 8, {})).basis;
    const run = (input: Matrix) => runMethod(classSubspaces, [input], {}, { rows });
    const [plain, turned] = [await run(x), await run(await multiply(x, turn))];
    for (const [key, value] of Object.entries(plain.values))
      expect(turned.values[key], key).toBeCloseTo(value as number, 9);
  });
});

test('classes that span one plane are said to, with the entropy of a guess', async () => {
  const flat = new Matrix(
    Float64Array.from({ length: 480 }, (_, k) => sin(k + 1)),
    60,
    8,
  );
  const { values, warnings } = await runMethod(classSubspaces, [flat], { dimensions: 2 }, { rows });
  expect(values['cross-entropy']).toBeCloseTo(1.0986122887, 6);
  expect(values['least-angle']).toBeCloseTo(0, 5);
  // No row is longer in its own than in the others, but for rounding.
  expect([values.accuracy, values['held-out']]).toEqual([0, 0]);
  expect(warnings?.join()).toContain('3 of 3 pairs of classes span the same subspace');
});

describe('separation in closed form', () => {
  const of = (rows: readonly (readonly number[])[], classes: readonly number[]) =>
    runMethod(classSubspaces, [Matrix.of(rows)], { dimensions: 1 }, { rows: rowsOf(Int32Array.from(classes)) });

  test('in a narrow cone: of angles ±h, and 3h and 5h', async () => {
    // Half of squared angles, as h is nothing beside 1: means 0 and 4, variances 1 within, 4 between.
    const h = 2 ** -28;
    const { values } = await of(
      [-1, 1, 3, 5].map((k) => [1, k * h]),
      [0, 0, 1, 1],
    );
    expect(values.separation).toBeCloseTo(0.8, 7);
  });

  test('a row of zeros has distance 1 from every row and itself', async () => {
    // Within: 5/9, as of 9 pairs the 4 of the first two have 0, and 0; between: 1.
    const rows = [
      [1, 0],
      [2, 0],
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
    ];
    expect((await of(rows, [0, 0, 0, 1, 1, 1])).values.separation).toBeCloseTo(13 / 23, 12);
  });

  test('of one direction but for rounding there is none', async () => {
    const rows = [1, 3, 7, 11].map((k) => [0.1 * k, 0.7 * k, 1.3 * k]);
    const { values, warnings } = await of(rows, [0, 0, 1, 1]);
    expect(values.separation).toBeNull();
    expect(warnings?.join()).toContain('differ by rounding only: there is no class separation');
  });
});

describe('coding rates', () => {
  test('of two orthogonal directions, and of rows that are all the same', async () => {
    const two = Matrix.of(Array.from({ length: 8 }, (_, i) => [0, 1, 2, 3].map((j) => (j === i >> 2 ? 1 : 0))));
    const { values } = await runMethod(
      codingRate,
      [two],
      { precision: 0.25 },
      { rows: rowsOf(Int32Array.from({ length: 8 }, (_, i) => i >> 2)) },
    );
    expect(values.rate).toBeCloseTo(4.394449, 6);
    expect(values['class-rate']).toBeCloseTo(2.833213, 6);
    expect(values.reduction).toBeCloseTo(1.561236, 6);
    expect([values.rank, values['class-rank'], values['within-cosine'], values['between-cosine']]).toEqual([
      2, 1, 1, 0,
    ]);
    const same = Matrix.of([0, 1, 2, 3, 4].map(() => [1, 0, 0]));
    expect(codingRateOf(await singularValues(same), 5, 3, 0.25)).toBeCloseTo(Math.log(1 + 3 / 0.25), 12);
  });
});

test.each(['layer3', 'layer7'] as const)('%s of the digits: against SciPy', async (layer) => {
  const { subspaces, rates } = reference[layer];
  const { values } = await runMethod(classSubspaces, [digits(0, layer)], { dimensions: 4 }, { rows: digitRows });
  for (const [key, value] of Object.entries(subspaces)) expect(values[key], key).toBeCloseTo(value, 8);
  const { values: found } = await runMethod(codingRate, [digits(0, layer)], {}, { rows: digitRows });
  for (const [key, value] of Object.entries(rates)) expect(found[key], key).toBeCloseTo(value, 8);
});

test('what classes span over their rows in two layers: against SciPy', async () => {
  const { values, chance } = await runMethod(
    classSubspaceSimilarity,
    [digits(0, 'layer5'), digits(0, 'layer7')],
    { dimensions: 3 },
    { rows: digitRows },
  );
  const expected = reference['layer5 and layer7'];
  expect(values.similarity).toBeCloseTo(expected.similarity, 8);
  expect(chance?.similarity?.level).toBeCloseTo(expected.chance, 12);
});

test('the level of chance of rows that are not centred is the mean over every pairing of five: against SciPy', async () => {
  const shifted = (d: number, s: number, by: number) => det(10, d, s).map((value) => value + by);
  const { chance, tables } = await runMethod(
    classSubspaceSimilarity,
    [shifted(2, 3, 0.5), shifted(4, 60, 1)],
    { dimensions: 3 },
    { rows: rowsOf(Int32Array.from({ length: 10 }, (_, i) => i % 2)) },
  );
  const expected = reference['all pairings of five'];
  for (const [c, level] of expected.entries()) expect(tables?.classes?.rows[c]?.at(-1)).toBeCloseTo(level, 12);
  expect(chance?.similarity?.level).toBeCloseTo(((expected[0] as number) + (expected[1] as number)) / 2, 12);
});

test('rows that are all the same share what they span, and by chance too', async () => {
  const { values, chance, reading } = await runMethod(
    classSubspaceSimilarity,
    [new Matrix(new Float64Array(60).fill(1), 20, 3), new Matrix(new Float64Array(40).fill(2), 20, 2)],
    {},
    { rows: rowsOf(Int32Array.from({ length: 20 }, (_, i) => i % 2)) },
  );
  expect(values.similarity).toBeCloseTo(1, 12);
  expect(chance?.similarity?.level).toBeCloseTo(1, 12);
  expect(reading).toMatch(
    /share 1\.000? of the directions that its rows span; paired at random within the class, 1\.000?\.$/,
  );
});

test('a class of zeros is refused by its name, in the space where it is', async () => {
  const zeros = Z(10, 3).map((value, k) => (Math.floor(k / 3) % 2 === 1 ? 0 : value));
  const rows = rowsOf(Int32Array.from({ length: 10 }, (_, i) => i % 2));
  await expect(runMethod(classSubspaceSimilarity, [Z(10, 3), zeros], {}, { rows })).rejects.toThrow(
    'In b all 5 rows of class "1" are zeros, so they span nothing to compare.',
  );
});
