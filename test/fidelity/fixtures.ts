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

/** Six units, and a shuffled and rescaled copy of which one is a mixture of two, one is noise, and all have noise added. */
export function planted(): [Matrix<Float64Array>, Matrix<Float64Array>] {
  const [a, noise] = [det(200, 6, 1), det(200, 6, 5000)];
  const b = a.takeColumns([2, 0, 1, 5, 3, 4]);
  const scale = [2, 1, 0.5, 3, 1, 1];
  for (let i = 0, k = 0; i < b.rows; i++)
    for (let j = 0; j < b.columns; j++, k++) {
      const moved = (b.data[k] as number) * (scale[j] as number) + 0.1;
      const mixed = 0.6 * a.at(i, 5) + 0.8 * a.at(i, 0);
      const clean = j === 3 ? mixed : j === 4 ? noise.at(i, 4) : moved;
      b.data[k] = clean + 0.3 * noise.at(i, j);
    }
  return [a, b];
}
