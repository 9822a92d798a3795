import { symmetricEigen } from '../../linalg/eigen';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, gram, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';

/** Principal axes of a centred representation, those of no variance left out. */
export interface Principal {
  /** p x k, orthonormal, in columns, the widest first; k is at most the number asked for. */
  readonly axes: Matrix<Float64Array>;
  /** Σᵢ (xᵢ · a)² along each axis of X, those beyond the k kept too: the eigenvalues of XᵀX, descending. */
  readonly squares: Float64Array;
}

/**
 * Principal component analysis of a centred n x p matrix by the eigenvectors of its smaller product, XᵀX or XXᵀ (Jolliffe,
 * "Principal component analysis", 2002). Squares below the rounding of the largest are taken as none.
 * @param count how many axes are wanted
 */
export async function principalAxes(x: Matrix, count: number, options: Cancellable): Promise<Principal> {
  const wide = x.columns > x.rows;
  const product = wide ? await gram(x.toDouble(), options) : await crossProduct(x.toDouble(), x, options);
  const { values, vectors } = await symmetricEigen(product, options);
  const least = Math.max(x.rows, x.columns) * Number.EPSILON * (values[0] ?? 0);
  const squares = values.filter((value) => value > least);
  const kept = Array.from({ length: Math.min(count, squares.length) }, (_, k) => k);
  const leading = vectors.takeColumns(kept);
  if (!wide) return { axes: leading, squares };
  const axes = await multiply(x.toDouble(), leading, { ...options, transposeA: true });
  for (let k = 0; k < axes.data.length; k++)
    axes.data[k] = (axes.data[k] as number) / Math.sqrt(squares[k % kept.length] as number);
  return { axes, squares };
}

/** Share of the variance of each axis. */
export function varianceShares({ squares }: Pick<Principal, 'squares'>): Float64Array {
  const total = squares.reduceRight((sum, square) => sum + square, 0);
  return squares.map((square) => square / total);
}

/** "PC 1 (34 % of variance)" */
export function axisLabel(principal: Principal, index: number): string {
  return withShare(`PC ${index + 1}`, varianceShares(principal)[index]);
}

/** The name of an axis, and what share of the variance lies along it; undefined where there is none. */
export function withShare(axis: string, share: number | undefined): string {
  return share === undefined ? `${axis} (no variance)` : `${axis} (${percent(share)} of variance)`;
}

export function percent(share: number): string {
  const value = 100 * share;
  if (value > 99 && value < 99.95) return `${value.toFixed(1)} %`;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(1)} %`;
}
