import { columnMeans, subtractFromRows } from './centre';
import type { Matrix, Real } from './matrix';

export type DistanceMetric = 'euclidean' | 'squared-euclidean' | 'correlation' | 'cosine';

/** Up to this many multiplications for all pairs, half a second, each distance is summed on its own. */
const DIRECT = 5e8;
/** A distance that is less than this, beside the squared lengths that it is the difference of, is summed on its own. */
export const CANCELLED = 1e-4;

/** Σ (aₖ - bₖ)², in four running sums: the same for (b, a), and wherever the two rows stand. */
export function squaredDistance(a: Real, b: Real): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < a.length; k += 4) {
    const d0 = (a[k] as number) - (b[k] as number);
    const d1 = (a[k + 1] as number) - (b[k + 1] as number);
    const d2 = (a[k + 2] as number) - (b[k + 2] as number);
    const d3 = (a[k + 3] as number) - (b[k + 3] as number);
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; k < a.length; k++) s0 += ((a[k] as number) - (b[k] as number)) ** 2;
  return s0 + s1 + (s2 + s3);
}

/** Squared distances of each row from k others, n x k, each summed by itself. @param others their places, k of each row */
export function squaresTo(x: Matrix, others: Int32Array, k: number): Float64Array {
  const rows = x.toDouble();
  return Float64Array.from(others, (other, at) => squaredDistance(rows.row(Math.floor(at / k)), rows.row(other)));
}

/** X in float64 with its rows moved so that their mean is zero, unless they are integers whose products are exact. */
export function centredPoints(x: Matrix): Matrix<Float64Array> {
  if (exactProducts(x)) return x.toDouble();
  return subtractFromRows(x, columnMeans(x));
}

/** All pairs of rows are so few that each distance is summed by itself. */
export function summedDirectly(x: Matrix): boolean {
  return x.rows * x.rows * x.columns <= DIRECT;
}

/** X holds integers so small that their products and sums have no rounding. */
export function exactProducts(x: Matrix): boolean {
  const largest = Math.sqrt(2 ** 51 / Math.max(1, x.columns));
  return x.data.every((value: number) => Number.isInteger(value) && Math.abs(value) <= largest);
}
