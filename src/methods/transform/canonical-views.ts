import { symmetricEigen, symmetricEigenvalues } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';

export interface CanonicalViews {
  /** Generalised eigenvalues, descending, from 0 to the number of views; their sum is the number of units of all views. */
  readonly values: Float64Array;
  /** d_v x Σd for each view: its part of the eigenvectors, wᵀBw = 1. */
  readonly maps: readonly Matrix<Float64Array>[];
  /** The eigenvalues with the rows of each view in another order. */
  paired(orders: readonly Int32Array[]): Promise<Float64Array>;
}

/**
 * Canonical correlation of several views (Kettenring 1971; Fu, Hospedales, Xiang, Gong 2015, "Transductive multi-view zero-shot
 * learning", section 4): Σw = λBw for the covariance Σ of all units, a ridge on its diagonal, and B the blocks of the views alone.
 * A direction that every view shares has λ = m, one that no two share λ = 1; of two views λ = 1 ± ρ, the canonical correlations.
 * @param views n x d_v, centred
 * @param ridges of each view
 */
export async function canonicalViews(
  views: readonly Matrix<Float64Array>[],
  ridges: readonly number[],
  options: Cancellable,
): Promise<CanonicalViews> {
  const n = views[0]?.rows ?? 0;
  const roots: Matrix<Float64Array>[] = [];
  const white: Matrix<Float64Array>[] = [];
  for (const [v, view] of views.entries()) {
    const covariance = (await crossProduct(view, view, options)).toDouble();
    for (const k of covariance.data.keys()) covariance.data[k] = (covariance.data[k] as number) / (n - 1);
    for (let j = 0; j < view.columns; j++)
      covariance.data[j * (view.columns + 1)] =
        (covariance.data[j * (view.columns + 1)] as number) + (ridges[v] as number);
    const root = await whitening(covariance, options);
    roots.push(root);
    white.push(await multiply(view, root, options));
  }
  const { values, vectors } = await symmetricEigen(await together(white, roots, options), options);
  const maps: Matrix<Float64Array>[] = [];
  for (const [v, root] of roots.entries()) {
    const start = startOf(white, v);
    maps.push(await multiply(root, vectors.slice(start, start + root.columns), options));
  }
  const paired = async (orders: readonly Int32Array[]) => {
    const moved = white.map((view, v) => view.takeRows(orders[v] as Int32Array));
    return symmetricEigenvalues(await together(moved, roots, options), options);
  };
  return { values, maps, paired };
}

/** The covariance of the units of all views, those of each white: 1 on the diagonal, 0 where there is no variance. */
async function together(
  white: readonly Matrix<Float64Array>[],
  roots: readonly Matrix<Float64Array>[],
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  const total = startOf(white, white.length);
  const all = Matrix.zeros(total, total);
  for (const [v, a] of white.entries()) {
    const top = startOf(white, v);
    for (let i = 0; i < a.columns; i++)
      if ((roots[v] as Matrix).column(i).some(Boolean)) all.data[(top + i) * (total + 1)] = 1;
    for (const [w, b] of white.slice(0, v).entries()) {
      options.signal?.throwIfAborted();
      const block = await crossProduct(a, b, options);
      const left = startOf(white, w);
      for (let i = 0; i < block.rows; i++)
        for (let j = 0; j < block.columns; j++) {
          const value = block.at(i, j) / (a.rows - 1);
          all.data[(top + i) * total + left + j] = all.data[(left + j) * total + top + i] = value;
        }
    }
  }
  return all;
}

/** Where the units of a view begin among those of all. */
function startOf(views: readonly Matrix[], v: number): number {
  return views.slice(0, v).reduce((sum, { columns }) => sum + columns, 0);
}

/** A factor R with RᵀBR = I, by the eigenvectors of B; columns for directions of no variance, where there is no ridge, are zero. */
async function whitening(b: Matrix<Float64Array>, options: Cancellable): Promise<Matrix<Float64Array>> {
  const { values, vectors } = await symmetricEigen(b, options);
  const least = b.rows * Number.EPSILON * (values[0] ?? 0);
  return vectors.map((value, k) => {
    const eigenvalue = values[k % b.columns] as number;
    return eigenvalue > least ? value / Math.sqrt(eigenvalue) : 0;
  });
}
