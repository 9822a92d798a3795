import type { Matrix } from '../../../linalg/matrix';
import { energies, subspaceOf } from '../../describe/subspaces';
import { bySize } from '../../match/kmeans';
import type { Context } from '../../method';
import { codingLength, type Part, partOf } from '../../shared/coding-rate';
import { coordinateClusters, directionCoordinates } from '../../shared/doubly-stochastic';

export interface Choice {
  /** 0: the number with the least coding length. */
  readonly clusters: number;
  readonly most: number;
  readonly restarts: number;
  readonly precision: number;
  readonly sharpness: number;
  /** Rows of which every two are compared at most. */
  readonly landmarks: number;
}

export interface Found {
  /** Cluster of each row, the largest first. */
  readonly labels: Int32Array;
  readonly parts: readonly Part[];
  /** Nats that each number of clusters needs, from one on. */
  readonly lengths: readonly number[];
  /** Rows of which every two were compared; the others went to the nearest subspace. */
  readonly landmarks: number;
  /** Of the subspaces that they went to; null where there are none. */
  readonly dimension: number | null;
}

/**
 * Clusters by spectral clustering of the doubly stochastic membership, of as many as are wanted or as the coding length of the
 * features favours. Where there are more rows than landmarks so many are drawn, and each other row goes to the cluster whose
 * subspace, of equal dimension for all, holds most of it.
 * @param features, cluster rows of length 1
 */
export async function clustersOf(
  features: Matrix<Float64Array>,
  cluster: Matrix<Float64Array>,
  chosen: Choice,
  context: Context,
): Promise<Found> {
  const n = features.rows;
  const many = n > chosen.landmarks;
  const places = context.random.atMost(n, chosen.landmarks);
  const z = many ? features.takeRows(places) : features;
  const most = Math.min(places.length, Math.max(chosen.clusters, chosen.most));
  const coordinates = await directionCoordinates(
    many ? cluster.takeRows(places) : cluster,
    most,
    chosen.sharpness,
    context,
  );
  const lengths: number[] = [];
  let best: { readonly own: Int32Array; readonly length: number } | null = null;
  for (let k = 1; k <= most; k++) {
    context.signal.throwIfAborted();
    const wanted = chosen.clusters === 0 ? k > 1 : k === Math.min(chosen.clusters, most);
    if (k > chosen.most && !wanted) continue;
    const own = await coordinateClusters(coordinates, k, chosen.restarts, context);
    const length = codingLength(await partsOf(z, own, chosen.precision, context), z.columns);
    if (k <= chosen.most) lengths.push(length);
    if (wanted && (best === null || length < best.length)) best = { own, length };
  }
  const own = (best as { readonly own: Int32Array }).own;
  if (!many)
    return {
      labels: own,
      parts: await partsOf(z, own, chosen.precision, context),
      lengths,
      landmarks: n,
      dimension: null,
    };
  const { labels, dimension } = await spreadTo(features, z, own, places, chosen.precision, context);
  const parts = await partsOf(features, labels, chosen.precision, context);
  return { labels, parts, lengths, landmarks: places.length, dimension };
}

function groupsOf(labels: Int32Array): number[][] {
  const groups: number[][] = [];
  for (const [i, label] of labels.entries()) {
    groups[label] ??= [];
    groups[label].push(i);
  }
  return groups;
}

async function partsOf(z: Matrix<Float64Array>, labels: Int32Array, precision: number, context: Context) {
  const parts: Part[] = [];
  for (const [c, group] of groupsOf(labels).entries())
    parts.push(await partOf(`${c + 1}`, z.takeRows(group), precision, context));
  return parts;
}

/** Labels of all rows from those of some. */
async function spreadTo(
  all: Matrix<Float64Array>,
  some: Matrix<Float64Array>,
  own: Int32Array,
  places: Int32Array,
  precision: number,
  context: Context,
): Promise<{ readonly labels: Int32Array; readonly dimension: number }> {
  const parts = await partsOf(some, own, precision, context);
  const mean = parts.reduce((sum, { rank }) => sum + rank, 0) / parts.length;
  const dimension = Math.max(1, Math.min(all.columns >> 1, Math.round(mean)));
  const bases = [];
  for (const group of groupsOf(own)) bases.push((await subspaceOf(some.takeRows(group), dimension, context)).basis);
  const held = await energies(all, bases, context);
  const labels = Int32Array.from({ length: all.rows }, (_, i) => {
    const row = held.row(i);
    let best = 0;
    for (let c = 1; c < row.length; c++) if ((row[c] as number) > (row[best] as number)) best = c;
    return best;
  });
  for (const [k, place] of places.entries()) labels[place] = own[k] as number;
  return { labels: bySize(labels), dimension };
}
