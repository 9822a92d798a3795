import { largestMagnitude } from '../../linalg/centre';
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
  /** Standard errors of the means over judged rows; 0 where every row was judged. */
  readonly errors: { readonly trustworthiness: number; readonly continuity: number; readonly kept: number };
  readonly chance: { readonly trustworthiness: number; readonly kept: number };
}

/** Distances held at a time. */
const TILE = 4e6;

/**
 * Judges a map of a representation. With r(i, j) the rank of j among the others by distance from i in the representation, and
 * s(i, j) on the map: trustworthiness T = 1 - 2 / (n k (2n - 3k - 1)) Σᵢ Σⱼ max(0, r(i, j) - k) over the k nearest j on the map;
 * continuity the same with r and s exchanged (Venna and Kaski 2001); kept, the share of the k nearest that are the same;
 * shepard, Pearson's correlation of the distances of pairs; preservation, Spearman's correlation of the distances of each row,
 * in the mean over rows. Of equally far rows the one with the lower index comes first; what differs on the map by rounding is equal.
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
  const flat = onGrid(inRange(map));
  const onMap = new Float64Array(n);
  const [near, nearMap] = [new Int32Array(Math.max(1, k)), new Int32Array(Math.max(1, k))];
  const [far, farMap] = [new Float64Array(Math.max(1, k)), new Float64Array(Math.max(1, k))];
  const excess = ranked(k);
  const means = { trustworthiness: new Mean(), continuity: new Mean(), kept: new Mean() };
  const pairs = new Correlation();
  const preservation = new Mean();
  const [left, right] = [new Float64Array(judged.length - 1), new Float64Array(judged.length - 1)];
  const scale = (2 * n) / (n * k * (2 * n - 3 * k - 1));
  for (let start = 0; start < judged.length; start += height) {
    context.progress(0.9 + (0.1 * start) / judged.length, 'How faithful the map is');
    const places = judged.subarray(start, start + height);
    await squaredTile(points.take(places), all, points.direct, memory, context, (row, squared) => {
      const i = places[row] as number;
      mapDistances(flat, map.columns, i, onMap);
      if (k >= 1) {
        leastOf(squared, n, i, k, near, far);
        leastOf(onMap, n, i, k, nearMap, farMap);
        means.trustworthiness.add(1 - scale * excess(squared, nearMap, i));
        means.continuity.add(1 - scale * excess(onMap, near, i));
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
      const along = pearson(ranksOf(left), ranksOf(right));
      if (!Number.isNaN(along)) preservation.add(along);
    });
  }
  const some = judged.length < n;
  return {
    k,
    judged,
    trustworthiness: means.trustworthiness.value,
    continuity: means.continuity.value,
    kept: means.kept.value,
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

/** Coordinates as multiples of 2^-40 of the largest, so that what a map puts at one place but for rounding is at one place. */
function onGrid(map: Matrix): Float64Array {
  const unit = 2 ** (Math.ceil(Math.log2(largestMagnitude(map) || 1)) - 40);
  return Float64Array.from(map.data, (value) => unit * Math.round(value / unit));
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

/** Σⱼ max(0, rank of j - k) over k places, by the distances of row i. */
function ranked(k: number): (distances: Float64Array, places: Int32Array, i: number) => number {
  const bounds = new Float64Array(k);
  const order = new Int32Array(k);
  const counts = new Int32Array(k + 1);
  return (distances, places, i) => {
    // Sorted by distance, then by index, as the ranks are.
    for (let a = 0; a < k; a++) {
      const j = places[a] as number;
      const value = distances[j] as number;
      let at = a;
      for (; at > 0; at--) {
        const before = bounds[at - 1] as number;
        if (before < value || (before === value && (order[at - 1] as number) < j)) break;
        bounds[at] = before;
        order[at] = order[at - 1] as number;
      }
      bounds[at] = value;
      order[at] = j;
    }
    counts.fill(0);
    const last = bounds[k - 1] as number;
    for (let j = 0; j < distances.length; j++) {
      const value = distances[j] as number;
      if (value > last || j === i) continue;
      let a = 0;
      while (a < k && (value > (bounds[a] as number) || (value === bounds[a] && j >= (order[a] as number)))) a++;
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
