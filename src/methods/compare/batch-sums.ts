import { CentredLayer } from '../../linalg/centred-layer';
import type { Matrix } from '../../linalg/matrix';
import { crossNorms } from '../../linalg/sweep';
import type { Context, Representation } from '../method';
import { inRange } from '../shared/centred';
import type { Contributions } from '../shared/contributions';
import { uCentredProduct } from './cka';
import { linearContributions } from './linear-contributions';

/** Unbiased HSIC, summed over batches of rows: of both, and of each with itself. */
export interface BatchSums {
  readonly xy: number;
  readonly xx: number;
  readonly yy: number;
  /** xx and yy with their bias. */
  readonly squares: readonly [number, number];
  /** Of xy over all pairings of the rows within batches. */
  readonly variance: number;
  readonly batches: number;
  readonly used: number;
  /** The estimate after each batch. */
  readonly running: readonly number[];
  readonly adds: readonly (Contributions | null)[];
}

/** Batch after batch. @param parts whether what rows and units add is wanted too */
export async function batchSums(
  { matrix: x }: Representation,
  { matrix: y }: Representation,
  batch: number,
  parts: boolean,
  context: Context,
): Promise<BatchSums> {
  const [a, b] = [inRange(x), inRange(y)];
  let [xy, xx, yy] = [0, 0, 0];
  const squares: [number, number] = [0, 0];
  let [batches, used, variance] = [0, 0, 0];
  const running: number[] = [];
  const adds: (Contributions | null)[] = [];
  for (let start = 0; start < x.rows; start += batch) {
    context.signal.throwIfAborted();
    if (parts) context.progress(start / x.rows, 'Batches');
    const end = Math.min(x.rows, start + batch);
    if (end - start < 4) continue;
    const part = await oneBatch(a.slice(start, end), b.slice(start, end), parts, context);
    xy += part.xy;
    xx += part.xx;
    yy += part.yy;
    for (const side of [0, 1] as const) squares[side] += part.squares[side];
    // Var h(K, πL) = h(K, K) h(L, L) 2 / (n (n - 3)) in each batch, which is permuted by itself.
    variance += (part.xx * part.yy * 2) / ((end - start) * (end - start - 3));
    batches++;
    running.push(xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0);
    used += end - start;
    adds.push(part.adds);
  }
  return { xy, xx, yy, squares, variance, batches, used, running, adds };
}

/** Unbiased HSIC of one batch: of both, and of each with itself. */
async function oneBatch(x: Matrix, y: Matrix, parts: boolean, context: Context) {
  const n = x.rows;
  const [a, b] = [CentredLayer.of(x, true), CentredLayer.of(y, true)];
  const norms = await crossNorms([a, b], null, { signal: context.signal });
  const lengths = [a.squaredLengths, b.squaredLengths] as const;
  const scale = n * (n - 3);
  const unbiased = (i: 0 | 1, j: 0 | 1) => uCentredProduct(norms.at(i, j), lengths[i], lengths[j]) / scale;
  const adds = parts ? await linearContributions(a.whole(true), b.whole(true), scale, context, 'debiased') : null;
  const squares = [norms.at(0, 0) / scale, norms.at(1, 1) / scale] as const;
  return { xy: unbiased(0, 1), xx: unbiased(0, 0), yy: unbiased(1, 1), squares, adds };
}

/** Rows of batch after batch, and units summed over them; rows of no batch add nothing. Null where some batch has none. */
export function together(
  batches: readonly (Contributions | null)[],
  norm: number,
  [n, p, q]: readonly [number, number, number],
): Contributions | null {
  const [rows, first, second] = [new Float64Array(n), new Float64Array(p), new Float64Array(q)];
  let start = 0;
  for (const batch of batches) {
    if (batch?.rows === undefined) return null;
    for (const [i, part] of batch.rows.entries()) rows[start + i] = part / norm;
    start += batch.rows.length;
    for (const [side, list] of [first, second].entries())
      for (const [j, part] of batch.units?.[side]?.entries() ?? []) list[j] = (list[j] as number) + part / norm;
  }
  return { rows, units: [first, second] };
}
