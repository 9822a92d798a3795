import type { Matrix } from '../../../linalg/matrix';
import { nearestNeighbours } from '../../../linalg/neighbours';
import { dot, frobeniusSquared } from '../../../linalg/norms';
import { crossProduct } from '../../../linalg/products';
import { UserError } from '../../../protocol/errors';
import type { Chance } from '../../../protocol/result';
import type { Context } from '../../method';
import { centred } from '../../shared/centred';
import { withoutMissing } from '../../shared/classes';
import { lacking } from '../../shared/warnings';
import type { Scorer } from './grid';
import type { Layer, Sides } from './sides';
import { classScore, overlapScore, prefix, retrievalScore, similarityScore } from './tasks';

export type TaskName = 'cka' | 'neighbours' | 'retrieval' | 'similarity' | 'classes';

export interface Task {
  /** What a score is, for axes and sentences. */
  readonly label: string;
  readonly scorer: Scorer;
  readonly chance?: Chance;
  /** Of the further numbers of a score. */
  readonly more: readonly string[];
  readonly steps: readonly string[];
  /** Why a score may be missing. */
  readonly missing: string;
  readonly warning?: string;
}

/** @throws UserError where rows or labels do not serve the task. */
export async function taskOf(name: TaskName, sides: Sides, k: number, context: Context): Promise<Task> {
  const { layers, rows } = sides;
  const n = rows.length;
  const last = layers.at(-1) as Layer;
  const near = () => {
    if (n < 3) throw new UserError(`Neighbours need 3 rows or more; there are ${n}.`);
    return Math.min(k, n - 1);
  };
  switch (name) {
    case 'cka':
      return {
        ...{ label: 'linear CKA to the last layer', more: [], steps: ['columns centred'] },
        missing: `every cell is likeness to the last layer, ${last.name}, which does not vary; give one that does last`,
        scorer: await similarityToFull(last, context),
      };
    case 'neighbours': {
      const count = near();
      const { indices } = await nearestNeighbours(last.matrix, count, 'cosine', context);
      return {
        ...{ label: `share of ${count} neighbours kept`, more: [], missing: '' },
        scorer: ({ matrix }, _, width) => overlapScore(prefix(matrix, width), indices, count, context),
        chance: {
          level: count / (n - 1),
          how: `${count} neighbours drawn at random among ${n - 1} rows: k / (n - 1).`,
        },
        steps: [`${count} nearest other rows by cosine, compared with those in the last layer in full`],
      };
    }
    case 'retrieval':
      return {
        ...{ label: 'mean reciprocal rank', missing: '' },
        scorer: ({ matrix, other = { name: '', matrix } }, _, width) =>
          retrievalScore(prefix(matrix, width), prefix(other.matrix, width), context),
        chance: { level: harmonic(n) / n, how: `Every rank is equally likely: (1 + 1/2 + ... + 1/${n}) / ${n}.` },
        more: ['first', 'among ten', 'loss'],
        steps: [`each of ${n} rows looks up its partner among all by cosine`],
      };
    case 'similarity': {
      const given = scoresOf(context, rows);
      const kept = Array.from(given.keys()).filter((i) => Number.isFinite(given[i]));
      if (kept.length < 3)
        throw new UserError(`The task similarity needs 3 pairs with a score or more; there are ${kept.length}.`);
      const scores = Float64Array.from(kept, (i) => given[i] as number);
      const used = usedOf(kept, n);
      return {
        ...{ label: 'Spearman’s correlation', more: [], missing: 'cosines or scores do not vary' },
        scorer: async ({ matrix, other = { name: '', matrix } }, _, width) =>
          similarityScore(used(matrix, width), used(other.matrix, width), scores),
        chance: { level: 0, how: 'Of pairs in random order.' },
        steps: [`Spearman’s correlation of the cosines of ${kept.length} pairs with their scores, of average ranks`],
        ...(kept.length < n && { warning: lacking(n - kept.length, 'pair', 'score') }),
      };
    }
    case 'classes': {
      const { name, kept, classes, largest } = classesOf(context, rows);
      if (kept.length < 3)
        throw new UserError(`The task classes needs 3 rows with a class or more; there are ${kept.length}.`);
      const count = Math.min(k, kept.length - 1);
      const used = usedOf(kept, n);
      return {
        ...{ label: 'accuracy', more: [], missing: '' },
        scorer: ({ matrix }, _, width) => classScore(used(matrix, width), classes, count, context),
        chance: { level: largest, how: 'Share of the largest class, which whoever always names it gets right.' },
        steps: [`class of each row by its ${count} nearest other rows by cosine, leave-one-out`],
        ...(kept.length < n && { warning: lacking(n - kept.length, 'row', `"${name}"`) }),
      };
    }
  }
}

/** Linear CKA of each prefix with the last layer in full, from one product of columns per layer (Kornblith et al. 2019). */
async function similarityToFull(last: Layer, context: Context): Promise<Scorer> {
  const full = centred(last.matrix, true);
  context.reserve(16 * full.columns ** 2 + 8 * full.data.length, 'products of columns');
  const norm = Math.sqrt(frobeniusSquared(await crossProduct(full, full, context)));
  const kept = new Map<Layer, { cross: Float64Array; own: Float64Array }>();
  return async (layer, _, width) => {
    let sums = kept.get(layer);
    if (!sums) {
      const x = centred(layer.matrix, true);
      const cross = await crossProduct(x, full, context);
      const own = await crossProduct(x, x, context);
      // What the first columns add up to: of the products with the last layer, and among themselves.
      const both = { cross: new Float64Array(x.columns + 1), own: new Float64Array(x.columns + 1) };
      for (let j = 0; j < x.columns; j++) {
        const before = own.row(j).subarray(0, j);
        const added = 2 * dot(before, before) + own.at(j, j) ** 2;
        both.own[j + 1] = (both.own[j] as number) + added;
        both.cross[j + 1] = (both.cross[j] as number) + dot(cross.row(j), cross.row(j));
      }
      kept.clear();
      kept.set(layer, both);
      sums = both;
    }
    return { value: Math.min(1, (sums.cross[width] as number) / (Math.sqrt(sums.own[width] as number) * norm)) };
  };
}

function scoresOf({ rows: { labels } }: Context, rows: Int32Array): Float64Array {
  if (labels?.kind === 'number') return Float64Array.from(rows, (row) => labels.values[row] as number);
  // Scores of a few levels look like classes.
  const values = labels?.categories.map(Number);
  if (labels && values?.every(Number.isFinite))
    return Float64Array.from(rows, (row) => values[labels.index[row] as number] as number);
  throw new UserError(
    `The task similarity needs a score for each pair, a column of numbers${labels ? `; ${labels.name} is text` : ''}. Choose it ` +
      'as the labels (Labels… in the editor, --labels on the command line).',
  );
}

function classesOf({ rows: { labels } }: Context, rows: Int32Array) {
  if (labels?.kind !== 'category')
    throw new UserError(
      `The task classes needs the class of each row${labels ? `; ${labels.name} is a column of numbers that are none` : ''}. Choose a ` +
        'column or vector of classes as the labels (Labels… in the editor, --labels on the command line).',
    );
  const { name, index } = withoutMissing(labels);
  const kept = Array.from(rows.keys()).filter((i) => (index[rows[i] as number] as number) >= 0);
  const classes = Int32Array.from(kept, (i) => index[rows[i] as number] as number);
  const counts = new Map<number, number>();
  for (const one of classes) counts.set(one, (counts.get(one) ?? 0) + 1);
  return { name, kept, classes, largest: Math.max(...counts.values()) / classes.length };
}

/** The first columns of those of n rows that are kept. */
function usedOf(kept: readonly number[], n: number) {
  return (matrix: Matrix, width: number) => prefix(kept.length < n ? matrix.takeRows(kept) : matrix, width);
}

function harmonic(n: number): number {
  let sum = 0;
  for (let rank = n; rank > 0; rank--) sum += 1 / rank;
  return sum;
}
