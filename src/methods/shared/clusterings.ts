import { assign } from '../../linalg/assignment';
import { Matrix } from '../../linalg/matrix';
import type { Table } from '../../protocol/result';
import { plural } from '../../protocol/words';
import { bySize } from '../match/kmeans';
import type { Context } from '../method';
import { withoutMissing } from './classes';
import { logGamma } from './gamma';

interface Contingency {
  readonly cells: readonly { readonly row: number; readonly column: number; readonly count: number }[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** How often each cluster of one clustering meets each of another. */
function contingency(a: ArrayLike<number>, b: ArrayLike<number>): Contingency {
  const [left, right] = [placesOf(a), placesOf(b)];
  const cells = new Map<string, { row: number; column: number; count: number }>();
  const rows = new Array<number>(left.size).fill(0);
  const columns = new Array<number>(right.size).fill(0);
  for (let i = 0; i < a.length; i++) {
    const [row, column] = [left.get(a[i] as number) as number, right.get(b[i] as number) as number];
    const cell = cells.get(`${row} ${column}`) ?? { row, column, count: 0 };
    cell.count++;
    cells.set(`${row} ${column}`, cell);
    rows[row] = (rows[row] as number) + 1;
    columns[column] = (columns[column] as number) + 1;
  }
  return { cells: [...cells.values()], rows, columns };
}

function placesOf(labels: ArrayLike<number>): Map<number, number> {
  const places = new Map<number, number>();
  for (let i = 0; i < labels.length; i++)
    if (!places.has(labels[i] as number)) places.set(labels[i] as number, places.size);
  return places;
}

/** The adjusted Rand index: 1 for the same clustering, 0 on the average of random ones. Hubert and Arabie 1985. */
export function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const { cells, rows, columns } = contingency(a, b);
  const [both, left, right] = [pairs(cells.map(({ count }) => count)), pairs(rows), pairs(columns)];
  const all = (a.length * (a.length - 1)) / 2;
  const expected = (left * right) / all;
  const most = (left + right) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

function entropyOf(sizes: readonly number[], n: number): number {
  return sizes.reduce((sum, size) => sum - (size / n) * Math.log(size / n), 0);
}

/** Mutual information over the mean of both entropies; 1 for the same clustering. Above 0 for random ones. */
export function normalisedInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { cells, rows, columns } = contingency(a, b);
  const n = a.length;
  const [left, right] = [entropyOf(rows, n), entropyOf(columns, n)];
  if (left + right === 0) return 1;
  const both = entropyOf(
    cells.map(({ count }) => count),
    n,
  );
  return Math.max(0, Math.min(1, (2 * (left + right - both)) / (left + right)));
}

/** Share of rows in pairs when the clusters of both are matched one to one so that it is largest: clustering accuracy. */
export function matchedShare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { cells, rows, columns } = contingency(a, b);
  const counts = Matrix.zeros(rows.length, columns.length);
  for (const { row, column, count } of cells) counts.row(row)[column] = count;
  const pairs = assign(counts, { maximise: true });
  return pairs.reduce((sum, column, row) => sum + (column < 0 ? 0 : counts.at(row, column)), 0) / a.length;
}

/**
 * Mutual information less what it is on the average of random clusterings of these sizes, over the mean of both entropies less
 * the same: 1 for the same clustering, 0 by chance. Vinh, Epps and Bailey, JMLR 11, 2010.
 */
export function adjustedInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { cells, rows, columns } = contingency(a, b);
  const n = a.length;
  if (rows.length === columns.length && (rows.length === 1 || (rows.length === n && columns.length === n))) return 1;
  const information = cells.reduce(
    (sum, { row, column, count }) =>
      sum + (count / n) * Math.log((n * count) / ((rows[row] as number) * (columns[column] as number))),
    0,
  );
  const expected = expectedInformation(rows, columns, n);
  const most = (entropyOf(rows, n) + entropyOf(columns, n)) / 2;
  // Where nothing can be gained over chance the sign is kept, and no division by rounding.
  const room = most - expected;
  return (information - expected) / (room < 0 ? Math.min(room, -Number.EPSILON) : Math.max(room, Number.EPSILON));
}

/** Of two clusterings with these sizes, rows being dealt at random: hypergeometric in each cell. */
function expectedInformation(rows: readonly number[], columns: readonly number[], n: number): number {
  const log = Float64Array.from({ length: n + 1 }, (_, k) => logGamma(k + 1));
  const at = (k: number) => log[k] as number;
  // Sizes recur: each pair of sizes is worked out once.
  const counted = (sizes: readonly number[]) => {
    const counts = new Map<number, number>();
    for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
    return [...counts];
  };
  let sum = 0;
  for (const [r, many] of counted(rows))
    for (const [c, times] of counted(columns)) {
      const fixed = at(r) + at(c) + at(n - r) + at(n - c) - at(n);
      let own = 0;
      for (let k = Math.max(1, r + c - n); k <= Math.min(r, c); k++) {
        const chance = Math.exp(fixed - at(k) - at(r - k) - at(c - k) - at(n - r - c + k));
        own += (k / n) * Math.log((n * k) / (r * c)) * chance;
      }
      sum += many * times * own;
    }
  return sum;
}

/** How clusters that were found agree with the labels that were given; `kept`: which rows count. */
export function agreementTable(
  found: Int32Array,
  { rows }: Pick<Context, 'rows'>,
  kept: (row: number) => boolean = () => true,
  of = '',
): { agreement?: Table } {
  if (rows.labels?.kind !== 'category') return {};
  const { name, index } = withoutMissing(rows.labels);
  const counted = Array.from(found.keys()).filter(kept);
  const places = counted.filter((i) => (index[i] ?? -1) >= 0);
  if (places.length < 2) return {};
  const own = places.map((i) => found[i] as number);
  const given = bySize(Int32Array.from(places, (i) => index[i] as number));
  const left = counted.length - places.length;
  return {
    agreement: {
      title: `Agreement with ${name}${of}${left > 0 ? `, ${plural(left, 'row')} without it left out` : ''}`,
      columns: ['measure', 'value'],
      rows: [
        ['adjusted Rand index (0 by chance)', adjustedRand(own, given)],
        ['normalised mutual information (arithmetic mean)', normalisedInformation(own, given)],
        ['adjusted mutual information (0 by chance)', adjustedInformation(own, given)],
        ['share of rows in clusters matched one to one (accuracy)', matchedShare(own, given)],
      ],
    },
  };
}
