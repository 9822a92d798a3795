import { Matrix } from './matrix';
import { free } from './memory';
import { multiply, subtractProduct } from './products';
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
  const blocks = blocksOf(n).map(({ start, end }) => ({
    start,
    end,
    inverse: inverted(block(l, start, end, start, end)),
  }));
  for (const { start, end, inverse } of blocks) {
    const rows = w.slice(start, end);
    if (start > 0) {
      const before = block(l, start, end, 0, start);
      await subtractProduct(rows, before, w.slice(0, start), { signal });
      free(before.data);
    }
    const solved = await multiply(inverse, rows, { signal });
    rows.data.set(solved.data);
    free(solved.data);
  }
  for (const { start, end, inverse } of blocks.reverse()) {
    const rows = w.slice(start, end);
    const below = block(l, end, n, start, end);
    if (end < n) await subtractProduct(rows, below, w.slice(end, n), { transposeA: true, signal });
    const solved = await multiply(inverse, rows, { transposeA: true, signal });
    rows.data.set(solved.data);
    free(below.data, solved.data);
  }
  free(l.data);
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
    const columns = block(l, start, n, start, end);
    if (start > 0) {
      const before = block(l, start, n, 0, start);
      await subtractProduct(columns, before, before.slice(0, end - start), { transposeB: true, signal });
      free(before.data);
    }
    const top = columns.slice(0, end - start);
    factor(top, start);
    const below = columns.slice(end - start, n - start);
    const solved = await multiply(below, inverted(top), { transposeB: true, signal });
    for (let i = 0; i < top.rows; i++) top.row(i).fill(0, i + 1);
    place(top, l, start, start);
    place(solved, l, end, start);
    free(columns.data, solved.data);
  }
  return l;
}

/** The inverse of a lower triangular matrix; what is above its diagonal is not read. */
export async function lowerInverse(l: Matrix<Float64Array>, signal?: Signal): Promise<Matrix<Float64Array>> {
  const out = Matrix.zeros(l.rows, l.rows);
  for (const { start, end } of blocksOf(l.rows)) {
    const inverse = inverted(block(l, start, end, start, end));
    place(inverse, out, start, start);
    if (start === 0) continue;
    const [before, above] = [block(l, start, end, 0, start), block(out, 0, start, 0, start)];
    const known = await multiply(before, above, { signal });
    const rows = Matrix.zeros(end - start, start);
    await subtractProduct(rows, inverse, known, { signal });
    place(rows, out, start, 0);
    free(before.data, above.data, known.data, rows.data);
  }
  return out;
}

function blocksOf(n: number): { start: number; end: number }[] {
  return Array.from({ length: Math.ceil(n / BLOCK) }, (_, i) => ({
    start: i * BLOCK,
    end: Math.min(n, (i + 1) * BLOCK),
  }));
}

/** Replaces a diagonal block, whose first row is number `start`, by its factor; what is above its diagonal stays. */
function factor({ data, rows: n }: Matrix<Float64Array>, start: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = data[i * n + j] as number;
      for (let k = 0, p = i * n, q = j * n; k < j; k++, p++, q++) sum -= (data[p] as number) * (data[q] as number);
      if (i === j && !(sum > 0))
        throw new RangeError(`The matrix is not positive definite: pivot ${start + j} is ${sum}.`);
      data[i * n + j] = i === j ? Math.sqrt(sum) : sum / (data[j * (n + 1)] as number);
    }
  }
}

/** The inverse of a lower triangular block; what is above its diagonal is not read. */
function inverted({ data: l, rows: n }: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(n, n);
  const { data } = out;
  for (let i = 0; i < n; i++) {
    const pivot = l[i * (n + 1)] as number;
    for (let k = 0; k < i; k++) {
      const weight = (l[i * n + k] as number) / pivot;
      for (let j = 0, p = i * n, q = k * n; j <= k; j++, p++, q++)
        data[p] = (data[p] as number) - weight * (data[q] as number);
    }
    data[i * (n + 1)] = 1 / pivot;
  }
  return out;
}

/** A copy of rows `top` to `bottom` and columns `left` to `right`. */
function block(m: Matrix<Float64Array>, top: number, bottom: number, left: number, right: number) {
  const out = Matrix.zeros(bottom - top, right - left);
  for (let i = top, at = 0; i < bottom; i++, at += out.columns)
    out.data.set(m.data.subarray(i * m.columns + left, i * m.columns + right), at);
  return out;
}

/** Copies a block into rows from `top` on, from column `left` on. */
function place(from: Matrix<Float64Array>, out: Matrix<Float64Array>, top: number, left: number): void {
  for (let i = 0; i < from.rows; i++) out.data.set(from.row(i), (top + i) * out.columns + left);
}
