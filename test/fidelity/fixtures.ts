/** Inputs of the verification sections: closed formulas. */
import { Matrix } from '../../src/linalg/matrix';

/** Exact decimals: ((7k^2 + 13k + 5) mod 101) / 50 - 1 with k = i d + j + s. */
export function H(n: number, d: number, s = 0): Matrix<Float64Array> {
  return fill(n, d, (k) => ((7 * (k + s) ** 2 + 13 * (k + s) + 5) % 101) / 50 - 1);
}

/** sin((i d + j + 1 + s)^2) */
export function Z(n: number, d: number, s = 0): Matrix<Float64Array> {
  return det(n, d, s + 1);
}

/** sin((i d + j + s)^2) */
export function det(n: number, d: number, s = 0): Matrix<Float64Array> {
  return fill(n, d, (k) => Math.sin((k + s) ** 2));
}

function fill(rows: number, columns: number, value: (k: number) => number): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from({ length: rows * columns }, (_, k) => value(k)),
    rows,
    columns,
  );
}
