import type { Matrix, Real } from './matrix';

/** Values summed in four plain sums, before these are added in pairs: the error grows with the logarithm of the length. */
const RUN = 128;

/** Σᵢⱼ mᵢⱼ², in float64, by pairwise summation. */
export function frobeniusSquared(m: Matrix): number {
  return pairwise(m.data, m.data, 0, m.data.length);
}

/** Σᵢ aᵢ bᵢ, in float64, by pairwise summation. @throws RangeError where the lengths differ */
export function dot(a: Real, b: Real): number {
  if (a.length !== b.length) throw new RangeError(`Vectors of ${a.length} and of ${b.length} values have no product.`);
  return pairwise(a, b, 0, a.length);
}

/** Σᵢ vᵢ, one after the other. */
export function sumOf(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

function pairwise(a: Real, b: Real, start: number, end: number): number {
  if (end - start <= RUN) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = start;
    for (; i + 3 < end; i += 4) {
      s0 += (a[i] as number) * (b[i] as number);
      s1 += (a[i + 1] as number) * (b[i + 1] as number);
      s2 += (a[i + 2] as number) * (b[i + 2] as number);
      s3 += (a[i + 3] as number) * (b[i + 3] as number);
    }
    for (; i < end; i++) s0 += (a[i] as number) * (b[i] as number);
    return s0 + s1 + (s2 + s3);
  }
  const middle = start + RUN * Math.ceil((end - start) / (2 * RUN));
  return pairwise(a, b, start, middle) + pairwise(a, b, middle, end);
}
