import { squaredLengths } from '../../linalg/centre';
import { CANCELLED, squaredDistance } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { count } from '../../protocol/words';
import type { Classes } from '../shared/classes';

/** Pairs of rows, how far apart they are, and whether they are of one class. */
export interface RowPairs {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly distances: Float64Array;
  /** 1: of one class. */
  readonly same: Uint8Array;
  /** What was drawn, in words; empty where every pair is there. */
  readonly drawn: string;
}

/** Rows whose products are taken at once. */
const BLOCK = 512;
/** What a pair takes while it is worked on. */
export const PAIR_BYTES = 40;

/**
 * Every pair of the rows that have a class; where there are more than `most`, that many are drawn, half of them of one class if
 * there are as many. Distances are squared Euclidean ones.
 * @param rows n x p
 */
export async function pairsOfRows(
  rows: Matrix<Float64Array>,
  classes: Classes,
  most: number,
  random: Random,
  options: Cancellable,
): Promise<RowPairs> {
  const n = classes.rows.length;
  const all = (n * (n - 1)) / 2;
  if (all > most) return drawnPairs(rows, classes, most, random, options);
  const [a, b, distances, same] = [
    new Int32Array(all),
    new Int32Array(all),
    new Float64Array(all),
    new Uint8Array(all),
  ];
  const used = rows.takeRows(classes.rows);
  const squares = squaredLengths(used);
  let at = 0;
  for (let start = 0; start < n; start += BLOCK) {
    options.signal?.throwIfAborted();
    const end = Math.min(n, start + BLOCK);
    const products = await multiply(used.slice(start, end), used, { ...options, transposeB: true });
    for (let i = start; i < end; i++) {
      const [row, place] = [products.row(i - start), classes.rows[i] as number];
      for (let j = i + 1; j < n; j++, at++) {
        const other = classes.rows[j] as number;
        [a[at], b[at]] = [place, other];
        const both = (squares[i] as number) + (squares[j] as number);
        const squared = both - 2 * (row[j] as number);
        distances[at] = squared < CANCELLED * both ? squaredDistance(used.row(i), used.row(j)) : squared;
        same[at] = classes.of[place] === classes.of[other] ? 1 : 0;
      }
    }
  }
  return { a, b, distances, same, drawn: '' };
}

/** Rows 0 and 1, 2 and 3, and so on, where both have a class. */
export function consecutivePairs(rows: Matrix<Float64Array>, { of }: Classes): RowPairs {
  const places = Int32Array.from({ length: rows.rows >> 1 }, (_, k) => 2 * k).filter(
    (i) => (of[i] as number) >= 0 && (of[i + 1] as number) >= 0,
  );
  return measured(
    rows,
    of,
    places,
    places.map((i) => i + 1),
    '',
  );
}

function drawnPairs(
  rows: Matrix<Float64Array>,
  { of, groups, rows: used }: Classes,
  most: number,
  random: Random,
  { signal }: Cancellable,
): RowPairs {
  const [a, b] = [new Int32Array(most), new Int32Array(most)];
  const n = used.length;
  const alike = sums(groups.map(({ length }) => (length * (length - 1)) / 2));
  const unlike = sums(groups.map(({ length }) => length * (n - length)));
  const total = alike.at(-1) as number;
  const half = Math.min(total, most >> 1);
  // Class after class: rows of other classes than one lie before and after it.
  const sorted = groups.flatMap((group) => [...group]);
  const starts = [0, ...sums(groups.map(({ length }) => length))];
  const put = (at: number, i: number, j: number) => {
    [a[at], b[at]] = [Math.min(i, j), Math.max(i, j)];
  };
  let at = 0;
  if (total === half) {
    for (const group of groups)
      for (const [k, i] of group.entries()) for (const j of group.subarray(k + 1)) put(at++, i, j);
  }
  for (; at < most; at++) {
    if (at % 65536 === 0) signal?.throwIfAborted();
    if (at < half) {
      const group = groups[pick(alike, random)] as Int32Array;
      const [i, j] = random.sample(group.length, 2);
      put(at, group[i as number] as number, group[j as number] as number);
    } else {
      const which = pick(unlike, random);
      const [start, size] = [starts[which] as number, groups[which]?.length as number];
      const other = random.integer(n - size);
      put(at, sorted[start + random.integer(size)] as number, sorted[other < start ? other : other + size] as number);
    }
  }
  const drawn = `${count(half)} of ${count(total)} pairs of one class and ${count(most - half)} of ${count((unlike.at(-1) as number) / 2)} of two, drawn by the seed`;
  return measured(rows, of, a, b, drawn);
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

/** A place with a probability proportional to its value, of which `all` are the sums. */
function pick(all: readonly number[], random: Random): number {
  const at = random.integer(all.at(-1) as number);
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function measured(rows: Matrix<Float64Array>, of: Int32Array, a: Int32Array, b: Int32Array, drawn: string): RowPairs {
  const distances = Float64Array.from(a, (i, k) => squaredDistance(rows.row(i), rows.row(b[k] as number)));
  return { a, b, distances, same: Uint8Array.from(a, (i, k) => (of[i] === of[b[k] as number] ? 1 : 0)), drawn };
}

/** Why nothing can be told apart; null where there are pairs of both kinds. */
export function lacking({ same }: RowPairs): string | null {
  const count = same.reduce((sum, one) => sum + one, 0);
  if (count > 0 && count < same.length) return null;
  return `Of the ${same.length} pairs ${count === 0 ? 'none is' : 'all are'} of one class. Verification needs pairs of both kinds: two rows or more of a class, and two classes or more.`;
}
