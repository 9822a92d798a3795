import { largestMagnitude } from '../../linalg/centre';
import type { DistanceMetric } from '../../linalg/distances';
import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { placeOf } from '../../linalg/pair-squares';
import { condensed } from '../../linalg/points';
import type { Context, Representation } from '../method';
import { inRange } from '../shared/centred';
import { kept } from '../shared/kept';
import { originOf } from '../shared/reordered';
import { type CentredKernel, centreKernel } from './kernels';
import { type PairList, pairBytes, pairList, ranksOf } from './pair-list';
import { poissonPairs } from './poisson';
import {
  type Comparison,
  compareLists,
  type Dissimilarities,
  NO_NUMBER,
  RANKED,
  type Score,
  WHITENED,
} from './rsa-scores';
import { buresSimilarity, type Configuration, configuration, negativeWarning } from './second-moments';

/** Dissimilarities of rows. */
export type Metric = DistanceMetric | 'poisson';
/** Dissimilarities, and the rows of a flat space that belong to them where those are compared. */
export interface List extends Dissimilarities {
  readonly configuration?: Configuration | null;
}

/** How much two lists agree. */
export async function scoreOf(x: List, y: List, comparison: Comparison, context: Context): Promise<Score> {
  if (comparison !== 'bures') return compareLists(x, y, comparison);
  if (!Number.isFinite(x.squared + y.squared)) return { value: null, warning: NO_NUMBER };
  if (!x.configuration || !y.configuration) return { value: null, warning: NO_APART };
  const bent = x.configuration.negative > 0 || y.configuration.negative > 0;
  const value = x === y ? 1 : await buresSimilarity(x.configuration, y.configuration, context);
  return { value, ...(bent && { warning: BENT }) };
}

const NO_APART = 'no rows of one of them are apart, so there is nothing to compare';
const BENT = 'no rows in a flat space are so far apart; negative eigenvalues count as zero';

/** What does not lie in a flat space, in words. */
export function curved(inputs: readonly Representation[], lists: readonly List[]): string[] {
  return lists.flatMap(({ configuration: own }, i) => (own ? negativeWarning(own, inputs[i]?.name ?? '') : []));
}

/** Those of the rows of a representation; shared. */
export async function prepare(
  { name, matrix }: Representation,
  metric: Metric,
  comparison: Comparison,
  context: Context,
): Promise<List> {
  const origin = context.kept && originOf(matrix);
  if (origin && !WHITENED.has(comparison)) {
    const list = await prepare({ name, matrix: origin.of }, metric, comparison, context);
    const { configuration: own } = list;
    const moved = own && { configuration: { ...own, matrix: own.matrix.takeRows(origin.order) } };
    return { ...list, values: reorderedPairs(list, origin.order), ...moved };
  }
  context.progress(null, `Dissimilarities in ${name}`);
  const more = WHITENED.has(comparison) || comparison === 'bures';
  const key = `${metric} dissimilarities${RANKED.has(comparison) ? ', ranks' : more ? `, ${comparison}` : ''}`;
  return kept(context, matrix, key, pairBytes({ matrix }) * (more ? 3 : 1), async () => {
    const pairs = await dissimilarities(matrix, metric, context);
    context.signal.throwIfAborted();
    const list = await listOf(pairs, matrix.rows, comparison, context);
    if (RANKED.has(comparison) && list.values !== pairs) free(pairs);
    return list;
  });
}

function dissimilarities(matrix: Matrix, metric: Metric, { signal }: Context): Promise<Float64Array> {
  return metric === 'poisson' ? poissonPairs(matrix, { signal }) : condensed(inRange(matrix), metric, { signal });
}

/** Values of pairs of rows that are now in this order. */
function reorderedPairs({ values, rows }: PairList, order: Int32Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0, k = 0; i < rows; i++) {
    const own = order[i] as number;
    for (let j = i + 1; j < rows; j++, k++) {
      const other = order[j] as number;
      const [low, high] = own < other ? [own, other] : [other, own];
      out[k] = values[placeOf(low, rows) + high - low - 1] as number;
    }
  }
  return out;
}

/** Dissimilarities of all pairs of so many rows, as the comparison takes them. */
export async function listOf(
  given: Float64Array,
  rows: number,
  comparison: Comparison,
  context: Context,
): Promise<List> {
  const all = new Matrix(given, given.length, 1);
  // Ranks would hide what is not a number.
  const finite = Number.isFinite(largestMagnitude(all));
  // No comparison sees the scale, and squares of squares are to be finite.
  const pairs = finite ? inRange(all).toDouble().data : given;
  const list = pairList(finite && RANKED.has(comparison) ? ranksOf(pairs) : pairs, rows);
  if (comparison === 'bures') return { ...list, configuration: await configuration(pairs, rows, context) };
  return WHITENED.has(comparison) ? { ...list, whitened: whitened(list, comparison) } : list;
}

/**
 * Dissimilarities weighted by the inverse of their covariance where the noise of rows is isotropic: the entries of their
 * double-centred matrix (Diedrichsen et al. 2021). Of squared distances that is the linear kernel, and their cosine linear CKA.
 */
function whitened({ values, rows, mean }: PairList, comparison: Comparison): CentredKernel {
  const shift = comparison === 'corr-cov' ? mean : 0;
  return centreKernel(
    values.map((value) => value - shift),
    rows,
    0,
  );
}
