import type { Spread } from '../protocol/analysis';
import { extent, linearTicks, logTicks, plain, type Tick } from './ticks';

type Values = readonly (number | null)[];

/** Where values lie between the least and the greatest, 0 to 1. */
export interface ValueScale {
  readonly spread: Spread;
  readonly domain: readonly [number, number];
  share(value: number): number;
  /** Values to be written beside the scale, from the least to the greatest, about `count` of them. */
  ticks(count: number): readonly Tick[];
}

const scales = new WeakMap<Values, Map<Spread, ValueScale>>();

/** The scale of a list of values, made once: a million are not sorted for each picture. */
export function valueScale(values: Values, spread: Spread): ValueScale {
  const known = scales.get(values) ?? new Map<Spread, ValueScale>();
  scales.set(values, known);
  const found = known.get(spread) ?? made(values, spread);
  known.set(spread, found);
  return found;
}

function made(values: Values, spread: Spread): ValueScale {
  if (spread === 'rank') return ranked(values);
  const log = spread === 'log';
  const domain = extent([values], log);
  const place = (value: number) => (log ? Math.log(value) : value);
  const [low, high] = [place(domain[0]), place(domain[1])];
  return {
    ...{ spread, domain },
    share: (value) => (place(value) - low) / (high - low),
    ticks: (count) => (log ? thinned(logTicks(domain), count) : linearTicks(domain, count)),
  };
}

/** Every value has as many beneath it as its place says; equal ones share the middle of theirs. */
function ranked(values: Values): ValueScale {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  const last = Math.max(1, sorted.length - 1);
  const before = (value: number, equal: boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = sorted[middle] as number;
      if (one < value || (equal && one === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const share = (value: number) =>
    Math.min(1, Math.max(0, (before(value, false) + before(value, true) - 1) / 2 / last));
  const ticks = (count: number) => {
    const steps = Math.max(1, count - 1);
    const at = Array.from({ length: steps + 1 }, (_, i) => sorted[Math.round((i / steps) * (sorted.length - 1))] ?? 0);
    return [...new Set(at)].map((value) => ({ value, text: plain(value) }));
  };
  return { spread: 'rank', domain: extent([values]), share, ticks };
}

function thinned(ticks: readonly Tick[], count: number): Tick[] {
  const step = Math.ceil(ticks.length / count);
  return ticks.filter((_, i) => (ticks.length - 1 - i) % step === 0);
}

/** The ways in which these values can be spread: no logarithm of what is not above zero, no ranks of two. */
export function spreadsOf(values: Values): readonly Spread[] {
  const distinct = new Set<number>();
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) {
    if (value === null) continue;
    if (distinct.size < 3) distinct.add(value);
    if (value < least) least = value;
  }
  if (distinct.size < 3) return ['even'];
  return least > 0 ? ['even', 'log', 'rank'] : ['even', 'rank'];
}

/** Part of an even scale in which values look alike. */
const ALIKE = 1 / 50;

/** Of colours, until a person says otherwise: by the logarithm where an even scale would show half of the values alike. */
export function legibleSpread(values: Values): Spread {
  if (!spreadsOf(values).includes('log')) return 'even';
  const { share } = valueScale(values, 'even');
  let [alike, all] = [0, 0];
  for (const value of values) {
    if (value === null) continue;
    all += 1;
    if (share(value) < ALIKE) alike += 1;
  }
  return alike > all / 2 ? 'log' : 'even';
}

/** What is said of a scale in the legend, behind the name of its values. */
export const spreadNames: Readonly<Record<Spread, string>> = { even: 'even', log: 'logarithmic', rank: 'by rank' };
