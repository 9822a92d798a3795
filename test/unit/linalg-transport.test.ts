import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../../src/linalg/assignment';
import { Matrix } from '../../src/linalg/matrix';
import { type Transport, transport } from '../../src/linalg/transport';

const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc
      .array(score, { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => new Matrix(Float64Array.from(values), rows, columns)),
  );

function costOf(cost: Matrix, { plan, total }: Transport): number {
  return plan.reduce((sum, { row, column, mass }) => sum + mass * cost.at(row, column), 0) / total;
}

/** Every row and column as often as its mass says: a plain assignment of what is then square. */
function byAssignment(cost: Matrix, total: number): number {
  const big = Matrix.zeros(total, total);
  const place = (k: number, count: number) => Math.floor((k * count) / total);
  for (let i = 0; i < total; i++)
    for (let j = 0; j < total; j++) big.data[i * total + j] = cost.at(place(i, cost.rows), place(j, cost.columns));
  return assign(big, { maximise: false }).reduce((sum, j, i) => sum + big.at(i, j), 0) / total;
}

describe('transport', () => {
  test('is the assignment of rows and columns that are repeated until there are as many of both', () =>
    fc.assert(
      fc.property(matrix, (cost) => {
        const found = transport(cost, { maximise: false });
        expect(Math.abs(costOf(cost, found) - byAssignment(cost, found.total))).toBeLessThan(1e-9);
        const most = new Matrix(
          cost.data.map((value) => -value),
          cost.rows,
          cost.columns,
        );
        expect(transport(most, { maximise: true })).toEqual(found);
      }),
    ));

  test('moves the whole mass of every row into every column, in whole parts', () =>
    fc.assert(
      fc.property(matrix, (cost) => {
        const { plan, total } = transport(cost, { maximise: false });
        const [rows, columns] = [new Float64Array(cost.rows), new Float64Array(cost.columns)];
        for (const { row, column, mass } of plan) {
          expect(Number.isInteger(mass) && mass > 0).toBe(true);
          rows[row] = (rows[row] as number) + mass;
          columns[column] = (columns[column] as number) + mass;
        }
        expect([...rows]).toEqual(new Array(cost.rows).fill(total / cost.rows));
        expect([...columns]).toEqual(new Array(cost.columns).fill(total / cost.columns));
      }),
    ));

  test('refuses what is no number', () => {
    for (const scores of [[[1, Number.NaN]], [[Number.NaN]]])
      expect(() => transport(Matrix.of(scores), { maximise: false })).toThrow(/finite/);
  });
});
