import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { scale } from '../../linalg/vectors';

/**
 * The d x k matrix A that minimises ‖ZA - T‖² + λ ‖A‖² for Z of n x d and T of n x k, by the singular values of Z: with λ = 0
 * directions that are rounding alone are left out, so that the least of all solutions comes out.
 * @param largest value of what Z is the rest of where something was taken off: its rounding is in Z
 */
export async function ridgeMap(
  z: Matrix,
  t: Matrix,
  lambda: number,
  options: Cancellable,
  largest = 0,
): Promise<Matrix<Float64Array>> {
  const { u, s, v } = await svd(z, options);
  const least = Math.max(z.rows, z.columns) * Number.EPSILON * Math.max(s[0] ?? 0, largest);
  const scores = await multiply(u, t, { ...options, transposeA: true });
  for (let k = 0; k < s.length; k++) {
    const sigma = s[k] as number;
    const factor = sigma > least ? sigma / (sigma * sigma + lambda) : 0;
    scale(scores.row(k), factor);
  }
  return multiply(v, scores, options);
}
