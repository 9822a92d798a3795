import { normaliseRows } from './centre';
import { squaredDistances } from './distances';
import type { Matrix } from './matrix';
import { multiply } from './products';
import type { Watch } from './signal';

export type NeighbourMetric = 'cosine' | 'euclidean' | 'inner';

export interface Neighbours {
  /** rows x k, nearest first. */
  indices: Int32Array;
  /** Rows whose k-th and (k+1)-th candidates are equally near, so that the index decided. */
  tied: number;
}

/**
 * The k nearest other rows of each row, in float64. A row is left out of its own list by its index; among equally near
 * rows (computed values exactly equal) the lowest index comes first.
 * @throws RangeError unless 1 <= k < rows
 */
export async function nearestNeighbours(
  x: Matrix,
  k: number,
  metric: NeighbourMetric,
  options: Watch = {},
): Promise<Neighbours> {
  const n = x.rows;
  if (!(Number.isInteger(k) && k >= 1 && k < n)) {
    throw new RangeError(`Rows have from 1 to ${n - 1} other rows as neighbours; ${k} were asked for.`);
  }
  const points = metric === 'cosine' ? normaliseRows(x.toDouble()).matrix : x.toDouble();
  const indices = new Int32Array(n * k);
  let tied = 0;
  for (let i = 0; i < n; i++) {
    options.signal?.throwIfAborted();
    options.progress?.(i / n, 'Nearest neighbours');
    const tile =
      metric === 'euclidean'
        ? await squaredDistances(points, i, i + 1, options)
        : await multiply(points.slice(i, i + 1), points, { transposeB: true, signal: options.signal });
    const far = metric === 'euclidean' ? tile.data : tile.data.map((value) => -value);
    const order = Array.from({ length: n }, (_, j) => j)
      .filter((j) => j !== i)
      .sort((a, b) => (far[a] as number) - (far[b] as number) || a - b);
    indices.set(order.slice(0, k), i * k);
    if (k < n - 1 && far[order[k - 1] as number] === far[order[k] as number]) tied++;
  }
  return { indices, tied };
}
