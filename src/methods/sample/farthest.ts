import type { Matrix } from '../../linalg/matrix';
import type { Signal } from '../../linalg/signal';

/**
 * Farthest-point sampling (Gonzalez 1985): each next row is the one farthest (Euclidean) from the rows chosen so far;
 * of several equally far, the first. O(n d count).
 *
 * @param points n x d; for anchors, rows of unit length
 * @param start the row to begin with
 * @returns `count` different rows (fewer only where n is smaller), in the order chosen
 */
export function farthestPoints(points: Matrix, count: number, start: number, signal?: Signal): Int32Array {
  const chosen = new Int32Array(Math.min(count, points.rows));
  const distances = new Float64Array(points.rows).fill(Infinity);
  for (let i = 0, next = start; i < chosen.length; i++) {
    signal?.throwIfAborted();
    chosen[i] = next;
    approach(distances, points, next);
    distances[next] = -1;
    next = 0;
    for (let j = 1; j < distances.length; j++) if ((distances[j] as number) > (distances[next] as number)) next = j;
  }
  return chosen;
}

/** Lowers each row's squared distance to the nearest chosen row, after row `next` has been chosen as well. */
export function approach(distances: Float64Array, points: Matrix, next: number): void {
  const { data, columns } = points;
  const target = next * columns;
  for (let i = 0, k = 0; i < points.rows; i++, k += columns) {
    const bound = distances[i] as number;
    let sum = 0;
    for (let j = 0; j < columns && sum < bound; j++) {
      const difference = (data[k + j] as number) - (data[target + j] as number);
      sum += difference * difference;
    }
    if (sum < bound) distances[i] = sum;
  }
}
