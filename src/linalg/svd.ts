import { Matrix as MlMatrix, SingularValueDecomposition } from 'ml-matrix';
import { Matrix } from './matrix';
import type { Cancellable } from './signal';

export interface Svd {
  /** m x k, orthonormal columns. */
  u: Matrix<Float64Array>;
  /** k = min(m, n) singular values, descending. */
  s: Float64Array;
  /** n x k, orthonormal columns. */
  v: Matrix<Float64Array>;
}

/** The thin singular value decomposition A = U diag(s) Vᵀ of an m x n matrix, in float64. */
export async function svd(a: Matrix, options: Cancellable = {}): Promise<Svd> {
  options.signal?.throwIfAborted();
  const k = Math.min(a.rows, a.columns);
  if (k === 0) return { u: Matrix.zeros(a.rows, 0), s: new Float64Array(0), v: Matrix.zeros(a.columns, 0) };
  const ml = MlMatrix.from1DArray(a.rows, a.columns, Array.from(a.data));
  const result = new SingularValueDecomposition(ml, { autoTranspose: true });
  const take = (m: MlMatrix, rows: number) => {
    const out = Matrix.zeros(rows, k);
    for (let i = 0; i < rows; i++) for (let j = 0; j < k; j++) out.data[i * k + j] = m.get(i, j);
    return out;
  };
  return {
    u: take(result.leftSingularVectors, a.rows),
    s: Float64Array.from(result.diagonal).subarray(0, k),
    v: take(result.rightSingularVectors, a.columns),
  };
}

/** The singular values, descending, in float64. */
export async function singularValues(a: Matrix, options: Cancellable = {}): Promise<Float64Array> {
  return (await svd(a, options)).s;
}

/** The nuclear norm: the sum of the singular values. */
export async function nuclearNorm(a: Matrix, options: Cancellable = {}): Promise<number> {
  const s = await singularValues(a, options);
  return s.reduceRight((sum, value) => sum + value, 0);
}
