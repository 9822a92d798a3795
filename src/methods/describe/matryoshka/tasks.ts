import { normaliseInDouble } from '../../../linalg/centre';
import type { Matrix } from '../../../linalg/matrix';
import { nearestNeighbours } from '../../../linalg/neighbours';
import { dot } from '../../../linalg/norms';
import { multiply } from '../../../linalg/products';
import { spearman } from '../../../linalg/ranks';
import type { Watch } from '../../../linalg/signal';
import { ranksOf } from '../../compare/pair-list';
import { middleRank } from '../../shared/retrieval';

/** Similarities held at once: 32 MB. */
const TILE = 1 << 22;

/** What a prefix is worth. */
export interface Score {
  /** NaN where it cannot be said. */
  readonly value: number;
  /** One value for each row whose mean it is; absent where it is no mean. */
  readonly each?: Float64Array;
  readonly more?: readonly number[];
}

export interface Retrieved extends Score {
  readonly each: Float64Array;
  /** Share of queries whose own row is first, and among the first ten; in-batch cross-entropy of cosine x 20. */
  readonly more: readonly [first: number, ten: number, loss: number];
}

/** Scale of cosines in the loss that sentence encoders are trained with (multiple negatives ranking). */
const SCALE = 20;

/**
 * Looks up each row's partner among all partners by cosine: mean reciprocal rank, rows that tie sharing the middle of their
 * places; and the loss that encoders are trained with, -mean log softmax(20 cos) at the partner, all rows in one batch.
 * @param x n x d
 * @param y n x d, the partner of each row
 */
export async function retrievalScore(x: Matrix, y: Matrix, watch: Watch): Promise<Retrieved> {
  const [queries, candidates] = [unit(x), unit(y)];
  const n = x.rows;
  const each = new Float64Array(n);
  let [first, ten, loss] = [0, 0, 0];
  const height = Math.max(1, Math.floor(TILE / n));
  for (let start = 0; start < n; start += height) {
    watch.signal?.throwIfAborted();
    const block = queries.slice(start, Math.min(n, start + height));
    const tile = await multiply(block, candidates, { transposeB: true, signal: watch.signal });
    for (let i = 0; i < block.rows; i++) {
      const scores = tile.row(i);
      const rank = middleRank(scores, start + i);
      each[start + i] = 1 / rank;
      if (rank <= 1) first++;
      if (rank <= 10) ten++;
      // Cosines are 1 at most, so that no exponential is too large.
      const sum = scores.reduce((total, cosine) => total + Math.exp(SCALE * (cosine - 1)), 0);
      loss += Math.log(sum) - SCALE * ((scores[start + i] as number) - 1);
    }
  }
  return { value: meanOf(each), each, more: [first / n, ten / n, loss / n] };
}

/** Spearman's correlation of the cosines of pairs with their scores, of average ranks; NaN where either does not vary. */
export function similarityScore(
  x: Matrix,
  y: Matrix,
  scores: Float64Array,
): Score & { readonly cosines: Float64Array } {
  const [a, b] = [unit(x), unit(y)];
  const cosines = Float64Array.from({ length: x.rows }, (_, i) => dot(a.row(i), b.row(i)));
  // Of the same row twice the cosine is 1 but for rounding, of which ranks would make an order.
  return { value: spearman(ranksOf(cosines), scores), cosines };
}

/**
 * Leave-one-out accuracy of the k nearest other rows by cosine: the class that most of them have; of classes with as many,
 * that of the nearer neighbour.
 */
export async function classScore(x: Matrix, classes: Int32Array, k: number, watch: Watch): Promise<Score> {
  const { indices } = await nearestNeighbours(x, k, 'cosine', watch);
  const each = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) {
    const votes = new Map<number, number>();
    for (const j of indices.subarray(i * k, (i + 1) * k)) {
      const label = classes[j] as number;
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    // A map keeps the order in which classes came, the nearest first.
    let [best, most] = [-1, 0];
    for (const [label, count] of votes) if (count > most) [best, most] = [label, count];
    each[i] = best === classes[i] ? 1 : 0;
  }
  return { value: meanOf(each), each };
}

/** Mean share of the k nearest other rows by cosine that are also among those of the reference. */
export async function overlapScore(x: Matrix, reference: Int32Array, k: number, watch: Watch): Promise<Score> {
  const { indices } = await nearestNeighbours(x, k, 'cosine', watch);
  const each = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) {
    const own = new Set(reference.subarray(i * k, (i + 1) * k));
    let shared = 0;
    for (const j of indices.subarray(i * k, (i + 1) * k)) if (own.has(j)) shared++;
    each[i] = shared / k;
  }
  return { value: meanOf(each), each };
}

/**
 * Mean over rows of KL(softmax(p / T) || softmax(q / T)), the softmax over the coordinates of a row: the term by which
 * 2D-Matryoshka training pulls early layers to the last (Li et al. 2024).
 * @param p n x d
 * @param q n x d
 */
export function softmaxDivergence(p: Matrix, q: Matrix, temperature: number): number {
  let total = 0;
  for (let i = 0; i < p.rows; i++) {
    const [a, b] = [logSoftmax(p.row(i), temperature), logSoftmax(q.row(i), temperature)];
    for (let j = 0; j < a.length; j++) total += Math.exp(a[j] as number) * ((a[j] as number) - (b[j] as number));
  }
  return Math.max(0, total / p.rows);
}

function logSoftmax(row: ArrayLike<number>, temperature: number): Float64Array {
  const scaled = Float64Array.from(row, (value) => value / temperature);
  const largest = scaled.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const sum = scaled.reduce((total, value) => total + Math.exp(value - largest), 0);
  return scaled.map((value) => value - largest - Math.log(sum));
}

/** The first columns, in float64. */
export function prefix(x: Matrix, width: number): Matrix<Float64Array> {
  return x.columnBand(0, width).toDouble();
}

function unit(x: Matrix): Matrix<Float64Array> {
  return normaliseInDouble(x).matrix;
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
