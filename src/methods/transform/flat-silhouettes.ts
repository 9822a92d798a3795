import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Context } from '../method';
import type { Union } from './union-of-subspaces';

/** Distances that are less than this part of a row's length are rounding. */
const ROUNDED = 1e-12;

/**
 * For each row (b - a) / b, a and b its distances to its own subspace and to the nearest other one: the silhouette by distances to
 * what stands for a cluster (Hruschka, Campello and de Castro, "Evolving clusters in gene-expression data", 2006). 0 in two at once.
 * @param found two subspaces or more
 */
export async function flatSilhouettes(
  x: Matrix<Float64Array>,
  { bases, labels }: Pick<Union, 'bases' | 'labels'>,
  { signal }: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  const own = new Float64Array(x.rows);
  const other = new Float64Array(x.rows).fill(Number.POSITIVE_INFINITY);
  for (const [k, basis] of bases.entries()) {
    const along = basis.columns > 0 ? await multiply(x, basis, { signal }) : null;
    const back = along && (await multiply(along, basis, { signal, transposeB: true }));
    for (let i = 0; i < x.rows; i++) {
      const [row, near] = [x.row(i), back?.row(i)];
      // Of what is left, so that a row of a subspace is at no distance from it.
      let square = 0;
      for (let j = 0; j < row.length; j++) square += ((row[j] as number) - (near?.[j] ?? 0)) ** 2;
      const distance = Math.sqrt(square);
      if (labels[i] === k) own[i] = distance;
      else if (distance < (other[i] as number)) other[i] = distance;
    }
  }
  return own.map((a, i) => {
    const b = other[i] as number;
    const larger = Math.max(a, b);
    return larger > ROUNDED * Math.hypot(...x.row(i)) ? (b - a) / larger : 0;
  });
}
