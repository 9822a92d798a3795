import { addScaled, dot, gather, type Reflections, reflect } from './householder';
import { Matrix } from './matrix';
import { multiply } from './products';
import type { Signal } from './signal';

/** Columns and rows reduced before the rest of the matrix is brought up to date by one product. */
const PANEL = 32;

export interface Bidiagonal {
  diagonal: Float64Array;
  /** superDiagonal[i] is in row i, column i + 1; n - 1 values. */
  superDiagonal: Float64Array;
  /** A = Q B Pᵀ, Q the product of `left` and P of `right`, the first leftmost. */
  left: Reflections[];
  right: Reflections[];
}

interface Panel {
  /** The rest of the matrix is A - Uᵀ Y - Xᵀ V: u and v the reflections' vectors, all in rows. */
  u: Matrix<Float64Array>;
  y: Matrix<Float64Array>;
  x: Matrix<Float64Array>;
  v: Matrix<Float64Array>;
}

/**
 * Reduces a square matrix to upper bidiagonal form by Householder reflections from both sides, half of the work as matrix
 * products: Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms", J. Comput. Appl. Math.
 * 1989. Overwrites the matrix.
 */
export async function bidiagonalise(a: Matrix<Float64Array>, signal?: Signal): Promise<Bidiagonal> {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const superDiagonal = new Float64Array(Math.max(0, n - 1));
  const left: Reflections[] = [];
  const right: Reflections[] = [];
  let data = a.data;
  for (let offset = 0; offset < n; ) {
    const m = n - offset;
    const b = m <= 2 * PANEL ? m : PANEL;
    const panel: Panel = {
      u: Matrix.zeros(b, m),
      y: Matrix.zeros(b, m),
      x: Matrix.zeros(b, m),
      v: Matrix.zeros(b, m),
    };
    const leftTaus = new Float64Array(b);
    const rightTaus = new Float64Array(b);
    for (let i = 0; i < b; i++) {
      signal?.throwIfAborted();
      const column = reduceColumn(data, m, panel, i);
      diagonal[offset + i] = column.beta;
      leftTaus[i] = column.tau;
      if (i === m - 1) break;
      const row = reduceRow(data, m, panel, i);
      superDiagonal[offset + i] = row.beta;
      rightTaus[i] = row.tau;
    }
    left.push(await gather(panel.u, leftTaus, offset, signal));
    right.push(await gather(panel.v, rightTaus, offset, signal));
    offset += b;
    if (offset < n) data = await remainder(data, m, panel, signal);
  }
  return { diagonal, superDiagonal, left, right };
}

/** Column i, with what the panel has done to it, is reflected onto its first entry: u, and y = tau Aᵀ u. */
function reduceColumn(data: Float64Array, m: number, { u, y, x, v }: Panel, i: number) {
  const column = u.row(i);
  for (let r = i; r < m; r++) column[r] = data[r * m + i] as number;
  for (let p = 0; p < i; p++) {
    addScaled(column, u.row(p), -y.at(p, i), i, m);
    addScaled(column, x.row(p), -v.at(p, i), i, m);
  }
  const { tau, beta } = reflect(column, i, m);
  const out = y.row(i);
  if (tau !== 0 && i < m - 1) {
    transposedTimes(data, m, i, column, out);
    for (let p = 0; p < i; p++) {
      addScaled(out, y.row(p), -dot(u.row(p), column, i, m), i + 1, m);
      addScaled(out, v.row(p), -dot(x.row(p), column, i, m), i + 1, m);
    }
    for (let c = i + 1; c < m; c++) out[c] = (out[c] as number) * tau;
  }
  return { tau, beta };
}

/** Row i right of the diagonal, likewise: v, and x = tau A v. */
function reduceRow(data: Float64Array, m: number, { u, y, x, v }: Panel, i: number) {
  const row = v.row(i);
  for (let c = i + 1; c < m; c++) row[c] = data[i * m + c] as number;
  for (let p = 0; p <= i; p++) addScaled(row, y.row(p), -u.at(p, i), i + 1, m);
  for (let p = 0; p < i; p++) addScaled(row, v.row(p), -x.at(p, i), i + 1, m);
  const { tau, beta } = reflect(row, i + 1, m);
  const out = x.row(i);
  if (tau !== 0) {
    times(data, m, i + 1, row, out);
    for (let p = 0; p <= i; p++) addScaled(out, u.row(p), -dot(y.row(p), row, i + 1, m), i + 1, m);
    for (let p = 0; p < i; p++) addScaled(out, x.row(p), -dot(v.row(p), row, i + 1, m), i + 1, m);
    for (let r = i + 1; r < m; r++) out[r] = (out[r] as number) * tau;
  }
  return { tau, beta };
}

/** out = A x for rows and columns from `start` on; four rows at a time, so that x is read once for them. */
function times(a: Float64Array, m: number, start: number, x: Float64Array, out: Float64Array): void {
  let i = start;
  for (; i + 3 < m; i += 4) {
    const [r0, r1, r2, r3] = [i * m, (i + 1) * m, (i + 2) * m, (i + 3) * m];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = start; k < m; k++) {
      const xk = x[k] as number;
      s0 += (a[r0 + k] as number) * xk;
      s1 += (a[r1 + k] as number) * xk;
      s2 += (a[r2 + k] as number) * xk;
      s3 += (a[r3 + k] as number) * xk;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < m; i++) {
    let sum = 0;
    for (let k = start; k < m; k++) sum += (a[i * m + k] as number) * (x[k] as number);
    out[i] = sum;
  }
}

/** out = Aᵀ x for rows from `start` and columns from `start` + 1 on; four rows at a time. */
function transposedTimes(a: Float64Array, m: number, start: number, x: Float64Array, out: Float64Array): void {
  out.fill(0, start + 1, m);
  let i = start;
  for (; i + 3 < m; i += 4) {
    const [r0, r1, r2, r3] = [i * m, (i + 1) * m, (i + 2) * m, (i + 3) * m];
    const x0 = x[i] as number;
    const x1 = x[i + 1] as number;
    const x2 = x[i + 2] as number;
    const x3 = x[i + 3] as number;
    for (let k = start + 1; k < m; k++) {
      const first = (a[r0 + k] as number) * x0 + (a[r1 + k] as number) * x1;
      out[k] = (out[k] as number) + (first + ((a[r2 + k] as number) * x2 + (a[r3 + k] as number) * x3));
    }
  }
  for (; i < m; i++) {
    for (let k = start + 1; k < m; k++) out[k] = (out[k] as number) + (a[i * m + k] as number) * (x[i] as number);
  }
}

/** The part that is not yet reduced, moved to the front of the same memory. */
async function remainder(data: Float64Array, m: number, { u, y, x, v }: Panel, signal?: Signal): Promise<Float64Array> {
  const b = u.rows;
  const rest = m - b;
  const stack = (top: Matrix<Float64Array>, bottom: Matrix<Float64Array>) => {
    const out = Matrix.zeros(2 * b, rest);
    for (let p = 0; p < b; p++) {
      out.row(p).set(top.row(p).subarray(b));
      out.row(b + p).set(bottom.row(p).subarray(b));
    }
    return out;
  };
  const change = (await multiply(stack(u, x), stack(y, v), { transposeA: true, signal })).data;
  for (let i = 0; i < rest; i++) {
    const from = (i + b) * m + b;
    const to = i * rest;
    for (let j = 0; j < rest; j++) data[to + j] = (data[from + j] as number) - (change[to + j] as number);
  }
  return data.subarray(0, rest * rest);
}
