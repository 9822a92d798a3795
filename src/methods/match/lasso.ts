import { Matrix } from '../../linalg/matrix';

/** A largest change of a weight below this ends the descent. */
const TOLERANCE = 1e-8;
const SWEEPS = 2000;
/** Trials of the linear system that fail come at growing distances. */
const BACKOFF = 1.5;
/** A slope that passes its penalty by less is none. */
const SLACK = 1e-8;
/** Steps of a path, and its last penalty as a share of the first. */
const STEPS = 20;
const LAST = 1e-3;

export interface LassoPoint {
  readonly penalty: number;
  /** Places of the weights that are not zero, ascending. */
  readonly places: readonly number[];
  /** Their weights. */
  readonly weights: Float64Array;
}

export interface LassoPath {
  readonly points: readonly LassoPoint[];
  /** False where the descent was ended before its weights stood still. */
  readonly converged: boolean;
}

/** Twenty penalties, evenly spaced by their logarithms, from the least that leaves no weight to a thousandth of it. */
export function penaltiesOf(c: Float64Array): number[] {
  const largest = c.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Array.from({ length: STEPS }, (_, k) => largest * LAST ** (k / (STEPS - 1)));
}

/**
 * argmin over w of wᵀGw / 2 - wᵀc + λ Σ|w|, the lasso of standardised units, for falling penalties λ: cyclic coordinate
 * descent with covariance updates on the weights that are not zero, each penalty beginning where the one before ended
 * (Friedman, Hastie, Tibshirani 2010, J. Stat. Softw. 33(1), §2.2 and 2.6).
 * @param gram G, p x p: correlations of the predictors
 * @param c correlation of each predictor with what is predicted
 * @param most the path ends before the point with more weights than this
 */
export function lassoPath(
  gram: Matrix,
  c: Float64Array,
  penalties: readonly number[],
  most = Number.POSITIVE_INFINITY,
): LassoPath {
  const { data, rows: p } = gram;
  const w = new Float64Array(p);
  /** c - G w */
  const slope = c.slice();
  let working: number[] = [];
  let converged = true;
  const points: LassoPoint[] = [];
  for (const penalty of penalties) {
    for (let begun = false; ; begun = true) {
      const inside = new Set(working);
      const joining: number[] = [];
      for (let j = 0; j < p; j++) if (Math.abs(slope[j] as number) > penalty + SLACK && !inside.has(j)) joining.push(j);
      if (begun && joining.length === 0) break;
      working = [...working, ...joining].sort((a, b) => a - b);
      if (!descend(gram, c, w, slope, working, penalty)) converged = false;
      slopes(slope, c, data, p, w, working);
    }
    working = working.filter((j) => w[j] !== 0);
    if (working.length > most) break;
    points.push({ penalty, places: working, weights: Float64Array.from(working, (j) => w[j] as number) });
  }
  return { points, converged };
}

/**
 * Sweeps over the working set until its weights stand still; false where they do not. Once the signs are right the weights
 * are those of a linear system (Osborne, Presnell, Turlach 2000), which is tried now and then: it ends what crawls.
 */
function descend(
  gram: Matrix,
  c: Float64Array,
  w: Float64Array,
  slope: Float64Array,
  working: readonly number[],
  penalty: number,
): boolean {
  const size = working.length;
  // The part of G that is used, and of the slopes, close together.
  const part = new Float64Array(size * size);
  for (let a = 0, k = 0; a < size; a++) {
    const row = (working[a] as number) * gram.columns;
    for (let b = 0; b < size; b++, k++) part[k] = gram.data[row + (working[b] as number)] as number;
  }
  const weights = Float64Array.from(working, (j) => w[j] as number);
  const local = Float64Array.from(working, (j) => slope[j] as number);
  let still = false;
  let trial = 2;
  for (let sweep = 1; sweep <= SWEEPS && !still; sweep++) {
    let largest = 0;
    let turned = false;
    for (let a = 0; a < size; a++) {
      const before = weights[a] as number;
      const own = part[a * size + a] as number;
      const target = (local[a] as number) + own * before;
      const after = Math.abs(target) <= penalty ? 0 : (target - Math.sign(target) * penalty) / own;
      const change = after - before;
      if (change === 0) continue;
      weights[a] = after;
      if (before * after <= 0) turned = true;
      if (Math.abs(change) > largest) largest = Math.abs(change);
      for (let b = 0, k = a * size; b < size; b++, k++) local[b] = (local[b] as number) - change * (part[k] as number);
    }
    still = largest < TOLERANCE;
    if (still || turned || sweep < trial) continue;
    still = settle(part, working, c, weights, penalty);
    trial = Math.ceil(sweep * BACKOFF);
  }
  for (const [a, j] of working.entries()) w[j] = weights[a] as number;
  return still;
}

/** Puts the solution for the present signs in place of the weights, where it is the lasso's. */
function settle(
  part: Float64Array,
  working: readonly number[],
  c: Float64Array,
  weights: Float64Array,
  penalty: number,
): boolean {
  const size = working.length;
  const within = new Matrix(part, size, size);
  const places = [...working.keys()].filter((a) => weights[a] !== 0);
  const sign = (a: number) => Math.sign(weights[a] as number);
  const right = (a: number) => c[working[a] as number] as number;
  const solved = solve(within, (a) => right(a) - penalty * sign(a), places);
  if (!solved || places.some((a, i) => Math.sign(solved[i] as number) !== sign(a))) return false;
  for (let b = 0; b < size; b++) {
    if (weights[b] !== 0) continue;
    let rest = right(b);
    for (let i = 0; i < places.length; i++)
      rest -= (part[b * size + (places[i] as number)] as number) * (solved[i] as number);
    if (Math.abs(rest) > penalty + SLACK) return false;
  }
  for (const [i, a] of places.entries()) weights[a] = solved[i] as number;
  return true;
}

function slopes(
  slope: Float64Array,
  c: Float64Array,
  gram: Matrix['data'],
  p: number,
  w: Float64Array,
  working: readonly number[],
): void {
  slope.set(c);
  for (const j of working) {
    const weight = w[j] as number;
    for (let m = 0, k = j * p; m < p; m++, k++) slope[m] = (slope[m] as number) - weight * (gram[k] as number);
  }
}

/** Least squares on the chosen predictors alone: the weights without the shrinking of the penalty. Null where they repeat. */
export function refitted(gram: Matrix, c: Float64Array, places: readonly number[]): Float64Array | null {
  return solve(gram, (place) => c[place] as number, places);
}

/** The small system of the chosen places, by Cholesky's factor. Null where it is not positive definite. */
function solve(gram: Matrix, right: (place: number) => number, places: readonly number[]): Float64Array | null {
  const size = places.length;
  const l = new Float64Array(size * size);
  const w = Float64Array.from(places, right);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = gram.at(places[i] as number, places[j] as number);
      for (let k = 0; k < j; k++) sum -= (l[i * size + k] as number) * (l[j * size + k] as number);
      if (i === j && !(sum > 1e-10)) return null;
      l[i * size + j] = i === j ? Math.sqrt(sum) : sum / (l[j * size + j] as number);
    }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) w[i] = (w[i] as number) - (l[i * size + k] as number) * (w[k] as number);
    w[i] = (w[i] as number) / (l[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) w[i] = (w[i] as number) - (l[k * size + i] as number) * (w[k] as number);
    w[i] = (w[i] as number) / (l[i * size + i] as number);
  }
  return w;
}

/** Mean squared error of a prediction, from products of units in the same standard: own - 2 wᵀc + wᵀGw. */
export function squaredError(
  gram: Matrix,
  c: (place: number) => number,
  own: number,
  places: readonly number[],
  weights: Float64Array,
): number {
  let error = own;
  for (const [a, i] of places.entries()) {
    const weight = weights[a] as number;
    let along = 0;
    for (const [b, j] of places.entries()) along += (weights[b] as number) * gram.at(i, j);
    error += weight * (along - 2 * c(i));
  }
  return Math.max(0, error);
}
