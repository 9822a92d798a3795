import { squaredDistance } from './distances';
import { Lookahead } from './lookahead';
import type { Matrix } from './matrix';
import { nearestNeighbours } from './neighbours';
import type { Watch } from './signal';

/** The edges of a tree over all rows, n - 1 of them. */
export interface SpanningTree {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
  /** Of each row: distance to its `samples`-th nearest, itself counted. */
  readonly core: Float64Array;
}

/** Products rule distances out for less than these cost where rows are so wide, and so large a share of the rows is left to them. */
const WIDE = 64;
const MANY = 1 / 3;

/**
 * A minimum spanning tree of mutual reachability, max(core(i), core(j), d(i, j)) with Euclidean d (Campello, Moulavi and Sander,
 * PAKDD 2013), exact: core distances by tiled products, the tree by Prim's algorithm, in which a distance is only summed where
 * neither the core distances nor products rule the edge out. O(n² p) time; O(n) memory, and 128 MB.
 * @param samples 1 to n; 1: the core distances are 0
 */
export async function reachabilityTree(
  x: Matrix,
  samples: number,
  options: Watch & { reserve?: (bytes: number, what: string) => void } = {},
): Promise<SpanningTree> {
  const n = x.rows;
  const double = x.toDouble();
  // A view is made once, not for each distance.
  const rows = Array.from({ length: n }, (_, i) => double.row(i));
  const at = (i: number) => rows[i] as Float64Array;
  const core = new Float64Array(n);
  let neighbours: Int32Array = new Int32Array(0);
  if (samples > 1) {
    const k = samples - 1;
    const { indices } = await nearestNeighbours(x, k, 'euclidean', options);
    for (let i = 0; i < n; i++) core[i] = Math.sqrt(squaredDistance(at(i), at(indices[i * k + k - 1] as number)));
    neighbours = indices;
  }
  const [from, to] = [new Int32Array(n - 1), new Int32Array(n - 1)];
  const weight = new Float64Array(n - 1);
  /** Rows that are not in the tree yet, each with its lightest edge into it. */
  const left = Int32Array.from({ length: n - 1 }, (_, i) => i + 1);
  const best = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const near = new Int32Array(n);
  let lookahead: Lookahead | null = null;
  let [added, summed] = [0, 0];
  for (let count = n - 1; count > 0; count--) {
    if ((count & 63) === 0) {
      options.signal?.throwIfAborted();
      options.progress?.(1 - count / n, 'Spanning tree of mutual reachability');
    }
    const row = at(added);
    const own = core[added] as number;
    let bounds = lookahead?.held(added) ?? null;
    // As many as of the row before this one will not be ruled out by core distances and best edges.
    if (bounds === null && summed > MANY * n && x.columns >= WIDE) {
      lookahead ??= new Lookahead(double, neighbours);
      bounds = await lookahead.make(added, left.subarray(0, count), best, options.signal);
    }
    summed = 0;
    let [place, least] = [0, Number.POSITIVE_INFINITY];
    for (let next = 0; next < count; next++) {
      const j = left[next] as number;
      const other = core[j] as number;
      const floor = own > other ? own : other;
      let value = best[j] as number;
      if (value > floor) {
        summed++;
        if (bounds === null || !(value * value <= (bounds[j] as number))) {
          const distance = Math.sqrt(squaredDistance(row, rows[j] as Float64Array));
          const reach = distance > floor ? distance : floor;
          if (reach < value) {
            value = reach;
            best[j] = reach;
            near[j] = added;
          }
        }
      }
      if (value < least) [place, least] = [next, value];
    }
    added = left[place] as number;
    from[count - 1] = near[added] as number;
    to[count - 1] = added;
    weight[count - 1] = least;
    left[place] = left[count - 1] as number;
  }
  lookahead?.end();
  return { from, to, weight, core };
}
