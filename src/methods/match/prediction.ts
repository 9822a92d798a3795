import { squaredLengths } from '../../linalg/centre';
import { cholesky, lowerInverse } from '../../linalg/cholesky';
import { type Matrix, scaleRows } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { crossProduct, multiply, subtractProduct } from '../../linalg/products';
import { svd } from '../../linalg/svd';
import type { Context } from '../method';
import { lassoPath, penaltiesOf, refitted, squaredError } from './lasso';
import type { UnitRows } from './unit-rows';
import type { Products, UnitSums } from './unit-sums';

/** Variance inflation factors of all predictors together, up to which their products have the digits of R². */
const INFLATED = 1e6;
/** A weight of less than this share of the largest is not counted. */
const COUNTED = 1e-3;

/** A penalty of a path: R² on the rows held out, or on those fitted to where none are. */
export interface PathPoint {
  readonly penalty: number;
  readonly places: readonly number[];
  /** By the lasso's own weights. */
  readonly lasso: number;
  /** By least squares on the same units; as the lasso's where they repeat each other. */
  readonly refit: number;
  readonly weights: Float64Array;
}

/** How a unit is predicted from those of the other side; places are positions among the units that vary. */
export interface Prediction {
  readonly path: readonly PathPoint[];
  /**
   * Of the points of no more than the few units that are allowed, the one at the largest penalty whose error is within a
   * standard error of the least; the last of them, where no rows are held out.
   */
  readonly few: PathPoint;
  /** Units at the largest penalty whose error is within a standard error of the least; null where no rows are held out. */
  readonly chosen: number | null;
  /** R² by least squares on all units. */
  readonly whole: number;
}

export interface PredictionChoice {
  readonly few: number;
  readonly most: number;
}

/** One side predicted from the other: correlations of the predictors, with what is predicted, and of that with itself. */
interface Direction {
  readonly gram: Matrix<Float64Array>;
  readonly cross: Matrix<Float64Array>;
  readonly own: Matrix<Float64Array>;
}

function directed({ aa, ab, bb }: Products, from: 'a' | 'b'): Direction {
  return from === 'a' ? { gram: aa, cross: ab, own: bb } : { gram: bb, cross: ab.transpose(), own: aa };
}

export interface Predicted {
  readonly predictions: Prediction[];
  /** Units whose descent was ended before its weights stood still. */
  readonly unconverged: number;
  /** Units whose predictors repeat each other somewhere on the path, where R² is that of the lasso. */
  readonly repeated: number;
}

/** Predicts every unit of one side from those of the other. */
export async function predictAll(
  sums: UnitSums,
  from: 'a' | 'b',
  { few, most }: PredictionChoice,
  context: Pick<Context, 'signal' | 'progress'>,
  [start, end]: readonly [number, number],
): Promise<Predicted> {
  const { fitted, held } = sums;
  const fit = directed(fitted, from);
  const judge = held ? directed(held, from) : fit;
  const whole = await fromAll(sums, from, context);
  const targets = fit.cross.transpose();
  let [unconverged, repeated] = [0, 0];
  const predictions = Array.from({ length: targets.rows }, (_, k): Prediction => {
    if (k % 8 === 0) {
      context.signal.throwIfAborted();
      context.progress(start + ((end - start) * k) / targets.rows, 'Sparse prediction');
    }
    const c = targets.row(k);
    const own = judge.own.at(k, k);
    const r2 = (places: readonly number[], weights: Float64Array) =>
      own > 0 ? 1 - squaredError(judge.gram, (i) => judge.cross.at(i, k), own, places, weights) / own : 0;
    const { points, converged } = lassoPath(fit.gram, c, penaltiesOf(c), most);
    if (!converged) unconverged++;
    let fell = false;
    const path = points.map(({ penalty, places: all, weights: shrunk }): PathPoint => {
      const largest = shrunk.reduce((size, weight) => Math.max(size, Math.abs(weight)), 0);
      const places = all.filter((_, i) => Math.abs(shrunk[i] as number) > COUNTED * largest);
      const refit = refitted(fit.gram, c, places);
      fell ||= refit === null;
      const weights = refit ?? shrunk.filter((weight) => Math.abs(weight) > COUNTED * largest);
      const lasso = r2(all, shrunk);
      return { penalty, places, weights, lasso, refit: refit ? r2(places, refit) : lasso };
    });
    if (fell) repeated++;
    return {
      path,
      few: sparsest(
        path.filter(({ places }) => places.length <= few),
        held?.rows,
      ),
      chosen: held ? sparsest(path, held.rows).places.length : null,
      whole: whole[k] as number,
    };
  });
  return { predictions, unconverged, repeated };
}

const nothing: PathPoint = { penalty: 0, places: [], lasso: 0, refit: 0, weights: new Float64Array() };

/** The standard error of a mean of n squares of normal residuals is √(2 / n) of it. */
function sparsest(path: readonly PathPoint[], rows: number | undefined): PathPoint {
  if (rows === undefined) return path.at(-1) ?? nothing;
  const limit = Math.min(...path.map(({ lasso }) => 1 - lasso)) * (1 + Math.sqrt(2 / rows));
  return path.find(({ lasso }) => 1 - lasso <= limit) ?? nothing;
}

/** R² of each target from all predictors at once: by products, unless predictors that nearly repeat each other lose digits there. */
async function fromAll(sums: UnitSums, from: 'a' | 'b', context: Pick<Context, 'signal'>): Promise<Float64Array> {
  const fit = directed(sums.fitted, from);
  const inverse = await inverseFactor(fit.gram, context);
  if (inverse === null) return fromRows(await sums.rows(), from, sums, context);
  const judge = sums.held ? directed(sums.held, from) : fit;
  const weights = await crossProduct(inverse, await multiply(inverse, fit.cross, context), context);
  const moved = await multiply(judge.gram, weights, context);
  const errors = Float64Array.from({ length: weights.columns }, (_, k) => judge.own.at(k, k));
  for (let i = 0, at = 0; i < weights.rows; i++)
    for (let k = 0; k < weights.columns; k++, at++) {
      const change = (weights.data[at] as number) * ((moved.data[at] as number) - 2 * (judge.cross.data[at] as number));
      errors[k] = (errors[k] as number) + change;
    }
  return errors.map((error, k) => r2Of(error, judge.own.at(k, k)));
}

function r2Of(error: number, own: number): number {
  return own > 0 ? 1 - Math.max(0, error) / own : 0;
}

/** The inverse of Cholesky's factor of correlations; null where variances are inflated by more than products bear. */
async function inverseFactor(gram: Matrix, { signal }: Pick<Context, 'signal'>): Promise<Matrix | null> {
  try {
    const inverse = await lowerInverse(await cholesky(gram, signal), signal);
    return frobeniusSquared(inverse) <= INFLATED ? inverse : null;
  } catch (problem) {
    // Not definite, but for rounding.
    if (problem instanceof RangeError) return null;
    throw problem;
  }
}

/** The same from the rows: of the weights that fit equally well the shortest. */
async function fromRows(
  { fitted, held, offsets }: UnitRows,
  from: 'a' | 'b',
  { units: [a, b], fitted: { rows } }: UnitSums,
  context: Pick<Context, 'signal'>,
): Promise<Float64Array> {
  const [width, all] = [a.kept.length, a.kept.length + b.kept.length];
  const parts = (m: Matrix<Float64Array>) => {
    const [first, second] = [m.columnBand(0, width), m.columnBand(width, all)];
    return from === 'a' ? { x: first, y: second } : { x: second, y: first };
  };
  const { x, y } = parts(fitted);
  const { u, s, v } = await svd(x, context);
  const least = Math.max(rows, x.columns) * Number.EPSILON * Math.max(s[0] ?? 0, offsets[from === 'a' ? 0 : 1]);
  const inverses = s.map((value, k) => (value > least && k < rows - 1 ? 1 / value : 0));
  const scores = (await crossProduct(u, y, context)) as Matrix<Float64Array>;
  scaleRows(scores, inverses);
  const weights = await multiply(v, scores, context);
  const { x: given, y: missed } = held ? parts(held) : { x, y };
  const own = squaredLengths(missed.transpose());
  await subtractProduct(missed, given, weights, context);
  return squaredLengths(missed.transpose()).map((error, k) => r2Of(error, own[k] as number));
}

/** Mean R² of all units by at most so many units, least squares and lasso: one entry for 1, 2, ... `most`. */
export function r2Curve(predictions: readonly Prediction[], most: number) {
  const units = Array.from({ length: most }, (_, i) => i + 1);
  const mean = (of: (point: PathPoint) => number) =>
    units.map((count) => {
      const reached = predictions.map(({ path }) => path.findLast(({ places }) => places.length <= count));
      return reached.reduce((sum, point) => sum + (point ? of(point) : 0), 0) / predictions.length;
    });
  return { units, refit: mean(({ refit }) => refit), lasso: mean(({ lasso }) => lasso) };
}

/** The mean of R² over units, or of what else there is of each. */
export function meanOf(predictions: readonly Prediction[], of: (prediction: Prediction) => number): number {
  return predictions.reduce((sum, prediction) => sum + of(prediction), 0) / predictions.length;
}
