import { Matrix } from './matrix';
import type { Cancellable, Watch } from './signal';

export type DistanceMetric = 'euclidean' | 'squared-euclidean' | 'correlation' | 'cosine';

/**
 * Squared Euclidean distances of rows `start` to `end` (exclusive) from all rows of X: (end - start) x rows, float64,
 * never negative, exactly zero between identical rows.
 */
export async function squaredDistances(
  x: Matrix,
  start: number,
  end: number,
  options: Cancellable = {},
): Promise<Matrix<Float64Array>> {
  const out = Matrix.zeros(end - start, x.rows);
  for (let i = start, at = 0; i < end; i++) {
    options.signal?.throwIfAborted();
    for (let j = 0; j < x.rows; j++, at++) {
      let sum = 0;
      for (let k = 0; k < x.columns; k++) sum += (x.at(i, k) - x.at(j, k)) ** 2;
      out.data[at] = sum;
    }
  }
  return out;
}

/**
 * Dissimilarities of all pairs of rows i < j, row by row, as scipy.spatial.distance.pdist orders them: rows (rows - 1) / 2
 * values, float64. `correlation` is 1 - Pearson's r of the two rows, `cosine` 1 - the cosine.
 */
export async function condensed(x: Matrix, metric: DistanceMetric, options: Watch = {}): Promise<Float64Array> {
  const n = x.rows;
  const out = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    options.signal?.throwIfAborted();
    const tile = await squaredDistances(x, i, i + 1, options);
    for (let j = i + 1; j < n; j++) {
      const d = tile.data[j] as number;
      if (metric === 'squared-euclidean' || metric === 'euclidean')
        out[at++] = metric === 'euclidean' ? Math.sqrt(d) : d;
      else out[at++] = 1 - cosine(x, i, j, metric === 'correlation');
    }
  }
  return out;
}

function cosine(x: Matrix, i: number, j: number, centre: boolean): number {
  const mean = (r: number) => {
    let sum = 0;
    for (let k = 0; k < x.columns; k++) sum += x.at(r, k);
    return centre ? sum / x.columns : 0;
  };
  const [a, b] = [mean(i), mean(j)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < x.columns; k++) {
    const [p, q] = [x.at(i, k) - a, x.at(j, k) - b];
    ab += p * q;
    aa += p * p;
    bb += q * q;
  }
  return ab / Math.sqrt(aa * bb);
}
