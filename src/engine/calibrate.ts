import { Random } from '../linalg/random';
import type { Context, Labels, PairScores, Representation } from '../methods/method';
import { lacks } from '../methods/shared/classes';
import { reordered } from '../methods/shared/reordered';
import type { ValueDescription } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';

/** How a calibration draws: the same seed gives every measure the same pairings. */
export interface Draws {
  readonly count: number;
  readonly seed: number;
  /** Rows are exchanged only with rows of the same category. */
  readonly groups?: Labels | undefined;
}

/** Row-major over the pairs; null where the value or all of its draws are. */
export interface Calibration {
  readonly level: readonly (number | null)[];
  readonly sd: readonly (number | null)[];
  /** Share of pairings, the observed one among them, that score at least as well. */
  readonly p: readonly (number | null)[];
  /** The same for the best of all pairs: right where the best of many is looked for. */
  readonly pMax: readonly (number | null)[];
  /** `p` after Benjamini and Hochberg, over the pairs of different representations. */
  readonly q: readonly (number | null)[];
  /** How far the value lies from its threshold of chance to the best there is: 0 to 1. */
  readonly calibrated: readonly (number | null)[];
}

/** Share of pairings that the threshold of chance leaves above it. */
const ALPHA = 0.05;

/** Computes all pairs of two lists; `columns` are permuted copies. */
export type Score = (
  rows: readonly Representation[],
  columns: readonly Representation[],
  context: Context,
) => Promise<PairScores>;

/**
 * Repeats a comparison with the rows of one side paired at random. One pairing serves all pairs of representations and,
 * with the same seed, all measures. `calibrated` is the rule of Gröger, Wen and Brbić (2026, arXiv:2602.14486):
 * max((s - τ) / (best - τ), 0), τ the ⌈(1 - α) (K + 1)⌉-th smallest of the K draws and the value itself, α = 0.05.
 * @param observed one value for each pair, row-major.
 */
export async function calibrate(
  value: ValueDescription,
  [rows, columns]: readonly [readonly Representation[], readonly Representation[]],
  observed: readonly (number | null)[],
  draws: Draws,
  context: Context,
  score: Score,
): Promise<Calibration> {
  const random = new Random(draws.seed);
  const sign = value.better === 'lower' ? -1 : 1;
  const n = rows[0]?.matrix.rows ?? 0;
  const own = observed.map(
    (_, k) => rows[Math.floor(k / columns.length)]?.matrix === columns[k % columns.length]?.matrix,
  );
  const drawn: Float64Array[] = observed.map(() => new Float64Array(draws.count).fill(Number.NaN));
  const best = new Float64Array(draws.count).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < draws.count; i++) {
    context.signal.throwIfAborted();
    context.progress(i / draws.count, `Random pairing ${i + 1} of ${draws.count}`);
    const pairing = draws.groups ? within(draws.groups, random) : random.permutation(n);
    const moved = columns.map(({ name, matrix }) => ({ name, matrix: reordered(matrix, pairing) }));
    const { values } = await score(rows, moved, { ...context, progress: () => {} });
    for (const [k, one] of values.entries()) {
      if (one === null || !Number.isFinite(one)) continue;
      (drawn[k] as Float64Array)[i] = sign * one;
      if (!own[k]) best[i] = Math.max(best[i] as number, sign * one);
    }
  }
  const cells = observed.map((one, k) => summarise(one === null ? null : sign * one, drawn[k] as Float64Array));
  const p = cells.map((cell) => cell?.p ?? null);
  const most = best.filter(Number.isFinite);
  return {
    level: cells.map((cell) => (cell ? sign * cell.level : null)),
    sd: cells.map((cell) => cell?.sd ?? null),
    p,
    pMax: observed.map((one, k) => (one === null || own[k] || most.length === 0 ? null : exceeding(sign * one, most))),
    q: benjaminiHochberg(p.map((one, k) => (own[k] ? null : one))),
    calibrated: cells.map((cell) => (cell ? calibratedValue(cell, value, sign) : null)),
  };
}

interface Cell {
  readonly value: number;
  readonly level: number;
  readonly sd: number;
  readonly p: number;
  readonly threshold: number;
  /** Values that lie no further apart are equal. */
  readonly rounding: number;
}

function summarise(value: number | null, all: Float64Array): Cell | null {
  const draws = all.filter((draw) => !Number.isNaN(draw));
  if (value === null || draws.length === 0) return null;
  const level = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const square = draws.reduce((sum, draw) => sum + (draw - level) ** 2, 0);
  const sd = Math.sqrt(square / Math.max(1, draws.length - 1));
  const sorted = Float64Array.from([value, ...draws]).sort();
  const place = Math.ceil((1 - ALPHA) * sorted.length);
  const rounding = roundingOf(value, draws);
  return {
    ...{ value, level, rounding },
    sd: sd > rounding ? sd : 0,
    p: exceeding(value, draws),
    threshold: sorted[place - 1] as number,
  };
}

/** (1 + how many draws are as good) / (1 + how many there are): never 0, for the data are one of the pairings. */
function exceeding(value: number, draws: Float64Array): number {
  const reach = value - roundingOf(value, draws);
  return (1 + draws.filter((draw) => draw >= reach).length) / (1 + draws.length);
}

/** Values that lie no further apart, relative to the largest, are equal but for the rounding of another order of sums. */
const ROUNDING = 1e-12;

function roundingOf(value: number, draws: Float64Array): number {
  return ROUNDING * draws.reduce((most, draw) => Math.max(most, Math.abs(draw)), Math.abs(value));
}

function calibratedValue(
  { value, threshold, rounding }: Cell,
  { range, better, self }: ValueDescription,
  sign: number,
): number {
  const above = value - threshold;
  if (above <= rounding) return 0;
  const end = self ?? range[better === 'lower' ? 0 : 1];
  // Without a best value there is nothing to divide by.
  if (end === null) return above;
  const room = sign * end - threshold;
  // Some measures can pass what they are of a representation with itself.
  return room > above ? above / room : 1;
}

/** A permutation that keeps every row within its category. */
function within(groups: Labels, random: Random): Int32Array {
  const keys = categoriesOf(groups);
  const out = new Int32Array(keys.length);
  const members = new Map<number, number[]>();
  for (const [i, key] of keys.entries()) {
    const list = members.get(key);
    if (list) list.push(i);
    else members.set(key, [i]);
  }
  for (const list of members.values()) {
    const order = random.permutation(list.length);
    for (const [k, i] of list.entries()) out[i] = list[order[k] as number] as number;
  }
  return out;
}

function categoriesOf(labels: Labels): Int32Array | Float64Array {
  return labels.kind === 'category' ? labels.index : labels.values;
}

/**
 * Adjusted p-values: min over j >= i of p_(j) m / j (Benjamini and Hochberg, J. R. Stat. Soc. B 57, 1995). Pairs that
 * stand twice in a symmetric matrix change nothing: both counts double.
 */
export function benjaminiHochberg(p: readonly (number | null)[]): (number | null)[] {
  const order = [...p.keys()].filter((k) => p[k] !== null).sort((a, b) => (p[b] as number) - (p[a] as number));
  const out: (number | null)[] = p.map(() => null);
  let least = 1;
  for (const [i, k] of order.entries()) {
    const rank = order.length - i;
    least = Math.min(least, (p[k] as number) * (order.length / rank));
    out[k] = least;
  }
  return out;
}

/** The labels within whose categories rows may change places. @throws UserError where no two rows share one. */
export function groupsOf(labels: Labels | undefined): Labels {
  if (labels) {
    const known = [...categoriesOf(labels)].filter((_, row) => !lacks(labels, row));
    if (new Set(known).size < known.length) return labels;
  }
  throw new UserError(
    'Random pairings within categories need labels that rows share: choose labels with categories (--labels on the command line), or leave --within out.',
  );
}

/** What to say of a value, or of all values, that no pairing has changed. */
export function unmoved(title: string, observed: readonly (number | null)[], { level, sd }: Calibration): string[] {
  const known = [...observed.keys()].filter((k) => observed[k] !== null);
  const still = (k: number) => {
    const [value, drawn] = [observed[k] as number, level[k] ?? Number.NaN];
    return sd[k] === 0 && Math.abs(drawn - value) <= ROUNDING * Math.abs(value);
  };
  if (known.length === 0 || !known.every(still)) return [];
  return [
    `${title}: every random pairing of the rows gives the same. Of a measure that does not depend on which row is which they say nothing: its p is 1 whatever the data.`,
  ];
}

/** The words that go with a level that was drawn. */
export function howDrawn({ count, seed, groups }: Draws): string {
  const others =
    groups && categoriesOf(groups).some((_, row) => lacks(groups, row)) ? ', those without one among themselves' : '';
  const restricted = groups ? ` within the categories of ${groups.name}${others}` : '';
  return `Mean of ${count} random pairings of the rows${restricted}, seed ${seed}; p counts those that score at least as well.`;
}
