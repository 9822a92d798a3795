import { symmetricEigenvalues } from '../../linalg/eigen';
import type { Moments } from '../../linalg/moments';
import { singularValues } from '../../linalg/svd';
import type { Context } from '../method';
import { chanceBound } from './alignment';

/** Two shapes of which the sums over rows are known, but no row. */
export interface ShapePair {
  /** Normalised Bures similarity ‖XᵀY‖* for shapes of unit length. */
  readonly similarity: number;
  /** √(2 - 2 similarity) */
  readonly distance: number;
  /** Singular values of XᵀY, descending. */
  readonly parts: Float64Array;
}

/** Null where all rows of one are the same. */
export async function shapePair(moments: Moments, x: number, y: number, context: Context): Promise<ShapePair | null> {
  const length = Math.sqrt(moments.trace(x) * moments.trace(y));
  if (!(length > 0)) return null;
  const product = moments.product(x, y);
  context.reserve(8 * 4 * product.data.length, 'the products of all pairs of units');
  const parts = (await singularValues(product, context)).map((value) => value / length);
  const similarity =
    x === y
      ? 1
      : Math.min(
          1,
          parts.reduceRight((sum, value) => sum + value, 0),
        );
  return { similarity, distance: Math.sqrt(2 - 2 * similarity), parts };
}

/** Below this, 2 - 2 similarity has lost half of its digits, and there are no residuals to take the distance from. */
const CLOSE = 1e-6;

export function closeWarning({ similarity }: ShapePair): string[] {
  if (1 - similarity > CLOSE) return [];
  return [
    'The shapes are so close that sums over rows tell their distance to about 1e-7 only; rows that fit into memory tell it exactly.',
  ];
}

/** Squared singular values of each centred representation, and what random pairing cannot exceed on average. */
export async function spectraOfMoments(moments: Moments, context: Context) {
  const squares: Float64Array[] = [];
  for (const [k, width] of moments.widths.entries()) {
    context.reserve(8 * 3 * width * width, 'the products of all pairs of units');
    const values = await symmetricEigenvalues(moments.product(k, k), context);
    const least = Math.max(moments.rows, width) * Number.EPSILON * (values[0] ?? 0);
    squares.push(values.filter((value) => value > least));
  }
  const shares = squares.map((values, k) => values.map((value) => value / moments.trace(k)));
  return { squares, bound: chanceBound(moments.rows, ...shares) };
}
