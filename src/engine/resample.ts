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

/** An interval, none where too few draws had a value, and what was drawn, least first. */
export interface Resampled {
  readonly interval: Interval | null;
  readonly drawn: readonly number[];
}

/**
 * The interval of a value over the choice of rows. `bootstrap`: percentiles over as many rows drawn with replacement (Efron
 * 1979); rows that are drawn twice are neighbours at distance zero, which raises measures of pairs of rows. `subsample`: over
 * halves drawn without replacement, whose spread about the value of all rows is that of all rows about the truth, to first
 * order (Politis, Romano and Wolf 1999); no row meets itself.
 * @param observed of all rows.
 * @param score the value for a choice of rows.
 */
export async function resampled(
  observed: number,
  rows: number,
  { kind, count, seed }: Resampling,
  context: Pick<Context, 'signal' | 'progress'>,
  score: (chosen: Int32Array) => Promise<number | null>,
): Promise<Resampled> {
  const random = new Random(seed);
  const half = Math.floor(rows / 2);
  const drawn: number[] = [];
  for (let i = 0; i < count; i++) {
    context.signal.throwIfAborted();
    context.progress(i / count, `Choice of rows ${i + 1} of ${count}`);
    const chosen =
      kind === 'bootstrap'
        ? Int32Array.from({ length: rows }, () => random.integer(rows)).sort()
        : random.sample(rows, half).sort();
    const value = await score(chosen);
    if (value !== null && Number.isFinite(value)) drawn.push(value);
  }
  drawn.sort((a, b) => a - b);
  if (drawn.length < FEWEST) return { interval: null, drawn };
  const tail = (1 - LEVEL) / 2;
  // Halves have another bias than all rows: their spread is taken, about the value of all rows.
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const shift = kind === 'subsample' ? observed - mean : 0;
  const [low, high] = [quantile(drawn, tail) + shift, quantile(drawn, 1 - tail) + shift];
  const draws = drawn.length < count ? `${drawn.length} of ${count} draws had a value` : `${count} draws`;
  const how =
    kind === 'bootstrap'
      ? `bootstrap of rows, ${draws}, percentiles, seed ${seed}; where distances of rows count, a row drawn twice is at distance zero from itself`
      : `halves of the rows, ${draws}, percentiles about the value, seed ${seed}`;
  return { interval: { low, high, level: LEVEL, how }, drawn };
}

/** The chosen rows of each representation. */
export function choose(inputs: readonly Representation[], rows: Int32Array): Representation[] {
  return inputs.map(({ name, matrix }) => ({ name, matrix: matrix.takeRows(rows) }));
}
