import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';

/** Normally distributed values. */
export function normal(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

export function identity(n: number): Matrix<Float64Array> {
  const out = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) out.data[i * (n + 1)] = 1;
  return out;
}

/** The largest difference between two entries in the same place. */
export function farthest(a: Matrix, b: Matrix): number {
  let most = 0;
  for (let k = 0; k < a.data.length; k++)
    most = Math.max(most, Math.abs((a.data[k] as number) - (b.data[k] as number)));
  return most;
}
