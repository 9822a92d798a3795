import { squaredLengths } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Context } from '../method';
import { type Contributions, partsOf } from '../shared/contributions';
import { type Estimate, rowsOfKernels } from './kernel-contributions';

/** Multiplications beyond which the contributions would take longer than people wait for a value. */
const MOST_WORK = 4e11;

/**
 * What rows and units add to linear CKA = <A, B> / (‖A‖ ‖B‖), A = XXᵀ and B = YYᵀ of centred data: row i Σⱼ Aᵢⱼ Bᵢⱼ, unit j
 * of X xⱼᵀ B xⱼ, unit k of Y yₖᵀ A yₖ, each over ‖A‖ ‖B‖. All of X come from X ∘ (B X), summed along rows and columns;
 * B X is Y (XᵀY)ᵀ where there are few units and (YYᵀ) X where there are few rows. Null where either is too much.
 * Estimates without bias are linear in A and in B as well, so that a unit adds that of its own kernel xⱼxⱼᵀ with B.
 * @param x,y columns centred
 * @param norm what every part is divided by: of CKA ‖A‖ ‖B‖
 */
export async function linearContributions(
  x: Matrix,
  y: Matrix,
  norm: number,
  context: Context,
  estimate: Estimate = 'biased',
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
    return estimated(x, y, { rows, units: [columns, partsOf(products, products, norm).columns] }, norm, estimate);
  }
  const across = async (points: Matrix, other: Matrix) =>
    partsOf(
      points,
      await multiply(await multiply(other, other, { signal, transposeB: true }), points, { signal }),
      norm,
    );
  const { rows, columns } = await across(x, y);
  return estimated(x, y, { rows, units: [columns, (await across(y, x)).columns] }, norm, estimate);
}

interface Both {
  readonly rows: Float64Array;
  readonly units: readonly [Float64Array, Float64Array];
}

/** The same of an estimate without bias, from the parts of <A, B> / norm. */
function estimated(x: Matrix, y: Matrix, { rows, units }: Both, norm: number, estimate: Estimate): Contributions {
  if (estimate === 'biased') return { rows, units };
  const [a, b] = [squaredLengths(x), squaredLengths(y)];
  const across = [timesKernel(x, b, norm), timesKernel(y, a, norm)] as const;
  const scaled = a.map((length) => length / norm);
  const own = (m: Matrix, parts: Float64Array, other: Float64Array) => {
    const weights = weightsOf(estimate, other).map((weight) => weight / norm);
    const out = parts.slice();
    for (let i = 0; i < m.rows; i++) {
      const row = m.row(i);
      for (let j = 0; j < row.length; j++)
        out[j] = (out[j] as number) + (weights[i] as number) * (row[j] as number) ** 2;
    }
    return out;
  };
  return {
    rows: rowsOfKernels(estimate, { shared: rows, across }, scaled, b, 1),
    units: [own(x, units[0], b), own(y, units[1], a)],
  };
}

/** What the estimate of <xxᵀ, B> is beside xᵀBx: Σᵢ wᵢ xᵢ², for any centred x. */
function weightsOf(estimate: Estimate, diagonal: Float64Array): Float64Array {
  if (estimate === 'lange') return diagonal.map((value) => -value);
  const n = diagonal.length;
  const trace = diagonal.reduce((sum, value) => sum + value, 0);
  return diagonal.map((value) => (trace / (n - 1) - n * value) / (n - 2));
}

/** XXᵀ v / norm */
function timesKernel(x: Matrix, vector: Float64Array, norm: number): Float64Array {
  const sums = new Float64Array(x.columns);
  for (let i = 0; i < x.rows; i++) {
    const row = x.row(i);
    const weight = (vector[i] as number) / norm;
    for (let j = 0; j < row.length; j++) sums[j] = (sums[j] as number) + weight * (row[j] as number);
  }
  return Float64Array.from({ length: x.rows }, (_, i) => {
    const row = x.row(i);
    let sum = 0;
    for (let j = 0; j < row.length; j++) sum += (row[j] as number) * (sums[j] as number);
    return sum;
  });
}
