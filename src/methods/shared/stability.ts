import type { Matrix } from '../../linalg/matrix';
import { plural } from '../../protocol/words';
import type { Context } from '../method';
import { adjustedRand } from './clusterings';

const DRAWS = 8;
export const SHARE = 0.8;
/** Starts of the clustering of a part, at most. */
export const STARTS = 3;

export interface Stability {
  readonly mean: number;
  /** What was drawn, and how far the draws are apart. */
  readonly step: string;
}

/** How alike clusterings of parts of the rows are to that of all: the adjusted Rand index on the rows of the part. */
export async function stabilityOf(
  x: Matrix<Float64Array>,
  labels: Int32Array,
  count: number,
  wanted: number,
  part: (rows: Matrix<Float64Array>, starts: number) => Int32Array | Promise<Int32Array>,
  { random, signal }: Pick<Context, 'random' | 'signal'>,
): Promise<Stability> {
  let [mean, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const size = Math.max(count, Math.round(SHARE * x.rows));
  const starts = Math.min(wanted, STARTS);
  for (let draw = 0; draw < DRAWS; draw++) {
    signal.throwIfAborted();
    const places = random.sample(x.rows, size).sort();
    const again = await part(x.takeRows(places), starts);
    const own = Int32Array.from(places, (i) => labels[i] as number);
    const index = adjustedRand(again, own);
    [mean, least, most] = [mean + index / DRAWS, Math.min(least, index), Math.max(most, index)];
  }
  return {
    mean,
    step: `stability over ${DRAWS} draws of ${size} of ${x.rows} rows, best of ${plural(starts, 'start')} each: ${least.toFixed(2)} to ${most.toFixed(2)}`,
  };
}
