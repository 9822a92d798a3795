import { centreColumns } from './centre';
import { Matrix, type Real } from './matrix';
import { dot } from './norms';
import { ascendingOrder } from './order';

/** Ranks from 1 in ascending order; equal values share the mean of their ranks. */
export function averageRanks(values: Real): Float64Array {
  const ranks = new Float64Array(values.length);
  const order = ascendingOrder(values);
  forEachTie(values, order, (start, end) => {
    const shared = (start + 1 + end) / 2;
    for (let k = start; k < end; k++) ranks[order[k] as number] = shared;
  });
  return ranks;
}

/** Pearson's correlation; NaN where either vector is constant. @throws RangeError where the lengths differ */
export function pearson(a: Real, b: Real): number {
  sameLength(a, b);
  const x = direction(a);
  const y = direction(b);
  const r = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  return Math.max(-1, Math.min(1, r));
}

/** Spearman's correlation, of average ranks; NaN where either vector is constant. */
export function spearman(a: Real, b: Real): number {
  sameLength(a, b);
  return pearson(averageRanks(a), averageRanks(b));
}

/**
 * Kendall's tau-b in O(m log m): Knight, "A computer method for calculating Kendall's tau with ungrouped data", JASA
 * 1966. NaN where either vector is constant.
 */
export function kendallTauB(a: Real, b: Real): number {
  const { difference, pairs, tiedA, tiedB } = concordance(a, b);
  return difference / (Math.sqrt(pairs - tiedA) * Math.sqrt(pairs - tiedB));
}

/** Kendall's tau-a: concordant less discordant pairs, over all pairs; below 1 of a vector and itself where values are tied. */
export function kendallTauA(a: Real, b: Real): number {
  const { difference, pairs } = concordance(a, b);
  return difference / pairs;
}

/** Concordant less discordant pairs of places, all pairs, and those that are tied in either vector. */
function concordance(a: Real, b: Real) {
  sameLength(a, b);
  const m = a.length;
  // Ordered by b, then stably by a: by a, and by b among equals.
  const byB = ascendingOrder(b);
  const orderA = ascendingOrder(taken(a, byB));
  const order = orderA.map((k) => byB[k] as number);
  const pairs = (m * (m - 1)) / 2;
  let tiedA = 0;
  let tiedBoth = 0;
  let tiedB = 0;
  forEachTie(a, order, (start, end) => {
    if (end === start + 1) return;
    tiedA += ((end - start) * (end - start - 1)) / 2;
    forEachTie(b, order.subarray(start, end), (from, to) => {
      tiedBoth += ((to - from) * (to - from - 1)) / 2;
    });
  });
  forEachTie(b, byB, (start, end) => {
    tiedB += ((end - start) * (end - start - 1)) / 2;
  });
  const discordant = inversions(taken(b, order));
  const difference = pairs - tiedA - tiedB + tiedBoth - 2 * discordant;
  return { difference, pairs, tiedA, tiedB };
}

/** The median; the mean of the two middle values where their number is even. NaN of nothing. */
export function median(values: Real): number {
  const work = Float64Array.from(values);
  const m = work.length;
  if (m === 0) return Number.NaN;
  const upper = select(work, m >> 1);
  if (m % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < m >> 1; i++) if ((work[i] as number) > lower) lower = work[i] as number;
  return (lower + upper) / 2;
}

/** Of sorted values: what so great a share of them lies below, between the two nearest by linear interpolation (type 7). */
export function quantile(sorted: Real | readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return low + (place - Math.floor(place)) * (high - low);
}

/**
 * The k-th smallest value, k from 0; afterwards no value before place k is larger and none after it smaller.
 * Quickselect with three-way partition about the middle of three, so that neither order nor ties make it slow.
 */
export function select(work: Float64Array, k: number): number {
  let start = 0;
  let end = work.length - 1;
  while (start < end) {
    const a = work[start] as number;
    const b = work[(start + end) >>> 1] as number;
    const c = work[end] as number;
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let less = start;
    let at = start;
    let more = end;
    while (at <= more) {
      const value = work[at] as number;
      if (value < pivot) {
        work[at++] = work[less] as number;
        work[less++] = value;
      } else if (value > pivot) {
        work[at] = work[more] as number;
        work[more--] = value;
      } else at++;
    }
    if (k < less) end = less - 1;
    else if (k > more) start = more + 1;
    else return pivot;
  }
  return work[k] as number;
}

function sameLength(a: Real, b: Real): void {
  if (a.length !== b.length)
    throw new RangeError(`Vectors of ${a.length} and of ${b.length} values have no correlation.`);
}

/** Values less their mean, over the largest, so that squares neither overflow nor vanish. */
function direction(values: Real): Float64Array {
  const out = centreColumns(new Matrix(Float64Array.from(values), values.length, 1)).data;
  const largest = out.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / largest;
  return out;
}

/** The values in this order. */
function taken(values: Real, order: Uint32Array): Float64Array {
  const out = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) out[k] = values[order[k] as number] as number;
  return out;
}

/** Runs of equal values in `order`, from `start` to `end` (exclusive). */
function forEachTie(values: Real, order: Uint32Array, visit: (start: number, end: number) => void): void {
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] as number];
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === value) end++;
    visit(start, end);
    start = end;
  }
}

/** Pairs i < j with values[i] > values[j], counted while merging; the values are sorted in the course of it. */
export function inversions(values: Float64Array): number {
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  let count = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let i = start;
      let j = middle;
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || (from[i] as number) <= (from[j] as number))) to[k] = from[i++] as number;
        else {
          to[k] = from[j++] as number;
          count += middle - i;
        }
      }
    }
    [from, to] = [to, from];
  }
  return count;
}
