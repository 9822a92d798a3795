import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import type { Random } from '../../linalg/random';
import type { Context, Graph } from '../method';
import { type Sparse, sparseOf, timesDense } from './sparse';

export interface FastRpOptions {
  /** One for each power of the matrix, from the first. */
  readonly weights: readonly number[];
  /** Power of a node's degree that scales its row of the projection. */
  readonly beta: number;
  readonly matrix: 'transition' | 'adjacency';
  /** Whether every row of every power is brought to unit length. */
  readonly normalise: boolean;
}

/**
 * The adjacency matrix of a graph, n x n: both directions of every edge, or the listed one alone. Edges between the same nodes
 * add; one from a node to itself counts once.
 */
export function adjacency({ nodes, from, to, weights }: Graph, directed: boolean): Sparse {
  const back = directed ? [] : [...from.keys()].filter((e) => from[e] !== to[e]);
  const size = from.length + back.length;
  const [i, j, values] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
  i.set(from);
  j.set(to);
  values.set(weights);
  for (const [k, e] of back.entries()) {
    i[from.length + k] = to[e] as number;
    j[from.length + k] = from[e] as number;
    values[from.length + k] = weights[e] as number;
  }
  return sparseOf(nodes.length, nodes.length, { i, j, values });
}

/** Sums of the rows of a sparse matrix. */
export function degreesOf(a: Sparse): Float64Array {
  return Float64Array.from({ length: a.rows }, (_, i) => {
    let sum = 0;
    for (let k = a.offsets[i] as number; k < (a.offsets[i + 1] as number); k++) sum += a.values[k] as number;
    return sum;
  });
}

/** n x k, entries sqrt(s / k) times +1 or -1, each with probability 1 / 2s, otherwise 0: Li, Hastie and Church, KDD 2006. */
export function sparseProjection(n: number, k: number, s: number, random: Random): Matrix<Float64Array> {
  const out = Matrix.zeros(n, k);
  const value = Math.sqrt(s / k);
  for (let e = 0; e < out.data.length; e++) {
    const u = random.uniform() * 2 * s;
    if (u < 2) out.data[e] = u < 1 ? value : -value;
  }
  return out;
}

/**
 * Σ wᵢ Uᵢ with U₁ = S D^β R and Uᵢ = S Uᵢ₋₁, where S is the transition matrix D⁻¹A (or A): Chen, Sultan, Tian, Chen and Skiena,
 * "Fast and accurate network embeddings via very sparse random projection", CIKM 2019. A node without edges has a row of zeros.
 * @param a n x n. @param r n x k, the projection R. @returns n x k, and the powers where `powers` asks for them.
 */
export function fastRp(
  a: Sparse,
  r: Matrix<Float64Array>,
  options: FastRpOptions,
  context: Pick<Context, 'signal' | 'progress'>,
  powers?: Matrix<Float64Array>[],
): Matrix<Float64Array> {
  const degrees = degreesOf(a);
  const s = options.matrix === 'adjacency' ? a : transition(a, degrees);
  const sum = Matrix.zeros(r.rows, r.columns);
  let before = Matrix.zeros(r.rows, r.columns);
  let power = Matrix.zeros(r.rows, r.columns);
  for (let i = 0; i < r.rows; i++) {
    const scale = (degrees[i] as number) > 0 ? (degrees[i] as number) ** options.beta : 0;
    for (let c = 0; c < r.columns; c++) before.row(i)[c] = scale * r.at(i, c);
  }
  for (const [q, weight] of options.weights.entries()) {
    context.progress(q / options.weights.length, `Power ${q + 1} of the graph's matrix`);
    timesDense(s, before, power, context);
    // The recurrence goes on from the rows as they are, normalised or not in the sum.
    const used = options.normalise ? normaliseRows(power).matrix : power;
    for (let e = 0; e < sum.data.length; e++) (sum.data[e] as number) += weight * (used.data[e] as number);
    powers?.push(new Matrix(used.data.slice(), used.rows, used.columns));
    [before, power] = [power, before];
  }
  return sum;
}

function transition(a: Sparse, degrees: Float64Array): Sparse {
  const values = a.values.slice();
  for (let i = 0; i < a.rows; i++) {
    for (let k = a.offsets[i] as number; k < (a.offsets[i + 1] as number); k++)
      values[k] = (degrees[i] as number) > 0 ? (values[k] as number) / (degrees[i] as number) : 0;
  }
  return { ...a, values };
}
