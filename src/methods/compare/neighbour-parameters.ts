import { z } from 'zod';
import type { Neighbours } from '../../linalg/neighbours';
import { count } from '../../protocol/words';
import type { Context, Representation } from '../method';
import { neighboursOf } from '../shared/kept';
import { zeroRows } from '../shared/warnings';

/** The parameters of every measure of neighbourhoods. */
export const neighbourParameters = {
  neighbours: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .meta({ title: 'Neighbours', description: 'How many nearest rows of each row are looked at, itself left out.' }),
  metric: z.enum(['cosine', 'euclidean', 'inner']).default('cosine').meta({
    title: 'Nearness',
    description: 'Cosine similarity (0 with a row of zeros), Euclidean distance (ignores a shift) or inner product.',
  }),
} as const;

export interface NeighbourChoice {
  readonly neighbours: number;
  readonly metric: 'cosine' | 'euclidean' | 'inner';
}

/**
 * The lists of both sides, with what to say of ties and of rows without a direction, and whether there is an order in both; null where
 * there are too few rows.
 */
export async function bothLists(
  [x, y]: readonly [Representation, Representation],
  { neighbours: k, metric }: NeighbourChoice,
  context: Context,
): Promise<{
  readonly lists: readonly [Int32Array, Int32Array];
  readonly warnings: readonly string[];
  readonly ordered: boolean;
} | null> {
  if (k >= x.matrix.rows) return null;
  context.progress(0, `Neighbours in ${x.name}`);
  const a = await neighboursOf(x.matrix, k, metric, context);
  const b = await neighboursOf(y.matrix, k, metric, context);
  const zeros = metric === 'cosine' ? [...zeroRows(x), ...zeroRows(y)] : [];
  const warnings = [...zeros, ...tieWarning(x, a, k), ...tieWarning(y, b, k)];
  return { lists: [a.indices, b.indices], warnings, ordered: isOrdered(a, k) && isOrdered(b, k) };
}

/** Whether anything but the index decides who is near: not where all rows are the same, or equally far from each other. */
export function isOrdered({ indices, tied }: Neighbours, k: number): boolean {
  return (
    tied * k < indices.length || indices.some((other, at) => other !== (at % k) + (at % k < Math.floor(at / k) ? 0 : 1))
  );
}

export function tooFewRows(k: number, rows: number): string {
  return `${k} nearest neighbours need at least ${k + 1} rows and there are ${rows}. Choose fewer neighbours.`;
}

export function nearnessStep({ neighbours: k, metric }: NeighbourChoice): string {
  return `${k} nearest rows by ${metric === 'inner' ? 'inner product' : metric}`;
}

export function tieWarning({ name, matrix }: Representation, found: Neighbours, k: number): string[] {
  const { tied } = found;
  if (tied === 0) return [];
  if (!isOrdered(found, k))
    return [
      `The neighbours of all ${count(matrix.rows)} rows of ${name} are tied: the lowest rows were taken, which says nothing of it.`,
    ];
  return [
    `For ${count(tied)} of ${count(matrix.rows)} rows of ${name} the neighbour at place ${k} is tied: the lower row was taken.`,
  ];
}
