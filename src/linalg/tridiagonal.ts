import { Gatherer, type Reflections, reflect } from './householder';
import type { Kernels } from './kernels';
import { Matrix } from './matrix';
import { subtractProduct } from './products';
import type { Signal } from './signal';

/** Columns reduced before the rest of the matrix is brought up to date by one product. */
const PANEL = 32;

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
  /** The rest of the matrix is A - VᵀW - WᵀV, the reflections' vectors being the rows of V. */
  readonly v: Matrix<Float64Array>;
  readonly w: Matrix<Float64Array>;
  /** A factor for each row of V or W. */
  readonly factors: Float64Array;
}

/** How many values {@link tridiagonalise} takes of the kernels' memory, with the matrix. */
export function tridiagonalRoom(n: number): number {
  return n * n + 4 * PANEL * n + 4 * PANEL;
}

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections, half of the work as matrix products:
 * Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms", J. Comput. Appl. Math. 1989.
 * Reads the lower triangle only, and overwrites the matrix, which lies in the memory of the kernels.
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
    const b = m <= 2 * PANEL ? m : PANEL;
    const mark = kernels.mark();
    const panel: Panel = {
      kernels,
      data,
      size: m,
      v: kernels.zeros(b, m),
      w: kernels.zeros(b, m),
      factors: kernels.zeros(1, b).data,
    };
    const { v, w } = panel;
    const taus = new Float64Array(b);
    for (let j = 0; j < b; j++) {
      signal?.throwIfAborted();
      const column = v.row(j);
      for (let i = j; i < m; i++) column[i] = data[i * m + j] as number;
      subtractRows(panel, v, w, j, column);
      subtractRows(panel, w, v, j, column);
      diagonal[offset + j] = column[j] as number;
      column[j] = 0;
      if (j === m - 1) break;
      const { tau, beta } = reflect(column, j + 1, m);
      offDiagonal[offset + j] = beta;
      taus[j] = tau;
      if (tau !== 0) coupling(panel, j, tau);
    }
    if (vectors) gatherer.add(v, taus, offset);
    offset += b;
    if (offset < n) data = await remainder(panel, signal);
    kernels.release(mark);
  }
  return { diagonal, offDiagonal, reflections: await gatherer.all(signal) };
}

/** column -= Σ of the rows before j of `rows`, each by what column j of `by` has in its row. */
function subtractRows(
  { kernels, size, factors }: Panel,
  rows: Matrix<Float64Array>,
  by: Matrix<Float64Array>,
  j: number,
  column: Float64Array,
): void {
  for (let p = 0; p < j; p++) factors[p] = -by.at(p, j);
  kernels.adds([rows.data, j], size, j, size - j, [factors, 0], [column, j]);
}

/** Row j of W: the vector w for which H A H = A - v wᵀ - w vᵀ, A being the matrix with the panel's earlier ones applied. */
function coupling(panel: Panel, j: number, tau: number): void {
  const { kernels, size: m, v, w, factors } = panel;
  const [start, count] = [j + 1, m - j - 1];
  const [x, y] = [v.row(j), w.row(j)];
  symmetricTimes(panel, start, x, y);
  for (const [rows, others] of [
    [v, w],
    [w, v],
  ] as const) {
    kernels.dots([others.data, start], m, j, count, [x, start], [factors, 0]);
    for (let p = 0; p < j; p++) factors[p] = -(factors[p] as number);
    kernels.adds([rows.data, start], m, j, count, [factors, 0], [y, start]);
  }
  kernels.dots([y, start], m, 1, count, [x, start], [factors, 0]);
  const along = -0.5 * tau * tau * (factors[0] as number);
  for (let i = start; i < m; i++) y[i] = tau * (y[i] as number) + along * (x[i] as number);
}

/** The part that is not yet reduced, moved to the front of the same memory: A - VᵀW - WᵀV without the panel's columns. */
async function remainder({ data, size: m, v, w }: Panel, signal?: Signal): Promise<Float64Array> {
  const b = v.rows;
  const rest = m - b;
  const left = Matrix.zeros(2 * b, rest);
  const right = Matrix.zeros(2 * b, rest);
  for (let p = 0; p < b; p++) {
    left.row(p).set(v.row(p).subarray(b));
    left.row(b + p).set(w.row(p).subarray(b));
    right.row(p).set(w.row(p).subarray(b));
    right.row(b + p).set(v.row(p).subarray(b));
  }
  for (let i = 0; i < rest; i++) data.copyWithin(i * rest, (i + b) * m + b, (i + b + 1) * m);
  const inner = data.subarray(0, rest * rest);
  await subtractProduct(new Matrix(inner, rest, rest), left, right, { transposeA: true, signal });
  return inner;
}

/** y = A x over rows and columns from `start` on, from the lower triangle of A. */
function symmetricTimes({ kernels, data, size: m }: Panel, start: number, x: Float64Array, y: Float64Array): void {
  y.fill(0, start, m);
  let i = start;
  for (; i + 3 < m; i += 4) {
    // Left of the diagonal's squares of four, each row gives to x's sum and, as a column, to y.
    kernels.both([data, i * m + start], m, i - start, [x, start], [y, i], [y, start], [x, i]);
    for (let r = i; r < i + 4; r++) corner(data, m, i, r, x, y);
  }
  for (; i < m; i++) corner(data, m, start, i, x, y);
}

/** Adds what row i of the lower triangle gives from column `start` on. */
function corner(a: Float64Array, m: number, start: number, i: number, x: Float64Array, y: Float64Array): void {
  const row = i * m;
  let sum = (a[row + i] as number) * (x[i] as number);
  for (let k = start; k < i; k++) {
    sum += (a[row + k] as number) * (x[k] as number);
    y[k] = (y[k] as number) + (a[row + k] as number) * (x[i] as number);
  }
  y[i] = (y[i] as number) + sum;
}
