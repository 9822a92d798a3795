import type { Real } from './matrix';

const DIGIT = 11;
const BINS = 1 << DIGIT;
const PASSES = 6;

/** Sort keys in two words, and the index that each belongs to. */
interface Keys {
  low: Uint32Array;
  high: Uint32Array;
  index: Uint32Array;
}

/**
 * The indices of `values` in ascending order of value; equal values, and 0 and -0, keep their order. Radix sort on the bits
 * of the float64 values, in linear time: 6 million in less than a second.
 */
export function ascendingOrder(values: Real): Uint32Array {
  const n = values.length;
  let keys = sortable(values);
  let next: Keys = { low: new Uint32Array(n), high: new Uint32Array(n), index: new Uint32Array(n) };
  for (let pass = 0; pass < PASSES; pass++) {
    const starts = startsOf(keys, pass);
    if (starts === null) continue;
    distribute(keys, next, pass, starts);
    [keys, next] = [next, keys];
  }
  return keys.index;
}

/** The bits of each value, changed so that unsigned comparison orders them as the values are ordered. */
function sortable(values: Real): Keys {
  const n = values.length;
  const one = new Float64Array(1);
  const words = new Uint32Array(one.buffer);
  const keys: Keys = { low: new Uint32Array(n), high: new Uint32Array(n), index: new Uint32Array(n) };
  for (let i = 0; i < n; i++) {
    one[0] = (values[i] as number) + 0;
    const high = words[1] as number;
    const negative = high >>> 31 === 1;
    keys.low[i] = negative ? ~(words[0] as number) : (words[0] as number);
    keys.high[i] = negative ? ~high : high ^ 0x80000000;
    keys.index[i] = i;
  }
  return keys;
}

/** Bits 11 pass to 11 pass + 10 of the 64; the third digit straddles the words. */
function digitOf(low: number, high: number, pass: number): number {
  if (pass < 2) return (low >>> (pass * DIGIT)) & (BINS - 1);
  if (pass === 2) return ((low >>> 22) | (high << 10)) & (BINS - 1);
  return (high >>> (pass * DIGIT - 32)) & (BINS - 1);
}

/** Where each bin begins; null where all keys share the digit. */
function startsOf({ low, high }: Keys, pass: number): Uint32Array | null {
  const starts = new Uint32Array(BINS);
  for (let i = 0; i < low.length; i++) {
    const bin = digitOf(low[i] as number, high[i] as number, pass);
    starts[bin] = (starts[bin] as number) + 1;
  }
  if (starts.includes(low.length)) return null;
  for (let bin = 0, start = 0; bin < BINS; bin++) {
    const size = starts[bin] as number;
    starts[bin] = start;
    start += size;
  }
  return starts;
}

function distribute(from: Keys, to: Keys, pass: number, starts: Uint32Array): void {
  for (let i = 0; i < from.low.length; i++) {
    const low = from.low[i] as number;
    const high = from.high[i] as number;
    const bin = digitOf(low, high, pass);
    const at = starts[bin] as number;
    starts[bin] = at + 1;
    to.low[at] = low;
    to.high[at] = high;
    to.index[at] = from.index[i] as number;
  }
}
