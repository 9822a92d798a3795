import { columnMeans, normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import type { Signal } from '../../linalg/signal';
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
