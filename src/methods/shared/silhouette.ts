import { Matrix } from '../../linalg/matrix';
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

/**
 * Of rows, at most 2,000 of them drawn at random, among themselves; rows alone in their cluster count 0.
 * @param signed false: a row is as far from another as from the nearer of it and its negative
 */
export async function silhouetteOf(
  x: Matrix<Float64Array>,
  labels: Int32Array,
  count: number,
  context: Context,
  signed = true,
): Promise<Silhouettes> {
  const places = context.random.atMost(x.rows, JUDGED);
  const own = Int32Array.from(places, (i) => labels[i] as number);
  const sizes = Int32Array.from({ length: count }, (_, c) => own.filter((label) => label === c).length);
  const filled = sizes.filter((size) => size > 0).length;
  if (filled < 2 || filled === own.length) return { silhouette: null, judged: places.length, of: () => null };
  const taken = x.takeRows(places);
  const points = new Points(signed ? taken : withNegatives(taken));
  const block = points.block(0, own.length);
  const others = signed ? block : points.block(0, points.count);
  const sums = new Float64Array(count);
  const values = new Float64Array(places.length);
  const memory = new Float64Array(own.length * points.count);
  await squaredTile(block, others, points.direct, memory, context, (i, squared) => {
    sums.fill(0);
    for (let j = 0; j < own.length; j++) {
      const c = own[j] as number;
      const square = squared[j] as number;
      const least = signed ? square : Math.min(square, squared[j + own.length] as number);
      sums[c] = (sums[c] as number) + Math.sqrt(least);
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

function withNegatives(x: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(2 * x.rows, x.columns);
  out.data.set(x.data);
  for (const [k, value] of x.data.entries()) out.data[x.data.length + k] = -value;
  return out;
}
