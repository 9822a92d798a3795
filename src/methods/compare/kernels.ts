import { dot } from '../../linalg/norms';
import type { Side } from './cka';

/** A kernel of all pairs of rows, double-centred. */
export interface CentredKernel extends Side {
  /** The entries above the diagonal, row by row: n (n - 1) / 2. */
  readonly pairs: Float64Array;
}

/**
 * Double-centres, in place, a symmetric kernel given by its entries above the diagonal; `diagonal` is the value of all
 * the others. A constant added to every entry changes nothing: subtract one that leaves no large numbers to cancel.
 */
export function centreKernel(pairs: Float64Array, rows: number, diagonal: number): CentredKernel {
  const means = new Float64Array(rows).fill(diagonal / rows);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++, k++) {
      const part = (pairs[k] as number) / rows;
      means[i] = (means[i] as number) + part;
      means[j] = (means[j] as number) + part;
    }
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / rows;
  for (let i = 0, k = 0; i < rows; i++) {
    const shift = mean - (means[i] as number);
    for (let j = i + 1; j < rows; j++, k++) pairs[k] = (pairs[k] as number) - (means[j] as number) + shift;
  }
  const own = means.map((value) => diagonal - 2 * value + mean);
  return { pairs, diagonal: own, squared: 2 * dot(pairs, pairs) + dot(own, own) };
}

/** The Gaussian kernel of squared distances d² of all pairs of rows, double-centred. */
export function rbfKernel(squared: Float64Array, rows: number, sigma: number): CentredKernel {
  // exp(-d² / 2σ²) - 1: the constant drops out in centring, and without it wide kernels lose no digits.
  const pairs = squared.map((value) => Math.expm1((-0.5 * (value / sigma)) / sigma));
  return centreKernel(pairs, rows, 0);
}

/** <A, B> */
export function kernelProduct(a: CentredKernel, b: CentredKernel): number {
  return 2 * dot(a.pairs, b.pairs) + dot(a.diagonal, b.diagonal);
}
