import type { Real } from './matrix';

const DIGIT = 11;
const BINS = 1 << DIGIT;

/**
 * The indices of `values` in ascending order of value; equal values keep their order (and -0 equals 0). Radix sort on
 * the bits of the float64 values, in linear time: 6 million in about a second.
 */
export function ascendingOrder(values: Real): Uint32Array {
  const n = values.length;
  const doubles = new Float64Array(n);
  for (let i = 0; i < n; i++) doubles[i] = (values[i] as number) + 0;
  const [low, high] = sortableBits(doubles);
  let order = Uint32Array.from({ length: n }, (_, i) => i);
  let next = new Uint32Array(n);
  for (let shift = 0; shift < 64; shift += DIGIT) {
    const digit = (i: number) =>
      ((shift < 32 ? (low[i] as number) >>> shift : 0) |
        // A digit that straddles the two words takes its upper bits from the high one.
        (shift >= 32
          ? (high[i] as number) >>> (shift - 32)
          : shift + DIGIT > 32
            ? (high[i] as number) << (32 - shift)
            : 0)) &
      (BINS - 1);
    const starts = new Uint32Array(BINS);
    for (let i = 0; i < n; i++) {
      const bin = digit(i);
      starts[bin] = (starts[bin] as number) + 1;
    }
    if (n > 0 && starts[digit(0)] === n) continue;
    for (let bin = 0, start = 0; bin < BINS; bin++) {
      const size = starts[bin] as number;
      starts[bin] = start;
      start += size;
    }
    for (let k = 0; k < n; k++) {
      const i = order[k] as number;
      const bin = digit(i);
      const at = starts[bin] as number;
      next[at] = i;
      starts[bin] = at + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** The two 32-bit words of each value, changed so that unsigned comparison orders them as the values are ordered. */
function sortableBits(values: Float64Array): [Uint32Array, Uint32Array] {
  const words = new Uint32Array(values.buffer);
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const upper = words[2 * i + 1] as number;
    const negative = upper >>> 31 === 1;
    low[i] = negative ? ~(words[2 * i] as number) : (words[2 * i] as number);
    high[i] = negative ? ~upper : upper ^ 0x80000000;
  }
  return [low, high];
}
