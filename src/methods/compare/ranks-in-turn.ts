import type { DistanceMetric } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { condensed } from '../../linalg/points';
import { gram } from '../../linalg/products';
import { addScaled } from '../../linalg/vectors';
import type { Context, Representation } from '../method';
import { inRange } from '../shared/centred';
import { type PairMoments, pairBytes, pairList, ranksOf } from './pair-list';
import type { TiledPairs } from './tiled-pairs';

/** Of ranks that are multiplied at a time. */
const STRETCH = 2 ** 26;

/** Bytes that {@link ranksInTurn} takes at most: a list while it is ranked is held six times. */
export function rankingBytes(input: Pick<Representation, 'matrix'>): number {
  return 6 * pairBytes(input) + STRETCH;
}

/**
 * Moments of the ranks of the dissimilarities of all pairs of rows, where there is memory to rank one list but not to keep all:
 * ranks are laid by, list after list, and read once more, a stretch of pairs of all lists at a time.
 * @param inputs all of whose dissimilarities are numbers
 * @param what the ranks are, for whoever has no room for them
 * @param stretch bytes of ranks of all lists that are multiplied at a time
 */
export async function ranksInTurn(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  what: string,
  context: Context,
  stretch = STRETCH,
): Promise<TiledPairs> {
  const { signal } = context;
  const bytes = pairBytes(inputs[0] as Representation);
  const [count, pairs] = [inputs.length, bytes / 8];
  context.reserve(rankingBytes(inputs[0] as Representation), what);
  const moments = new Map<Representation, PairMoments>();
  const cross = Matrix.zeros(count, count);
  await context.scratch(count * bytes, what, async (scratch) => {
    for (const [l, { name, matrix }] of inputs.entries()) {
      context.progress(l / (count + 1), `Ranks in ${name}`);
      const values = await condensed(inRange(matrix), metric, { signal });
      const ranks = ranksOf(values);
      signal.throwIfAborted();
      const { rows, mean, squared, byRows } = pairList(ranks, matrix.rows);
      moments.set(inputs[l] as Representation, { rows, mean, squared, byRows });
      scratch.write(new Uint8Array(ranks.buffer), l * bytes);
      free(values, ranks);
    }
    const step = Math.min(pairs, Math.max(1, Math.floor(stretch / (8 * count))));
    const memory = new Float64Array(count * step);
    for (let start = 0; start < pairs; start += step) {
      signal.throwIfAborted();
      context.progress((count + start / pairs) / (count + 1), 'Products of ranks');
      const some = Math.min(step, pairs - start);
      const ranks = new Matrix(memory.subarray(0, count * some), count, some);
      for (let l = 0; l < count; l++) {
        const row = ranks.row(l);
        scratch.read(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), l * bytes + 8 * start);
        for (let k = 0; k < some; k++) row[k] = (row[k] as number) - (pairs + 1) / 2;
      }
      addScaled(cross.data, (await gram(ranks, { signal })).data, 1);
    }
  });
  const place = new Map(inputs.map((input, l) => [input, l]));
  const placeOf = (input: Representation) => place.get(input) as number;
  return { moments, covariance: (x, y) => cross.at(placeOf(x), placeOf(y)) };
}
