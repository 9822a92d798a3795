import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../../src/linalg/assignment';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';

/** The best total over all injections of the shorter side into the longer. */
function bestTotal(scores: Matrix, maximise: boolean): number {
  const m = scores.rows <= scores.columns ? scores : scores.transpose();
  const better = maximise ? Math.max : Math.min;
  const search = (row: number, taken: number): number => {
    if (row === m.rows) return 0;
    let best = maximise ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    for (let j = 0; j < m.columns; j++) {
      if ((taken & (1 << j)) === 0) best = better(best, m.at(row, j) + search(row + 1, taken | (1 << j)));
    }
    return best;
  };
  return search(0, 0);
}

function total(scores: Matrix, columnOf: Int32Array): number {
  return columnOf.reduce((sum, column, row) => sum + (column < 0 ? 0 : scores.at(row, column)), 0);
}

const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
  .chain(([rows, columns]) =>
    fc
      .array(score, { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => new Matrix(Float64Array.from(values), rows, columns)),
  );

describe('assign', () => {
  test('finds the best total of all matchings', () => {
    fc.assert(
      fc.property(matrix, fc.boolean(), (scores, maximise) => {
        const columnOf = assign(scores, { maximise });
        const matched = [...columnOf].filter((column) => column >= 0);
        expect(columnOf.length).toBe(scores.rows);
        expect(matched.length).toBe(Math.min(scores.rows, scores.columns));
        expect(new Set(matched).size).toBe(matched.length);
        expect(total(scores, columnOf)).toBeCloseTo(bestTotal(scores, maximise), 9);
      }),
      { numRuns: 300 },
    );
  });

  test('finds a planted matching of 300', () => {
    const random = new Random(1);
    const wanted = random.permutation(300);
    const scores = new Matrix(
      Float32Array.from({ length: 300 * 300 }, () => random.uniform()),
      300,
      300,
    );
    for (const [row, column] of wanted.entries()) scores.data[row * 300 + column] = 1.5;
    expect(assign(scores, { maximise: true })).toEqual(wanted);
  });

  test('takes the lowest column among equals that no other row wants', () => {
    expect([...assign(Matrix.zeros(3, 5), { maximise: true })]).toEqual([0, 1, 2]);
    expect([...assign(Matrix.zeros(5, 3), { maximise: true })]).toEqual([0, 1, 2, -1, -1]);
    const both = [0, 9, 9, 9];
    expect([...assign(Matrix.of([both, both]), { maximise: false })]).toEqual([0, 1]);
    expect([
      ...assign(
        Matrix.of([
          [1, 7, 7],
          [9, 0, 0],
        ]),
        { maximise: true },
      ),
    ]).toEqual([1, 0]);
  });

  test('names a score that is not finite', () => {
    const scores = Matrix.of([
      [1, 2],
      [3, Number.NaN],
    ]);
    expect(() => assign(scores, { maximise: true })).toThrow(
      'An assignment needs finite scores; row 1, column 1 has NaN.',
    );
    expect(() => assign(Matrix.of([[Number.POSITIVE_INFINITY]]), { maximise: false })).toThrow(RangeError);
  });

  test('of no rows or columns matches nothing', () => {
    expect([...assign(Matrix.zeros(0, 3), { maximise: true })]).toEqual([]);
    expect([...assign(Matrix.zeros(2, 0), { maximise: true })]).toEqual([-1, -1]);
  });

  test('stops when cancelled', () => {
    expect(() => assign(Matrix.zeros(2, 2), { maximise: true, signal: AbortSignal.abort() })).toThrow();
  });
});
