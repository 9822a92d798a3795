import { Matrix } from './matrix';
import { multiply } from './products';
import type { Signal } from './signal';

/** Columns factored at a time; all but these diagonal blocks is in matrix products. */
const BLOCK = 64;

/**
 * W of A W = B for a symmetric positive definite n x n matrix A and n x q right-hand sides, in float64, by blocks of its
 * Cholesky factor (Golub and Van Loan, Matrix Computations, §4.2). Only the lower triangle of A is read.
 * @throws RangeError where A is not positive definite
 */
export async function solvePositive(a: Matrix, b: Matrix, signal?: Signal): Promise<Matrix<Float64Array>> {
  const l = await cholesky(a, signal);
  const w = new Matrix(new Float64Array(b.data), b.rows, b.columns);
  const starts = Array.from({ length: Math.ceil(l.rows / BLOCK) }, (_, i) => i * BLOCK);
  for (const start of starts) {
    signal?.throwIfAborted();
    const end = Math.min(start + BLOCK, l.rows);
    if (start > 0) subtract(w.slice(start, end), await multiply(block(l, start, end, 0, start), w.slice(0, start)));
    forward(l, w, start, end);
  }
  for (const start of starts.reverse()) {
    signal?.throwIfAborted();
    const end = Math.min(start + BLOCK, l.rows);
    const below = block(l, end, l.rows, start, end);
    if (end < l.rows)
      subtract(w.slice(start, end), await multiply(below, w.slice(end, l.rows), { transposeA: true, signal }));
    backward(l, w, start, end);
  }
  return w;
}

/**
 * The lower triangular L of A = L Lᵀ, of which only the lower triangle is read.
 * @throws RangeError where A is not positive definite
 */
export async function cholesky(a: Matrix, signal?: Signal): Promise<Matrix<Float64Array>> {
  const n = a.rows;
  const l = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) l.row(i).set(a.row(i).subarray(0, i + 1));
  for (let start = 0; start < n; start += BLOCK) {
    signal?.throwIfAborted();
    const end = Math.min(start + BLOCK, n);
    factor(l, start, end);
    if (end === n) break;
    const panel = block(l, end, n, start, end);
    const update = await multiply(panel, panel, { transposeB: true, signal });
    for (let i = end; i < n; i++) {
      const [row, from] = [l.row(i), update.row(i - end)];
      for (let j = end; j <= i; j++) row[j] = (row[j] as number) - (from[j - end] as number);
    }
  }
  return l;
}

/** The inverse of a lower triangular matrix; what is above its diagonal is not read. */
export async function lowerInverse(l: Matrix<Float64Array>, signal?: Signal): Promise<Matrix<Float64Array>> {
  const n = l.rows;
  const out = Matrix.zeros(n, n);
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    // The rows of the inverse from `start` on are still zero.
    const known = start > 0 ? await multiply(l.slice(start, end), out, { signal }) : null;
    for (let i = start; i < end; i++) {
      const row = out.row(i);
      if (known) for (let j = 0; j < start; j++) row[j] = -known.at(i - start, j);
      row[i] = 1;
      for (let k = start; k < i; k++) {
        const [weight, other] = [l.at(i, k), out.row(k)];
        for (let j = 0; j <= k; j++) row[j] = (row[j] as number) - weight * (other[j] as number);
      }
      const pivot = l.at(i, i);
      for (let j = 0; j <= i; j++) row[j] = (row[j] as number) / pivot;
    }
  }
  return out;
}

/** Columns `start` to `end` of the factor, once those before them are taken off. */
function factor(l: Matrix<Float64Array>, start: number, end: number): void {
  for (let j = start; j < end; j++) {
    const own = l.row(j);
    let square = own[j] as number;
    for (let k = start; k < j; k++) square -= (own[k] as number) ** 2;
    if (!(square > 0)) throw new RangeError(`The matrix is not positive definite: pivot ${j} is ${square}.`);
    const pivot = Math.sqrt(square);
    own[j] = pivot;
    for (let i = j + 1; i < l.rows; i++) {
      const row = l.row(i);
      let sum = row[j] as number;
      for (let k = start; k < j; k++) sum -= (row[k] as number) * (own[k] as number);
      row[j] = sum / pivot;
    }
  }
}

/** L W = B within a diagonal block. */
function forward(l: Matrix<Float64Array>, w: Matrix<Float64Array>, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const [row, factors] = [w.row(i), l.row(i)];
    for (let k = start; k < i; k++) take(row, w.row(k), factors[k] as number);
    divide(row, factors[i] as number);
  }
}

/** Lᵀ W = B within a diagonal block. */
function backward(l: Matrix<Float64Array>, w: Matrix<Float64Array>, start: number, end: number): void {
  for (let i = end - 1; i >= start; i--) {
    const row = w.row(i);
    for (let k = i + 1; k < end; k++) take(row, w.row(k), l.at(k, i));
    divide(row, l.at(i, i));
  }
}

function take(row: Float64Array, other: Float64Array, times: number): void {
  for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - times * (other[j] as number);
}

function divide(row: Float64Array, by: number): void {
  for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) / by;
}

function subtract(from: Matrix<Float64Array>, what: Matrix): void {
  for (let k = 0; k < from.data.length; k++) from.data[k] = (from.data[k] as number) - (what.data[k] as number);
}

/** A copy of rows `top` to `bottom` and columns `left` to `right`. */
function block(m: Matrix<Float64Array>, top: number, bottom: number, left: number, right: number) {
  const out = Matrix.zeros(bottom - top, right - left);
  for (let i = top; i < bottom; i++) out.row(i - top).set(m.row(i).subarray(left, right));
  return out;
}
