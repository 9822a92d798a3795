import { bidiagonalise, bidiagonalRoom } from './bidiagonal';
import { bidiagonalSingularValues } from './bidiagonal-qr';
import { bidiagonalSvd } from './bidiagonal-svd';
import { divideRoom } from './divide';
import { applyLeft, scaleOf } from './householder';
import { Kernels } from './kernels';
import type { Matrix } from './matrix';
import { free } from './memory';
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
    const turned = a.transpose();
    const { u, s, v } = await svd(turned, options);
    free(turned.data);
    return { u: v, s, v: u };
  }
  const scale = scaleOf(a);
  const tall = a.rows > a.columns ? await qr(a, scale, signal) : null;
  const reduced = await bidiagonal(tall?.r ?? a, tall ? 1 : scale, true, signal);
  const inner = await Kernels.lend(
    divideRoom(reduced.diagonal.length, 2),
    (kernels) => bidiagonalSvd(kernels, reduced.diagonal, reduced.superDiagonal, signal),
    true,
  );
  const left = inner.left.transpose();
  const v = inner.right.transpose();
  free(inner.left.data, inner.right.data);
  await applyLeft(reduced.left, left, signal);
  await applyLeft(reduced.right, v, signal);
  const s = inner.values.map((value) => value * scale);
  if (!tall) return { u: left, s, v };
  const u = await tall.times(left);
  free(left.data);
  return { u, s, v };
}

/** The singular values, descending, in float64, as accurate as those of {@link svd}. */
export async function singularValues(a: Matrix, options: Cancellable = {}): Promise<Float64Array> {
  if (a.rows < a.columns) {
    const turned = a.transpose();
    const values = await singularValues(turned, options);
    free(turned.data);
    return values;
  }
  const scale = scaleOf(a);
  const tall = a.rows > a.columns ? await qr(a, scale, options.signal) : null;
  const { diagonal, superDiagonal } = await bidiagonal(tall?.r ?? a, tall ? 1 : scale, false, options.signal);
  return bidiagonalSingularValues(diagonal, superDiagonal, options.signal).map((value) => value * scale);
}

async function bidiagonal(square: Matrix, scale: number, vectors: boolean, signal?: Signal) {
  return Kernels.lend(bidiagonalRoom(square.rows), (kernels) => {
    const work = kernels.zeros(square.rows, square.columns);
    for (let k = 0; k < work.data.length; k++) work.data[k] = (square.data[k] as number) / scale;
    return bidiagonalise(kernels, work, vectors, signal);
  });
}

/** The nuclear norm: the sum of the singular values. */
export async function nuclearNorm(a: Matrix, options: Cancellable = {}): Promise<number> {
  const values = await singularValues(a, options);
  return values.reduceRight((sum, value) => sum + value, 0);
}
