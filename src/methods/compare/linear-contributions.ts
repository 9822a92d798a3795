import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Context } from '../method';
import { type Contributions, partsOf } from '../shared/contributions';

/** Multiplications beyond which the contributions would take longer than people wait for a value. */
const MOST_WORK = 4e11;

/**
 * What rows and units add to linear CKA = <A, B> / (‖A‖ ‖B‖), A = XXᵀ and B = YYᵀ of centred data: row i Σⱼ Aᵢⱼ Bᵢⱼ, unit j
 * of X xⱼᵀ B xⱼ, unit k of Y yₖᵀ A yₖ, each over ‖A‖ ‖B‖. All of X come from X ∘ (B X), summed along rows and columns;
 * B X is Y (XᵀY)ᵀ where there are few units and (YYᵀ) X where there are few rows. Null where either is too much.
 * @param norm ‖A‖ ‖B‖
 */
export async function linearContributions(
  x: Matrix,
  y: Matrix,
  norm: number,
  context: Context,
): Promise<Contributions | null> {
  const [n, p, q] = [x.rows, x.columns, y.columns];
  const features = p * q <= n * (p + q);
  const work = features ? 2 * n * p * q : 2 * n * n * (p + q);
  const room = 8 * (features ? p * q + n * p : n * n + n * Math.max(p, q));
  if (work > MOST_WORK || !context.fits(room)) return null;
  context.reserve(room, 'the contributions of rows and units');
  const { signal } = context;
  if (features) {
    const products = await crossProduct(x, y, { signal });
    const { rows, columns } = partsOf(x, await multiply(y, products, { signal, transposeB: true }), norm);
    return { rows, units: [columns, partsOf(products, products, norm).columns] };
  }
  const across = async (points: Matrix, other: Matrix) =>
    partsOf(
      points,
      await multiply(await multiply(other, other, { signal, transposeB: true }), points, { signal }),
      norm,
    );
  const { rows, columns } = await across(x, y);
  return { rows, units: [columns, (await across(y, x)).columns] };
}
