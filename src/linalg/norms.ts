import type { Matrix, Real } from './matrix';
import { rowLoops } from './row-loops';
import { innerProduct } from './vectors';

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

/** Σᵢ mᵢᵢ of a square matrix. */
export function trace({ data, columns }: Matrix): number {
  let sum = 0;
  for (let k = 0; k < data.length; k += columns + 1) sum += data[k] as number;
  return sum;
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
  const middle = (start + end) >>> 1;
  return sumInPairs(values, start, middle) + sumInPairs(values, middle, end);
}

/** The loop below meets one kind of array: with two it would take three times as long. */
function double(values: Real): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values);
}

function pairwise(a: Float64Array, b: Float64Array, start: number, end: number): number {
  if (end - start <= RUN) return innerProduct(a, b, start, end);
  const middle = start + RUN * Math.ceil((end - start) / (2 * RUN));
  return pairwise(a, b, start, middle) + pairwise(a, b, middle, end);
}
