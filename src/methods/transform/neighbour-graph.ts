import { z } from 'zod';
import { approximateNeighbours } from '../../linalg/approximate-neighbours';
import { squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { nearestNeighbours } from '../../linalg/neighbours';
import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { percent } from '../shared/pca';
import type { MapMetric } from './faithfulness';
import { directionsOf, withoutDirection } from './mds';

/** Up to so many rows all pairs are compared where nothing else is asked for. */
const EXACT = 6000;

export const searchParameters = {
  search: z.enum(['auto', 'exact', 'approximate']).default('auto').meta({
    title: 'Neighbour search',
    description:
      'exact: all pairs of rows. approximate: rows of near cells of the space only, as far as it takes to find the share of neighbours asked for. auto: exact up to 6,000 rows.',
  }),
  recall: z.number().min(0.5).max(1).default(0.98).meta({
    title: 'Recall',
    description:
      'Share of the true neighbours that an approximate search is to find; what it finds is measured and said.',
  }),
} as const;

export interface NeighbourGraph {
  readonly n: number;
  readonly k: number;
  /** n x k, nearest first. */
  readonly indices: Int32Array;
  /** n x k. */
  readonly distances: Float64Array;
  /** Rows whose k-th and next neighbour are equally near, where the search was exact. */
  readonly tied: number;
  /** A few words for the result's `steps`. */
  readonly step: string;
  readonly warnings: readonly string[];
}

interface Search {
  readonly metric: MapMetric;
  readonly search: 'auto' | 'exact' | 'approximate';
  readonly recall: number;
  /** Name of the representation, where there are several. */
  readonly of?: string;
}

/** The k nearest rows of each row, with their distances. @throws UserError where a row has no direction and needs one */
export async function neighbourGraph(
  x: Matrix,
  k: number,
  { metric, search, recall, of }: Search,
  context: Context,
): Promise<NeighbourGraph> {
  const n = x.rows;
  // Of directions, half the squared distance is 1 - cosine.
  const directions = directionsOf(x, metric);
  if (directions && directions.zeroRows.length > 0) throw withoutDirection(metric, directions.zeroRows, context, of);
  const points = directions?.matrix ?? inRange(x);
  const unit = directions ? 1 : 2 ** rangeExponent(x);
  const watch = {
    signal: context.signal,
    progress: (fraction: number | null, message: string) => context.progress(0.2 * (fraction ?? 0), message),
    reserve: context.reserve,
  };
  const exact = search === 'exact' || (search === 'auto' && n <= EXACT);
  let indices: Int32Array;
  let tied = 0;
  let step = `${k} nearest neighbours, exact`;
  const warnings: string[] = [];
  if (exact) ({ indices, tied } = await nearestNeighbours(points, k, directions ? 'cosine' : 'euclidean', watch));
  else {
    const found = await approximateNeighbours(points, k, 'euclidean', { ...watch, random: context.random, recall });
    indices = found.indices;
    step =
      found.cells === 1
        ? `${k} nearest neighbours: all pairs compared, in float32`
        : `${k} nearest neighbours, ${percent(found.recall)} of them found (measured on ${found.asked} rows): ${found.probes.toFixed(1)} of ${found.cells} cells searched for a row`;
    if (found.recall < recall)
      warnings.push(`${percent(found.recall)} of the neighbours were found; ${percent(recall)} were asked for.`);
  }
  const distances = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    if (i % 1024 === 0) context.signal.throwIfAborted();
    const row = points.row(i);
    for (let e = i * k; e < (i + 1) * k; e++) {
      const squared = squaredDistance(row, points.row(indices[e] as number));
      distances[e] = metric === 'euclidean' ? unit * Math.sqrt(squared) : squared / 2;
    }
  }
  return { n, k, indices, distances, tied, step, warnings };
}

/**
 * The symmetric matrix with `combine(w(i, j), w(j, i))` wherever one of the two is not zero; columns of a row in no order.
 * @param values w(i, j) of the k neighbours j of each i, n x k
 */
export function symmetrised(
  { n, k, indices }: Pick<NeighbourGraph, 'n' | 'k' | 'indices'>,
  values: Float64Array,
  combine: (forth: number, back: number) => number,
): Sparse {
  const starts = new Int32Array(n + 1);
  for (let e = 0; e < n * k; e++) {
    const after = (indices[e] as number) + 1;
    starts[after] = (starts[after] as number) + 1;
  }
  for (let i = 0; i < n; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const next = starts.slice();
  const sources = new Int32Array(n * k);
  for (let e = 0; e < n * k; e++) {
    const to = indices[e] as number;
    const at = next[to] as number;
    sources[at] = e;
    next[to] = at + 1;
  }
  const offsets = new Int32Array(n + 1);
  const columns = new Int32Array(2 * n * k);
  const out = new Float64Array(2 * n * k);
  const place = new Int32Array(n).fill(-1);
  const [forth, back] = [new Float64Array(n), new Float64Array(n)];
  let at = 0;
  for (let i = 0; i < n; i++) {
    const first = at;
    const enter = (j: number) => {
      if ((place[j] as number) >= first) return;
      place[j] = at;
      forth[j] = 0;
      back[j] = 0;
      columns[at++] = j;
    };
    for (let e = i * k; e < (i + 1) * k; e++) {
      const j = indices[e] as number;
      enter(j);
      forth[j] = values[e] as number;
    }
    for (let s = starts[i] as number; s < (starts[i + 1] as number); s++) {
      const e = sources[s] as number;
      const j = Math.floor(e / k);
      enter(j);
      back[j] = values[e] as number;
    }
    // Only what is not zero stays.
    let kept = first;
    for (let c = first; c < at; c++) {
      const j = columns[c] as number;
      const value = combine(forth[j] as number, back[j] as number);
      place[j] = -1;
      if (value === 0) continue;
      columns[kept] = j;
      out[kept++] = value;
    }
    at = kept;
    offsets[i + 1] = at;
  }
  return { rows: n, columns: n, offsets, indices: columns.slice(0, at), values: out.slice(0, at) };
}
