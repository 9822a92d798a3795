import { columnMeans, subtractFromRows } from './centre';
import { Matrix, type Real } from './matrix';
import { dot } from './norms';
import { multiply } from './products';
import type { Cancellable } from './signal';

export type DistanceMetric = 'euclidean' | 'squared-euclidean' | 'correlation' | 'cosine';

/** Up to this many multiplications for all pairs, half a second, each distance is summed on its own. */
const DIRECT = 5e8;
/** A distance that is less than this, beside the squared lengths that it is the difference of, is summed on its own. */
export const CANCELLED = 1e-4;

/** A matrix prepared for distances: for products its rows are moved to their centre, which changes no distance. */
interface Points {
  rows: Matrix<Float64Array>;
  /** Squared lengths of the rows; null where each distance is summed on its own. */
  squares: Float64Array | null;
}

/** So that tile after tile of one matrix prepares it once. */
const known = new WeakMap<Matrix, Points>();

/**
 * Squared Euclidean distances of rows `start` to `end` (exclusive) from all rows of X: (end - start) x rows, float64, never
 * negative, exactly zero between identical rows. Where all pairs are affordable, and where X holds small integers, equal
 * distances come out equal; otherwise they may differ by rounding (some 1e-12 of themselves), since they are taken from
 * products of rows. X is not to be changed between calls.
 */
export async function squaredDistances(
  x: Matrix,
  start: number,
  end: number,
  options: Cancellable = {},
): Promise<Matrix<Float64Array>> {
  let points = known.get(x);
  if (points === undefined) {
    points = prepare(x);
    known.set(x, points);
  }
  return tile(points, start, end, options);
}

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

export function squaredLengths(x: Matrix<Float64Array>): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, i) => dot(x.row(i), x.row(i)));
}

/** All pairs of rows are so few that each distance is summed by itself. */
export function summedDirectly(x: Matrix): boolean {
  return x.rows * x.rows * x.columns <= DIRECT;
}

function prepare(x: Matrix): Points {
  if (summedDirectly(x)) return { rows: x.toDouble(), squares: null };
  const rows = centredPoints(x);
  return { rows, squares: squaredLengths(rows) };
}

/** X holds integers so small that their products and sums have no rounding. */
export function exactProducts(x: Matrix): boolean {
  const largest = Math.sqrt(2 ** 51 / Math.max(1, x.columns));
  return x.data.every((value: number) => Number.isInteger(value) && Math.abs(value) <= largest);
}

/** Rows `start` to `end` against all. */
async function tile(
  { rows, squares }: Points,
  start: number,
  end: number,
  { signal }: Cancellable,
): Promise<Matrix<Float64Array>> {
  if (squares === null) {
    const out = Matrix.zeros(end - start, rows.rows);
    for (let i = start, k = 0; i < end; i++) {
      signal?.throwIfAborted();
      const row = rows.row(i);
      for (let j = 0; j < rows.rows; j++, k++) out.data[k] = squaredDistance(row, rows.row(j));
    }
    return out;
  }
  const out = await multiply(rows.slice(start, end), rows, { transposeB: true, signal });
  for (let i = start, k = 0; i < end; i++) {
    signal?.throwIfAborted();
    const row = rows.row(i);
    const square = squares[i] as number;
    for (let j = 0; j < rows.rows; j++, k++) {
      const both = square + (squares[j] as number);
      const d = both - 2 * (out.data[k] as number);
      out.data[k] = i === j ? 0 : d < CANCELLED * both ? squaredDistance(row, rows.row(j)) : d;
    }
  }
  return out;
}
