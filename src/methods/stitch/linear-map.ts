import { centreInDouble, columnMeans, largestMagnitude } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { ridgeMap } from '../shared/ridge';

/** y = ((x - from) / 2^a) map 2^b + to, for each row; a and b are 0 where they are not given. */
export interface AffineMap {
  readonly from: Float64Array;
  /** d x q */
  readonly map: Matrix<Float64Array>;
  readonly to: Float64Array;
  /** a and b: one power for both, from the smallest numbers to the largest, is no double. */
  readonly exponents?: readonly [number, number];
}

/**
 * Least squares from the rows of `x` to those of `y`, both centred, with penalty |map|². With a penalty of 0 it is the least of
 * the maps that fit best: singular values below rounding are none.
 */
export async function ridgeAffine(x: Matrix, y: Matrix, penalty: number, signal?: Signal): Promise<AffineMap> {
  const [from, to] = [columnMeans(x), columnMeans(y)];
  const map = await ridgeMap(centreInDouble(x), centreInDouble(y), penalty, { signal }, largestMagnitude(x));
  return { from, map, to };
}

export async function applyMap(
  { from, map, to, exponents: [a, b] = [0, 0] }: AffineMap,
  x: Matrix,
  signal?: Signal,
): Promise<Matrix<Float64Array>> {
  const out = await multiply(less(x, from, 2 ** a), map, { signal });
  const unit = 2 ** b;
  for (let k = 0; k < out.data.length; k++)
    out.data[k] = (out.data[k] as number) * unit + (to[k % out.columns] as number);
  return out;
}

/** In float64, each row less `means`, over `unit`. */
export function less(x: Matrix, means: Float64Array, unit = 1): Matrix<Float64Array> {
  const { data, rows, columns } = x;
  const out = Matrix.zeros(rows, columns);
  // A loop: `from` with a function takes many times as long.
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) out.data[k] = ((data[k] as number) - (means[j] as number)) / unit;
  return out;
}
