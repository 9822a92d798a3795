import { Gatherer, PANEL, panelWidth, type Reflections, reflect } from './householder';
import { even, type Kernels } from './kernels';
import { Matrix, transposeInto } from './matrix';
import { subtractProduct } from './products';
import type { Signal } from './signal';
import { innerProduct } from './vectors';

export interface Tridiagonal {
  diagonal: Float64Array;
  /** offDiagonal[i] couples i and i + 1; n - 1 values. */
  offDiagonal: Float64Array;
  /** A = Q T Qᵀ with Q the product of these, the first leftmost; none unless vectors were asked for. */
  reflections: Reflections[];
}

interface Panel {
  readonly kernels: Kernels;
  readonly data: Float64Array;
  /** Rows and columns of what is in `data`. */
  readonly size: number;
  /** Rows v₀, w₀, v₁, w₁, ...: the rest of the matrix is A - Σ (vᵀw + wᵀv), each v the vector of a reflection. */
  readonly pairs: Matrix<Float64Array>;
  /** A factor for each row of those. */
  readonly factors: Float64Array;
}

/** How many values {@link tridiagonalise} takes of the kernels' memory, with the matrix. */
export function tridiagonalRoom(n: number): number {
  return n * n + 6 * PANEL * n + 4 * PANEL;
}

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections, half of the work as matrix products:
 * Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms", J. Comput. Appl. Math. 1989.
 * Overwrites the matrix, which lies in the memory of the kernels.
 */
export async function tridiagonalise(
  kernels: Kernels,
  a: Matrix<Float64Array>,
  vectors: boolean,
  signal?: Signal,
): Promise<Tridiagonal> {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const gatherer = new Gatherer();
  let { data } = a;
  for (let offset = 0; offset < n; ) {
    const m = n - offset;
    const b = panelWidth(m);
    const mark = kernels.mark();
    const pairs = kernels.zeros(2 * b, m);
    const panel: Panel = { kernels, data, size: m, pairs, factors: kernels.zeros(1, 2 * b).data };
    const taus = new Float64Array(b);
    for (let j = 0; j < b; j++) {
      signal?.throwIfAborted();
      diagonal[offset + j] = takeColumn(panel, j);
      if (j === m - 1) break;
      const { tau, beta } = reflect(pairs.row(2 * j), j + 1, m);
      offDiagonal[offset + j] = beta;
      taus[j] = tau;
      if (tau !== 0) coupling(panel, j, tau);
    }
    if (vectors) gatherer.add((j) => pairs.row(2 * j), taus, offset);
    offset += b;
    if (offset < n) data = await remainder(panel, signal);
    kernels.release(mark);
  }
  return { diagonal, offDiagonal, reflections: await gatherer.all(signal) };
}

/** Row v of pair j <- column j with the panel's earlier reflections applied, without its value on the diagonal, which is returned. */
function takeColumn(panel: Panel, j: number): number {
  const { data, size: m, pairs, factors } = panel;
  const column = pairs.row(2 * j);
  column.set(data.subarray(j * m + j, j * m + m), j);
  for (let p = 0; p < 2 * j; p++) factors[p] = pairs.at(p, j);
  subtractPairs(panel, j, column, even(j));
  const own = column[j] as number;
  column.fill(0, even(j), j + 1);
  return own;
}

/** y -= the pairs before j, each row by the factor of its partner; from `start` on. */
function subtractPairs({ kernels, size, pairs, factors }: Panel, j: number, y: Float64Array, start: number): void {
  for (let p = 0; p < 2 * j; p += 2) {
    const factor = factors[p] as number;
    factors[p] = -(factors[p + 1] as number);
    factors[p + 1] = -factor;
  }
  kernels.adds([pairs.data, start], size, 2 * j, size - start, [factors, 0], [y, start]);
}

/** Row w of pair j, for which H A H = A - v wᵀ - w vᵀ, A being the matrix with the panel's earlier ones applied. */
function coupling(panel: Panel, j: number, tau: number): void {
  const { kernels, data, size: m, pairs, factors } = panel;
  const start = j + 1;
  const [x, y] = [pairs.row(2 * j), pairs.row(2 * j + 1)];
  const from = even(start);
  kernels.symmetric([data, from * m + from], m, m - from, [x, from], [y, from]);
  kernels.dots([pairs.data, from], m, 2 * j, m - from, [x, from], [factors, 0]);
  subtractPairs(panel, j, y, from);
  const along = -0.5 * tau * tau * innerProduct(x, y, start, m);
  for (let i = start; i < m; i++) y[i] = tau * (y[i] as number) + along * (x[i] as number);
}

/** The part that is not yet reduced, moved to the front of the same memory. */
async function remainder({ kernels, data, size: m, pairs }: Panel, signal?: Signal): Promise<Float64Array> {
  const b = pairs.rows / 2;
  const rest = m - b;
  const [left, right] = [kernels.take(rest, 2 * b), kernels.take(2 * b, rest)];
  for (let p = 0; p < 2 * b; p++) right.row(p).set(pairs.row(p ^ 1).subarray(b));
  transposeInto(left, 0, 0, right);
  for (let p = 0; p < 2 * b; p++) right.row(p).set(pairs.row(p).subarray(b));
  for (let i = 0; i < rest; i++) data.copyWithin(i * rest, (i + b) * m + b, (i + b + 1) * m);
  const inner = data.subarray(0, rest * rest);
  await subtractProduct(new Matrix(inner, rest, rest), left, right, { signal });
  return inner;
}
