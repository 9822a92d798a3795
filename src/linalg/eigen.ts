import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { Matrix } from './matrix';
import type { Cancellable } from './signal';

export interface Eigen {
  /** Descending. */
  values: Float64Array;
  /** Orthonormal, in columns, in the order of the values. */
  vectors: Matrix<Float64Array>;
}

/** Eigenvalues and eigenvectors of a symmetric matrix, in float64. Only its lower triangle is read. */
export async function symmetricEigen(a: Matrix, options: Cancellable = {}): Promise<Eigen> {
  options.signal?.throwIfAborted();
  const n = a.rows;
  if (a.columns !== n) throw new RangeError(`Eigenvalues are of square matrices; this one is ${n} x ${a.columns}.`);
  const ml = MlMatrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      ml.set(i, j, a.at(i, j));
      ml.set(j, i, a.at(i, j));
    }
  const result = new EigenvalueDecomposition(ml, { assumeSymmetric: true });
  const order = result.realEigenvalues
    .map((_, i) => i)
    .sort((i, j) => (result.realEigenvalues[j] as number) - (result.realEigenvalues[i] as number));
  const vectors = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) vectors.data[i * n + j] = result.eigenvectorMatrix.get(i, order[j] as number);
  return { values: Float64Array.from(order, (i) => result.realEigenvalues[i] as number), vectors };
}

/** The eigenvalues of a symmetric matrix, descending, in float64. Only its lower triangle is read. */
export async function symmetricEigenvalues(a: Matrix, options: Cancellable = {}): Promise<Float64Array> {
  return (await symmetricEigen(a, options)).values;
}
