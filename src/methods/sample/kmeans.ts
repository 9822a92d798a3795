import type { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Signal } from '../../linalg/signal';
import { approach } from './farthest';

const ITERATIONS = 100;
/** Rows scored at once: at 300 centres a block of 10 MB. */
const BLOCK = 4096;

/**
 * The row nearest to each centre of k-means (Lloyd's iterations from k-means++ seeds, Arthur and Vassilvitskii 2007, until
 * no row changes its cluster, 100 at the most). A row that is nearest to two centres stands for the first; the other takes
 * the nearest row that is still free.
 *
 * @param points n x d; for anchors, rows of unit length
 * @returns `count` different rows (fewer only where n is smaller)
 */
export async function kmeansRows(points: Matrix, count: number, random: Random, signal?: Signal): Promise<Int32Array> {
  const clusters = Math.min(count, points.rows);
  const centres = points.takeRows(seeds(points, clusters, random, signal)).toDouble();
  const label = new Int32Array(points.rows).fill(-1);
  for (let iteration = 0, changed = true; changed && iteration < ITERATIONS; iteration++) {
    changed = false;
    await score(points, centres, signal, (row, scores) => {
      let best = 0;
      for (let c = 1; c < clusters; c++) if ((scores[c] as number) > (scores[best] as number)) best = c;
      if (label[row] !== best) changed = true;
      label[row] = best;
    });
    moveCentres(centres, points, label);
  }
  return nearestRows(points, centres, signal);
}

/** k-means++: each next seed is drawn with a probability proportional to its squared distance to the seeds so far. */
function seeds(points: Matrix, count: number, random: Random, signal?: Signal): Int32Array {
  const chosen = new Int32Array(count);
  const distances = new Float64Array(points.rows).fill(Infinity);
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted();
    chosen[i] = i === 0 ? random.integer(points.rows) : draw(distances, random);
    approach(distances, points, chosen[i] as number);
  }
  return chosen;
}

function draw(weights: Float64Array, random: Random): number {
  let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    last = i;
    rest -= weight;
    if (rest < 0) break;
  }
  return last;
}

/** Calls `visit` for each row x with -|x - c|² / 2 for every centre c, so that the largest belongs to the nearest. */
async function score(
  points: Matrix,
  centres: Matrix,
  signal: Signal | undefined,
  visit: (row: number, scores: Float64Array) => void,
): Promise<void> {
  const half = Float64Array.from({ length: centres.rows }, (_, c) => dot(centres.row(c), centres.row(c)) / 2);
  const scores = new Float64Array(centres.rows);
  for (let start = 0; start < points.rows; start += BLOCK) {
    signal?.throwIfAborted();
    const block = points.slice(start, Math.min(start + BLOCK, points.rows));
    const product = await multiply(block, centres, { transposeB: true, signal });
    for (let i = 0; i < block.rows; i++) {
      const own = dot(block.row(i), block.row(i)) / 2;
      for (let c = 0; c < scores.length; c++) scores[c] = product.at(i, c) - (half[c] as number) - own;
      visit(start + i, scores);
    }
  }
}

/** Each centre becomes the mean of its rows; one without rows stays where it is. */
function moveCentres(centres: Matrix<Float64Array>, points: Matrix, label: Int32Array): void {
  const sums = new Float64Array(centres.data.length);
  const sizes = new Int32Array(centres.rows);
  const { columns } = points;
  label.forEach((cluster, row) => {
    sizes[cluster] = (sizes[cluster] as number) + 1;
    for (let j = 0; j < columns; j++) {
      const at = cluster * columns + j;
      sums[at] = (sums[at] as number) + points.at(row, j);
    }
  });
  sizes.forEach((size, cluster) => {
    if (size === 0) return;
    for (let at = cluster * columns; at < (cluster + 1) * columns; at++) centres.data[at] = (sums[at] as number) / size;
  });
}

async function nearestRows(points: Matrix, centres: Matrix, signal?: Signal): Promise<Int32Array> {
  const nearest = new Int32Array(centres.rows).fill(-1);
  const best = new Float64Array(centres.rows).fill(-Infinity);
  await score(points, centres, signal, (row, scores) => {
    for (let c = 0; c < scores.length; c++) {
      if ((scores[c] as number) <= (best[c] as number)) continue;
      best[c] = scores[c] as number;
      nearest[c] = row;
    }
  });
  const taken = new Set<number>();
  for (let c = 0; c < nearest.length; c++) {
    signal?.throwIfAborted();
    if (taken.has(nearest[c] as number)) nearest[c] = nearestFree(points, centres.row(c), taken);
    taken.add(nearest[c] as number);
  }
  return nearest;
}

function nearestFree(points: Matrix, centre: ArrayLike<number>, taken: ReadonlySet<number>): number {
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < points.rows; i++) {
    if (taken.has(i)) continue;
    const row = points.row(i);
    let distance = 0;
    for (let j = 0; j < row.length; j++) distance += ((row[j] as number) - (centre[j] as number)) ** 2;
    if (distance >= least) continue;
    least = distance;
    best = i;
  }
  return best;
}
