import { Gatherer, PANEL, panelWidth, type Reflections, reflect } from './householder';
import { even, type Kernels } from './kernels';
import { Matrix } from './matrix';
import { subtractProduct } from './products';
import type { Signal } from './signal';

export interface Bidiagonal {
  diagonal: Float64Array;
  /** superDiagonal[i] is in row i, column i + 1; n - 1 values. */
  superDiagonal: Float64Array;
  /** A = Q B Pᵀ, Q the product of `left` and P of `right`, the first leftmost; none unless vectors were asked for. */
  left: Reflections[];
  right: Reflections[];
}

interface Panel {
  readonly kernels: Kernels;
  readonly data: Float64Array;
  /** Rows and columns of what is in `data`. */
  readonly size: number;
  /** The rest of the matrix is A - Uᵀ Y - Xᵀ V: u and v the reflections' vectors, all in rows. */
  readonly u: Matrix<Float64Array>;
  readonly y: Matrix<Float64Array>;
  readonly x: Matrix<Float64Array>;
  readonly v: Matrix<Float64Array>;
  /** A factor for each row of those. */
  readonly factors: Float64Array;
}

/** How many values {@link bidiagonalise} takes of the kernels' memory, with the matrix. */
export function bidiagonalRoom(n: number): number {
  return n * n + 8 * PANEL * n + 4 * PANEL;
}

/**
 * Reduces a square matrix to upper bidiagonal form by Householder reflections from both sides, half of the work as matrix
 * products: Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms", J. Comput. Appl. Math.
 * 1989. Overwrites the matrix, which lies in the memory of the kernels.
 */
export async function bidiagonalise(
  kernels: Kernels,
  a: Matrix<Float64Array>,
  vectors: boolean,
  signal?: Signal,
): Promise<Bidiagonal> {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const superDiagonal = new Float64Array(Math.max(0, n - 1));
  const [left, right] = [new Gatherer(), new Gatherer()];
  let { data } = a;
  for (let offset = 0; offset < n; ) {
    const m = n - offset;
    const b = panelWidth(m);
    const mark = kernels.mark();
    const panel: Panel = {
      kernels,
      data,
      size: m,
      u: kernels.zeros(b, m),
      y: kernels.zeros(b, m),
      x: kernels.zeros(b, m),
      v: kernels.zeros(b, m),
      factors: kernels.zeros(1, b).data,
    };
    const leftTaus = new Float64Array(b);
    const rightTaus = new Float64Array(b);
    for (let i = 0; i < b; i++) {
      signal?.throwIfAborted();
      const column = reduceColumn(panel, i);
      diagonal[offset + i] = column.beta;
      leftTaus[i] = column.tau;
      if (i === m - 1) break;
      const row = reduceRow(panel, i);
      superDiagonal[offset + i] = row.beta;
      rightTaus[i] = row.tau;
    }
    if (vectors) {
      left.add((i) => panel.u.row(i), leftTaus, offset);
      right.add((i) => panel.v.row(i), rightTaus, offset);
    }
    offset += b;
    if (offset < n) data = await remainder(panel, signal);
    kernels.release(mark);
  }
  return { diagonal, superDiagonal, left: await left.all(signal), right: await right.all(signal) };
}

/** Column i, with what the panel has done to it, is reflected onto its first entry: u, and y = tau Aᵀ u. */
function reduceColumn(panel: Panel, i: number) {
  const { kernels, data, size: m, u, y, x, v } = panel;
  const column = u.row(i);
  for (let r = i; r < m; r++) column[r] = data[r * m + i] as number;
  subtractRows(panel, u, y, i, i, i, column);
  subtractRows(panel, x, v, i, i, i, column);
  const { tau, beta } = reflect(column, i, m);
  const out = y.row(i);
  if (tau !== 0 && i < m - 1) {
    const start = i + 1;
    const from = even(start);
    kernels.adds([data, i * m + from], m, m - i, m - from, [column, i], [out, from]);
    subtractProjection(panel, y, u, i, column, even(i), out, from);
    subtractProjection(panel, v, x, i, column, even(i), out, from);
    for (let c = start; c < m; c++) out[c] = (out[c] as number) * tau;
  }
  return { tau, beta };
}

/** Row i right of the diagonal, likewise: v, and x = tau A v. */
function reduceRow(panel: Panel, i: number) {
  const { kernels, data, size: m, u, y, x, v } = panel;
  const start = i + 1;
  const row = v.row(i);
  for (let c = start; c < m; c++) row[c] = data[i * m + c] as number;
  subtractRows(panel, y, u, i + 1, i, start, row);
  subtractRows(panel, v, x, i, i, start, row);
  const { tau, beta } = reflect(row, start, m);
  const out = x.row(i);
  if (tau !== 0) {
    const from = even(start);
    kernels.dots([data, start * m + from], m, m - start, m - from, [row, from], [out, start]);
    subtractProjection(panel, u, y, i + 1, row, from, out, from);
    subtractProjection(panel, x, v, i, row, from, out, from);
    for (let r = start; r < m; r++) out[r] = (out[r] as number) * tau;
  }
  return { tau, beta };
}

/** target -= Σ of the first rows of `rows`, each by what column `at` of `by` has in its row; from `start` on. */
function subtractRows(
  { kernels, size, factors }: Panel,
  rows: Matrix<Float64Array>,
  by: Matrix<Float64Array>,
  count: number,
  at: number,
  start: number,
  target: Float64Array,
): void {
  for (let p = 0; p < count; p++) factors[p] = -by.at(p, at);
  const from = even(start);
  kernels.adds([rows.data, from], size, count, size - from, [factors, 0], [target, from]);
  target.fill(0, from, start);
}

/** target -= Σ of the first rows of `rows`, each by the product of its row of `others` with the vector. */
function subtractProjection(
  { kernels, size, factors }: Panel,
  rows: Matrix<Float64Array>,
  others: Matrix<Float64Array>,
  count: number,
  vector: Float64Array,
  from: number,
  target: Float64Array,
  start: number,
): void {
  kernels.dots([others.data, from], size, count, size - from, [vector, from], [factors, 0]);
  for (let p = 0; p < count; p++) factors[p] = -(factors[p] as number);
  kernels.adds([rows.data, start], size, count, size - start, [factors, 0], [target, start]);
}

/** The part that is not yet reduced, moved to the front of the same memory. */
async function remainder({ kernels, data, size: m, u, y, x, v }: Panel, signal?: Signal): Promise<Float64Array> {
  const b = u.rows;
  const rest = m - b;
  const stack = (top: Matrix<Float64Array>, bottom: Matrix<Float64Array>) => {
    const out = kernels.take(2 * b, rest);
    for (let p = 0; p < b; p++) {
      out.row(p).set(top.row(p).subarray(b));
      out.row(b + p).set(bottom.row(p).subarray(b));
    }
    return out;
  };
  for (let i = 0; i < rest; i++) data.copyWithin(i * rest, (i + b) * m + b, (i + b + 1) * m);
  const inner = data.subarray(0, rest * rest);
  await subtractProduct(new Matrix(inner, rest, rest), stack(u, x), stack(y, v), { transposeA: true, signal });
  return inner;
}
