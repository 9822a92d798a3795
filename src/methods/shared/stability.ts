import type { Matrix } from '../../linalg/matrix';
import type { Context } from '../method';
import { adjustedRand } from './clusterings';

export const DRAWS = 8;
export const SHARE = 0.8;

/** How alike clusterings of parts of the rows are to that of all: the adjusted Rand index on the rows of the part, in the mean. */
export async function stabilityOf(
  x: Matrix<Float64Array>,
  labels: Int32Array,
  count: number,
  part: (rows: Matrix<Float64Array>) => Int32Array | Promise<Int32Array>,
  { random, signal }: Pick<Context, 'random' | 'signal'>,
): Promise<number> {
  let sum = 0;
  const size = Math.max(count, Math.round(SHARE * x.rows));
  for (let draw = 0; draw < DRAWS; draw++) {
    signal.throwIfAborted();
    const places = random.sample(x.rows, size).sort();
    const again = await part(x.takeRows(places));
    sum +=
      adjustedRand(
        again,
        Int32Array.from(places, (i) => labels[i] as number),
      ) / DRAWS;
  }
  return sum;
}
