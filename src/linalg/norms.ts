import type { Matrix, Real } from './matrix';
import { rowLoops } from './row-loops';

/** Values summed in a few plain sums, before these are added in pairs: the error grows with the logarithm of the length. */
const RUN = 128;

/** Σᵢⱼ mᵢⱼ², in float64, by pairwise summation. */
export function frobeniusSquared({ data }: Matrix): number {
  const { block, vectors, addSquares } = rowLoops(RUN);
  const [zeros, sums] = vectors;
  zeros.fill(0);
  const blocks = new Float64Array(Math.ceil(data.length / block.length));
  for (let k = 0; k < blocks.length; k++) {
    const part = data.subarray(k * block.length, (k + 1) * block.length);
    const count = RUN * Math.ceil(part.length / RUN);
    block.set(part);
    block.fill(0, part.length, count);
    sums.fill(0);
    addSquares(count);
    blocks[k] = sumInPairs(sums, 0, RUN);
  }
  return sumInPairs(blocks, 0, blocks.length);
}

/** Σᵢ aᵢ bᵢ, in float64, by pairwise summation. @throws RangeError where the lengths differ */
export function dot(a: Real, b: Real): number {
  if (a.length !== b.length) throw new RangeError(`Vectors of ${a.length} and of ${b.length} values have no product.`);
  return pairwise(double(a), double(b), 0, a.length);
}

/** Σᵢ vᵢ, one after the other. */
export function sumOf(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

function sumInPairs(values: Float64Array, start: number, end: number): number {
  if (end - start <= 1) return start < end ? (values[start] as number) : 0;
  const middle = (start + end) >> 1;
  return sumInPairs(values, start, middle) + sumInPairs(values, middle, end);
}

/** The loop below meets one kind of array: with two it would take three times as long. */
function double(values: Real): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values);
}

function pairwise(a: Float64Array, b: Float64Array, start: number, end: number): number {
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
