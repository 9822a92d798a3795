import { addScaled, dot, gather, type Reflections, reflect } from './householder';
import { Matrix } from './matrix';
import { multiply } from './products';
import type { Signal } from './signal';

/** Columns reduced before the rest of the matrix is brought up to date by one product. */
const PANEL = 32;

export interface Tridiagonal {
  diagonal: Float64Array;
  /** offDiagonal[i] couples i and i + 1; n - 1 values. */
  offDiagonal: Float64Array;
  /** A = Q T Qᵀ with Q the product of these, the first leftmost. */
  reflections: Reflections[];
}

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections, half of the work as matrix products:
 * Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms", J. Comput. Appl. Math. 1989.
 * Reads the lower triangle only, and overwrites it.
 */
export async function tridiagonalise(a: Matrix<Float64Array>, signal?: Signal): Promise<Tridiagonal> {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const reflections: Reflections[] = [];
  let data = a.data;
  for (let offset = 0; offset < n; ) {
    const m = n - offset;
    const b = m <= 2 * PANEL ? m : PANEL;
    const v = Matrix.zeros(b, m);
    const w = Matrix.zeros(b, m);
    const taus = new Float64Array(b);
    for (let j = 0; j < b; j++) {
      signal?.throwIfAborted();
      const column = v.row(j);
      for (let i = j; i < m; i++) column[i] = data[i * m + j] as number;
      for (let p = 0; p < j; p++) {
        addScaled(column, v.row(p), -w.at(p, j), j, m);
        addScaled(column, w.row(p), -v.at(p, j), j, m);
      }
      diagonal[offset + j] = column[j] as number;
      column[j] = 0;
      if (j === m - 1) break;
      const { tau, beta } = reflect(column, j + 1, m);
      offDiagonal[offset + j] = beta;
      taus[j] = tau;
      if (tau !== 0) coupling(data, m, v, w, j, tau);
    }
    reflections.push(await gather(v, taus, offset, signal));
    offset += b;
    if (offset < n) data = await remainder(data, m, v, w, signal);
  }
  return { diagonal, offDiagonal, reflections };
}

/** Row j of W: the vector w for which H A H = A - v wᵀ - w vᵀ, A being the matrix with the panel's earlier ones applied. */
function coupling(
  data: Float64Array,
  m: number,
  v: Matrix<Float64Array>,
  w: Matrix<Float64Array>,
  j: number,
  tau: number,
): void {
  const x = v.row(j);
  const y = w.row(j);
  symmetricTimes(data, m, j + 1, x, y);
  for (let p = 0; p < j; p++) {
    addScaled(y, v.row(p), -dot(w.row(p), x, j + 1, m), j + 1, m);
    addScaled(y, w.row(p), -dot(v.row(p), x, j + 1, m), j + 1, m);
  }
  for (let i = j + 1; i < m; i++) y[i] = (y[i] as number) * tau;
  addScaled(y, x, -0.5 * tau * dot(y, x, j + 1, m), j + 1, m);
}

/** The part that is not yet reduced, moved to the front of the same memory: A - VᵀW - WᵀV without the panel's columns. */
async function remainder(
  data: Float64Array,
  m: number,
  v: Matrix<Float64Array>,
  w: Matrix<Float64Array>,
  signal?: Signal,
): Promise<Float64Array> {
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
  const change = (await multiply(left, right, { transposeA: true, signal })).data;
  for (let i = 0; i < rest; i++) {
    const from = (i + b) * m + b;
    const to = i * rest;
    for (let j = 0; j <= i; j++) data[to + j] = (data[from + j] as number) - (change[to + j] as number);
  }
  return data.subarray(0, rest * rest);
}

/**
 * y = A x over rows and columns from `start` on, from the lower triangle of A. Four rows at a time, so that x and y are
 * read once for eight multiplications.
 */
function symmetricTimes(a: Float64Array, m: number, start: number, x: Float64Array, y: Float64Array): void {
  y.fill(0, start, m);
  let i = start;
  for (; i + 3 < m; i += 4) {
    const [r0, r1, r2, r3] = [i * m, (i + 1) * m, (i + 2) * m, (i + 3) * m];
    const x0 = x[i] as number;
    const x1 = x[i + 1] as number;
    const x2 = x[i + 2] as number;
    const x3 = x[i + 3] as number;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = start; k < i; k++) {
      const xk = x[k] as number;
      const a0 = a[r0 + k] as number;
      const a1 = a[r1 + k] as number;
      const a2 = a[r2 + k] as number;
      const a3 = a[r3 + k] as number;
      s0 += a0 * xk;
      s1 += a1 * xk;
      s2 += a2 * xk;
      s3 += a3 * xk;
      y[k] = (y[k] as number) + (a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3));
    }
    y[i] = s0;
    y[i + 1] = s1;
    y[i + 2] = s2;
    y[i + 3] = s3;
    for (let r = i; r < i + 4; r++) corner(a, m, i, r, x, y);
  }
  for (; i < m; i++) corner(a, m, start, i, x, y);
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
