import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { softmaxRows } from '../../src/linalg/softmax';
import { placeOfLargest } from '../../src/linalg/vectors';

const values = fc.oneof(fc.double({ min: -800, max: 800, noNaN: true }), fc.constantFrom(0, 1, 1e300, -1e300));
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 11 }))
  .chain(([rows, columns]) =>
    fc
      .array(values, { minLength: rows * columns, maxLength: rows * columns })
      .map((data) => new Matrix(Float64Array.from(data), rows, columns)),
  );

test('the softmax of rows', () => {
  fc.assert(
    fc.property(matrices, (x) => {
      const { matrix, largest } = softmaxRows(x);
      for (let i = 0; i < x.rows; i++) {
        const row = Array.from(x.row(i));
        const most = Math.max(...row);
        const powers = row.map((value) => Math.exp(value - most));
        const sum = powers.reduce((total, power) => total + power, 0);
        expect(largest[i]).toBe(row.indexOf(most));
        for (const [j, power] of powers.entries())
          expect(Math.abs(matrix.at(i, j) - power / sum)).toBeLessThanOrEqual(1e-15 * (power / sum) + 1e-307);
      }
    }),
  );
});

test('rows of more values, and more rows, than are worked on together', () => {
  for (const [rows, columns] of [
    [2, 9001],
    [1300, 13],
  ] as const) {
    const x = new Matrix(
      Float32Array.from({ length: rows * columns }, (_, k) => Math.sin(k) * 9),
      rows,
      columns,
    );
    const { matrix, largest } = softmaxRows(x);
    for (let i = 0; i < rows; i++) {
      expect(matrix.row(i).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 13);
      expect(x.at(i, largest[i] as number)).toBe(Math.max(...x.row(i)));
      const [a, b] = [matrix.at(i, 0), matrix.at(i, columns - 1)];
      expect(Math.log(a / b)).toBeCloseTo(x.at(i, 0) - x.at(i, columns - 1), 12);
    }
  }
});

test('the place of the largest value is the first of equal ones', () => {
  expect(placeOfLargest(Float64Array.of(9, 1, 3, 3, 2), 1, 5)).toBe(2);
});
