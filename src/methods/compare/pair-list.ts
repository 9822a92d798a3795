import { ROUNDING, type Tolerance, toleranceOf } from '../../linalg/external-ranks';
import { free } from '../../linalg/memory';
import { ordered } from '../../linalg/order';
import type { Representation } from '../method';

/** Of a value for each pair of rows i < j, the sums that correlations and their variances need. */
export interface PairMoments {
  readonly rows: number;
  readonly mean: number;
  /** Σ (v - mean)²; not a number where some value is none. */
  readonly squared: number;
  /** The part of `squared` that lies in sums of one term for each row: rows that are far from all, or near to all. */
  readonly byRows: number;
}

/** The values themselves, row by row. */
export interface PairList extends PairMoments {
  readonly values: Float64Array;
}

/** What one number for each pair of rows takes. */
export function pairBytes({ matrix: { rows } }: Pick<Representation, 'matrix'>): number {
  return 4 * rows * (rows - 1);
}

export function pairList(values: Float64Array, rows: number): PairList {
  let mean = 0;
  for (const correction of [0, 1]) {
    let sum = 0;
    for (let k = 0; k < values.length; k++) sum += (values[k] as number) - correction * mean;
    mean += sum / values.length;
  }
  const rowSums = new Float64Array(rows);
  let squared = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    let own = 0;
    for (let j = i + 1; j < rows; j++, k++) {
      const value = (values[k] as number) - mean;
      rowSums[i] = (rowSums[i] as number) + value;
      rowSums[j] = (rowSums[j] as number) + value;
      own += value * value;
    }
    squared += own;
  }
  const byRows = rows > 2 ? rowSums.reduce((sum, value) => sum + value * value, 0) / (rows - 2) : 0;
  // What is left of equal values is the rounding of their mean.
  const rounding = values.length * (mean * Number.EPSILON) ** 2;
  return squared <= 16 * rounding
    ? { rows, values, mean, squared: 0, byRows: 0 }
    : { rows, values, mean, squared, byRows };
}

/** Σ (x - mean x) (y - mean y) over the pairs. */
export function covariance(x: PairList, y: PairList): number {
  let sum = 0;
  for (let i = 0, k = 0; i < x.rows; i++) {
    let own = 0;
    for (let j = i + 1; j < x.rows; j++, k++)
      own += ((x.values[k] as number) - x.mean) * ((y.values[k] as number) - y.mean);
    sum += own;
  }
  return sum;
}

/**
 * The variance of {@link covariance} over all n! permutations of the rows of one side (Mantel, Cancer Research 27, 1967).
 * Values of pairs, less their mean, split into a sum of one term for each row, of dimension n - 1, and the rest, of
 * dimension n (n - 3) / 2; permutations mix neither part with the other nor leave any direction within a part alone, so
 * by Schur's orthogonality each adds the product of its squared lengths over its dimension.
 */
export function pairVariance(x: PairMoments, y: PairMoments): number {
  const n = x.rows;
  const rest = n > 3 ? (2 * difference(x.squared, x.byRows) * difference(y.squared, y.byRows)) / (n * (n - 3)) : 0;
  return (x.byRows * y.byRows) / (n - 1) + Math.max(0, rest);
}

/** Zero where no more than rounding is left: as a variance, its root would be a spread, and give standard scores. */
export function difference(a: number, b: number): number {
  return Math.abs(a - b) > ROUNDING * Math.max(Math.abs(a), Math.abs(b)) ? a - b : 0;
}

/**
 * Ranks from 1 in ascending order; values that differ by no more than rounding share the mean of their ranks. Distances
 * that are equal by construction differ in their last bits as they are computed, and ranks would make whole steps of it.
 */
export function ranksOf(values: Float64Array, allowed?: Tolerance): Float64Array {
  const { values: sorted, index } = ordered(values);
  const m = sorted.length;
  const tolerance = allowed ?? toleranceOf(Math.max(Math.abs(sorted[0] as number), Math.abs(sorted[m - 1] as number)));
  const ranks = new Float64Array(m);
  for (let start = 0, end = 0; start < m; start = end) {
    for (end = start + 1; end < m; end++) {
      const value = sorted[end] as number;
      if (!(value - (sorted[end - 1] as number) <= tolerance(value))) break;
    }
    for (let k = start; k < end; k++) ranks[index[k] as number] = (start + 1 + end) / 2;
  }
  free(sorted, index);
  return ranks;
}
