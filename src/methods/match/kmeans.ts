import type { Matrix } from '../../linalg/matrix';
import type { Random } from '../../linalg/random';
import type { Signal } from '../../linalg/signal';

const ITERATIONS = 100;

/**
 * The cluster of each row by k-means (Lloyd 1982) from k-means++ seeds (Arthur, Vassilvitskii 2007): of several starts the
 * one with the least sum of squared distances to the centres. Clusters are numbered by falling size, then by their first row.
 */
export function kmeansLabels(
  points: Matrix<Float64Array>,
  clusters: number,
  restarts: number,
  random: Random,
  signal?: Signal,
): Int32Array {
  let best: Int32Array = new Int32Array(points.rows);
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start < restarts; start++) {
    signal?.throwIfAborted();
    const { labels, inertia } = lloyd(points, seeds(points, clusters, random), clusters);
    if (inertia >= least) continue;
    [best, least] = [labels, inertia];
  }
  return bySize(best);
}

/** The same clusters, the largest first. */
export function bySize(labels: Int32Array): Int32Array {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  // A map keeps the order in which the clusters were met.
  const order = [...sizes.keys()].sort((a, b) => (sizes.get(b) as number) - (sizes.get(a) as number));
  return labels.map((label) => order.indexOf(label));
}

function squaredDistance(points: Matrix<Float64Array>, row: number, centres: Float64Array, centre: number): number {
  const { data, columns } = points;
  let sum = 0;
  for (let j = 0, a = row * columns, b = centre * columns; j < columns; j++, a++, b++)
    sum += ((data[a] as number) - (centres[b] as number)) ** 2;
  return sum;
}

function seeds(points: Matrix<Float64Array>, clusters: number, random: Random): Float64Array {
  const { rows, columns } = points;
  const centres = new Float64Array(clusters * columns);
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(rows);
  for (let c = 0; c < clusters; c++) {
    centres.set(points.row(chosen), c * columns);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      distances[i] = Math.min(distances[i] as number, squaredDistance(points, i, centres, c));
      total += distances[i] as number;
    }
    let rest = random.uniform() * total;
    for (let i = 0; i < rows; i++) {
      if ((distances[i] as number) === 0) continue;
      chosen = i;
      rest -= distances[i] as number;
      if (rest < 0) break;
    }
  }
  return centres;
}

function lloyd(points: Matrix<Float64Array>, centres: Float64Array, clusters: number) {
  const { rows, columns } = points;
  const labels = new Int32Array(rows).fill(-1);
  let inertia = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let changed = false;
    inertia = 0;
    for (let i = 0; i < rows; i++) {
      let nearest = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let c = 0; c < clusters; c++) {
        const distance = squaredDistance(points, i, centres, c);
        if (distance >= least) continue;
        [nearest, least] = [c, distance];
      }
      if (labels[i] !== nearest) changed = true;
      labels[i] = nearest;
      inertia += least;
    }
    if (!changed) break;
    const sizes = new Int32Array(clusters);
    for (const label of labels) sizes[label] = (sizes[label] as number) + 1;
    const sums = new Float64Array(centres.length);
    for (let i = 0; i < rows; i++)
      for (let j = 0, at = (labels[i] as number) * columns; j < columns; j++, at++)
        sums[at] = (sums[at] as number) + points.at(i, j);
    // A centre without rows stays where it is.
    for (let at = 0; at < centres.length; at++) {
      const size = sizes[Math.floor(at / columns)] as number;
      if (size > 0) centres[at] = (sums[at] as number) / size;
    }
  }
  return { labels, inertia };
}
