import type { Matrix, Real } from './matrix';

/** Values summed plainly before the sums are added in pairs: the error grows with the logarithm of the length. */
const RUN = 256;

/** Σᵢⱼ mᵢⱼ², in float64, by pairwise summation. */
export function frobeniusSquared(m: Matrix): number {
  return pairwise(m.data, m.data, 0, m.data.length);
}

/** Σᵢ aᵢ bᵢ, in float64, by pairwise summation. @throws RangeError where the lengths differ */
export function dot(a: Real, b: Real): number {
  if (a.length !== b.length) throw new RangeError(`Vectors of ${a.length} and of ${b.length} values have no product.`);
  return pairwise(a, b, 0, a.length);
}

function pairwise(a: Real, b: Real, start: number, end: number): number {
  if (end - start <= RUN) {
    let sum = 0;
    for (let i = start; i < end; i++) sum += (a[i] as number) * (b[i] as number);
    return sum;
  }
  const middle = start + RUN * Math.ceil((end - start) / (2 * RUN));
  return pairwise(a, b, start, middle) + pairwise(a, b, middle, end);
}
