import { centreColumns, columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { inRange } from '../shared/centred';
import { principalAxes, varianceShares } from '../shared/pca';
import { spread } from './transformations';

/** Standard deviations of the added noise, as shares of the root mean square of the centred values. */
export const NOISE = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5];
/** Shares of the rows that are kept. */
export const KEPT = [1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05];

/** X and independent normal noise on every value, of a size relative to the spread of X. */
export function noisy(x: Matrix<Float64Array>, size: number, seed: number): Matrix<Float64Array> {
  if (size === 0) return x;
  const random = new Random(seed);
  const deviation = size * spread(x);
  return x.map((value) => value + deviation * random.normal());
}

export interface Deletion {
  /** Principal components kept. */
  readonly count: number;
  /** Share of the variance that they hold. */
  readonly share: number;
  readonly matrix: Matrix<Float64Array>;
}

/** A representation with ever fewer of its principal components. */
export interface Deletions {
  readonly rank: number;
  /** Numbers of components kept, descending from all. */
  readonly counts: readonly number[];
  /** X less what lies beyond its first `count` components; the means of the units stay. */
  at(count: number): Promise<Deletion>;
}

/** Ding, Denain and Steinhardt (NeurIPS 2021): the lowest principal components are removed, the widest stay. */
export async function deletions(x: Matrix<Float64Array>, options: Cancellable): Promise<Deletions> {
  const a = centreColumns(x);
  const { axes, squares } = await principalAxes(
    inRange(a) as Matrix<Float64Array>,
    Math.min(x.rows, x.columns),
    options,
  );
  const shares = varianceShares({ squares });
  const means = columnMeans(x);
  const scores = squares.length > 0 ? await multiply(a, axes, options) : Matrix.zeros(x.rows, 0);
  return {
    rank: squares.length,
    counts: countsTo(squares.length),
    async at(count) {
      if (count === squares.length) return { count, share: 1, matrix: x };
      const [kept, along] = [scores.columnBand(0, count), axes.columnBand(0, count)];
      const left = await multiply(kept, along, { ...options, transposeB: true });
      const matrix = left.map((value, k) => value + (means[k % x.columns] as number));
      return { count, share: shares.subarray(0, count).reduce((sum, share) => sum + share, 0), matrix };
    },
  };
}

/** All up to 16; of more, some 20, dense where few are left, for there the measures part ways. */
function countsTo(rank: number): number[] {
  if (rank <= 16) return Array.from({ length: rank }, (_, k) => rank - k);
  const counts = Array.from({ length: 21 }, (_, k) => Math.round(rank ** (k / 20)));
  return [...new Set(counts)].reverse();
}
