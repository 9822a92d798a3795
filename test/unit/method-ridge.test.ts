import { Matrix as Dense, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { ridgeRegression } from '../../src/methods/compare/ridge-regression';
import { runMethod } from './run-method';

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
