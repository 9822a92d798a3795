import { bidiagonalise } from './bidiagonal';
import { bidiagonalSingularValues } from './bidiagonal-qr';
import { bidiagonalSvd } from './bidiagonal-svd';
import { applyLeft, type Reflections, scaleOf } from './householder';
import { Matrix } from './matrix';
import { qr } from './qr';
import type { Cancellable, Signal } from './signal';

export interface Svd {
  /** m x k, orthonormal columns. */
  u: Matrix<Float64Array>;
  /** k = min(m, n) singular values, descending. */
  s: Float64Array;
  /** n x k, orthonormal columns. */
  v: Matrix<Float64Array>;
}

/**
 * The thin singular value decomposition A = U diag(s) Vᵀ of an m x n matrix, in float64. Errors of the values, and departures
 * from orthogonality, are of the order of n ε ‖A‖ as LAPACK's dgesdd, whatever the rank. The sign of each pair of vectors is
 * arbitrary, but always the same.
 * @throws RangeError where a value is not finite
 */
export async function svd(a: Matrix, options: Cancellable = {}): Promise<Svd> {
  const { signal } = options;
  if (a.rows < a.columns) {
    const { u, s, v } = await svd(a.transpose(), options);
    return { u: v, s, v: u };
  }
  const k = a.columns;
  const { square, scale, reflections } = await toSquare(a, signal);
  const reduced = await bidiagonalise(square, signal);
  const inner = await bidiagonalSvd(reduced.diagonal, reduced.superDiagonal, signal);
  const u = Matrix.zeros(a.rows, k);
  u.data.set(inner.left.transpose().data);
  const v = inner.right.transpose();
  for (const group of reduced.left.toReversed()) await applyLeft(group, u, false, signal);
  for (const group of reduced.right.toReversed()) await applyLeft(group, v, false, signal);
  for (const group of reflections.toReversed()) await applyLeft(group, u, false, signal);
  return { u, s: inner.values.map((value) => value * scale), v };
}

/** The singular values, descending, in float64, as accurate as those of {@link svd}. */
export async function singularValues(a: Matrix, options: Cancellable = {}): Promise<Float64Array> {
  if (a.rows < a.columns) return singularValues(a.transpose(), options);
  const { square, scale } = await toSquare(a, options.signal);
  const { diagonal, superDiagonal } = await bidiagonalise(square, options.signal);
  return bidiagonalSingularValues(diagonal, superDiagonal).map((value) => value * scale);
}

/** The nuclear norm: the sum of the singular values. */
export async function nuclearNorm(a: Matrix, options: Cancellable = {}): Promise<number> {
  const values = await singularValues(a, options);
  return values.reduceRight((sum, value) => sum + value, 0);
}

/** The matrix over a power of two, or its factor R where it has more rows than columns. */
async function toSquare(a: Matrix, signal?: Signal) {
  const scale = scaleOf(a);
  const work = new Matrix(
    Float64Array.from(a.data, (value) => value / scale),
    a.rows,
    a.columns,
  );
  const none: Reflections[] = [];
  if (a.rows === a.columns) return { square: work, scale, reflections: none };
  const { r, reflections } = await qr(work, signal);
  return { square: r, scale, reflections };
}
