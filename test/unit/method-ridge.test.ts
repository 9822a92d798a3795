import { Matrix as Dense, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { ridgeRegression } from '../../src/methods/compare/ridge-regression';
import type { Representation, RowStream } from '../../src/methods/method';
import { contextFor, runMethod } from './run-method';

const [rows, folds, lambda] = [60, 5, 0.01];

function normal(columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  const data = Float64Array.from({ length: rows * columns }, () => random.normal());
  return new Matrix(data, rows, columns);
}

/** Held-out R² of X from Y by the definition, each map from the rows that it is fitted to. */
function held(x: Matrix, y: Matrix, order: Int32Array): number {
  const take = (m: Matrix, some: readonly number[]) => new Dense(some.map((i) => Array.from(m.row(i))));
  const whole = take(x, Array.from(order));
  let missed = 0;
  for (let fold = 0; fold < folds; fold++) {
    const [start, end] = [Math.round((fold * rows) / folds), Math.round(((fold + 1) * rows) / folds)];
    const inside = Array.from(order.subarray(start, end));
    const outside = Array.from(order).filter((row) => !inside.includes(row));
    const [a, b] = [take(y, outside), take(x, outside)];
    const [meanA, meanB] = [a.mean('column'), b.mean('column')];
    const centred = a.subRowVector(meanA);
    const squares = centred.transpose().mmul(centred);
    const penalty = (lambda * squares.trace()) / squares.rows;
    const map = solve(
      squares.add(Dense.eye(squares.rows).mul(penalty)),
      centred.transpose().mmul(b.subRowVector(meanB)),
    );
    const guess = take(y, inside).subRowVector(meanA).mmul(map).addRowVector(meanB);
    missed += guess.sub(take(x, inside)).norm() ** 2;
  }
  return 1 - missed / whole.subRowVector(whole.mean('column')).norm() ** 2;
}

test.each([
  ['all rows alike', 1, true],
  ['all rows alike, without room for the sums of each fold', 1, false],
  ['a row that is nearly all of the variance', 1e7, true],
])('maps are those of the rows of the other folds: %s', async (_, size, room) => {
  const y = normal(4, 1);
  for (let j = 0; j < 4; j++) y.row(7)[j] = (y.at(7, j) + 1) * size;
  const x = normal(3, 2);
  for (let i = 0; i < rows; i++) for (let j = 0; j < 3; j++) x.row(i)[j] = 0.3 * x.at(i, j) + y.at(i, j) + 5;
  const { values } = await runMethod(ridgeRegression, [x, y], { folds, lambda }, { fits: () => room });
  const order = new Random(0).permutation(rows);
  expect(Math.abs((values.r2 as number) - held(x, y, order))).toBeLessThan(1e-10);
});

test('units that vary in one row only predict nothing where that row is held out, in memory and in blocks', async () => {
  const x = normal(3, 2);
  const lone = (level: number) =>
    new Matrix(
      Float64Array.from({ length: rows * 4 }, (_, k) => level + Number(k >> 2 === 7)),
      rows,
      4,
    );
  const scores = async (y: Matrix) => (await runMethod(ridgeRegression, [x, y], { folds, lambda })).values.r2 as number;
  const wanted = await scores(lone(0));
  expect(wanted).toBeLessThan(0.1);
  expect(await scores(lone(0.3))).toBeCloseTo(wanted, 9);
  const names = ['x', 'y'].map((name, k) => ({ name, columns: [3, 4][k] as number, isDouble: true }));
  for (const height of [rows, 7]) {
    const stream: RowStream = {
      ...{ inputs: names, rows, first: 0, room: 1e8, blockBytes: () => 1 },
      async *blocks() {
        for (let start = 0; start < rows; start += height) {
          const end = Math.min(rows, start + height);
          const index = Int32Array.from({ length: end - start }, (_, i) => start + i);
          yield { matrices: [x, lone(0.3)].map((matrix) => matrix.slice(start, end)), index, passed: end };
        }
      },
    };
    const chosen = ridgeRegression.parameters.parse({ folds, lambda });
    expect((await ridgeRegression.stream?.(stream, chosen, contextFor(rows)))?.values.r2).toBeCloseTo(wanted, 9);
  }
});

test('nothing is predicted from units that are all constant, nor these, in a sweep as in a run', async () => {
  const flat = new Matrix(new Float64Array(rows * 2).fill(0.1), rows, 2);
  const [a, b] = [normal(3, 2), flat].map((matrix, k) => ({ name: `${k}`, matrix }));
  const chosen = ridgeRegression.parameters.parse({ folds, lambda });
  const inputs = [a, b] as Representation[];
  const swept = await ridgeRegression.sweep?.(inputs, inputs, chosen, contextFor(rows));
  expect(swept?.values.slice(1)).toEqual([null, null, null]);
  expect((await runMethod(ridgeRegression, [normal(3, 2), flat], { folds, lambda })).values.r2).toBeNull();
});
