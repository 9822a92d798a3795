import type { Random } from '../../linalg/random';
import type { Chance } from '../../protocol/result';
import type { Context } from '../method';

/** How levels of chance are found. */
export interface Relabelling {
  /** Random orders; every order where there are no more than these. */
  readonly count: number;
  readonly random: Random;
  readonly signal: Context['signal'];
}

/** Every order of n things, if they are at most `count`; otherwise null. */
export function allOrders(n: number, count: number): Int32Array[] | null {
  let factorial = 1;
  for (let i = 2; i <= n; i++) {
    factorial *= i;
    if (factorial > count) return null;
  }
  let orders: number[][] = [[]];
  for (let k = 0; k < n; k++)
    orders = orders.flatMap((order) =>
      Array.from({ length: n }, (_, i) => i).flatMap((i) => (order.includes(i) ? [] : [[...order, i]])),
    );
  return orders.map((order) => Int32Array.from(order));
}

/**
 * What a statistic is when things are reordered: its level, spread and p. Orders for which it is not finite do not count.
 * @param extreme how far a value lies towards what is looked for; `Math.abs` for both ends.
 * @param what is reordered, in words: "groups among the runs".
 */
export function chanceOf(
  observed: number,
  n: number,
  statistic: (order: Int32Array) => number,
  extreme: (value: number) => number,
  { count, random, signal }: Relabelling,
  what: string,
): Chance {
  const all = allOrders(n, count);
  const drawn: number[] = [];
  for (let i = 0; i < (all?.length ?? count); i++) {
    if (i % 16 === 0) signal.throwIfAborted();
    const value = statistic(all?.[i] ?? random.permutation(n));
    if (Number.isFinite(value)) drawn.push(value);
  }
  return summarise(observed, drawn, extreme, all !== null, what);
}

/** Level, spread, z and p of draws; `exact`: they are all there are, the observed one among them. */
export function summarise(
  observed: number,
  drawn: readonly number[],
  extreme: (value: number) => number,
  exact: boolean,
  what: string,
): Chance {
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  // What is left of numbers that cancel, or of the same sums in another order, is rounding.
  const rounding = 1e-12 * drawn.reduce((most, value) => Math.max(most, Math.abs(value)), Math.abs(observed));
  const level = Math.abs(mean) < rounding ? 0 : mean;
  const variance =
    drawn.reduce((sum, value) => sum + (value - level) ** 2, 0) / Math.max(1, drawn.length - (exact ? 0 : 1));
  const sd = Math.sqrt(variance);
  const least = extreme(observed) - rounding;
  const beyond = drawn.filter((value) => extreme(value) >= least).length;
  const how = exact ? `all ${drawn.length} orders of the ${what}` : `${drawn.length} random orders of the ${what}`;
  return {
    level,
    ...(sd > rounding && { sd, z: (observed - level) / sd }),
    p: exact ? beyond / drawn.length : (1 + beyond) / (1 + drawn.length),
    how: `Mean over ${how}; p is the share that is at least as extreme.`,
  };
}
