import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { type Svd, svd } from '../../linalg/svd';
import type { Context } from '../method';
import { type Contributions, partsOf } from '../shared/contributions';
import type { Basis } from './canonical';

/** Directions and multiplications beyond which the contributions would take longer than people wait for a value. */
const MOST_DIRECTIONS = 1024;
const MOST_WORK = 4e11;

/** Correlations that are less are none: the variates that belong to them are any of many. */
const NONE = 1e-12;

/**
 * What rows add to a weighted sum of canonical correlations Σₖ wₖ ρₖ = Σᵢ Σₖ wₖ hᵢₖ gᵢₖ, h and g the canonical variates of both
 * sides, columns of unit length. Units have no part of their own: any invertible map of them gives the same variates. Null where
 * the singular vectors are too much work.
 * @param weights of the correlations, descending
 */
export async function canonicalContributions(
  x: Basis,
  y: Basis,
  weights: (correlations: Float64Array) => Float64Array,
  context: Context,
): Promise<Contributions | null> {
  if (!affordable(x, y, context)) return null;
  context.reserve(roomOf(x, y), 'the canonical variates');
  const found = await svd(await crossProduct(x.u, y.u, context), context);
  return { rows: await rowsOfVariates(x, y, found, weights(found.s), context) };
}

/** The same from the singular vectors of UxᵀUy. */
export async function rowsOfVariates(
  x: Basis,
  y: Basis,
  { u, s, v }: Svd,
  weights: Float64Array,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  const first = await multiply(x.u, u, { signal });
  const second = await multiply(y.u, v, { signal });
  const used = weights.map((weight, k) => ((s[k] as number) > NONE ? weight : 0));
  return Float64Array.from({ length: first.rows }, (_, i) => {
    const [h, g] = [first.row(i), second.row(i)];
    return used.reduce((sum, weight, k) => sum + weight * (h[k] as number) * (g[k] as number), 0);
  });
}

/** What rows add to ‖UxᵀUy‖² / scale: the diagonal of the product of both projections UxUxᵀ UyUyᵀ, or of kernels like these. */
export async function rowsOfProjections(
  x: Matrix,
  y: Matrix,
  product: Matrix,
  scale: number,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  return partsOf(await multiply(x, product, { signal }), y, scale).rows;
}

export function affordable(x: Basis, y: Basis, { fits }: Pick<Context, 'fits'>): boolean {
  const [n, k, l] = [x.u.rows, x.u.columns, y.u.columns];
  const few = Math.min(k, l) <= MOST_DIRECTIONS && n * (k + l) * Math.min(k, l) <= MOST_WORK;
  return few && fits(roomOf(x, y));
}

/** Of both variates, and of the singular vectors. */
function roomOf(x: Basis, y: Basis): number {
  const [n, k, l] = [x.u.rows, x.u.columns, y.u.columns];
  return 8 * (2 * n * Math.min(k, l) + 4 * k * l);
}
