import { columnSums } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Watch } from '../../linalg/signal';
import type { Chance } from '../../protocol/result';
import { jaccard, jaccardOfAllPairs, mean, type Retrieval, retrieve } from '../shared/retrieval';
import { hypergeometric } from './neighbour-lists';

/**
 * `own-spaces`: the rank among all rows, and neighbours of a row in each space by itself, the row left out.
 * `top-k`: ranks beyond k count as not found, and neighbours are looked up in the second space, once from the row of the
 * first and once from the row of the second, the row itself included (as in the code of Moschella et al. 2023).
 */
export type AgreementVariant = 'own-spaces' | 'top-k';

export interface AgreementOptions {
  readonly k: number;
  readonly variant: AgreementVariant;
}

/** @param k neighbours that there are @param asked how many were asked for */
export function fewerNeighbours(k: number, asked: number): string[] {
  return k < asked ? [`A row has only ${k} other rows: ${k} neighbours were compared, not ${asked}.`] : [];
}

export interface Agreement {
  readonly mrr: number;
  readonly cosine: number;
  readonly jaccard: number;
  /** Of each query: what the means are taken over; `reciprocals` are those of the ranks, or 0. */
  readonly reciprocals: Float64Array;
  readonly ranks: Float64Array;
  readonly cosines: Float64Array;
  readonly jaccards: Float64Array;
  /** The neighbour lists that Jaccard compares: queries x k each. */
  readonly neighbours: readonly [Int32Array, Int32Array];
  /** Queries with whose own row others tie. */
  readonly shared: number;
  /** Queries one of whose neighbour lists was cut within a tie. */
  readonly tied: number;
}

/**
 * How well rows of one space find themselves, and keep their neighbours, in another space with the same coordinates.
 * @param a n x m, rows of unit length or zero
 * @param b n x m, the same rows in the other space
 * @param queries the rows that are looked up, ascending, each once: as many as there are are all of them; every row is a candidate
 */
export async function agreement(
  a: Matrix,
  b: Matrix,
  queries: Int32Array,
  { k, variant }: AgreementOptions,
  watch: Watch,
): Promise<Agreement> {
  const own = variant === 'own-spaces';
  const look = (from: Matrix, to: Matrix, withoutSelf: boolean) =>
    retrieve(rowsOf(from, queries), to, queries, { ...watch, k, withoutSelf });
  const across = await look(a, b, false);
  const second = await look(b, b, own);
  const first = own ? await look(a, a, true) : across;
  const overlap = jaccard(first.neighbours, second.neighbours, k);
  const reciprocals = reciprocalRanks(across, own ? Infinity : k);
  return {
    mrr: mean(reciprocals),
    reciprocals,
    cosine: mean(across.cosines),
    jaccard: overlap.mean,
    ranks: across.ranks,
    cosines: across.cosines,
    jaccards: overlap.each,
    neighbours: [first.neighbours, second.neighbours],
    shared: across.shared,
    tied: Math.max(first.tied, second.tied),
  };
}

/** The mean reciprocal rank alone, for a look at many pairs. */
export async function reciprocalRank(
  a: Matrix,
  b: Matrix,
  queries: Int32Array,
  { k, variant }: AgreementOptions,
  watch: Watch,
): Promise<number> {
  const found = await retrieve(rowsOf(a, queries), b, queries, { ...watch, k: 0, withoutSelf: false });
  return mean(reciprocalRanks(found, variant === 'own-spaces' ? Infinity : k));
}

/** Those that are looked up: all of them are not copied. */
function rowsOf(m: Matrix, queries: Int32Array): Matrix {
  return queries.length === m.rows ? m : m.takeRows(queries);
}

function reciprocalRanks({ ranks }: Retrieval, last: number): Float64Array {
  return ranks.map((rank) => (rank <= last ? 1 / rank : 0));
}

/** What levels of chance take for granted of rows that are described by anchors. */
export const ANCHORS_PAIRED =
  'The anchors stay paired as they are, and rows that are like them find each other: spaces that share nothing come out above this.';

/** The expected agreement where the rows of the second space are paired with those of the first at random; all exact. */
export function agreementChance(
  a: Matrix,
  b: Matrix,
  queries: Int32Array,
  { k, variant }: AgreementOptions,
  { neighbours }: Agreement,
): Record<'mrr' | 'cosine' | 'jaccard', Chance> {
  const n = b.rows;
  const own = variant === 'own-spaces';
  const left = columnSums(rowsOf(a, queries));
  const right = columnSums(b);
  const product = left.reduce((sum, value, j) => sum + value * (right[j] as number), 0);
  return {
    mrr: {
      level: reciprocalRankChance(n, { k, variant }),
      how: own
        ? `Exact mean over all pairings of the rows: every rank is equally likely, so (1 + 1/2 + ... + 1/${n}) / ${n}.`
        : `Exact mean over all pairings of the rows: (1 + 1/2 + ... + 1/${k}) / ${n}, as ranks beyond ${k} count as 0.`,
    },
    cosine: {
      level: product / (queries.length * n),
      how: 'Exact mean over all pairings of the rows: the mean cosine of any row of one with any row of the other.',
    },
    jaccard: own
      ? {
          level: jaccardChance(n - 1, k),
          how: `Exact mean over all pairings of the rows: ${k} neighbours drawn at random among ${n - 1} rows (hypergeometric).`,
        }
      : {
          level: jaccardOfAllPairs(...neighbours, k),
          how: 'Mean over all pairings of the rows that were looked up: neighbours of any row of one with those of any row of the other.',
        },
  };
}

/** E |A ∩ B| / |A ∪ B| for B a random k-subset of `size` rows, A a fixed one. */
export function jaccardChance(size: number, k: number): number {
  let sum = 0;
  for (let m = k; m > 0; m--) sum += (hypergeometric(m, k, size) * m) / (2 * k - m);
  return sum;
}

/** The expected reciprocal rank among n rows that are paired at random. */
export function reciprocalRankChance(n: number, { k, variant }: AgreementOptions): number {
  let harmonic = 0;
  for (let rank = variant === 'own-spaces' ? n : k; rank > 0; rank--) harmonic += 1 / rank;
  return harmonic / n;
}
