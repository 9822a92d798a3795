import { Random } from '../linalg/random';
import { quantile } from '../linalg/ranks';
import type { Context, Representation } from '../methods/method';
import type { Interval } from '../protocol/result';

/** How intervals are made. */
export interface Resampling {
  readonly kind: 'bootstrap' | 'subsample';
  readonly count: number;
  readonly seed: number;
}

const LEVEL = 0.95;
/** With fewer draws the percentiles are the ends of what was drawn. */
export const FEWEST = 20;

/**
 * Intervals of values over the choice of rows. `bootstrap`: percentiles over as many rows drawn with replacement (Efron
 * 1979); rows that are drawn twice are neighbours at distance zero, which raises measures of pairs of rows. `subsample`: over
 * halves drawn without replacement, whose spread about the value of all rows is that of all rows about the truth, to first
 * order (Politis, Romano and Wolf 1999); no row meets itself.
 * @param observed of all rows.
 * @param score the values for a choice of rows.
 */
export async function intervals(
  observed: Readonly<Record<string, number | null>>,
  rows: number,
  { kind, count, seed }: Resampling,
  context: Pick<Context, 'signal' | 'progress'>,
  score: (chosen: Int32Array) => Promise<Readonly<Record<string, number | null>>>,
): Promise<Record<string, Interval>> {
  const random = new Random(seed);
  const half = Math.floor(rows / 2);
  const drawn = new Map<string, number[]>(Object.keys(observed).map((key) => [key, []]));
  for (let i = 0; i < count; i++) {
    context.signal.throwIfAborted();
    context.progress(i / count, `Choice of rows ${i + 1} of ${count}`);
    const chosen =
      kind === 'bootstrap'
        ? Int32Array.from({ length: rows }, () => random.integer(rows)).sort()
        : random.sample(rows, half).sort();
    for (const [key, value] of Object.entries(await score(chosen)))
      if (value !== null && Number.isFinite(value)) drawn.get(key)?.push(value);
  }
  return Object.fromEntries(
    [...drawn].flatMap(([key, values]) => {
      if (observed[key] === null || values.length < FEWEST) return [];
      values.sort((a, b) => a - b);
      const tail = (1 - LEVEL) / 2;
      // Halves have another bias than all rows: their spread is taken, about the value of all rows.
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const shift = kind === 'subsample' ? (observed[key] as number) - mean : 0;
      const [low, high] = [quantile(values, tail) + shift, quantile(values, 1 - tail) + shift];
      const draws = values.length < count ? `${values.length} of ${count} draws had a value` : `${count} draws`;
      const how =
        kind === 'bootstrap'
          ? `bootstrap of rows, ${draws}, percentiles, seed ${seed}`
          : `halves of the rows, ${draws}, percentiles about the value, seed ${seed}`;
      return [[key, { low, high, level: LEVEL, how }]];
    }),
  );
}

/** The chosen rows of each representation. */
export function choose(inputs: readonly Representation[], rows: Int32Array): Representation[] {
  return inputs.map(({ name, matrix }) => ({ name, matrix: matrix.takeRows(rows) }));
}
