import { cholesky, lowerInverse } from '../../linalg/cholesky';
import { symmetricEigen } from '../../linalg/eigen';
import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Signal } from '../../linalg/signal';
import { singularValues } from '../../linalg/svd';
import type { Products } from './unit-sums';

/** Directions of less than this share of the largest variance are none. */
const CUTOFF = 1e-8;
/** Variance that a unit adds to those before it, below which eigenvalues say better what is nothing. */
const SAFE = 1e-6;

/** How far the units of either side that are in one cluster span the same subspace of the rows. */
export interface SubspaceAgreement {
  /** Canonical correlations, falling: cosines of the principal angles. */
  readonly correlations: Float64Array;
  readonly mean: number;
  /** √(max(a, b) / (n - 1)): the root mean square for unrelated units (E Σ ρ² = ab / (n - 1)). */
  readonly chance: number;
}

/**
 * Canonical correlations (Hotelling 1936) of units `a` of the first with units `b` of the second, from correlations: places
 * are positions among those that vary. Null where a side has none.
 */
export async function subspaceAgreement(
  { aa, ab, bb, rows }: Products,
  a: readonly number[],
  b: readonly number[],
  signal?: Signal,
): Promise<SubspaceAgreement | null> {
  if (a.length === 0 || b.length === 0) return null;
  const [left, right] = [await whitening(part(aa, a, a), signal), await whitening(part(bb, b, b), signal)];
  const turned = await multiply(left, part(ab, a, b), { transposeA: true, signal });
  const found = await singularValues(await multiply(turned, right, { signal }), { signal });
  // Rounding alone can carry a correlation past 1.
  const correlations = found.map((value) => Math.min(1, value));
  const mean = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
  const chance = Math.min(1, Math.sqrt(Math.max(left.columns, right.columns) / (rows - 1)));
  return { correlations, mean, chance };
}

/** W of Wᵀ C W = I: the inverse of Cholesky's factor, or V Λ^-1/2 of the eigenvalues that are not nothing. */
async function whitening(c: Matrix<Float64Array>, signal?: Signal): Promise<Matrix<Float64Array>> {
  const l = await cholesky(c, signal).catch((error: unknown) => {
    if (error instanceof RangeError) return null;
    throw error;
  });
  // Pivots are what is left of each unit's variance once those before it are taken off.
  const least = l ? Math.min(...Array.from({ length: l.rows }, (_, i) => l.at(i, i) ** 2)) : 0;
  if (l && least > SAFE) return (await lowerInverse(l, signal)).transpose();
  const { values, vectors } = await symmetricEigen(c, { signal });
  const kept = [...values.keys()].filter((k) => (values[k] as number) > CUTOFF * (values[0] as number));
  const out = vectors.takeColumns(kept);
  for (let k = 0; k < out.data.length; k++)
    out.data[k] = (out.data[k] as number) / Math.sqrt(values[kept[k % kept.length] as number] as number);
  return out;
}

function part(c: Matrix<Float64Array>, rows: readonly number[], columns: readonly number[]): Matrix<Float64Array> {
  return c.takeRows(rows).takeColumns(columns);
}
