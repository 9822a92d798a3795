import { EigenvalueDecomposition, Matrix as Small } from 'ml-matrix';
import { type Basis, combine, EPSILON, largest, normalise, rotateAway } from './divide';
import { Matrix } from './matrix';
import { type Poles, solveSecular } from './secular';
import type { Signal } from './signal';

/** Up to this size ml-matrix's decomposition is faster than dividing. */
const LEAF = 32;

export interface TridiagonalEigen {
  /** Ascending. */
  values: Float64Array;
  /** Row i is the eigenvector of value i. */
  vectors: Matrix<Float64Array>;
}

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer, nearly all of the work in matrix
 * products: Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem", Numer. Math. 1981, as made
 * stable by Gu and Eisenstat, SIAM J. Matrix Anal. Appl. 1995. The matrix is to be scaled to about 1.
 */
export async function tridiagonalEigen(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  signal?.throwIfAborted();
  const n = diagonal.length;
  if (n <= LEAF) return leaf(diagonal, offDiagonal);
  const half = n >> 1;
  const coupling = offDiagonal[half - 1] as number;
  const upper = diagonal.slice(0, half);
  const lower = diagonal.slice(half);
  // T = diag(T₁, T₂) + |coupling| u uᵀ with u = 1 at the end of the first half and ±1 at the start of the second.
  upper[half - 1] = (upper[half - 1] as number) - Math.abs(coupling);
  lower[0] = (lower[0] as number) - Math.abs(coupling);
  const first = await tridiagonalEigen(upper, offDiagonal.subarray(0, half - 1), signal);
  const second = await tridiagonalEigen(lower, offDiagonal.subarray(half), signal);
  return merge(first, second, coupling, signal);
}

function leaf(diagonal: Float64Array, offDiagonal: Float64Array): TridiagonalEigen {
  const n = diagonal.length;
  const dense = Small.diag(Array.from(diagonal));
  for (let i = 0; i + 1 < n; i++) {
    dense.set(i, i + 1, offDiagonal[i] as number);
    dense.set(i + 1, i, offDiagonal[i] as number);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(dense, { assumeSymmetric: true });
  return {
    values: Float64Array.from(realEigenvalues),
    vectors: Matrix.of(eigenvectorMatrix.transpose().to2DArray()),
  };
}

/** The eigenpairs of diag(first, second) + |coupling| u uᵀ. */
async function merge(
  first: TridiagonalEigen,
  second: TridiagonalEigen,
  coupling: number,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  const half = first.values.length;
  const n = half + second.values.length;
  const basis: Basis = {
    rows: Matrix.zeros(n, n),
    home: new Uint8Array(n).fill(1, 0, half).fill(2, half),
    split: half,
  };
  const values = new Float64Array(n);
  const z = new Float64Array(n);
  values.set(first.values);
  values.set(second.values, half);
  for (let i = 0; i < n; i++) {
    if (i < half) {
      basis.rows.row(i).set(first.vectors.row(i));
      z[i] = first.vectors.at(i, half - 1) * Math.SQRT1_2;
    } else {
      basis.rows.row(i).set(second.vectors.row(i - half), half);
      z[i] = Math.sign(coupling) * second.vectors.at(i - half, 0) * Math.SQRT1_2;
    }
  }
  const rho = 2 * Math.abs(coupling);
  const tolerance = 8 * EPSILON * Math.max(largest(values), largest(z));
  const { kept, deflated } = deflate(values, z, rho, tolerance, basis);
  const d = Float64Array.from(kept, (row) => values[row] as number);
  const poles: Poles = {
    count: d.length,
    gaps(origin, out) {
      for (let i = 0; i < d.length; i++) out[i] = (d[i] as number) - (d[origin] as number);
    },
  };
  const zKept = Float64Array.from(kept, (row) => z[row] as number);
  const roots = solveSecular(poles, zKept, rho, signal);
  const weights = roots.differences;
  for (let j = 0; j < d.length; j++) {
    const row = weights.row(j);
    for (let i = 0; i < row.length; i++) row[i] = (roots.z[i] as number) / (row[i] as number);
    normalise(row);
  }
  const vectors = await combine(weights, basis, kept, signal);
  const pairs = [
    ...deflated.map((row) => ({ value: values[row] as number, vector: basis.rows.row(row) })),
    ...kept.map((_, j) => ({
      value: (d[roots.origin[j] as number] as number) + (roots.offset[j] as number),
      vector: vectors.row(j),
    })),
  ].sort((a, b) => a.value - b.value);
  const all = Matrix.zeros(n, n);
  for (const [i, { vector }] of pairs.entries()) all.row(i).set(vector);
  return { values: Float64Array.from(pairs, ({ value }) => value), vectors: all };
}

/**
 * Parts the rows into those whose value is an eigenvalue already, their part of z being negligible or having been rotated
 * away, and the others, ascending. Dongarra and Sorensen, SIAM J. Sci. Stat. Comput. 1987, §4.
 */
function deflate(values: Float64Array, z: Float64Array, rho: number, tolerance: number, basis: Basis) {
  const kept: number[] = [];
  const deflated: number[] = [];
  for (const row of Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number))) {
    if (rho * Math.abs(z[row] as number) <= tolerance) {
      deflated.push(row);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined && rotateAway(before, row, { values, z, tolerance }, [basis])) {
      deflated.push(before);
      kept.pop();
    }
    kept.push(row);
  }
  return { kept, deflated };
}
