import { columnMeans, normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import type { Signal } from '../../linalg/signal';
import type { Interval } from '../../protocol/result';
import { plural } from '../../protocol/words';
import { rangeExponent } from '../shared/centred';
import { mean, retrieve } from '../shared/retrieval';
import { less } from './linear-map';

/** What is said of one space stitched to another by one kind of representation; null where it cannot be computed. */
export interface StitchScores {
  /** Of each test row, 1 where the head was right; absent without labels. */
  readonly hits?: Float64Array;
  readonly accuracy: number | null;
  /** Mean reciprocal rank of each test row's own row, among all of them. */
  readonly retrieval: number;
  /** Test rows with whose own row others tie. */
  readonly shared: number;
  /** Share of the variance of the other space's coordinates that is got back, from the mean training row as zero. */
  readonly reconstruction: number | null;
}

/** Of the normal distribution, at 97.5 %. */
const Z = 1.959963984540054;

/**
 * Of the mean share of pairs of spaces that are right, over the choice of n test rows: the score interval of a share p of m rows
 * (Wilson 1927, J. Am. Stat. Assoc. 22: 209-212). m = n p (1 - p) / s², where s² is the variance over rows of the share of pairs
 * that are right on a row: n where pairs are right on the same rows, and n for each pair at most. Where all are right, or none,
 * nothing says how pairs go together, and m = n.
 * @param hits of each pair, those of the same rows
 */
export function intervalOf(hits: readonly Float64Array[]): Interval {
  const n = hits[0]?.length ?? 0;
  const shares = Float64Array.from({ length: n }, (_, i) => mean(Float64Array.from(hits, (own) => own[i] as number)));
  const share = mean(shares);
  const even = share * (1 - share);
  const rows = even > 0 ? n * Math.min(hits.length, even / mean(shares.map((own) => (own - share) ** 2))) : n;
  const half = Z ** 2 / (2 * rows);
  // The smaller root of (share - x)² = Z² x (1 - x) / rows, without a difference that cancels.
  const low = (p: number) => p ** 2 / (p + half + Z * Math.sqrt(even / rows + half / (2 * rows)));
  const counted = hits.length > 1 ? `, counted as ${rows.toFixed(1)} by how far pairs are right on the same ones` : '';
  return {
    low: low(share),
    high: 1 - low(1 - share),
    level: 0.95,
    how: `Wilson's score interval (1927) over ${plural(n, 'test row')}${counted}; the heads and the anchors fixed`,
  };
}

/** Whether each predicted class is the own one. */
export function hitsOf(predicted: Int32Array, own: Int32Array): Float64Array {
  return Float64Array.from(predicted, (value, i) => (value === own[i] ? 1 : 0));
}

export async function retrievalOf(
  queries: Matrix,
  candidates: Matrix,
  signal?: Signal,
): Promise<Pick<StitchScores, 'retrieval' | 'shared'>> {
  const own = Int32Array.from({ length: queries.rows }, (_, i) => i);
  const [a, b] = [normaliseRows(queries).matrix, normaliseRows(candidates).matrix];
  const { ranks, shared } = await retrieve(a, b, own, { k: 0, withoutSelf: false, ...(signal && { signal }) });
  return { retrieval: mean(ranks.map((rank) => 1 / rank)), shared };
}

/** 1 - |truth - guess|² / |truth - mean training row|²; null where the truth does not vary, or the guess is so far away that the square is no double. */
export function reconstructionOf(guess: Matrix, truth: Matrix, training: Matrix): number | null {
  // Over a power of two, of which squares are doubles.
  const unit = 2 ** rangeExponent(truth);
  const total = frobeniusSquared(less(truth, columnMeans(training), unit));
  if (!(total > 0)) return null;
  let missed = 0;
  for (let k = 0; k < truth.data.length; k++)
    missed += (((truth.data[k] as number) - (guess.data[k] as number)) / unit) ** 2;
  const share = 1 - missed / total;
  return Number.isFinite(share) ? share : null;
}
