import { Matrix } from '../../../linalg/matrix';
import { crossProduct, multiply } from '../../../linalg/products';
import type { Cancellable } from '../../../linalg/signal';

/** A rate in nats, and its gradient by the rows. */
export interface Rate {
  readonly value: number;
  readonly byRows: Matrix<Float64Array>;
}

/**
 * R = ln det(I + d / (n ε²) ZᵀZ) for rows Z of n x d: how much room all rows take. Yu, Chan, You, Song, Ma (2020).
 */
export async function totalRate(z: Matrix<Float64Array>, precision: number, options: Cancellable): Promise<Rate> {
  const d = z.columns;
  const factor = d / (z.rows * precision);
  const products = await crossProduct(z, z, options);
  const inverse = Matrix.zeros(d, d);
  const packed = Float64Array.from(pairsOf(d), ([a, b]) => products.at(a, b));
  const value = logDetInverse(packed, factor, d, inverse);
  const byRows = await multiply(z, inverse, options);
  for (const k of byRows.data.keys()) byRows.data[k] = 2 * factor * (byRows.data[k] as number);
  return { value, byRows };
}

/**
 * R_c = 1/n Σⱼ ln det(I + d / ε² Zᵀ diag(Γⱼ) Z), Γⱼ the rows of a membership that sum to 1: how much room rows take that belong
 * together. Ding, Tong, Chan, Dai, Ma, Haeffele (2023).
 * @param z n x d
 * @param gamma n x n, none negative
 */
export async function memberRate(
  z: Matrix<Float64Array>,
  gamma: Matrix<Float64Array>,
  precision: number,
  options: Cancellable,
): Promise<Rate & { readonly byMembership: Matrix<Float64Array> }> {
  const [n, d] = [z.rows, z.columns];
  const pairs = pairsOf(d);
  const factor = d / precision;
  // What rows are multiplied with themselves, each pair of units once: all weighted products are one product of matrices.
  const outer = Matrix.zeros(n, pairs.length);
  for (let i = 0; i < n; i++) {
    const [row, out] = [z.row(i), outer.row(i)];
    for (let a = 0, k = 0; a < d; a++)
      for (let b = a; b < d; b++, k++) out[k] = (row[a] as number) * (row[b] as number);
  }
  const weighted = await multiply(gamma, outer, options);
  const inverses = Matrix.zeros(n, pairs.length);
  const inverse = Matrix.zeros(d, d);
  let value = 0;
  for (let j = 0; j < n; j++) {
    if (j % 64 === 0) options.signal?.throwIfAborted();
    value += logDetInverse(weighted.row(j), factor, d, inverse) / n;
    const out = inverses.row(j);
    for (let a = 0, k = 0; a < d; a++) for (let b = a; b < d; b++, k++) out[k] = inverse.at(a, b);
  }
  const turned = await multiply(gamma, inverses, { ...options, transposeA: true });
  const byRows = Matrix.zeros(n, d);
  for (let i = 0; i < n; i++) {
    const [row, packed, out] = [z.row(i), turned.row(i), byRows.row(i)];
    for (let a = 0, k = 0; a < d; a++)
      for (let b = a; b < d; b++, k++) {
        const entry = ((2 * factor) / n) * (packed[k] as number);
        out[a] = (out[a] as number) + entry * (row[b] as number);
        if (b > a) out[b] = (out[b] as number) + entry * (row[a] as number);
      }
  }
  // Pairs of different units count twice.
  for (let j = 0; j < n; j++) {
    const row = inverses.row(j);
    for (const [k, [a, b]] of pairs.entries()) row[k] = ((row[k] as number) * (a === b ? factor : 2 * factor)) / n;
  }
  const byMembership = await multiply(inverses, outer, { ...options, transposeB: true });
  return { value, byRows, byMembership };
}

/** Bytes that a batch of n rows of d units takes. */
export function rateBytes(n: number, d: number): number {
  return 8 * (4 * n * ((d * (d + 1)) / 2) + 6 * n * n);
}

let kept: readonly (readonly [number, number])[] = [];

/** Every pair of units, a unit with itself too, in the order in which products are packed. */
function pairsOf(d: number): readonly (readonly [number, number])[] {
  if (kept.length === (d * (d + 1)) / 2) return kept;
  kept = Array.from({ length: d }, (_, a) => Array.from({ length: d - a }, (_, b) => [a, a + b] as const)).flat();
  return kept;
}

/**
 * ln det(I + c A) of a symmetric positive A, and the inverse of that sum, by Cholesky's factor L: L⁻¹ first, then L⁻ᵀ L⁻¹.
 * @param packed the upper triangle of A, row by row
 * @param out d x d, overwritten
 */
function logDetInverse(packed: Float64Array, c: number, d: number, out: Matrix<Float64Array>): number {
  const l = scratchOf(d);
  for (let a = 0, k = 0; a < d; a++)
    for (let b = a; b < d; b++, k++) l[b * d + a] = c * (packed[k] as number) + (a === b ? 1 : 0);
  let value = 0;
  for (let j = 0; j < d; j++) {
    for (let i = j; i < d; i++) {
      let sum = l[i * d + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * d + k] as number) * (l[j * d + k] as number);
      l[i * d + j] = i === j ? Math.sqrt(sum) : sum / (l[j * d + j] as number);
    }
    value += 2 * Math.log(l[j * d + j] as number);
  }
  // In place, column by column: entry (i, j) of L⁻¹ needs those of its column above it, and row i of L.
  for (let i = 0; i < d; i++) {
    const pivot = 1 / (l[i * d + i] as number);
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum += (l[i * d + k] as number) * (inverseAt[k * d + j] as number);
      inverseAt[i * d + j] = -sum * pivot;
    }
    inverseAt[i * d + i] = pivot;
  }
  const { data } = out;
  for (let a = 0; a < d; a++)
    for (let b = a; b < d; b++) {
      let sum = 0;
      for (let k = b; k < d; k++) sum += (inverseAt[k * d + a] as number) * (inverseAt[k * d + b] as number);
      data[a * d + b] = sum;
      data[b * d + a] = sum;
    }
  return value;
}

let factorAt = new Float64Array();
let inverseAt = new Float64Array();

function scratchOf(d: number): Float64Array {
  if (factorAt.length !== d * d) [factorAt, inverseAt] = [new Float64Array(d * d), new Float64Array(d * d)];
  return factorAt;
}
