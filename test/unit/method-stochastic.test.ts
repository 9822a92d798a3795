import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { procrustesSizeAndShape } from '../../src/methods/compare/procrustes-size-and-shape';
import { stochasticShape } from '../../src/methods/compare/stochastic-shape';
import type { Rows } from '../../src/methods/method';
import { runMethod } from './run-method';

const REPEATS = 5;

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

/** `REPEATS` rows for each condition, one after the other. */
function labelled(rows: number, kind: 'category' | 'number' = 'category'): Rows {
  const index = Int32Array.from({ length: rows }, (_, i) => Math.floor(i / REPEATS));
  const categories = Array.from({ length: rows / REPEATS }, (_, k) => `stimulus ${k}`);
  return {
    index: Int32Array.from({ length: rows }, (_, i) => i),
    labels:
      kind === 'category'
        ? { kind, name: 'stimulus', categories, index }
        : { kind, name: 'stimulus', values: Float64Array.from(index) },
  };
}

const distance = async (x: Matrix, y: Matrix, parameters: object) =>
  Number((await runMethod(stochasticShape, [x, y], { ...parameters }, { rows: labelled(x.rows) })).values.distance);

/** Mean and covariance of each condition of two columns. */
function momentsOf(x: Matrix) {
  return Array.from({ length: x.rows / REPEATS }, (_, k) => {
    const rows = Array.from({ length: REPEATS }, (_, i) => [...x.row(k * REPEATS + i)] as [number, number]);
    const mean = [0, 1].map((j) => rows.reduce((sum, row) => sum + (row[j as 0 | 1] as number), 0) / REPEATS) as [
      number,
      number,
    ];
    const entry = (i: 0 | 1, j: 0 | 1) =>
      rows.reduce((sum, row) => sum + (row[i] - mean[i]) * (row[j] - mean[j]), 0) / (REPEATS - 1);
    return { mean, s: [entry(0, 0), entry(0, 1), entry(1, 1)] as [number, number, number] };
  });
}

/** Of two by two matrices: tr √(√A B √A) = √(tr AB + 2 √(det A det B)). */
function bures([a, b, c]: readonly number[], [d, e, f]: readonly number[]): number {
  const [p, q, r, s, t, u] = [a, b, c, d, e, f] as [number, number, number, number, number, number];
  const root = Math.sqrt(Math.max(0, (p * r - q * q) * (s * u - t * t)));
  return p + r + s + u - 2 * Math.sqrt(p * s + 2 * q * t + r * u + 2 * root);
}

/** By trying every angle, and every angle after a reflection, more and more finely. */
function byAngles(x: Matrix, y: Matrix, alpha: number): number {
  const [a, b] = [momentsOf(x), momentsOf(y)];
  const centre = (of: typeof a) =>
    [0, 1].map((j) => of.reduce((sum, { mean }) => sum + (mean[j as 0 | 1] as number), 0) / of.length);
  const [ca, cb] = [centre(a), centre(b)] as [[number, number], [number, number]];
  const at = (angle: number, sign: 1 | -1) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const total = a.reduce((sum, { mean, s: own }, k) => {
      const { mean: other, s: theirs } = b[k] as (typeof b)[number];
      const [u, v] = [other[0] - cb[0], sign * (other[1] - cb[1])];
      const [t0, t1, t2] = [theirs[0], sign * theirs[1], theirs[2]];
      const turned = [
        c * c * t0 - 2 * c * s * t1 + s * s * t2,
        c * s * t0 + (c * c - s * s) * t1 - c * s * t2,
        s * s * t0 + 2 * c * s * t1 + c * c * t2,
      ];
      const square = (mean[0] - ca[0] - (c * u - s * v)) ** 2 + (mean[1] - ca[1] - (s * u + c * v)) ** 2;
      return sum + alpha * square + (2 - alpha) * bures(own, turned);
    }, 0);
    return total / a.length;
  };
  let least = Number.POSITIVE_INFINITY;
  for (const sign of [1, -1] as const) {
    let [middle, width] = [0, Math.PI];
    for (let round = 0; round < 12; round++) {
      const angles = Array.from({ length: 401 }, (_, k) => middle + width * (k / 200 - 1));
      middle = angles.reduce((best, angle) => (at(angle, sign) < at(best, sign) ? angle : best));
      width /= 50;
    }
    least = Math.min(least, at(middle, sign));
  }
  return Math.sqrt(least);
}

describe('stochastic shape distance', () => {
  test('in two dimensions is the least over all angles', async () => {
    for (const [seed, alpha] of [
      [1, 1],
      [2, 0.5],
      [3, 0],
      [4, 1.5],
    ] as const) {
      const [x, y] = [gaussian(20, 2, seed), gaussian(20, 2, seed + 50)];
      expect(await distance(x, y, { alpha, restarts: 20 }), `α = ${alpha}`).toBeCloseTo(byAngles(x, y, alpha), 8);
    }
  });

  test('what that least is made of: the squared Bures distance of diag(2, 1) and diag(1, 4) is (√2 - 1)² + 1', () => {
    expect(bures([2, 0, 1], [1, 0, 4])).toBeCloseTo(1.17157288, 8);
  });

  test('of means alone it is Procrustes of the means', async () => {
    const [x, y] = [gaussian(40, 3, 5), gaussian(40, 4, 6)];
    const means = (m: Matrix) =>
      Matrix.of(
        Array.from({ length: m.rows / REPEATS }, (_, k) =>
          Array.from({ length: m.columns }, (_, j) =>
            Array.from({ length: REPEATS }, (_, i) => m.at(k * REPEATS + i, j)).reduce(
              (sum, v) => sum + v / REPEATS,
              0,
            ),
          ),
        ),
      );
    const { values } = await runMethod(procrustesSizeAndShape, [means(x), means(y)]);
    expect(await distance(x, y, { alpha: 2 })).toBeCloseTo(Number(values.distance) * Math.sqrt(2 / 8), 9);
  });

  test('is symmetric, and 0 of a rotated and shifted copy', async () => {
    const x = gaussian(40, 2, 7);
    const y = new Matrix(
      x.data.map((_, k) => {
        const [a, b] = [x.at(k >> 1, 0), x.at(k >> 1, 1)];
        return k % 2 === 0 ? 0.6 * a - 0.8 * b + 3 : 0.8 * a + 0.6 * b - 1;
      }),
      40,
      2,
    );
    expect(await distance(x, y, {})).toBeLessThan(1e-9);
    const z = gaussian(40, 5, 8);
    expect(await distance(x, z, {})).toBeCloseTo(await distance(z, x, {}), 9);
  });

  test('needs conditions, and says what it left out', async () => {
    const x = gaussian(20, 2, 9);
    const none = await runMethod(stochasticShape, [x, x]);
    expect(none.values.distance).toBeNull();
    expect(none.warnings?.join()).toMatch(/needs labels/);
    const numbers = await runMethod(stochasticShape, [x, x], {}, { rows: labelled(20, 'number') });
    expect(numbers.warnings?.join()).toMatch(/holds numbers/);
    const rows = labelled(20);
    if (rows.labels?.kind === 'category') rows.labels.index.set([-1, 1], 0);
    const some = await runMethod(stochasticShape, [x, x], {}, { rows });
    expect(some.warnings?.join()).toMatch(/1 row has no value/);
    const same = { index: rows.index, labels: { kind: 'category', name: 'a', categories: ['b'] } } as const;
    const single = { ...same, labels: { ...same.labels, index: new Int32Array(20) } };
    const alone = await runMethod(stochasticShape, [x, gaussian(20, 2, 10)], {}, { rows: single });
    expect(alone.values.distance).toBeNull();
    expect(alone.warnings?.join()).toMatch(/of the values of "a" 1 has two rows or more, and 2 such/);
  });

  test('rows without a label are as if they were not there', async () => {
    const [x, y] = [gaussian(25, 2, 11), gaussian(25, 2, 12)];
    const { index, labels } = labelled(25);
    if (labels?.kind !== 'category') throw new Error('These are categories.');
    const categories = ['(missing)', ...labels.categories.slice(1)];
    const rows = { index, labels: { ...labels, categories } };
    const { values } = await runMethod(stochasticShape, [x, y], {}, { rows });
    expect(values.distance).toBeCloseTo(await distance(x.slice(5, 25), y.slice(5, 25), {}), 9);
  });
});
