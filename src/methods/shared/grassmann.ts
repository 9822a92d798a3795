import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { singularValues, svd } from '../../linalg/svd';
import { addScaled, innerProduct } from '../../linalg/vectors';

/** An orthonormal basis in columns, d x k: of the subspace that it spans only that matters. */
export type Basis = Matrix<Float64Array>;

/**
 * Principal angles between two subspaces of the same space, ascending, in radians: as many as the smaller has dimensions. Cosines
 * from AᵀB and sines from (I - AAᵀ)B, so that angles near 0 and near π/2 keep their digits (Björck, Golub 1973, "Numerical
 * methods for computing angles between linear subspaces").
 */
export async function principalAngles(a: Basis, b: Basis, options: Cancellable): Promise<Float64Array> {
  if (a.columns < b.columns) return principalAngles(b, a, options);
  const products = await crossProduct(a, b, options);
  const along = await multiply(a, products, options);
  const cosines = await singularValues(products, options);
  const sines = (await singularValues(difference(b, along), options)).reverse();
  return cosines.map((cosine, k) => Math.atan2(sines[k] as number, cosine));
}

export interface SubspaceDistances {
  /** √Σθ² */
  readonly geodesic: number;
  /** √Σ sin²θ, which is ‖AAᵀ - BBᵀ‖ / √2 where both have as many dimensions. */
  readonly chordal: number;
  readonly least: number;
  readonly meanSquaredCosine: number;
}

export function subspaceDistances(angles: Float64Array): SubspaceDistances {
  const sum = (of: (angle: number) => number) => angles.reduce((total, angle) => total + of(angle), 0);
  return {
    geodesic: Math.sqrt(sum((angle) => angle ** 2)),
    chordal: Math.sqrt(sum((angle) => Math.sin(angle) ** 2)),
    least: angles[0] ?? 0,
    meanSquaredCosine: sum((angle) => Math.cos(angle) ** 2) / angles.length,
  };
}

/** Along the geodesic from S in the direction of G (SᵀG = 0): Edelman, Arias, Smith (1998), theorem 2.3. */
export async function grassmannExp(s: Basis, g: Matrix, options: Cancellable): Promise<Basis> {
  const { u, s: sigma, v } = await svd(g, options);
  const turned = await multiply(s, v, options);
  const mixed = Matrix.zeros(s.rows, s.columns);
  for (let k = 0; k < mixed.data.length; k++) {
    const angle = sigma[k % s.columns] as number;
    mixed.data[k] = (turned.data[k] as number) * Math.cos(angle) + (u.data[k] as number) * Math.sin(angle);
  }
  return orthonormal(await multiply(mixed, v, { ...options, transposeB: true }));
}

/** The direction at S that {@link grassmannExp} follows to T. SᵀT must be invertible: no right angle between them. */
export async function grassmannLog(s: Basis, t: Basis, options: Cancellable): Promise<Matrix<Float64Array>> {
  const inner = await svd(await crossProduct(s, t, options), options);
  const across = difference(t, await multiply(s, await crossProduct(s, t, options), options));
  // across (SᵀT)⁻¹, by the singular values of SᵀT.
  const scaled = await multiply(across, inner.v, options);
  for (let k = 0; k < scaled.data.length; k++)
    scaled.data[k] = (scaled.data[k] as number) / (inner.s[k % s.columns] as number);
  const { u, s: sigma, v } = await svd(await multiply(scaled, inner.u, { ...options, transposeB: true }), options);
  for (let k = 0; k < u.data.length; k++) u.data[k] = (u.data[k] as number) * Math.atan(sigma[k % s.columns] as number);
  return multiply(u, v, { ...options, transposeB: true });
}

/** Columns made orthonormal from the first to the last, twice: the second pass takes back the rounding of the first. */
export function orthonormal(x: Matrix<Float64Array>): Basis {
  const columns = Array.from({ length: x.columns }, (_, j) => x.column(j));
  for (const [j, column] of columns.entries()) {
    for (let pass = 0; pass < 2; pass++)
      for (const other of columns.slice(0, j)) {
        const along = column.reduce((sum, value, i) => sum + value * (other[i] as number), 0);
        addScaled(column, other, -along);
      }
    const length = Math.sqrt(innerProduct(column, column));
    for (const i of column.keys()) column[i] = (column[i] as number) / length;
  }
  const out = Matrix.zeros(x.rows, x.columns);
  for (const [j, column] of columns.entries())
    for (const [i, value] of column.entries()) out.data[i * x.columns + j] = value;
  return out;
}

function difference(a: Matrix, b: Matrix): Matrix<Float64Array> {
  return a.map((value, k) => value - (b.data[k] as number));
}
