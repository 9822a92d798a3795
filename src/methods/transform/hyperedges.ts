import { leastOf } from '../../linalg/least';
import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { median } from '../../linalg/ranks';
import type { Cancellable } from '../../linalg/signal';
import type { Weights } from './propagation';

/** A hyperedge: the nodes that it joins, and how much each belongs to it; all positive. */
interface Hyperedge {
  readonly nodes: Int32Array;
  readonly shares: Float64Array;
  /** Mean of how much its nodes belong to it, before the shares were scaled. */
  readonly weight: number;
}

/**
 * Similarities of nodes by the hyperedges that they share (Fu, Hospedales, Xiang, Gong 2015, "Transductive multi-view zero-shot
 * learning", section 5.2): for every ordered pair of views a row z in the one is a hyperedge of its k nearest in the other, by
 * exp(-d² / median d²), standardised over rows and then over columns, the mean of both directions taken. With H how much node x
 * belongs to hyperedge e where that is positive, δ the mean of H over the nodes of e, and η = H / √(Σ_e δ H²), S = ηᵀ diag(δ) η:
 * symmetric, no negative eigenvalue, 1 on the diagonal of every node that is in a hyperedge.
 * @param views the nodes of each view, of length 1; the last `prototypes` are classes, whose hyperedges hold `wide` times as many
 */
export async function hyperedgeWeights(
  views: readonly Matrix<Float64Array>[],
  k: number,
  prototypes: number,
  wide: number,
  options: Cancellable,
): Promise<Weights> {
  const size = views[0]?.rows ?? 0;
  const edges: Hyperedge[] = [];
  for (const a of views)
    for (const b of views) {
      options.signal?.throwIfAborted();
      if (a !== b) edges.push(...edgesOf(await across(a, b, options), k, prototypes, wide));
    }
  const lengths = new Float64Array(size);
  for (const { nodes, shares, weight } of edges)
    for (const [at, x] of nodes.entries()) lengths[x] = (lengths[x] as number) + weight * (shares[at] as number) ** 2;
  for (const { nodes, shares } of edges)
    for (const [at, x] of nodes.entries()) shares[at] = (shares[at] as number) / Math.sqrt(lengths[x] as number);
  return {
    size,
    times(v) {
      const out = new Float64Array(size);
      for (const { nodes, shares, weight } of edges) {
        let sum = 0;
        for (const [at, x] of nodes.entries()) sum += (shares[at] as number) * (v[x] as number);
        sum *= weight;
        for (const [at, x] of nodes.entries()) out[x] = (out[x] as number) + sum * (shares[at] as number);
      }
      return out;
    },
  };
}

/** exp(-d² / median d²) of the rows of a and of b, standardised over every row and then over every column. */
async function across(a: Matrix<Float64Array>, b: Matrix<Float64Array>, options: Cancellable) {
  const out = await multiply(a, b, { ...options, transposeB: true });
  const squares = (m: Matrix<Float64Array>) =>
    Float64Array.from({ length: m.rows }, (_, i) => m.row(i).reduce((sum, value) => sum + value * value, 0));
  const [own, their] = [squares(a), squares(b)];
  for (let i = 0, at = 0; i < out.rows; i++)
    for (let j = 0; j < out.columns; j++, at++)
      out.data[at] = Math.max(0, (own[i] as number) + (their[j] as number) - 2 * (out.data[at] as number));
  const scale = median(out.data.slice()) || 1;
  for (const [at, square] of out.data.entries()) out.data[at] = Math.exp(-square / scale);
  for (let i = 0; i < out.rows; i++) standardise(out.data, i * out.columns, 1, out.columns);
  for (let j = 0; j < out.columns; j++) standardise(out.data, j, out.columns, out.rows);
  return out;
}

/** Mean 0 and deviation 1 (n - 1) of every so many numbers; all 0 where they are equal. */
function standardise(data: Float64Array, start: number, stride: number, count: number): void {
  let mean = 0;
  for (let k = 0; k < count; k++) mean += (data[start + k * stride] as number) / count;
  let square = 0;
  for (let k = 0; k < count; k++) square += ((data[start + k * stride] as number) - mean) ** 2;
  const deviation = Math.sqrt(square / (count - 1));
  for (let k = 0; k < count; k++) {
    const at = start + k * stride;
    data[at] = deviation > 0 ? ((data[at] as number) - mean) / deviation : 0;
  }
}

function edgesOf(similar: Matrix<Float64Array>, k: number, prototypes: number, wide: number): Hyperedge[] {
  const n = similar.rows;
  const belongs = Array.from({ length: n }, () => new Map<number, number>());
  const add = (e: number, x: number, half: number) => belongs[e]?.set(x, (belongs[e]?.get(x) ?? 0) + half);
  const [near, least] = [new Int32Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const unlike = similar.row(i).map((value) => -value);
    const kept = leastOf(unlike, n, -1, Math.min(n, i >= n - prototypes ? wide * k : k), near, least);
    for (let s = 0; s < kept; s++) {
      const [j, half] = [near[s] as number, -(least[s] as number) / 2];
      add(i, j, half);
      add(j, i, half);
    }
  }
  return belongs.flatMap((of) => {
    const nodes = [...of].filter(([, value]) => value > 0).sort(([a], [b]) => a - b);
    // What draws away from an edge weighs against it, and an edge that weighs nothing is none.
    const weight = [...of.values()].reduce((sum, value) => sum + value, 0) / Math.max(1, nodes.length);
    if (!(weight > 0)) return [];
    return [
      {
        nodes: Int32Array.from(nodes, ([x]) => x),
        shares: Float64Array.from(nodes, ([, value]) => value),
        weight,
      },
    ];
  });
}
