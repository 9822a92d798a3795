import { type Basis, combine, EPSILON, placesOf, rotateAway, type Weights } from './divide';
import type { Kernels } from './kernels';
import { Matrix } from './matrix';
import { free } from './memory';
import { ascendingOrder } from './order';
import { type SecularSolution, solveSecular } from './secular';
import type { Signal } from './signal';
import { implicitQl } from './tridiagonal-ql';
import { largest } from './vectors';

/** Up to this size plain QL iteration is faster than dividing. */
const LEAF = 32;

export interface TridiagonalEigen {
  /** Ascending. */
  values: Float64Array;
  /** In rows, the eigenvectors of the largest values, of as many as are wanted, in the order of the values. */
  vectors: Matrix<Float64Array>;
}

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer, nearly all of the work in matrix
 * products: Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem", Numer. Math. 1981, as made
 * stable by Gu and Eisenstat, SIAM J. Matrix Anal. Appl. 1995. The matrix is to be scaled to about 1.
 */
export async function tridiagonalEigen(
  kernels: Kernels,
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  leading: number,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  signal?.throwIfAborted();
  const n = diagonal.length;
  if (n <= LEAF) return leaf(kernels, diagonal, offDiagonal, leading);
  const half = n >> 1;
  const coupling = offDiagonal[half - 1] as number;
  const upper = diagonal.slice(0, half);
  const lower = diagonal.slice(half);
  // T = diag(T₁, T₂) + |coupling| u uᵀ with u = 1 at the end of the first half and ±1 at the start of the second.
  upper[half - 1] = (upper[half - 1] as number) - Math.abs(coupling);
  lower[0] = (lower[0] as number) - Math.abs(coupling);
  const first = await tridiagonalEigen(kernels, upper, offDiagonal.subarray(0, half - 1), half, signal);
  const second = await tridiagonalEigen(kernels, lower, offDiagonal.subarray(half), n - half, signal);
  return merge(kernels, first, second, coupling, leading, signal);
}

function leaf(kernels: Kernels, diagonal: Float64Array, offDiagonal: Float64Array, leading: number): TridiagonalEigen {
  const n = diagonal.length;
  const mark = kernels.mark();
  const rows = kernels.identity(n);
  const values = implicitQl(diagonal, offDiagonal, (i, c, s) => kernels.rotate(rows, i, i + 1, c, s));
  const order = ascendingOrder(values);
  const out = {
    values: Float64Array.from(order, (i) => values[i] as number),
    vectors: rows.takeRows(order.slice(n - leading)),
  };
  kernels.release(mark);
  return out;
}

/** The eigenvalues of diag(first, second) + |coupling| u uᵀ, and the vectors of the `leading` largest. */
async function merge(
  kernels: Kernels,
  first: TridiagonalEigen,
  second: TridiagonalEigen,
  coupling: number,
  leading: number,
  signal?: Signal,
): Promise<TridiagonalEigen> {
  const half = first.values.length;
  const n = half + second.values.length;
  const mark = kernels.mark();
  const basis: Basis = {
    rows: kernels.zeros(n, n),
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
  free(first.vectors.data, second.vectors.data);
  const rho = 2 * Math.abs(coupling);
  const tolerance = 8 * EPSILON * Math.max(largest(values), largest(z));
  const { kept, deflated } = deflate(kernels, values, z, rho, tolerance, basis);
  const d = Float64Array.from(kept, (row) => values[row] as number);
  const zKept = Float64Array.from(kept, (row) => z[row] as number);
  const roots = solveSecular(kernels, { values: d, squared: false }, zKept, rho, signal);
  const found = Float64Array.from(
    kept,
    (_, j) => (d[roots.origin[j] as number] as number) + (roots.offset[j] as number),
  );
  const all = Float64Array.from([...found, ...deflated.map((row) => values[row] as number)]);
  const places = placesOf(all, false).map((place) => place - (n - leading));
  const wanted = Int32Array.from(kept.keys()).filter((j) => (places[j] as number) >= 0);
  const vectors = Matrix.zeros(leading, n);
  const rows = wanted.map((j) => places[j] as number);
  await combine(kernels, weightsOf(kernels, roots, wanted), basis, kept, vectors, rows, signal);
  for (const [k, row] of deflated.entries()) {
    const place = places[kept.length + k] as number;
    if (place >= 0) vectors.row(place).set(basis.rows.row(row));
  }
  kernels.release(mark);
  return { values: all.sort(), vectors };
}

/** Zᵢ over the differences, in their memory: the parts of each vector that is wanted, and what makes it of unit length. */
function weightsOf(kernels: Kernels, { differences: rows, z }: SecularSolution, wanted: Int32Array): Weights {
  // No row is written before it is read: the wanted ones ascend.
  const factors = Float64Array.from(wanted, (j, to) => 1 / Math.sqrt(kernels.quotients(z, rows.row(j), rows.row(to))));
  return { rows: rows.slice(0, wanted.length), factors };
}

/**
 * Parts the rows into those whose value is an eigenvalue already, their part of z being negligible or having been rotated
 * away, and the others, ascending. Dongarra and Sorensen, SIAM J. Sci. Stat. Comput. 1987, §4.
 */
function deflate(
  kernels: Kernels,
  values: Float64Array,
  z: Float64Array,
  rho: number,
  tolerance: number,
  basis: Basis,
) {
  const kept: number[] = [];
  const deflated: number[] = [];
  for (const row of ascendingOrder(values)) {
    if (rho * Math.abs(z[row] as number) <= tolerance) {
      deflated.push(row);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined && rotateAway(kernels, before, row, { values, z, tolerance }, [basis])) {
      deflated.push(before);
      kept.pop();
    }
    kept.push(row);
  }
  return { kept, deflated };
}
