import type { Matrix } from '../../linalg/matrix';
import { squaredTile } from '../../linalg/pair-squares';
import { Points } from '../../linalg/points';
import type { Context } from '../method';

/** Rows whose silhouettes are computed, each against as many. */
const JUDGED = 2000;

export interface Silhouettes {
  /** Mean over the rows that are judged; null where there are no two clusters, or none but single rows. */
  readonly silhouette: number | null;
  readonly judged: number;
  /** That of a row; null of one that is not judged. */
  of(row: number): number | null;
}

/** Of rows, at most 2,000 of them drawn at random, among themselves; rows alone in their cluster count 0. */
export async function silhouetteOf(
  x: Matrix<Float64Array>,
  labels: Int32Array,
  count: number,
  context: Context,
): Promise<Silhouettes> {
  const places = context.random.atMost(x.rows, JUDGED);
  const own = Int32Array.from(places, (i) => labels[i] as number);
  const sizes = Int32Array.from({ length: count }, (_, c) => own.filter((label) => label === c).length);
  const filled = sizes.filter((size) => size > 0).length;
  if (filled < 2 || filled === own.length) return { silhouette: null, judged: places.length, of: () => null };
  const points = new Points(x.takeRows(places));
  const block = points.block(0, places.length);
  const sums = new Float64Array(count);
  const values = new Float64Array(places.length);
  await squaredTile(block, block, points.direct, new Float64Array(places.length ** 2), context, (i, squared) => {
    sums.fill(0);
    for (let j = 0; j < squared.length; j++) {
      const c = own[j] as number;
      sums[c] = (sums[c] as number) + Math.sqrt(squared[j] as number);
    }
    const mine = own[i] as number;
    if (sizes[mine] === 1) return;
    const a = (sums[mine] as number) / ((sizes[mine] as number) - 1);
    let b = Number.POSITIVE_INFINITY;
    for (let c = 0; c < count; c++)
      if (c !== mine && (sizes[c] as number) > 0) b = Math.min(b, (sums[c] as number) / (sizes[c] as number));
    const larger = Math.max(a, b);
    if (larger > 0) values[i] = (b - a) / larger;
  });
  const byRow = new Map(Array.from(places, (row, i) => [row, values[i] as number]));
  const silhouette = values.reduce((sum, value) => sum + value, 0) / places.length;
  return { silhouette, judged: places.length, of: (row) => byRow.get(row) ?? null };
}
