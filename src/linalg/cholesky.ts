import { Matrix } from './matrix';
import { gram, multiply, subtractProduct } from './products';
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
  const n = l.rows;
  const w = new Matrix(new Float64Array(b.data), b.rows, b.columns);
  const blocks = blocksOf(n).map(({ start, end }) => ({ start, end, inverse: inverted(l, start, end) }));
  for (const { start, end, inverse } of blocks) {
    const rows = w.slice(start, end);
    if (start > 0) await subtractProduct(rows, block(l, start, end, 0, start), w.slice(0, start), { signal });
    rows.data.set((await multiply(inverse, rows, { signal })).data);
  }
  for (const { start, end, inverse } of blocks.reverse()) {
    const rows = w.slice(start, end);
    const below = block(l, end, n, start, end);
    if (end < n) await subtractProduct(rows, below, w.slice(end, n), { transposeA: true, signal });
    rows.data.set((await multiply(inverse, rows, { transposeA: true, signal })).data);
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
  for (const { start, end } of blocksOf(n)) {
    signal?.throwIfAborted();
    factor(l, start, end);
    if (end === n) break;
    const panel = await multiply(block(l, end, n, start, end), inverted(l, start, end), { transposeB: true, signal });
    const update = await gram(panel, { signal });
    for (let i = end; i < n; i++) {
      const [row, from] = [l.row(i), update.row(i - end)];
      row.set(panel.row(i - end), start);
      for (let j = end; j <= i; j++) row[j] = (row[j] as number) - (from[j - end] as number);
    }
  }
  return l;
}

/** The inverse of a lower triangular matrix; what is above its diagonal is not read. */
export async function lowerInverse(l: Matrix<Float64Array>, signal?: Signal): Promise<Matrix<Float64Array>> {
  const out = Matrix.zeros(l.rows, l.rows);
  for (const { start, end } of blocksOf(l.rows)) {
    const inverse = inverted(l, start, end);
    for (let i = start; i < end; i++) out.row(i).set(inverse.row(i - start), start);
    if (start === 0) continue;
    const known = await multiply(block(l, start, end, 0, start), block(out, 0, start, 0, start), { signal });
    const rows = await multiply(inverse, known, { signal });
    for (let i = start; i < end; i++) out.row(i).set(rows.row(i - start).map((value) => -value));
  }
  return out;
}

function blocksOf(n: number): { start: number; end: number }[] {
  return Array.from({ length: Math.ceil(n / BLOCK) }, (_, i) => ({
    start: i * BLOCK,
    end: Math.min(n, (i + 1) * BLOCK),
  }));
}

/** The factor of a diagonal block, once what the columns before it give is taken off. */
function factor(l: Matrix<Float64Array>, start: number, end: number): void {
  for (let j = start; j < end; j++) {
    const own = l.row(j);
    let square = own[j] as number;
    for (let k = start; k < j; k++) square -= (own[k] as number) ** 2;
    if (!(square > 0)) throw new RangeError(`The matrix is not positive definite: pivot ${j} is ${square}.`);
    const pivot = Math.sqrt(square);
    own[j] = pivot;
    for (let i = j + 1; i < end; i++) {
      const row = l.row(i);
      let sum = row[j] as number;
      for (let k = start; k < j; k++) sum -= (row[k] as number) * (own[k] as number);
      row[j] = sum / pivot;
    }
  }
}

/** The inverse of a diagonal block of a lower triangular matrix. */
function inverted(l: Matrix<Float64Array>, start: number, end: number): Matrix<Float64Array> {
  const out = Matrix.zeros(end - start, end - start);
  for (let i = 0; i < out.rows; i++) {
    const [row, factors] = [out.row(i), l.row(start + i)];
    row[i] = 1;
    for (let k = 0; k < i; k++) {
      const [weight, other] = [factors[start + k] as number, out.row(k)];
      for (let j = 0; j <= k; j++) row[j] = (row[j] as number) - weight * (other[j] as number);
    }
    const pivot = factors[start + i] as number;
    for (let j = 0; j <= i; j++) row[j] = (row[j] as number) / pivot;
  }
  return out;
}

/** A copy of rows `top` to `bottom` and columns `left` to `right`. */
function block(m: Matrix<Float64Array>, top: number, bottom: number, left: number, right: number) {
  const out = Matrix.zeros(bottom - top, right - left);
  for (let i = top; i < bottom; i++) out.row(i - top).set(m.row(i).subarray(left, right));
  return out;
}
