import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  centreColumns,
  centreRows,
  columnDeviations,
  columnMeans,
  meansInParts,
  normaliseRows,
  rowNorms,
  standardiseColumns,
} from '../../src/linalg/centre';
import { Matrix } from '../../src/linalg/matrix';
import { dot, frobeniusSquared } from '../../src/linalg/norms';

// Not so small that the squares' digits are lost in float32.
const value = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((number) => (Math.abs(number) < 1e-30 ? 0 : number));
const values = fc.array(value, { minLength: 12, maxLength: 12 });
const matrix = fc.tuple(values, fc.boolean()).map(([data, single]) => {
  return new Matrix(single ? Float32Array.from(data) : Float64Array.from(data), 4, 3);
});

describe('columns', () => {
  test('centred have mean zero, standardised deviation one, and keep their precision', () => {
    fc.assert(
      fc.property(matrix, (x) => {
        const tolerance = x.isDouble ? 1e-12 : 1e-3;
        const centred = centreColumns(x);
        expect(centred.isDouble).toBe(x.isDouble);
        for (const mean of columnMeans(centred)) expect(Math.abs(mean)).toBeLessThan(tolerance);
        const scaled = standardiseColumns(x);
        for (const [j, deviation] of columnDeviations(scaled).entries()) {
          if (columnDeviations(x)[j] === 0) expect(deviation).toBe(0);
          else expect(deviation).toBeCloseTo(1, x.isDouble ? 9 : 4);
        }
      }),
    );
  });

  test('centred beside a large offset are as without it', () => {
    const x = new Matrix(
      Float64Array.from({ length: 100 }, (_, i) => (i * i) % 17),
      100,
      1,
    );
    const moved = new Matrix(
      x.data.map((value) => value + 2 ** 40),
      100,
      1,
    );
    const wanted = centreColumns(x);
    for (const [k, value] of centreColumns(moved).data.entries())
      expect(value).toBeCloseTo(wanted.data[k] as number, 13);
  });

  test('have their mean to rounding of their deviation, wherever they lie and the first rows do', () => {
    // Sums of these are exact.
    const values = Float64Array.from({ length: 5000 }, (_, i) => (i < 100 ? 2 ** 20 : 0) + ((i * i) % 1009) - 500);
    const mean = values.reduce((total, value) => total + value, 0) / 5000;
    const [deviation] = columnDeviations(new Matrix(values, 5000, 1));
    for (const offset of [0, 2 ** 44, -(2 ** 44)]) {
      const moved = values.map((value) => value + offset);
      const { first, second } = meansInParts(new Matrix(moved, 5000, 1));
      const off = (first[0] as number) - offset + (second[0] as number) - mean;
      expect(Math.abs(off)).toBeLessThan(1e-14 * (deviation as number));
      expect(first[0]).toBe(mean + offset);
    }
  });

  test.each([[37], [5000]])('that are constant over %i rows become exactly zero', (rows) => {
    for (const value of [0.1, 1 / 3, 1e300, -7e-300]) {
      const x = new Matrix(new Float64Array(rows).fill(value), rows, 1);
      expect([...columnMeans(x)]).toEqual([value]);
      expect(columnDeviations(x)[0]).toBe(0);
      expect(new Set(centreColumns(x).data)).toEqual(new Set([0]));
      expect(new Set(standardiseColumns(x).data)).toEqual(new Set([0]));
    }
  });

  test('of any unit have their deviation', () => {
    for (const unit of [1, 1e150, 1e-150, 1e-300]) {
      const x = Matrix.of([[unit], [2 * unit], [3 * unit], [6 * unit]]);
      expect((columnDeviations(x)[0] as number) / unit).toBeCloseTo(Math.sqrt(3.5), 14);
    }
  });
});

describe('rows', () => {
  test('normalised have length one; zero rows stay, and are named', () => {
    for (const unit of [1, 1e160, 1e-160]) {
      const x = Matrix.of([
        [3 * unit, 4 * unit],
        [0, 0],
        [-unit, 0],
        [0, 0],
      ]);
      expect((rowNorms(x)[0] as number) / unit).toBeCloseTo(5, 14);
      const { matrix: directions, zeroRows } = normaliseRows(x);
      expect(zeroRows).toEqual([1, 3]);
      expect(directions.at(0, 0)).toBeCloseTo(0.6, 15);
      expect([...directions.data.subarray(2)]).toEqual([0, 0, -1, 0, 0, 0]);
    }
    expect(normaliseRows(new Matrix(Float32Array.of(1, 1), 1, 2)).matrix.isDouble).toBe(false);
  });

  test('centred have mean zero', () => {
    expect([
      ...centreRows(
        Matrix.of([
          [1, 2, 6],
          [5, 5, 5],
        ]),
      ).data,
    ]).toEqual([-2, -1, 3, 0, 0, 0]);
  });
});

describe('sums', () => {
  test('of squares and products of many values keep their digits', () => {
    const n = 1_000_001;
    const tenths = new Float64Array(n).fill(0.1);
    expect(dot(tenths, tenths) / (n * 0.1 * 0.1)).toBeCloseTo(1, 14);
    const single = new Matrix(new Float32Array(n).fill(1), n, 1);
    expect(frobeniusSquared(single)).toBe(n);
  });

  test('need equally many values', () => {
    expect(() => dot(new Float64Array(2), new Float64Array(3))).toThrow('Vectors of 2 and of 3 values');
  });
});
