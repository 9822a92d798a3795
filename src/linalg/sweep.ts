import { Matrix } from './matrix';
import { frobeniusSquared } from './norms';
import { crossProduct } from './products';
import type { Watch } from './signal';

/**
 * ‖XᵢᵀYⱼ‖²_F for every layer Xᵢ of `rows` (n x pᵢ) and Yⱼ of `columns` (n x qⱼ); `columns` null means `rows`. The layers
 * are centred already. With the values for the same layer, these give all-pairs linear CKA.
 */
export async function crossNorms(
  rows: readonly Matrix[],
  columns: readonly Matrix[] | null,
  options: Watch = {},
): Promise<Matrix<Float64Array>> {
  const others = columns ?? rows;
  const out = Matrix.zeros(rows.length, others.length);
  for (const [i, x] of rows.entries())
    for (const [j, y] of others.entries()) {
      options.signal?.throwIfAborted();
      options.progress?.((i * others.length + j) / out.data.length, 'Products of layers');
      out.data[i * others.length + j] = frobeniusSquared(await crossProduct(x.toDouble(), y, options));
    }
  return out;
}

/** How the products of these layers are computed, in words for a result's `steps`. */
export function sweepPrecision(rows: readonly Matrix[], columns: readonly Matrix[] | null): string {
  void rows;
  void columns;
  return 'products in float64, sums in float64';
}
