import type { DistanceMetric } from '../../linalg/distances';
import { ROUNDING } from '../../linalg/external-ranks';
import { dot } from '../../linalg/norms';
import { type PairValues, type RankOptions, rankCounts, rankSums, scratchBytes } from '../../linalg/pair-ranks';
import { Points } from '../../linalg/points';
import type { Scratch } from '../../linalg/scratch';
import type { Context, Representation } from '../method';
import { inRange } from '../shared/centred';
import type { PairMoments } from './pair-list';
import { rankingBytes, ranksInTurn } from './ranks-in-turn';
import {
  type Comparison,
  compareMoments,
  NO_NUMBER,
  RANKED,
  type Score,
  tau,
  UNEQUAL,
  WHITENED,
  whitenedScore,
} from './rsa-scores';
import { type TiledKernel, tiledKernels } from './tiled-kernels';
import { type TiledPairs, tiledPairs } from './tiled-pairs';

/** Memory to sort ranks in: the more, the larger the pieces that are written; and how often it is halved where it does not fit. */
const ROOM = 2 ** 28;
const HALVINGS = 5;
const WHAT = 'the ranks of the dissimilarities of all pairs of rows';

type Scorer = (x: Representation, y: Representation) => Score | Promise<Score>;

/** Scores of any two of `inputs` as of whole lists of dissimilarities, which are never held. */
export async function tiledScores(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  comparison: Comparison,
  context: Context,
): Promise<Scorer> {
  if (WHITENED.has(comparison)) return tiledWhitened(inputs, metric, comparison, context);
  if (comparison === 'kendall' || comparison === 'tau-a') return tiledTau(inputs, metric, comparison, context);
  const ranked = RANKED.has(comparison);
  const { moments, covariance } = await (ranked ? tiledRanks : tiledPairs)(inputs, metric, context);
  return (x, y) => compareMoments(moments.get(x), moments.get(y), comparison, () => covariance(x, y));
}

/** What {@link tiledPairs} gives, of the ranks of dissimilarities. */
async function tiledRanks(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  context: Context,
): Promise<TiledPairs> {
  const lists = valuesOf(inputs, metric, context);
  const moments = new Map<Representation, PairMoments | null>(inputs.map((input) => [input, null]));
  if (lists.size === 0) return { moments, covariance: () => Number.NaN };
  const known = [...lists.keys()];
  if (context.fits(rankingBytes(known[0] as Representation))) {
    const found = await ranksInTurn(known, metric, WHAT, context);
    return { ...found, moments: new Map([...moments, ...found.moments]) };
  }
  const { cross, rows } = await sorting([...lists.values()], context, rankSums);
  const places = new Map(Array.from(lists.keys(), (input, place) => [input, place]));
  for (const [input, place] of places) {
    const sums = rows[place] as Float64Array;
    const n = sums.length;
    const byRows = n > 2 ? dot(sums, sums) / (n - 2) : 0;
    moments.set(input, { rows: n, mean: ((n * (n - 1)) / 2 + 1) / 2, squared: cross.at(place, place), byRows });
  }
  const placeOf = (input: Representation) => places.get(input) as number;
  return { moments, covariance: (x: Representation, y: Representation) => cross.at(placeOf(x), placeOf(y)) };
}

function tiledTau(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  comparison: Comparison,
  context: Context,
): Scorer {
  const lists = valuesOf(inputs, metric, context);
  return async (x, y) => {
    const [a, b] = [lists.get(x), lists.get(y)];
    if (!a || !b) return { value: null, warning: NO_NUMBER };
    const { pairs, discordant, tied } = await sorting([a, b], context, ([first, second], ...rest) =>
      rankCounts([first as PairValues, second as PairValues], ...rest),
    );
    if (tied[0] === pairs || tied[1] === pairs) return { value: null, warning: UNEQUAL };
    const difference = Number(pairs - tied[0] - tied[1] + tied[2] - 2n * discordant);
    const untied = Math.sqrt(Number(pairs - tied[0])) * Math.sqrt(Number(pairs - tied[1]));
    return tau(difference / (comparison === 'kendall' ? untied : Number(pairs)));
  };
}

/** Double-centred dissimilarities; less their mean off the diagonal, they lose what of them is the centring matrix. */
async function tiledWhitened(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  comparison: Comparison,
  context: Context,
): Promise<Scorer> {
  const wanted = Array.from(valuesOf(inputs, metric, context), ([input, { points }]) => {
    return { input, points, scale: scaleOf(metric) };
  });
  const form = metric === 'euclidean' ? 'sqrt' : 'plain';
  const { sides, product } = await tiledKernels(inputs, wanted, form, context);
  const shifted = comparison === 'corr-cov';
  const trace = ({ diagonal }: TiledKernel) => (shifted ? diagonal.reduce((sum, value) => sum + value, 0) : 0);
  const less = (own: TiledKernel) => {
    const n = own.diagonal.length;
    const squared = own.squared - trace(own) ** 2 / (n - 1);
    // Of equal values rounding is left.
    if (shifted && !(squared > ROUNDING * own.squared)) return null;
    return { squared, diagonal: own.diagonal.map((value) => value - trace(own) / n) };
  };
  return (x, y) => {
    const [a, b] = [sides.get(x), sides.get(y)];
    if (!a || !b) return { value: null, warning: NO_NUMBER };
    const [k, l] = [less(a), less(b)];
    if (!k || !l) return { value: null, warning: UNEQUAL };
    return whitenedScore(product(a, b) - (trace(a) * trace(b)) / (a.diagonal.length - 1), k, l, comparison);
  };
}

/** Of the inputs all of whose dissimilarities are numbers. */
function valuesOf(inputs: readonly Representation[], metric: DistanceMetric, { signal }: Context) {
  const lists = new Map<Representation, PairValues>();
  const scale = scaleOf(metric);
  const value = metric === 'euclidean' ? Math.sqrt : (squared: number) => scale * squared;
  for (const input of new Set(inputs)) {
    signal.throwIfAborted();
    const points = new Points(inRange(input.matrix), metric);
    if (points.undefinedRows.length === 0 && Number.isFinite(points.largest)) lists.set(input, { points, value });
  }
  return lists;
}

/** Of a squared distance; correlation and cosine are half of that between directions. */
function scaleOf(metric: DistanceMetric): number {
  return metric === 'euclidean' || metric === 'squared-euclidean' ? 1 : 0.5;
}

function sorting<T>(
  lists: readonly PairValues[],
  context: Context,
  work: (lists: readonly PairValues[], scratch: Scratch, options: RankOptions) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  let room = ROOM;
  for (let k = 0; k < HALVINGS && !context.fits(room); k++) room /= 2;
  context.reserve(room, `${WHAT}, sorted on disk,`);
  const bytes = scratchBytes(lists[0]?.points.count ?? 0, lists.length, room);
  const progress = (fraction: number | null, message: string) => context.progress(fraction, message);
  return context.scratch(bytes, WHAT, (scratch) => work(lists, scratch, { signal, progress, room }));
}
