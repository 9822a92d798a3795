import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { pearson } from '../../linalg/ranks';
import type { Context } from '../method';
import { pairsOf } from './runs';

export interface Scaling {
  /** n x 2, centred, by decreasing variance. */
  readonly points: Matrix<Float64Array>;
  /** Descending; negative ones are what no flat space holds. */
  readonly eigenvalues: Float64Array;
  /** The first two over the sum of the sizes of all. */
  readonly kept: number;
  /** The sizes of the negative ones over the sum of the sizes of all. */
  readonly negative: number;
  /** Of the distances on the map with those given. */
  readonly correlation: number;
}

/**
 * Classical scaling to two dimensions (Torgerson 1952): the eigenvectors of -½ H D² H, each times the root of its eigenvalue.
 * The largest coordinate of each axis is positive.
 * @param distances n x n, symmetric, zero diagonal, finite.
 */
export async function classicalScaling(
  distances: Float64Array,
  n: number,
  context: Pick<Context, 'signal'>,
): Promise<Scaling> {
  const centred = Matrix.zeros(n, n);
  const squares = distances.map((d) => d * d);
  const means = Array.from(
    { length: n },
    (_, i) => squares.subarray(i * n, (i + 1) * n).reduce((s, v) => s + v, 0) / n,
  );
  const all = means.reduce((sum, value) => sum + value, 0) / n;
  for (let k = 0; k < n * n; k++) {
    const [a, b] = [means[Math.floor(k / n)] as number, means[k % n] as number];
    centred.data[k] = -((squares[k] as number) - a - b + all) / 2;
  }
  const { values: found, vectors } = await symmetricEigen(centred, context);
  // What is of the size of rounding is no direction.
  const least = n * Number.EPSILON * found.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const values = found.map((value) => (Math.abs(value) <= least ? 0 : value));
  const points = Matrix.zeros(n, 2);
  for (const axis of [0, 1]) {
    const value = values[axis] ?? 0;
    if (value <= 0) continue;
    const column = vectors.column(axis);
    const largest = column.reduce((most, one) => (Math.abs(one) > Math.abs(most) + 1e-12 ? one : most), 0);
    const length = Math.sqrt(value) * Math.sign(largest);
    for (let i = 0; i < n; i++) points.data[2 * i + axis] = length * (column[i] as number);
  }
  const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
  const pairs = pairsOf(n);
  const drawn = pairs.map(([i, j]) => Math.hypot(points.at(i, 0) - points.at(j, 0), points.at(i, 1) - points.at(j, 1)));
  const given = pairs.map(([i, j]) => distances[i * n + j] as number);
  return {
    ...{ points, eigenvalues: values },
    kept: values.subarray(0, 2).reduce((sum, value) => sum + Math.max(0, value), 0) / total,
    negative: values.reduce((sum, value) => sum + Math.max(0, -value), 0) / total,
    correlation: pearson(Float64Array.from(drawn), Float64Array.from(given)),
  };
}
