import { toleranceOf } from '../../linalg/external-ranks';
import { ascendingOrder } from '../../linalg/order';
import type { Random } from '../../linalg/random';
import type { RowPairs } from './pairs-of-rows';

/** What is accepted as the threshold rises, at every distance that occurs: shares of the pairs of one class and of two. */
export interface Curve {
  /** Ascending, all different; pairs at most so far apart are accepted. */
  readonly distances: Float64Array;
  /** Validation rate: the share of the pairs of one class that is accepted. */
  readonly val: Float64Array;
  /** False accept rate: the share of the pairs of two classes. */
  readonly far: Float64Array;
}

type Kinds = Pick<RowPairs, 'distances' | 'same'>;

/** Whether the second, which is no smaller, is larger than the first by more than rounding. */
function parting(largest: number): (here: number, next: number) => boolean {
  const tolerance = toleranceOf(Math.abs(largest));
  return (here, next) => next - here > tolerance(next);
}

/** Schroff, Kalenichenko, Philbin (2015), "FaceNet: a unified embedding for face recognition and clustering", section 4. */
export function verificationCurve({ distances, same }: Kinds, order = ascendingOrder(distances)): Curve {
  const [at, val, far]: [number[], number[], number[]] = [[], [], []];
  const alike = same.reduce((sum, one) => sum + one, 0);
  const unlike = same.length - alike;
  const parted = parting(distances[order.at(-1) as number] ?? 0);
  let [accepted, wrong] = [0, 0];
  for (let k = 0; k < order.length; k++) {
    const pair = order[k] as number;
    if (same[pair] === 1) accepted++;
    else wrong++;
    const distance = distances[pair] as number;
    if (k + 1 < order.length && !parted(distance, distances[order[k + 1] as number] as number)) continue;
    at.push(distance);
    val.push(accepted / alike);
    far.push(wrong / unlike);
  }
  return { distances: Float64Array.from(at), val: Float64Array.from(val), far: Float64Array.from(far) };
}

/** Probability that a pair of one class is nearer than a pair of two, ties counted half: the area under the curve. */
export function areaUnder({ val, far }: Curve): number {
  let area = 0;
  for (let k = 0; k < val.length; k++) {
    const [x, y] = k === 0 ? [0, 0] : [far[k - 1] as number, val[k - 1] as number];
    area += (((far[k] as number) - x) * ((val[k] as number) + y)) / 2;
  }
  return area;
}

/** Where as many pairs of one class are rejected as pairs of two are accepted, on straight lines between the points of the curve. */
export function equalError({ val, far }: Curve): number {
  let [x, y] = [0, 0];
  for (let k = 0; k < val.length; k++) {
    const [nextX, nextY] = [far[k] as number, val[k] as number];
    const [before, after] = [1 - y - x, 1 - nextY - nextX];
    if (after <= 0) return x + (nextX - x) * (before / (before - after));
    [x, y] = [nextX, nextY];
  }
  return x;
}

export interface Operating {
  readonly val: number;
  readonly far: number;
  /** Pairs at most so far apart are accepted; null where no threshold keeps to the rate but that which accepts none. */
  readonly threshold: number | null;
}

/** The largest threshold whose false accept rate is at most `rate`. */
export function atFalseAccepts({ distances, val, far }: Curve, rate: number): Operating {
  let last = -1;
  while (last + 1 < far.length && (far[last + 1] as number) <= rate) last++;
  if (last < 0) return { val: 0, far: 0, threshold: null };
  return { val: val[last] as number, far: far[last] as number, threshold: distances[last] as number };
}

export interface Folds {
  /** Mean over the folds of (VAL + 1 - FAR) / 2 at thresholds chosen on the other folds. */
  readonly accuracy: number;
  readonly sd: number;
  /** Mean of the thresholds. */
  readonly threshold: number;
}

/** Thresholds chosen on all folds but one, judged on that one; pairs of each kind are dealt to the folds by `random`. */
export function crossValidated(
  { distances, same }: Kinds,
  folds: number,
  random: Random,
  order = ascendingOrder(distances),
): Folds {
  const fold = new Uint8Array(same.length);
  const pairs = new Int32Array(same.length);
  for (const kind of [0, 1]) {
    let count = 0;
    for (let k = 0; k < same.length; k++) if (same[k] === kind) pairs[count++] = k;
    const places = random.permutation(count);
    for (let place = 0; place < count; place++) fold[pairs[places[place] as number] as number] = place % folds;
  }
  const dealt = dealtInOrder({ distances, same }, fold, order);
  const judged = Array.from({ length: folds }, (_, held) => {
    const threshold = bestThreshold(dealt, held);
    return { threshold, accuracy: balanced(dealt, held, threshold) };
  });
  const mean = (of: (one: (typeof judged)[number]) => number) => judged.reduce((sum, one) => sum + of(one) / folds, 0);
  const accuracy = mean((one) => one.accuracy);
  return {
    accuracy,
    sd: Math.sqrt(mean((one) => (one.accuracy - accuracy) ** 2)),
    threshold: mean((one) => Math.max(0, one.threshold)),
  };
}

interface Dealt extends Kinds {
  readonly fold: Uint8Array;
}

/** Pairs by their distances: looked up pair by pair for each fold, they would not be in the cache. */
function dealtInOrder({ distances, same }: Kinds, fold: Uint8Array, order: Uint32Array): Dealt {
  const n = order.length;
  const dealt = { distances: new Float64Array(n), same: new Uint8Array(n), fold: new Uint8Array(n) };
  for (let k = 0; k < n; k++) {
    const pair = order[k] as number;
    dealt.distances[k] = distances[pair] as number;
    dealt.same[k] = same[pair] as number;
    dealt.fold[k] = fold[pair] as number;
  }
  return dealt;
}

/**
 * Halfway between the two distances where the balanced accuracy of the other folds is best, the first of equals; below all of them,
 * also below 0, where it is best to accept none.
 */
function bestThreshold({ distances, same, fold }: Dealt, held: number): number {
  let [alike, unlike] = [0, 0];
  for (let k = 0; k < fold.length; k++) {
    if (fold[k] === held) continue;
    if (same[k] === 1) alike++;
    else unlike++;
  }
  const parted = parting(distances.at(-1) ?? 0);
  let [value, best, threshold, here] = [0, 0, -1, 0];
  for (let k = 0; k < fold.length; k++) {
    if (fold[k] === held) continue;
    const next = distances[k] as number;
    if (value > best + 1e-12 && parted(here, next)) [best, threshold] = [value, (here + next) / 2];
    value += same[k] === 1 ? 1 / alike : -1 / unlike;
    here = next;
  }
  return value > best + 1e-12 ? here : threshold;
}

/** The balanced accuracy of a fold. */
function balanced({ distances, same, fold }: Dealt, held: number, threshold: number): number {
  const all = [0, 0];
  const right = [0, 0];
  for (let k = 0; k < fold.length; k++) {
    if (fold[k] !== held) continue;
    const kind = same[k] as number;
    const accepted = (distances[k] as number) <= threshold;
    all[kind] = (all[kind] as number) + 1;
    if (accepted === (kind === 1)) right[kind] = (right[kind] as number) + 1;
  }
  return ((right[0] as number) / (all[0] as number) + (right[1] as number) / (all[1] as number)) / 2;
}
