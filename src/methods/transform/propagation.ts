import { leastOf } from '../../linalg/least';
import { Matrix } from '../../linalg/matrix';
import { gram } from '../../linalg/products';
import { median } from '../../linalg/ranks';
import type { Cancellable } from '../../linalg/signal';

/** A symmetric graph, row by row: neighbours and weights. */
export type SparseGraph = readonly ReadonlyMap<number, number>[];

/**
 * Similarities exp(-d² / median d²) of rows of length 1, the k largest of each row kept (those of the last `prototypes` rows
 * `wide` times as many), and the mean of both directions taken. The median is over all pairs, those of a row with itself too.
 */
export async function similarityGraph(
  rows: Matrix<Float64Array>,
  k: number,
  prototypes: number,
  wide: number,
  options: Cancellable,
): Promise<SparseGraph> {
  const n = rows.rows;
  const products = await gram(rows, options);
  const squares = Float64Array.from({ length: n }, (_, i) => products.at(i, i));
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < n; j++, at++)
      products.data[at] =
        i === j ? 0 : Math.max(0, (squares[i] as number) + (squares[j] as number) - 2 * (products.data[at] as number));
  const scale = median(products.data.slice()) || 1;
  const graph = Array.from({ length: n }, () => new Map<number, number>());
  const [near, least] = [new Int32Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    options.signal?.throwIfAborted();
    const kept = leastOf(products.row(i), n, -1, Math.min(n, i >= n - prototypes ? wide * k : k), near, least);
    for (let s = 0; s < kept; s++) {
      const j = near[s] as number;
      const half = Math.exp(-(least[s] as number) / scale) / 2;
      add(graph, i, j, half);
      add(graph, j, i, half);
    }
  }
  return graph;
}

function add(graph: readonly Map<number, number>[], i: number, j: number, value: number): void {
  const row = graph[i] as Map<number, number>;
  row.set(j, (row.get(j) ?? 0) + value);
}

/** A symmetric matrix W without negative entries, by its products with vectors. */
export interface Weights {
  readonly size: number;
  times(v: Float64Array): Float64Array;
}

export function graphWeights(graph: SparseGraph): Weights {
  const from: number[] = [];
  const to: number[] = [];
  const weight: number[] = [];
  for (const [i, row] of graph.entries())
    for (const [j, value] of row) {
      from.push(i);
      to.push(j);
      weight.push(value);
    }
  return {
    size: graph.length,
    times(v) {
      const out = new Float64Array(v.length);
      for (let e = 0; e < from.length; e++)
        out[from[e] as number] =
          (out[from[e] as number] as number) + (weight[e] as number) * (v[to[e] as number] as number);
      return out;
    },
  };
}

/** Σ share · W */
export function mixed(parts: readonly (readonly [share: number, weights: Weights])[]): Weights {
  return {
    size: parts[0]?.[1].size ?? 0,
    times(v) {
      const out = new Float64Array(v.length);
      for (const [share, weights] of parts)
        for (const [i, value] of weights.times(v).entries()) out[i] = (out[i] as number) + share * value;
      return out;
    },
  };
}

const ITERATIONS = 1000;
const RESIDUAL = 1e-13;

/**
 * F = (1 - α) (I - α D^(-1/2) W D^(-1/2))⁻¹ Y, by conjugate gradients: Zhou, Bousquet, Lal, Weston, Schölkopf (2004), "Learning
 * with local and global consistency", NIPS.
 * @param y a row for each node, a column for each class
 */
export function propagate(
  weights: Weights,
  y: Matrix<Float64Array>,
  alpha: number,
  { signal }: Cancellable,
): Matrix<Float64Array> {
  const n = y.rows;
  // A node without any neighbour keeps to itself.
  const scale = weights.times(new Float64Array(n).fill(1)).map((degree) => (degree > 0 ? 1 / Math.sqrt(degree) : 0));
  const scaled = (x: Float64Array) => x.map((value, i) => value * (scale[i] as number));
  const times = (x: Float64Array) => {
    const spread = scaled(weights.times(scaled(x)));
    return x.map((value, i) => value - alpha * (spread[i] as number));
  };
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const out = Matrix.zeros(n, y.columns);
  for (let c = 0; c < y.columns; c++) {
    const x = new Float64Array(n);
    const rest = y.column(c).map((value) => (1 - alpha) * value);
    let direction = rest.slice();
    let square = dot(rest, rest);
    const enough = RESIDUAL ** 2 * square;
    for (let step = 0; step < ITERATIONS && square > enough; step++) {
      signal?.throwIfAborted();
      const image = times(direction);
      const length = square / dot(direction, image);
      for (let i = 0; i < n; i++) {
        x[i] = (x[i] as number) + length * (direction[i] as number);
        rest[i] = (rest[i] as number) - length * (image[i] as number);
      }
      const next = dot(rest, rest);
      direction = direction.map((value, i) => (rest[i] as number) + (next / square) * value);
      square = next;
    }
    for (let i = 0; i < n; i++) out.data[i * y.columns + c] = x[i] as number;
  }
  return out;
}

/** Rows of two views closer than this are as good as equal. */
const CLOSEST = 1e-6;

/** How much each view agrees with the others, summing to 1: Σᵢ tᵢ over the rows with tᵢ = 1 / ‖zᵢ - z'ᵢ‖ > 1 / √2. */
export function viewWeights(views: readonly Matrix<Float64Array>[]): number[] {
  const agreement = views.map((a, v) =>
    views.reduce((sum, b, w) => {
      if (v === w) return sum;
      let close = 0;
      for (let i = 0; i < a.rows; i++) {
        const [x, y] = [a.row(i), b.row(i)];
        const t =
          1 / Math.max(CLOSEST, Math.sqrt(x.reduce((total, value, j) => total + (value - (y[j] as number)) ** 2, 0)));
        if (t > Math.SQRT1_2) close += t;
      }
      return sum + close;
    }, 0),
  );
  const total = agreement.reduce((sum, value) => sum + value, 0);
  return agreement.map((value) => (total > 0 ? value / total : 1 / views.length));
}
