import { columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { condensed } from '../../linalg/points';
import { gram } from '../../linalg/products';
import type { Context } from '../method';
import type { Conditions } from './conditions';
import { type Noise, whitenNoise } from './noise';
import { poissonAcross } from './poisson';

/** Dissimilarities of conditions, which need several rows of each. */
export const BY_CONDITION = ['mahalanobis', 'crossnobis', 'poisson-cv'] as const;
export type ByCondition = (typeof BY_CONDITION)[number];

export function isByCondition(dissimilarity: string): dissimilarity is ByCondition {
  return BY_CONDITION.includes(dissimilarity as ByCondition);
}

export interface ConditionDistances {
  /** For each pair of conditions, row by row. */
  readonly values: Float64Array;
  readonly steps: readonly string[];
}

/**
 * Squared distances of conditions in units of their noise, over the number of units; a reason where noise cannot be whitened.
 * `mahalanobis` is that of the means, too long by the noise that is left in them. `crossnobis` takes only products of
 * different rows, whose noise does not agree, so that it is zero on average where two conditions do not differ, and may be
 * negative: Walther et al., "Reliability of dissimilarity measures for multi-voxel pattern analysis", NeuroImage 137, 2016.
 * `poisson-cv` is {@link poissonAcross}, and whitens nothing.
 */
export async function conditionDistances(
  matrix: Matrix,
  conditions: Conditions,
  dissimilarity: ByCondition,
  noise: Noise,
  context: Pick<Context, 'signal' | 'reserve'>,
): Promise<ConditionDistances | string> {
  if (dissimilarity === 'poisson-cv') {
    const values = await poissonAcross(matrix, conditions, context);
    return typeof values === 'string' ? values : { values, steps: ['each row of a condition left out once'] };
  }
  const whitened = await whitenNoise(matrix, conditions, noise, context);
  if (typeof whitened === 'string') return whitened;
  const { rows, step } = whitened;
  const count = conditions.groups.length;
  context.reserve(8 * (3 * count * count + count * rows.columns), 'the dissimilarities of all pairs of conditions');
  const means = Matrix.zeros(count, rows.columns);
  for (const [k, { start, end }] of conditions.places.entries()) means.row(k).set(columnMeans(rows.slice(start, end)));
  if (dissimilarity === 'mahalanobis') {
    const values = await condensed(means, 'squared-euclidean', { signal: context.signal });
    return { values: values.map((value) => value / rows.columns), steps: [step] };
  }
  const { products, own, how } = await acrossRows(rows, means, conditions, context);
  const values = new Float64Array((count * (count - 1)) / 2);
  for (let i = 0, k = 0; i < count; i++)
    for (let j = i + 1; j < count; j++, k++)
      values[k] = ((own[i] as number) + (own[j] as number) - 2 * products.at(i, j)) / rows.columns;
  return { values, steps: [step, how] };
}

/**
 * Mean products of different rows: of two conditions, and of each with itself. Where every condition has as many rows, the
 * first rows of all are one fold, the second ones the next, and rows of one fold are not multiplied either: what they have in
 * common may be of the fold. With unequal numbers there are no such folds.
 */
async function acrossRows(
  rows: Matrix<Float64Array>,
  means: Matrix<Float64Array>,
  { places }: Conditions,
  { signal }: Pick<Context, 'signal'>,
) {
  const repeats = places.map(({ start, end }) => end - start);
  const own = new Float64Array(places.length);
  const products = await gram(means, { signal });
  for (const [k, { start, end }] of places.entries()) {
    const count = end - start;
    const all = count * count * products.at(k, k);
    own[k] = (all - frobeniusSquared(rows.slice(start, end))) / (count * (count - 1));
  }
  const folds = repeats[0] as number;
  if (repeats.some((count) => count !== folds))
    return { products, own, how: 'products of all rows of two conditions, as they have unequal numbers of rows' };
  for (let fold = 0; fold < folds; fold++) {
    const within = await gram(rows.takeRows(places.map(({ start }) => start + fold)), { signal });
    for (let k = 0; k < within.data.length; k++)
      products.data[k] = (products.data[k] as number) - (within.data[k] as number) / folds ** 2;
  }
  for (let k = 0; k < products.data.length; k++)
    products.data[k] = ((products.data[k] as number) * folds) / (folds - 1);
  return { products, own, how: `${folds} folds: the k-th row of every condition is of the k-th` };
}
