import { Matrix } from '../../linalg/matrix';
import { multiplyInto } from '../../linalg/products';
import type { Watch } from '../../linalg/signal';

/** Similarities held at once: 4 MB, never queries x candidates. */
const TILE = 1 << 19;
/** Cosines closer than this are a tie: identical rows differ by rounding alone. */
const TIE = 1e-12;

export interface Retrieval {
  /** Place of each query's own row among all candidates, from 1; the middle place of those that tie with it. */
  readonly ranks: Float64Array;
  /** Cosine of each query with its own row. */
  readonly cosines: Float64Array;
  /** queries x k, none where k is 0; nearest first; of equally near candidates the one with the lower index first. */
  readonly neighbours: Int32Array;
  /** Queries with whose own row others tie. */
  readonly shared: number;
  /** Queries whose k-th and next candidate tie, so that the index decided. */
  readonly tied: number;
}

export interface RetrievalOptions extends Watch {
  readonly k: number;
  /** Leaves a query's own row out of its neighbours, by index. */
  readonly withoutSelf: boolean;
}

/**
 * Looks up rows of one space in another by cosine similarity, exactly, tile by tile.
 *
 * @param queries q x m, rows of unit length or zero
 * @param candidates n x m, rows of unit length or zero
 * @param own the candidate that is each query's own row
 */
export async function retrieve(
  queries: Matrix,
  candidates: Matrix,
  own: Int32Array,
  { k, withoutSelf, signal, progress }: RetrievalOptions,
): Promise<Retrieval> {
  const ranks = new Float64Array(queries.rows);
  const cosines = new Float64Array(queries.rows);
  const neighbours = new Int32Array(queries.rows * k);
  let [shared, tied] = [0, 0];
  const height = Math.min(queries.rows, Math.max(1, Math.floor(TILE / candidates.rows)));
  const memory = new Float64Array(height * candidates.rows);
  for (let start = 0; start < queries.rows; start += height) {
    signal?.throwIfAborted();
    progress?.(start / queries.rows, 'Nearest rows');
    const block = queries.slice(start, Math.min(start + height, queries.rows));
    const tile = new Matrix(memory.subarray(0, block.rows * candidates.rows), block.rows, candidates.rows);
    await multiplyInto(tile, block, candidates, { transposeB: true, signal });
    for (let i = 0; i < block.rows; i++) {
      const scores = tile.row(i);
      const query = start + i;
      const self = own[query] as number;
      cosines[query] = scores[self] as number;
      const { above, equal } = placeOf(scores, self);
      ranks[query] = above + (equal + 1) / 2;
      if (equal > 1) shared++;
      if (k === 0) continue;
      const found = neighbours.subarray(query * k, (query + 1) * k);
      if (largest(scores, found, withoutSelf ? self : -1)) tied++;
    }
  }
  return { ranks, cosines, neighbours, shared, tied };
}

/** Says that other rows tie with some. @param rows how many, in words */
export function tiedPlaces(rows: string): string {
  return `With ${rows} others tie for the place of their own: they repeat it, or lie so near to it in direction that rounding hides what tells them apart. Their middle place counts. Rows that all point nearly one way are told apart once they are centred.`;
}

/** Place of one score among all, from 1; the middle place of those that tie with it. */
export function middleRank(scores: ArrayLike<number>, self: number): number {
  const { above, equal } = placeOf(scores, self);
  return above + (equal + 1) / 2;
}

/** How many scores are above one, and how many tie with it, itself counted. */
function placeOf(scores: ArrayLike<number>, self: number): { readonly above: number; readonly equal: number } {
  const high = (scores[self] as number) + TIE;
  const low = (scores[self] as number) - TIE;
  let above = 0;
  let equal = 0;
  for (let j = 0; j < scores.length; j++) {
    const score = scores[j] as number;
    if (score > high) above++;
    else if (score >= low) equal++;
  }
  return { above, equal };
}

/** Fills `found` with the indices of the largest scores; true where the first one left out ties with the last one in. */
function largest(scores: ArrayLike<number>, found: Int32Array, without: number): boolean {
  const k = found.length;
  let filled = 0;
  let last = -Infinity;
  let next = -Infinity;
  for (let j = 0; j < scores.length; j++) {
    const score = scores[j] as number;
    if (filled === k && score <= last) {
      if (score > next && j !== without) next = score;
      continue;
    }
    if (j === without) continue;
    if (filled === k) next = last;
    let at = filled < k ? filled++ : k - 1;
    for (; at > 0 && (scores[found[at - 1] as number] as number) < score; at--) found[at] = found[at - 1] as number;
    found[at] = j;
    if (filled === k) last = scores[found[k - 1] as number] as number;
  }
  if (filled < k || next < last - TIE) return false;
  // The index is to decide between those that tie with the last one in, not rounding.
  let at = k;
  while (at > 0 && (scores[found[at - 1] as number] as number) <= last + TIE) at--;
  for (let j = 0; at < k; j++) if (j !== without && Math.abs((scores[j] as number) - last) <= TIE) found[at++] = j;
  return true;
}

/** Mean of |A ∩ B| / |A ∪ B| over two lists of k different numbers for each query; and of each query alone. */
export function jaccard(a: Int32Array, b: Int32Array, k: number): { mean: number; each: Float64Array } {
  const each = new Float64Array(a.length / k);
  for (let i = 0; i < each.length; i++) {
    const set = new Set(a.subarray(i * k, (i + 1) * k));
    let shared = 0;
    for (const item of b.subarray(i * k, (i + 1) * k)) if (set.has(item)) shared++;
    each[i] = shared / (2 * k - shared);
  }
  return { mean: mean(each), each };
}

/** Mean of |A ∩ B| / |A ∪ B| over every list of `a` with every list of `b`. */
export function jaccardOfAllPairs(a: Int32Array, b: Int32Array, k: number): number {
  const count = b.length / k;
  const listsWith = new Map<number, number[]>();
  b.forEach((item, at) => {
    const list = Math.floor(at / k);
    const lists = listsWith.get(item);
    if (lists) lists.push(list);
    else listsWith.set(item, [list]);
  });
  const shared = new Int32Array(count);
  let sum = 0;
  for (let start = 0; start < a.length; start += k) {
    shared.fill(0);
    for (const item of a.subarray(start, start + k)) {
      for (const list of listsWith.get(item) ?? []) shared[list] = (shared[list] as number) + 1;
    }
    for (const both of shared) sum += both / (2 * k - both);
  }
  return sum / (count * (a.length / k));
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
