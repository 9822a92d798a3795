import { pairTiles } from './pair-tiles';
import type { Points } from './points';
import { Random } from './random';
import { select } from './ranks';
import type { Watch } from './signal';

/** Rows and columns of a tile. */
const TILE = 1024;
/** Values kept in one pass, 64 MB, and counts beside them where there are more. */
const KEPT = 2 ** 23;
const BUCKETS = 2 ** 16;
/** Random pairs that say where to look first: at most, and at least. */
const PROBES = 2 ** 19;
const LEAST_PROBES = 2 ** 10;
/** The same where distances are held, so that more pairs cost little: the interval is narrower, and less of what is in it kept. */
const LEAST_READ = 2 ** 15;
/** Pairs up to which all of them are kept: a look before would take as long as to select among them. */
const FEW_PAIRS = 2 ** 16;

/** Bytes that {@link medianDistance} works in, at most. */
export const MEDIAN_BYTES = 8 * (KEPT + 3 * BUCKETS + PROBES + 2 * TILE * TILE);

/** How much is done and kept at a time; the result does not depend on it. */
export interface PairOptions extends Watch {
  readonly tile?: number;
  readonly room?: number;
}

/** An interval of squared distances, and what a pass over all pairs has found in it. */
interface Found {
  below: number;
  inside: number;
  /** What was inside, as much of it as there is room for. */
  readonly kept: Float64Array;
  readonly counts: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/**
 * The median Euclidean distance of all pairs of points, exactly, without holding them: random pairs say about where it is,
 * and a pass over all pairs counts what is below that interval and keeps what is in it. Where that is too much, counts in
 * buckets of the interval say where to look next. The mean of the two middle distances where their number is even; NaN
 * where squares overflow.
 */
export async function medianDistance(points: Points, options: PairOptions = {}): Promise<number> {
  const pairs = (points.count * (points.count - 1)) / 2;
  if (pairs === 0 || !Number.isFinite(points.largest)) return Number.NaN;
  const ranks = pairs % 2 === 1 ? [(pairs - 1) / 2] : [pairs / 2 - 1, pairs / 2];
  const first = ranks[0] as number;
  const last = ranks.at(-1) as number;
  const everything: [number, number] = [0, points.direct ? 2 * points.largest : 1.5 * points.largest];
  const { room = KEPT } = options;
  const many = pairs > Math.min(room, FEW_PAIRS);
  let [low, high] = many ? firstLook(points, pairs, room) : everything;
  for (;;) {
    const found = await pass(points, low, high, Math.min(many ? Math.ceil(pairs / 4) : pairs, room), options);
    const { below, inside } = found;
    if (first < below || last >= below + inside) {
      // The guess has missed; what is seen of one side only says nothing of the other.
      if (last < below) [low, high] = [0, low];
      else if (first >= below + inside) [low, high] = [high, everything[1]];
      else [low, high] = everything;
      continue;
    }
    if (inside <= found.kept.length)
      return middle(ranks.map((rank) => select(found.kept.subarray(0, inside), rank - below)));
    const [a, b] = [bucketOf(found, first - below), bucketOf(found, last - below)];
    // Neighbours in rank: the largest of the one bucket and the least of the next that holds any.
    if (a !== b) return middle([found.most[a] as number, found.least[b] as number]);
    [low, high] = [found.least[a] as number, found.most[a] as number];
    if (low === high) return middle([low]);
  }
}

function middle(squares: readonly number[]): number {
  return squares.reduce((sum, square) => sum + Math.sqrt(square), 0) / squares.length;
}

/** Four standard deviations to each side of the median of random pairs, so many that what is between fits. */
function firstLook(points: Points, pairs: number, room: number): [number, number] {
  const random = new Random(0);
  const n = points.count;
  const least = points.held && room >= LEAST_READ ? LEAST_READ : LEAST_PROBES;
  const count = Math.min(PROBES, 2 ** Math.ceil(Math.log2(Math.max(least, 2 * ((4 * pairs) / room) ** 2))));
  const values = Float64Array.from({ length: count }, () => {
    const i = random.integer(n);
    return points.distance(i, (i + 1 + random.integer(n - 1)) % n);
  });
  const spread = Math.ceil(4 * 0.5 * Math.sqrt(count));
  return [select(values, count / 2 - spread), select(values, count / 2 + spread)];
}

async function pass(
  points: Points,
  low: number,
  high: number,
  room: number,
  { signal, progress, tile = TILE }: PairOptions,
): Promise<Found> {
  const centre = low + (high - low) / 2;
  const found = {
    ...{ below: 0, inside: 0, kept: new Float64Array(room), counts: new Float64Array(BUCKETS) },
    least: new Float64Array(BUCKETS).fill(Number.POSITIVE_INFINITY),
    most: new Float64Array(BUCKETS).fill(Number.NEGATIVE_INFINITY),
  };
  for await (const { squares, done } of pairTiles([points], tile, { signal })) {
    progress?.(done, 'The median distance');
    look(found, squares[0] as Float64Array, centre, Math.max(high - centre, centre - low));
  }
  return found;
}

/** Counts what is below the interval of centre ± half, and takes what is in it. */
function look(found: Found, values: Float64Array, centre: number, half: number): void {
  const { kept, counts, least, most } = found;
  let { below, inside } = found;
  // A monotone function of the value, which is all that is asked of it.
  const start = centre - half;
  const scale = half > 0 ? BUCKETS / (2 * half) : 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    const gap = value - centre;
    if (Math.abs(gap) <= half) {
      if (inside < kept.length) kept[inside] = value;
      inside++;
      const bucket = Math.max(0, Math.min(BUCKETS - 1, Math.floor((value - start) * scale)));
      counts[bucket] = (counts[bucket] as number) + 1;
      if (value < (least[bucket] as number)) least[bucket] = value;
      if (value > (most[bucket] as number)) most[bucket] = value;
    } else if (gap < 0) below++;
  }
  found.below = below;
  found.inside = inside;
}

/** The bucket of the value at this place among those inside. */
function bucketOf({ counts }: Found, place: number): number {
  let bucket = 0;
  for (let before = counts[0] as number; before <= place; before += counts[bucket] as number) bucket++;
  return bucket;
}
