import type { DistanceMetric } from '../../linalg/distances';
import { type PairFunction, type PairSums, pairSums, SUMS_BYTES } from '../../linalg/pair-sums';
import type { Context, Representation } from '../method';
import { inRange } from '../shared/centred';
import { pointsOf } from '../shared/kept';
import type { PairMoments } from './pair-list';
import { shiftOf } from './tiled-kernels';

/** Moments of the dissimilarities of all pairs of rows, none of which is held. */
export interface TiledPairs {
  /** Of each input; null where some dissimilarity is not a number. */
  readonly moments: ReadonlyMap<Representation, PairMoments | null>;
  /** Σ (x - mean x) (y - mean y) over the pairs. */
  covariance(x: Representation, y: Representation): number;
}

/** Dissimilarities that differ by less than this part of their mean are equal: that is their rounding. */
const ROUNDING = 1e-11;

/** What {@link pairList} gives of whole lists, and their covariances, from sums over tiles. */
export async function tiledPairs(
  inputs: readonly Representation[],
  metric: DistanceMetric,
  context: Context,
): Promise<TiledPairs> {
  context.reserve(SUMS_BYTES, 'dissimilarities of pairs of rows, tile by tile');
  const form = metric === 'euclidean' ? 'sqrt' : 'plain';
  const scale = metric === 'euclidean' || metric === 'squared-euclidean' ? 1 : 0.5;
  const moments = new Map<Representation, PairMoments | null>();
  const places = new Map<Representation, number>();
  const functions: (PairFunction & { readonly about: number })[] = [];
  const distinct = new Set(inputs);
  for (const input of distinct) {
    context.signal.throwIfAborted();
    const points = await pointsOf(inRange(input.matrix), distinct.size, context, metric);
    moments.set(input, null);
    if (points.undefinedRows.length > 0 || !Number.isFinite(points.largest)) continue;
    // Near to the mean, so that little is left to cancel.
    const shifts = await shiftOf(points, scale, form, context);
    const about = (2 * shifts.reduce((sum, shift) => sum + shift, 0)) / shifts.length;
    places.set(input, functions.length);
    functions.push({ points, scale, about, shift: new Float64Array(points.count).fill(about / 2) });
  }
  if (functions.length === 0) return { moments, covariance: () => Number.NaN };
  const sums = await pairSums(functions, form, { ...context, apart: true });
  const offsets = functions.map((_, place) => offsetOf(sums, place));
  const covariance = (a: number, b: number) => {
    const n = sums.rows[a]?.length ?? 0;
    return sums.cross.at(a, b) / 2 - ((n * (n - 1)) / 2) * (offsets[a] as number) * (offsets[b] as number);
  };
  for (const [input, place] of places) {
    moments.set(input, momentsOf(sums, place, functions[place]?.about ?? 0, covariance(place, place)));
  }
  const placeOf = (input: Representation) => places.get(input) as number;
  return { moments, covariance: (x, y) => covariance(placeOf(x), placeOf(y)) };
}

/** Mean over the pairs, less what it is about. */
function offsetOf({ rows }: PairSums, place: number): number {
  const sums = rows[place] as Float64Array;
  const n = sums.length;
  return sums.reduce((sum, value) => sum + value, 0) / (n * (n - 1));
}

function momentsOf(sums: PairSums, place: number, about: number, squared: number): PairMoments {
  const rowSums = sums.rows[place] as Float64Array;
  const rows = rowSums.length;
  const offset = offsetOf(sums, place);
  const mean = about + offset;
  const pairs = (rows * (rows - 1)) / 2;
  if (squared <= pairs * (ROUNDING * mean) ** 2) return { rows, mean, squared: 0, byRows: 0 };
  const own = rowSums.reduce((sum, value) => sum + (value - (rows - 1) * offset) ** 2, 0);
  return { rows, mean, squared, byRows: rows > 2 ? own / (rows - 2) : 0 };
}
