import { deflate, type Merge } from './deflation';
import { Matrix } from './matrix';
import { multiply } from './products';
import { secularRoot } from './secular';
import type { Signal } from './signal';
import { implicitQl } from './tridiagonal-ql';

/** Up to this size plain QL iteration is faster than dividing. */
const LEAF = 32;

export interface TridiagonalEigen {
  /** Ascending. */
  values: Float64Array;
  /** Row i is the eigenvector of value i. */
  vectors: Matrix<Float64Array>;
}

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer, nearly all of the work in matrix
 * products: Cuppen, Numer. Math. 1981, with the vectors of Gu and Eisenstat, "A divide-and-conquer algorithm for the
 * symmetric tridiagonal eigenproblem", SIAM J. Matrix Anal. Appl. 1995. The matrix is to be scaled to about 1.
 */
export async function tridiagonalEigen(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  signal?.throwIfAborted();
  const n = diagonal.length;
  if (n <= LEAF) return implicitQl(diagonal, offDiagonal);
  const half = n >> 1;
  const coupling = offDiagonal[half - 1] as number;
  const upper = diagonal.slice(0, half);
  const lower = diagonal.slice(half);
  // T = diag(T₁, T₂) + |coupling| u uᵀ with u = 1 at the end of the first half and ±1 at the start of the second.
  upper[half - 1] = (upper[half - 1] as number) - Math.abs(coupling);
  lower[0] = (lower[0] as number) - Math.abs(coupling);
  const first = await tridiagonalEigen(upper, offDiagonal.subarray(0, half - 1), signal);
  const second = await tridiagonalEigen(lower, offDiagonal.subarray(half), signal);
  const merge = deflate(first, second, coupling);
  const { values, vectors } = await conquer(merge, half, signal);
  return sorted(merge, values, vectors);
}

/** Eigenpairs of diag(d) + rho z zᵀ in the basis of the merge's kept rows, turned into that of the whole matrix. */
async function conquer(
  { d, z, rho, kept, basis, inFirst, inSecond }: Merge,
  half: number,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  const k = d.length;
  const n = basis.columns;
  const values = new Float64Array(k);
  const vectors = Matrix.zeros(k, n);
  if (k === 0) return { values, vectors };
  const squares = z.map((value) => value * value);
  const s = Matrix.zeros(k, k);
  for (let j = 0; j < k; j++) {
    if ((j & 63) === 0) signal?.throwIfAborted();
    values[j] = secularRoot(j, d, squares, rho, s.row(j));
  }
  secularVectors(s, d, z);
  // Rows that come from one half only are zero in the other: two smaller products.
  for (const [places, start, end] of [
    [inFirst, 0, half],
    [inSecond, half, n],
  ] as const) {
    if (places.length === 0) continue;
    const part = Matrix.zeros(places.length, end - start);
    for (const [r, place] of places.entries()) {
      part.row(r).set(basis.row(kept[place] as number).subarray(start, end));
    }
    const product = await multiply(places.length === k ? s : s.takeColumns(places), part, { signal });
    for (let i = 0; i < k; i++) vectors.row(i).set(product.row(i), start);
  }
  return { values, vectors };
}

/**
 * Replaces dᵢ - λⱼ in row j by the normalised eigenvector j, of the matrix with the same d whose eigenvalues are exactly
 * the computed ones: that makes them orthogonal however close the eigenvalues are (Gu and Eisenstat, eq. 3.3).
 */
function secularVectors(s: Matrix<Float64Array>, d: Float64Array, z: Float64Array): void {
  const k = d.length;
  const squares = new Float64Array(k).fill(-1);
  for (let j = 0; j < k; j++) {
    const difference = s.row(j);
    const dj = d[j] as number;
    for (let i = 0; i < k; i++) {
      const ratio = i === j ? (difference[i] as number) : (difference[i] as number) / ((d[i] as number) - dj);
      squares[i] = (squares[i] as number) * ratio;
    }
  }
  const weights = squares.map((square, i) => Math.sign(z[i] as number) * Math.sqrt(Math.max(0, square)));
  for (let j = 0; j < k; j++) {
    const row = s.row(j);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const value = (weights[i] as number) / (row[i] as number);
      row[i] = value;
      sum += value * value;
    }
    const scale = 1 / Math.sqrt(sum);
    for (let i = 0; i < k; i++) row[i] = (row[i] as number) * scale;
  }
}

/** Deflated and computed pairs together, ascending. */
function sorted({ basis, deflated }: Merge, values: Float64Array, vectors: Matrix<Float64Array>): TridiagonalEigen {
  const pairs = [
    ...deflated.map(({ value, row }) => ({ value, vector: basis.row(row) })),
    ...Array.from(values, (value, i) => ({ value, vector: vectors.row(i) })),
  ].sort((a, b) => a.value - b.value);
  const all = Matrix.zeros(pairs.length, basis.columns);
  for (const [i, { vector }] of pairs.entries()) all.row(i).set(vector);
  return { values: Float64Array.from(pairs, ({ value }) => value), vectors: all };
}
