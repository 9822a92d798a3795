import { describe, expect, test } from 'vitest';
import { centreColumns, normaliseRows } from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { singularValues } from '../../src/linalg/svd';
import { codingRate } from '../../src/methods/describe/coding-rate';
import { matchedShare, normalisedInformation } from '../../src/methods/shared/clusterings';
import { codingLength, codingRateOf } from '../../src/methods/shared/coding-rate';
import { coordinateClusters, directionCoordinates } from '../../src/methods/shared/doubly-stochastic';
import { mlc } from '../../src/methods/transform/mlc';
import { clustersOf } from '../../src/methods/transform/mlc/clusters';
import { membershipOf } from '../../src/methods/transform/mlc/membership';
import { Perceptron } from '../../src/methods/transform/mlc/perceptron';
import { memberRate, totalRate } from '../../src/methods/transform/mlc/rates';
import { slope, train } from '../../src/methods/transform/mlc/train';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { contextFor, runMethod } from '../unit/run-method';
import { det } from './fixtures';
import reference from './reference/mlc.json';

const objective = { precision: 0.1, sharpness: 0.175, spread: 0.05 };
const shape = { inputs: 6, hidden: 8, outputs: 4 };
const weights = new Perceptron(shape).values.map((_, k) => 0.5 * Math.sin((k + 7) ** 2));
const rows = centreColumns(det(24, 6, 3));

describe('rates', () => {
  const two = Matrix.of(Array.from({ length: 8 }, (_, i) => [0, 1, 2, 3].map((j) => (j === i >> 2 ? 1 : 0))));
  const quarter = Matrix.of(
    Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => (i >> 2 === j >> 2 ? 0.25 : 0))),
  );

  test('of two orthogonal directions with a membership of four rows each, as published', async () => {
    const whole = await totalRate(two, 0.25, {});
    const parts = await memberRate(two, quarter, 0.25, {});
    expect(whole.value).toBeCloseTo(4.394449, 6);
    expect(parts.value).toBeCloseTo(2.833213, 6);
    expect(whole.value - parts.value).toBeCloseTo(1.561236, 6);
  });

  test('of rows that are all the same, and turned', async () => {
    const same = Matrix.of([0, 1, 2, 3, 4].map(() => [1, 0, 0]));
    expect((await totalRate(same, 0.25, {})).value).toBeCloseTo(Math.log(1 + 3 / 0.25), 12);
    const [c, s] = [Math.cos(1), Math.sin(1)];
    const turned = Matrix.of(Array.from({ length: 8 }, (_, i) => (i < 4 ? [c, 0, s, 0] : [0, 1, 0, 0])));
    expect((await totalRate(turned, 0.25, {})).value).toBeCloseTo(4.394449, 6);
    expect((await memberRate(turned, quarter, 0.25, {})).value).toBeCloseTo(2.833213, 6);
  });

  test('a length: two rows apart cost the choice between them, two alike less', async () => {
    const part = async (rows: Matrix<Float64Array>) => ({
      rows: rows.rows,
      rate: codingRateOf(await singularValues(rows), rows.rows, rows.columns, 0.25),
    });
    const halves = [await part(two.slice(0, 4)), await part(two.slice(4, 8))];
    // (4 + 4) / 2 ln(1 + 4 / .25), twice, and 8 ln 2; together (8 + 4) / 2 times 2 ln(1 + 4 / (.25 * 2)).
    expect(codingLength(halves, 4)).toBeCloseTo(8 * Math.log(17) + 8 * Math.LN2, 10);
    expect(codingLength([await part(two)], 4)).toBeCloseTo(12 * Math.log(9), 10);
  });
});

test('rows of directions with the known cosines, known membership', async () => {
  // A factor of [[1, .5, 0], [.5, 1, .2], [0, .2, 1]].
  const [b, c] = [Math.sqrt(0.75), 0.2 / Math.sqrt(0.75)];
  const directions = Matrix.of([
    [1, 0, 0],
    [0.5, b, 0],
    [0, c, Math.sqrt(1 - c * c)],
  ]);
  const known = [0.942862, 0.053957, 0.003182, 0.053957, 0.936102, 0.009941, 0.003182, 0.009941, 0.986877];
  const { gamma } = await membershipOf(directions, 0.175, 1001, {});
  for (const [k, value] of known.entries()) expect(gamma.data[k]).toBeCloseTo(value, 6);
});

test.each([
  ['warm', null],
  ['whole', objective],
] as const)('loss and gradient by every weight, against PyTorch: %s', async (name, chosen) => {
  const { loss, gradient } = reference.small[name];
  const found = await slope(new Perceptron(shape, weights.slice()), rows, chosen, 0.1, {});
  expect(found.loss).toBeCloseTo(loss, 10);
  for (const [k, value] of gradient.entries()) expect(found.by.values[k], String(k)).toBeCloseTo(value, 9);
});

test('the gradient, against differences', async () => {
  const lossAt = async (values: Float64Array) =>
    (await slope(new Perceptron(shape, values), rows, objective, 0.1, {})).loss;
  const { by } = await slope(new Perceptron(shape, weights.slice()), rows, objective, 0.1, {});
  for (let k = 5; k < weights.length; k += 31) {
    const moved = (step: number) => weights.map((value, at) => (at === k ? value + step : value));
    const difference = ((await lossAt(moved(1e-5))) - (await lossAt(moved(-1e-5)))) / 2e-5;
    expect(by.values[k], String(k)).toBeCloseTo(difference, 6);
  }
});

test('steps of training, against PyTorch', async () => {
  const chosen = { ...objective, warmUp: 3, epochs: 4, batch: 24, rate: 0.01, headRate: 0.01 };
  const start = new Perceptron(shape, weights.slice());
  const { curve, best } = await train(rows, start, chosen, contextFor(24));
  expect(curve).toHaveLength(5);
  for (const [epoch, [rate, memberRate]] of reference.small.curve.entries()) {
    expect(curve[epoch]?.rate).toBeCloseTo(rate as number, 8);
    expect(curve[epoch]?.memberRate).toBeCloseTo(memberRate as number, 8);
  }
  const gains = reference.small.curve.map(([rate, memberRate]) => (rate as number) - (memberRate as number));
  expect(best).toBe(gains.indexOf(Math.max(...gains)));
  expect(start.values).toEqual(weights);
});

describe('digits', () => {
  const first = 600;
  const digits = allDigits.pixels.slice(0, first);
  const labelled = rowsOf(allDigits.of.slice(0, first));

  /** PyTorch draws other weights and batches than this does: what it spreads over bounds what comes out. */
  test('classes become flat and turn away from one another while all rows stay spread out, as published', async () => {
    const size = { hidden: 64, units: 16, batch: 120, clusters: 10, most: 2 };
    const within = (value: number, seen: readonly number[], slack: number) => {
      expect(value).toBeGreaterThan(Math.min(...seen) - slack);
      expect(value).toBeLessThan(Math.max(...seen) + slack);
    };

    const { tables, representations } = await runMethod(
      mlc,
      [digits],
      { ...size, 'warm-up': 20, epochs: 10, restarts: 5 },
      { rows: labelled },
    );
    const agreement = tables?.agreement?.rows ?? [];
    const seen = reference.digits.map((draw) => draw.after);
    const column = (pick: (draw: (typeof seen)[number]) => number) => seen.map(pick);
    within(
      agreement[3]?.[1] as number,
      column((draw) => draw.agreement[0] as number),
      0.05,
    );
    within(
      agreement[1]?.[1] as number,
      column((draw) => draw.agreement[1] as number),
      0.04,
    );
    const made = representations?.[0]?.matrix as Matrix;
    const { values } = await runMethod(codingRate, [made], {}, { rows: labelled });
    within(
      values.rank as number,
      column((draw) => draw.rank),
      1,
    );
    within(
      values['class-rank'] as number,
      column((draw) => draw['class ranks'][2] as number),
      0.5,
    );
    within(
      values['within-cosine'] as number,
      column((draw) => draw.cosines[0] as number),
      0.03,
    );
    within(
      values['between-cosine'] as number,
      column((draw) => draw.cosines[1] as number),
      0.02,
    );
    for (const { warm, after } of reference.digits) {
      expect(after['class ranks'][2]).toBeLessThan((warm['class ranks'][2] as number) - 1);
      expect(Math.abs(after.rank - warm.rank)).toBeLessThanOrEqual(1);
      expect(after.cosines[1]).toBeLessThan((warm.cosines[1] as number) / 2);
    }
  });

  test('before any training: k-means, about as published, and as scikit-learn has it', () => {
    const [accuracy, information] = reference.raw.kmeans as [number, number];
    expect(Math.abs(accuracy - 0.794)).toBeLessThan(0.01);
    expect(Math.abs(information - 0.747)).toBeLessThan(0.01);
  });

  test('before any training: clusters of directions as published, whose sharpness is .05', async () => {
    const context = contextFor(allDigits.of.length);
    const unit = normaliseRows(allDigits.pixels).matrix;
    const clusters = await coordinateClusters(await directionCoordinates(unit, 10, 0.05, context), 10, 10, context);
    const [accuracy, information] = reference.raw.sharp as [number, number];
    for (const [found, wanted, published] of [
      [matchedShare(clusters, allDigits.of), accuracy, 0.732],
      [normalisedInformation(clusters, allDigits.of), information, 0.758],
    ] as const) {
      // Starts of k-means are drawn: some rows of 1,797 lie between two clusters.
      expect(Math.abs(found - wanted)).toBeLessThan(0.003);
      expect(Math.abs(found - published)).toBeLessThan(0.002);
    }
  });
});

test('clusters matched one to one: what is left over is not in pairs', () => {
  expect(matchedShare([0, 0, 1, 1, 2], [5, 5, 7, 5, 5])).toBeCloseTo(3 / 5, 12);
  expect(matchedShare([0, 0, 1, 1], [1, 1, 0, 0])).toBe(1);
});

test('more rows than are compared: the others go to the nearest subspace', async () => {
  // Three axes of space, 24 rows near each.
  const n = 72;
  const noise = det(n, 3, 11);
  const { matrix } = normaliseRows(
    new Matrix(
      noise.data.map((value, k) => 0.2 * value + (k % 3 === Math.floor(k / 3) % 3 ? 1 : 0)),
      n,
      3,
    ),
  );
  const chosen = { clusters: 3, most: 5, restarts: 5, precision: 0.1, sharpness: 0.175, landmarks: 30 };
  const found = await clustersOf(matrix, matrix, chosen, contextFor(n));
  expect([found.landmarks, found.dimension, found.lengths.length]).toEqual([30, 1, 5]);
  const own = Array.from({ length: n }, (_, i) => i % 3);
  expect(matchedShare(found.labels, own)).toBe(1);
  expect(found.parts.map(({ rows }) => rows)).toEqual([24, 24, 24]);
  // The least coding length is that of the three.
  const favoured = await clustersOf(matrix, matrix, { ...chosen, clusters: 0, landmarks: n }, contextFor(n));
  expect([favoured.parts.length, favoured.landmarks, favoured.dimension]).toEqual([3, n, null]);
});

test.each([
  [{ 'warm-up': 0, epochs: 0 }, /The network that was kept is as it was drawn, without training:/],
  [{ 'warm-up': 1, epochs: 0 }, /The network was trained to make it so:/],
])('the reading of %j says whether a network was trained', async (chosen, words) => {
  const { reading } = await runMethod(mlc, [rows], { ...chosen, units: 4, hidden: 8, clusters: 2 });
  expect(reading).toMatch(words);
});
