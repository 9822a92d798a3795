import { largestMagnitude } from '../../linalg/centre';
import { type Tolerance, toleranceOf } from '../../linalg/external-ranks';
import { leastOf } from '../../linalg/least';
import type { Matrix } from '../../linalg/matrix';
import { squaredTile } from '../../linalg/pair-squares';
import { Points } from '../../linalg/points';
import { pearson } from '../../linalg/ranks';
import { ranksOf } from '../compare/pair-list';
import type { Context } from '../method';
import { inRange } from '../shared/centred';

export type MapMetric = 'euclidean' | 'cosine' | 'correlation';

/** How much of a representation is left on a map of it. NaN where a value cannot be computed. */
export interface Faithfulness {
  /** Neighbours looked at. */
  readonly k: number;
  /** Positions of the rows that were judged, each against all rows. */
  readonly judged: Int32Array;
  readonly trustworthiness: number;
  readonly continuity: number;
  readonly kept: number;
  /** Of the distances of all pairs of judged rows. */
  readonly shepard: number;
  readonly preservation: number;
  /** Standard errors of the means over judged rows; 0 where every row was judged, or one, whose spread is not known. */
  readonly errors: { readonly trustworthiness: number; readonly continuity: number; readonly kept: number };
  readonly chance: { readonly trustworthiness: number; readonly kept: number };
}

/** Distances held at a time. */
const TILE = 4e6;
/** Of the largest coordinate of a map: distances on it that differ by no more are equal. */
const MAP_ROUNDING = 2 ** -40;

/**
 * Judges a map of a representation. With r(i, j) the rank of j among the others by distance from i in the representation, and
 * s(i, j) on the map: trustworthiness T = 1 - 2 / (n k (2n - 3k - 1)) Σᵢ Σⱼ max(0, r(i, j) - k) over the k nearest j on the map;
 * continuity the same with r and s exchanged (Venna and Kaski 2001); kept, the share of the k nearest that are the same;
 * shepard, Pearson's correlation of the distances of pairs; preservation, Spearman's correlation of the distances of each row,
 * in the mean over rows. Of equally far rows the one with the lower index comes first; what differs by rounding is equal. Where
 * all others are equally far from every row, here or on the map, no row has neighbours.
 * @param x n x d
 * @param map n x m, m small, measured by Euclidean distance
 * @param rows how many rows are judged at most: more than that are drawn at random, and each is judged against all n
 */
export async function faithfulness(
  x: Matrix,
  map: Matrix,
  { k: wanted, rows, metric }: { k: number; rows: number; metric: MapMetric },
  context: Context,
): Promise<Faithfulness> {
  const n = x.rows;
  const k = Math.min(wanted, Math.ceil(n / 2) - 1);
  const judged = context.random.atMost(n, rows);
  const height = Math.max(1, Math.floor(TILE / n));
  context.reserve(8 * (n * (x.columns + 6) + height * (n + x.columns)), 'judging the map');
  const points = new Points(inRange(x), metric);
  const all = points.block(0, n);
  const memory = new Float64Array(Math.min(height, judged.length) * n);
  const placed = inRange(map).toDouble();
  const onMap = new Float64Array(n);
  const step = MAP_ROUNDING * largestMagnitude(placed);
  const [margin, marginOnMap] = [
    toleranceOf(points.largest),
    (square: number) => step * (2 * Math.sqrt(square) + step),
  ];
  const [nearest, nearestOnMap] = [nearestBy(margin), nearestBy(marginOnMap)];
  const [near, nearMap] = [new Int32Array(Math.max(1, k)), new Int32Array(Math.max(1, k))];
  const [excess, excessOnMap] = [ranked(k, margin), ranked(k, marginOnMap)];
  const means = { trustworthiness: new Mean(), continuity: new Mean(), kept: new Mean() };
  const pairs = new Correlation();
  const preservation = new Mean();
  let someNearer = false;
  const [left, right] = [new Float64Array(judged.length - 1), new Float64Array(judged.length - 1)];
  const scale = (2 * n) / (n * k * (2 * n - 3 * k - 1));
  for (let start = 0; start < judged.length; start += height) {
    context.progress(0.9 + (0.1 * start) / judged.length, 'How faithful the map is');
    const places = judged.subarray(start, start + height);
    await squaredTile(points.take(places), all, points.direct, memory, context, (row, squared) => {
      const i = places[row] as number;
      mapDistances(placed.data, map.columns, i, onMap);
      if (k >= 1) {
        const [tied, tiedOnMap] = [nearest(squared, i, near), nearestOnMap(onMap, i, nearMap)];
        if (tied < n - 1 && tiedOnMap < n - 1) someNearer = true;
        means.trustworthiness.add(1 - scale * excess(squared, nearMap, i));
        means.continuity.add(1 - scale * excessOnMap(onMap, near, i));
        let same = 0;
        for (let a = 0; a < k; a++) if (near.includes(nearMap[a] as number)) same++;
        means.kept.add(same / k);
      }
      let at = 0;
      for (const j of judged) {
        if (j === i) continue;
        left[at] = metric === 'euclidean' ? Math.sqrt(squared[j] as number) : (squared[j] as number) / 2;
        right[at++] = Math.sqrt(onMap[j] as number);
      }
      pairs.add(left, right);
      const along = pearson(
        ranksOf(left),
        ranksOf(right, () => step),
      );
      if (!Number.isNaN(along)) preservation.add(along);
    });
  }
  const some = judged.length < n;
  const known = ({ value }: Mean) => (someNearer ? value : Number.NaN);
  return {
    k,
    judged,
    trustworthiness: known(means.trustworthiness),
    continuity: known(means.continuity),
    kept: known(means.kept),
    shepard: pairs.value,
    preservation: preservation.value,
    errors: {
      trustworthiness: some ? means.trustworthiness.error(n) : 0,
      continuity: some ? means.continuity.error(n) : 0,
      kept: some ? means.kept.error(n) : 0,
    },
    chance: {
      trustworthiness: 1 - ((n - 1 - k) * (n - k)) / ((n - 1) * (2 * n - 3 * k - 1)),
      kept: k / (n - 1),
    },
  };
}

/** Squared distances on the map from row i. */
function mapDistances(flat: Float64Array, width: number, i: number, out: Float64Array): void {
  const n = out.length;
  if (width === 2) {
    const [x, y] = [flat[2 * i] as number, flat[2 * i + 1] as number];
    for (let j = 0; j < n; j++) {
      const dx = (flat[2 * j] as number) - x;
      const dy = (flat[2 * j + 1] as number) - y;
      out[j] = dx * dx + dy * dy;
    }
    return;
  }
  for (let j = 0, at = 0; j < n; j++) {
    let sum = 0;
    for (let c = 0; c < width; c++, at++) {
      const difference = (flat[at] as number) - (flat[i * width + c] as number);
      sum += difference * difference;
    }
    out[j] = sum;
  }
}

/**
 * The k nearest of row i, k the length of `places`: of those as far as the last of them but for rounding, the ones with the lowest
 * indices. Returns how many are so far.
 */
function nearestBy(margin: Tolerance): (distances: Float64Array, i: number, places: Int32Array) => number {
  let found = new Float64Array();
  return (distances, i, places) => {
    const [n, k] = [distances.length, places.length];
    if (found.length < k) found = new Float64Array(k);
    leastOf(distances, n, i, k, places, found);
    const last = found[k - 1] as number;
    const [from, to] = [last - margin(last), last + margin(last)];
    let at = 0;
    while (at < k && (found[at] as number) < from) at++;
    let tied = 0;
    for (let j = 0; j < n; j++) {
      const value = distances[j] as number;
      if (value < from || value > to || j === i) continue;
      tied++;
      if (at < k) places[at++] = j;
    }
    return tied;
  };
}

/** Σⱼ max(0, rank of j - k) over k places, by the distances of row i. */
function ranked(k: number, margin: Tolerance): (distances: Float64Array, places: Int32Array, i: number) => number {
  // From where to where distances are those of a place but for rounding.
  const [from, to] = [new Float64Array(k), new Float64Array(k)];
  const order = new Int32Array(k);
  const counts = new Int32Array(k + 1);
  return (distances, places, i) => {
    // Sorted by distance, then by index, as the ranks are.
    for (let a = 0; a < k; a++) {
      const j = places[a] as number;
      const value = distances[j] as number;
      const around = margin(value);
      let at = a;
      for (; at > 0; at--) {
        const before = distances[order[at - 1] as number] as number;
        if (before < value - around || (before <= value + around && (order[at - 1] as number) < j)) break;
        from[at] = from[at - 1] as number;
        to[at] = to[at - 1] as number;
        order[at] = order[at - 1] as number;
      }
      from[at] = value - around;
      to[at] = value + around;
      order[at] = j;
    }
    counts.fill(0);
    const last = to[k - 1] as number;
    for (let j = 0; j < distances.length; j++) {
      const value = distances[j] as number;
      if (value > last || j === i) continue;
      let a = 0;
      while (a < k && (value > (to[a] as number) || (value >= (from[a] as number) && j >= (order[a] as number)))) a++;
      counts[a] = (counts[a] as number) + 1;
    }
    let sum = 0;
    for (let a = 0, before = 0; a < k; a++) {
      before += counts[a] as number;
      sum += Math.max(0, before + 1 - k);
    }
    return sum;
  };
}

class Mean {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const step = value - this.mean;
    this.mean += step / this.count;
    this.squares += step * (value - this.mean);
  }

  get value(): number {
    return this.count === 0 ? Number.NaN : this.mean;
  }

  /** Standard error of a mean of some of n, drawn without replacement. */
  error(n: number): number {
    if (this.count < 2) return 0;
    return Math.sqrt((this.squares / (this.count - 1) / this.count) * (1 - this.count / n));
  }
}

/** Pearson's correlation of pairs that come in pieces. */
class Correlation {
  private count = 0;
  private a = 0;
  private b = 0;
  private aa = 0;
  private bb = 0;
  private ab = 0;

  add(left: Float64Array, right: Float64Array): void {
    for (let j = 0; j < left.length; j++) {
      this.count++;
      const da = (left[j] as number) - this.a;
      const db = (right[j] as number) - this.b;
      this.a += da / this.count;
      this.b += db / this.count;
      this.aa += da * ((left[j] as number) - this.a);
      this.bb += db * ((right[j] as number) - this.b);
      this.ab += da * ((right[j] as number) - this.b);
    }
  }

  get value(): number {
    const { aa, bb, ab, count } = this;
    // What is left of equal distances is rounding.
    const none = (sum: number, mean: number) => !(sum > count * 1e-24 * mean * mean);
    if (none(aa, this.a) || none(bb, this.b)) return Number.NaN;
    return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
  }
}
