import { Matrix as Dense, EigenvalueDecomposition } from 'ml-matrix';
import { divideRoom } from './divide';
import { applyLeft, scaleOf } from './householder';
import { Kernels } from './kernels';
import { Matrix } from './matrix';
import { free } from './memory';
import type { Cancellable } from './signal';
import { tridiagonalise, tridiagonalRoom } from './tridiagonal';
import { type TridiagonalEigen, tridiagonalEigen } from './tridiagonal-eigen';
import { tridiagonalEigenvalues } from './tridiagonal-ql';
import { tridiagonalVectors } from './tridiagonal-vectors';

/** Up to this size ml-matrix has the eigenvectors before our own way, by products and in WebAssembly, has begun. */
const SMALL = 24;
/** Of so many times as many vectors those that are wanted are made one by one. */
const FEW = 8;

export interface Eigen {
  /** Descending. */
  values: Float64Array;
  /** Orthonormal, in columns, in the order of the values. The sign of each is arbitrary, but always the same. */
  vectors: Matrix<Float64Array>;
}

/**
 * Eigenvalues and eigenvectors of a symmetric n x n matrix, in float64; only its lower triangle is read. Errors of the
 * values, and departures from orthogonality, are of the order of n ε ‖A‖ as LAPACK's dsyevd.
 * @param options.leading how many of the largest eigenvalues are wanted, with their vectors: all, where it is not given
 * @throws RangeError where the matrix is not square or not finite
 */
export async function symmetricEigen(a: Matrix, options: Cancellable & { leading?: number } = {}): Promise<Eigen> {
  options.signal?.throwIfAborted();
  const n = a.rows;
  const leading = Math.min(options.leading ?? n, n);
  if (n > 0 && n <= SMALL) return first(smallEigen(a), leading);
  const { scale, diagonal, offDiagonal, reflections } = await tridiagonal(a, true, options);
  const inner =
    leadingFew(diagonal, offDiagonal, leading, options) ??
    (await Kernels.lend(
      divideRoom(n, 1),
      (kernels) => tridiagonalEigen(kernels, diagonal, offDiagonal, leading, options.signal),
      true,
    ));
  const vectors = inner.vectors.transpose();
  free(inner.vectors.data);
  for (let i = 0; i < n; i++) vectors.row(i).reverse();
  await applyLeft(reflections, vectors, options.signal);
  return {
    values: inner.values
      .map((value) => value * scale)
      .reverse()
      .slice(0, leading),
    vectors,
  };
}

/** As {@link tridiagonalEigen}, of few of many vectors; null of others, or where it does not come out. */
function leadingFew(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  leading: number,
  { signal }: Cancellable,
): TridiagonalEigen | null {
  const n = diagonal.length;
  if (leading * FEW > n) return null;
  const values = tridiagonalEigenvalues(diagonal, offDiagonal, signal);
  const vectors = tridiagonalVectors(diagonal, offDiagonal, values.slice(n - leading), signal);
  return vectors && { values, vectors };
}

function first({ values, vectors }: Eigen, count: number): Eigen {
  return { values: values.slice(0, count), vectors: vectors.columnBand(0, Math.min(count, values.length)) };
}

function smallEigen(a: Matrix): Eigen {
  const work = Matrix.zeros(a.rows, a.columns);
  const scale = prepare(a, work);
  const dense = Dense.from1DArray(a.rows, a.columns, Array.from(work.data));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(dense, { assumeSymmetric: true });
  const vectors = Matrix.of(eigenvectorMatrix.to2DArray());
  for (let i = 0; i < a.rows; i++) vectors.row(i).reverse();
  return { values: Float64Array.from(realEigenvalues, (value) => value * scale).reverse(), vectors };
}

/** The eigenvalues of a symmetric matrix, descending, in float64; only its lower triangle is read. */
export async function symmetricEigenvalues(a: Matrix, options: Cancellable = {}): Promise<Float64Array> {
  const { scale, diagonal, offDiagonal } = await tridiagonal(a, false, options);
  return tridiagonalEigenvalues(diagonal, offDiagonal, options.signal)
    .map((value) => value * scale)
    .reverse();
}

async function tridiagonal(a: Matrix, vectors: boolean, { signal }: Cancellable) {
  return Kernels.lend(tridiagonalRoom(a.rows), async (kernels) => {
    const work = kernels.zeros(a.rows, a.columns);
    const scale = prepare(a, work);
    return { scale, ...(await tridiagonalise(kernels, work, vectors, signal)) };
  });
}

/** Writes the lower triangle over a power of two, which is returned, into both of `out`, which is zero. */
function prepare(a: Matrix, out: Matrix<Float64Array>): number {
  const n = a.rows;
  if (n !== a.columns) throw new RangeError(`Eigenvalues are of square matrices; this one is ${n} x ${a.columns}.`);
  for (let i = 0; i < n; i++) out.row(i).set(a.row(i).subarray(0, i + 1));
  const scale = scaleOf(out);
  const { data } = out;
  for (let i = 0; i < n; i++)
    for (let j = 0, k = i * n, mirrored = i; j <= i; j++, k++, mirrored += n)
      data[k] = data[mirrored] = (data[k] as number) / scale;
  return scale;
}
