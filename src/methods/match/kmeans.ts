import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Signal } from '../../linalg/signal';
import { addScaled } from '../../linalg/vectors';

const ITERATIONS = 100;
/** Centres that move at a time: those of some starts. */
const CENTRES = 256;
/** Values of what lies between rows and centres that are held at once. */
const TILE = 2 ** 20;

/** One of several k-means, which go on side by side. */
interface Start {
  /** clusters x columns */
  readonly centres: Matrix<Float64Array>;
  /** Cluster of each row; -1 at first. */
  readonly labels: Int32Array;
  changed: boolean;
}

/**
 * The cluster of each row by k-means (Lloyd 1982) from k-means++ seeds (Arthur, Vassilvitskii 2007): of several starts the
 * one with the least sum of squared distances to the centres. Clusters are numbered by falling size, then by their first row.
 */
export async function kmeansLabels(
  points: Matrix<Float64Array>,
  clusters: number,
  restarts: number,
  random: Random,
  signal?: Signal,
): Promise<Int32Array> {
  let best: Int32Array = new Int32Array(points.rows);
  let least = Number.POSITIVE_INFINITY;
  for (let done = 0; done < restarts; done += Math.ceil(CENTRES / clusters)) {
    const starts = Array.from({ length: Math.min(restarts - done, Math.ceil(CENTRES / clusters)) }, (): Start => {
      const centres = seeds(points, clusters, random, signal);
      return { centres, labels: new Int32Array(points.rows).fill(-1), changed: true };
    });
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      const moving = starts.filter(({ changed }) => changed);
      if (moving.length === 0) break;
      await step(points, moving, clusters, signal);
    }
    for (const { labels, centres } of starts) {
      signal?.throwIfAborted();
      const inertia = labels.reduce((sum, label, i) => sum + squaredDistance(points, i, centres.data, label), 0);
      if (inertia >= least) continue;
      [best, least] = [labels, inertia];
    }
  }
  return bySize(best);
}

/** The same clusters, the largest first. */
export function bySize(labels: Int32Array): Int32Array {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  // A map keeps the order in which the clusters were met.
  const order = [...sizes.keys()].sort((a, b) => (sizes.get(b) as number) - (sizes.get(a) as number));
  const places = new Map(order.map((label, place) => [label, place]));
  return labels.map((label) => places.get(label) as number);
}

function squaredDistance(points: Matrix<Float64Array>, row: number, centres: Float64Array, centre: number): number {
  const { data, columns } = points;
  let sum = 0;
  for (let j = 0, a = row * columns, b = centre * columns; j < columns; j++, a++, b++)
    sum += ((data[a] as number) - (centres[b] as number)) ** 2;
  return sum;
}

function seeds(points: Matrix<Float64Array>, clusters: number, random: Random, signal?: Signal): Matrix<Float64Array> {
  const { rows, columns } = points;
  const centres = new Float64Array(clusters * columns);
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(rows);
  for (let c = 0; c < clusters; c++) {
    signal?.throwIfAborted();
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
  return new Matrix(centres, clusters, columns);
}

/** Each row to its nearest centre, by products of rows and centres, and each centre to the mean of its rows; of all starts at once. */
async function step(
  points: Matrix<Float64Array>,
  starts: readonly Start[],
  clusters: number,
  signal?: Signal,
): Promise<void> {
  const all = starts.length * clusters;
  const centres = new Matrix(new Float64Array(all * points.columns), all, points.columns);
  for (const [s, start] of starts.entries()) {
    start.changed = false;
    centres.data.set(start.centres.data, s * start.centres.data.length);
  }
  const halves = Float64Array.from({ length: all }, (_, c) => centres.row(c).reduce((sum, v) => sum + v * v, 0) / 2);
  const sums = new Float64Array(centres.data.length);
  const sizes = new Int32Array(all);
  const height = Math.max(1, Math.floor(TILE / all));
  for (let from = 0; from < points.rows; from += height) {
    const rows = points.slice(from, Math.min(points.rows, from + height));
    const products = await multiply(rows, centres, { transposeB: true, signal });
    const members = Matrix.zeros(all, rows.rows);
    for (const [s, start] of starts.entries())
      for (let i = 0; i < rows.rows; i++) {
        const nearest = nearestOf(products.data, i * all, halves, s * clusters, clusters);
        if (start.labels[from + i] !== nearest) start.changed = true;
        start.labels[from + i] = nearest;
        const cluster = s * clusters + nearest;
        members.data[cluster * rows.rows + i] = 1;
        sizes[cluster] = (sizes[cluster] as number) + 1;
      }
    const added = await multiply(members, rows, { signal });
    addScaled(sums, added.data, 1);
    free(products.data, members.data, added.data);
  }
  for (const [s, start] of starts.entries()) {
    if (!start.changed) continue;
    for (let c = 0; c < clusters; c++) {
      const size = sizes[s * clusters + c] as number;
      const sum = sums.subarray((s * clusters + c) * points.columns, (s * clusters + c + 1) * points.columns);
      // A centre without rows stays where it is.
      if (size > 0) start.centres.row(c).set(sum.map((value) => value / size));
    }
  }
}

/** The nearest of the centres from number `first` on: ‖x - c‖² = ‖x‖² - 2 (x·c - ‖c‖² / 2). @param row where products with all begin */
function nearestOf(products: Float64Array, row: number, halves: Float64Array, first: number, clusters: number): number {
  let nearest = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0, at = first; c < clusters; c++, at++) {
    const near = (products[row + at] as number) - (halves[at] as number);
    if (near > most) {
      nearest = c;
      most = near;
    }
  }
  return nearest;
}
