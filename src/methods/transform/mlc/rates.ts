import { Matrix } from '../../../linalg/matrix';
import { crossProduct, multiply } from '../../../linalg/products';
import type { Cancellable } from '../../../linalg/signal';

/**
 * R = ln det(I + d / (n ε²) ZᵀZ) for rows Z of n x d, in nats, and its gradient by the rows: how much room all rows take.
 * Yu, Chan, You, Song, Ma (2020).
 */
export async function totalRate(
  z: Matrix<Float64Array>,
  precision: number,
  options: Cancellable,
): Promise<{ readonly value: number; readonly byRows: Matrix<Float64Array> }> {
  const d = z.columns;
  const factor = d / (z.rows * precision);
  const products = (await crossProduct(z, z, options)) as Matrix<Float64Array>;
  const packed = new Float64Array((d * (d + 1)) / 2);
  for (let a = 0, k = 0; a < d; a++) for (let b = a; b < d; b++, k++) packed[k] = products.at(a, b);
  const value = logDetInvert(packed, factor, d);
  for (let a = 0, k = 0; a < d; a++)
    for (let b = a; b < d; b++, k++) {
      const entry = -2 * factor * (packed[k] as number);
      products.data[a * d + b] = entry;
      products.data[b * d + a] = entry;
    }
  return { value, byRows: await multiply(z, products, options) };
}

export interface MemberRate {
  readonly value: number;
  /** Its gradients by the rows and by the membership. */
  back(): Promise<{ readonly byRows: Matrix<Float64Array>; readonly byMembership: Matrix<Float64Array> }>;
}

/**
 * R_c = 1/n Σⱼ ln det(I + d / ε² Zᵀ diag(Γⱼ) Z), Γⱼ the rows of a membership that sum to 1: how much room rows take that belong
 * together, in nats. Ding, Tong, Chan, Dai, Ma, Haeffele (2023).
 * @param z n x d
 * @param gamma n x n, none negative
 */
export async function memberRate(
  z: Matrix<Float64Array>,
  gamma: Matrix<Float64Array>,
  precision: number,
  options: Cancellable,
): Promise<MemberRate> {
  const [n, d] = [z.rows, z.columns];
  const factor = d / precision;
  // What rows are multiplied with themselves, each pair of units once: all weighted products are one product of matrices.
  const outer = Matrix.zeros(n, (d * (d + 1)) / 2);
  for (let i = 0; i < n; i++) {
    const [row, out] = [z.row(i), outer.row(i)];
    for (let a = 0, k = 0; a < d; a++)
      for (let b = a; b < d; b++, k++) out[k] = (row[a] as number) * (row[b] as number);
  }
  const inverses = await multiply(gamma, outer, options);
  let value = 0;
  for (let j = 0; j < n; j++) {
    if (j % 64 === 0) options.signal?.throwIfAborted();
    value += logDetInvert(inverses.row(j), factor, d) / n;
  }
  const back = async () => {
    // Pairs of different units count twice.
    for (let j = 0, k = 0; j < n; j++)
      for (let a = 0; a < d; a++)
        for (let b = a; b < d; b++, k++)
          inverses.data[k] = ((inverses.data[k] as number) * (a === b ? -factor : -2 * factor)) / n;
    const turned = await multiply(gamma, inverses, { ...options, transposeA: true });
    const byRows = Matrix.zeros(n, d);
    for (let i = 0; i < n; i++) {
      const [row, packed, out] = [z.row(i), turned.row(i), byRows.row(i)];
      for (let a = 0, k = 0; a < d; a++)
        for (let b = a; b < d; b++, k++) {
          out[a] = (out[a] as number) + (packed[k] as number) * (row[b] as number);
          out[b] = (out[b] as number) + (packed[k] as number) * (row[a] as number);
        }
    }
    return { byRows, byMembership: await multiply(inverses, outer, { ...options, transposeB: true }) };
  };
  return { value, back };
}

/** Bytes that a batch of n rows of d units takes. */
export function rateBytes(n: number, d: number): number {
  return 8 * (3 * n * ((d * (d + 1)) / 2) + 6 * n * n);
}

/**
 * ln det(I + c A) of a symmetric positive A, which that sum's inverse, negative, is written over: by sweeps (Goodnight 1979, "A
 * tutorial on the SWEEP operator", The American Statistician 33), whose pivots are those of Gaussian elimination.
 * @param packed the upper triangle of A, row by row
 */
function logDetInvert(packed: Float64Array, c: number, d: number): number {
  for (let a = 0, k = 0; a < d; a++)
    for (let b = a; b < d; b++, k++) packed[k] = c * (packed[k] as number) + (a === b ? 1 : 0);
  const row = new Float64Array(d);
  let value = 0;
  for (let j = 0; j < d; j++) {
    for (let a = 0, k = j; a < d; k += a < j ? d - 1 - a : 1, a++) row[a] = packed[k] as number;
    const pivot = row[j] as number;
    value += Math.log(pivot);
    for (let a = 0, k = 0; a < d; a++) {
      const factor = (row[a] as number) / pivot;
      for (let b = a; b < d; b++, k++) packed[k] = (packed[k] as number) - factor * (row[b] as number);
    }
    row[j] = -1;
    for (let a = 0, k = j; a < d; k += a < j ? d - 1 - a : 1, a++) packed[k] = (row[a] as number) / pivot;
  }
  return value;
}
