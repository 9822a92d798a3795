import { centreInDouble, squaredLengths } from '../../linalg/centre';
import { Matrix, scaleColumns } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { frobeniusSquared } from '../../linalg/norms';
import { crossProduct, multiply, subtractProduct } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import type { Cancellable } from '../../linalg/signal';
import { nuclearNorm, type Svd, svd } from '../../linalg/svd';
import { scale } from '../../linalg/vectors';
import type { Context, Representation } from '../method';
import { centred, inOneRange } from '../shared/centred';
import { kept } from '../shared/kept';
import { originOf } from '../shared/reordered';

/** What long work needs of a method's context. */
type Work = Pick<Context, 'signal' | 'reserve' | 'kept'>;

/** A representation up to shift, scale and rotation: columns centred, ‖·‖ = 1, and at most as many columns as rows. */
export interface Shape {
  readonly matrix: Matrix<Float64Array>;
  /** The length that was divided by, in the units of the data (or those times a power of two). */
  readonly length: number;
}

/**
 * Centres and scales to unit length; where there are more units than rows, rotates to the n axes that hold everything,
 * which changes no shape distance and makes every later matrix n x n. Null where all rows are the same.
 */
export async function shapeOf(input: Representation, work: Work): Promise<Shape | null> {
  const origin = work.kept && originOf(input.matrix);
  if (origin) {
    const shape = await shapeOf({ ...input, matrix: origin.of }, work);
    return shape && { ...shape, matrix: shape.matrix.takeRows(origin.order) };
  }
  return kept(work, input.matrix, 'shape', shapeBytes(input), () => makeShape(input, work));
}

async function makeShape({ matrix }: Representation, work: Work): Promise<Shape | null> {
  work.signal.throwIfAborted();
  work.reserve(8 * 3 * matrix.rows * matrix.columns, 'the centred representation in float64');
  const x = centred(matrix, true) as Matrix<Float64Array>;
  const length = Math.sqrt(frobeniusSquared(x));
  if (!(length > 0)) return null;
  const reduced = x.columns > x.rows ? await scores(x, work) : x;
  scale(reduced.data, 1 / length);
  return { matrix: reduced, length };
}

/** Columns centred, rotated to at most n axes, in the units of the data. */
export async function configurationOf({ matrix }: Representation, work: Work): Promise<Matrix<Float64Array>> {
  work.signal.throwIfAborted();
  work.reserve(8 * 3 * matrix.rows * matrix.columns, 'the centred representation in float64');
  const x = centreInDouble(matrix);
  return x.columns > x.rows ? scores(x, work) : x;
}

/** As shapes with their size kept: in units of `unit`, 1 but for extreme data. */
export function withSizes(a: Matrix<Float64Array>, b: Matrix<Float64Array>) {
  const { x, y, unit } = inOneRange(a, b);
  const sized = (matrix: Matrix<Float64Array>): Shape => ({ matrix, length: Math.sqrt(frobeniusSquared(matrix)) });
  return { a: sized(x), b: sized(y), unit };
}

/** What the shape of a representation takes. */
export function shapeBytes({ matrix }: Representation): number {
  return 8 * matrix.rows * Math.min(matrix.rows, matrix.columns);
}

/** Y rotated onto X, for the shapes of both. */
export interface Alignment {
  /** Normalised Bures similarity ‖XᵀY‖* = max tr(QᵀYᵀX) over orthogonal Q. */
  readonly similarity: number;
  /** min ‖X - YQ‖ = √(2 - 2 similarity), taken from the residuals: near zero nothing cancels. */
  readonly distance: number;
  /** What each pair of aligned directions adds to the similarity, descending: the singular values of XᵀY. */
  readonly parts: Float64Array;
  /** q x p; of orthonormal rows or columns, whichever are fewer. */
  readonly rotation: Matrix<Float64Array>;
  /** Length of what is left of each row. */
  readonly residuals: Float64Array;
}

/**
 * Orthogonal Procrustes (Schönemann, Psychometrika 1966): with XᵀY = USVᵀ the best Q is VUᵀ. Where the widths differ the
 * narrower one counts as padded with zeros.
 */
export async function align(x: Shape, y: Shape, work: Work): Promise<Alignment> {
  work.reserve(8 * 4 * x.matrix.columns * y.matrix.columns, 'the products of all pairs of units');
  const { u, s, v } = await rotationOf(x.matrix, y.matrix, work);
  const rotation = await multiply(v, u, { signal: work.signal, transposeB: true });
  // The narrower is rotated into the wider: the other way round a part of the wider would be projected away.
  const [fixed, moved, into] = x.matrix.columns >= y.matrix.columns ? [x, y, rotation] : [y, x, rotation.transpose()];
  const residual = await multiply(moved.matrix, into, work);
  for (let k = 0; k < residual.data.length; k++)
    residual.data[k] = (fixed.matrix.data[k] as number) - (residual.data[k] as number);
  const residuals = squaredLengths(residual).map(Math.sqrt);
  const similarity = s.reduceRight((sum, value) => sum + value, 0);
  return { similarity, parts: s, distance: Math.sqrt(frobeniusSquared(residual)), rotation, residuals };
}

/** Singular values of XᵀY below this share of the largest have vectors of few digits, whatever the data along them. */
const SEEN = 1e-10;

/**
 * The singular vectors of XᵀY that rotate Y onto X. XᵀY squares how weak a direction is beside the strongest: the weak ones are
 * found once more, from what the strong ones leave of X and Y, without which one far row decides how all others are turned.
 */
export async function rotationOf(x: Matrix<Float64Array>, y: Matrix<Float64Array>, options: Cancellable): Promise<Svd> {
  if (x.columns > y.columns) {
    const { u, s, v } = await rotationOf(y, x, options);
    return { u: v, s, v: u };
  }
  const products = await crossProduct(x, y, options);
  const found = await svd(products, options);
  free(products.data);
  const { u, s, v } = found;
  const strong = strongOf(s);
  if (strong === s.length) return found;
  const across = u.columnBand(strong, s.length);
  const weak = await multiply(x, across, options);
  if (frobeniusSquared(weak) <= (8 * Number.EPSILON) ** 2 * frobeniusSquared(x)) return found;
  const head = v.columnBand(0, strong);
  const rest = await without(y, head, options);
  const inner = await rotationOf(weak, rest, options);
  free(weak.data, rest.data);
  const values = Float64Array.from([...s.subarray(0, strong), ...inner.s]);
  const turned = await multiply(across, inner.u, options);
  return {
    u: beside(u.columnBand(0, strong), turned),
    s: values,
    v: await orthonormal(beside(head, inner.v), options),
  };
}

/** How many singular values of XᵀY are so large beside the first that their vectors are known. */
export function strongOf(s: Float64Array): number {
  return s.filter((value) => value >= SEEN * (s[0] as number)).length;
}

/** Y less what of it lies along orthonormal columns. */
async function without(y: Matrix<Float64Array>, along: Matrix<Float64Array>, options: Cancellable) {
  const out = new Matrix(Float64Array.from(y.data), y.rows, y.columns);
  const scores = await multiply(y, along, options);
  await subtractProduct(out, scores, along, { ...options, transposeB: true });
  free(scores.data);
  return out;
}

/** Columns each less those before it: where nothing is left of one, any that is orthogonal to them. */
async function orthonormal(x: Matrix<Float64Array>, { signal }: Cancellable): Promise<Matrix<Float64Array>> {
  const { r, times } = await qr(x, 1, signal);
  // Reflections may turn a column round.
  const signs = Matrix.zeros(r.rows, r.rows);
  for (let k = 0; k < signs.data.length; k += r.rows + 1) signs.data[k] = (r.data[k] as number) < 0 ? -1 : 1;
  return times(signs);
}

function beside(x: Matrix<Float64Array>, y: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.columns + y.columns);
  for (let i = 0; i < x.rows; i++) {
    out.row(i).set(x.row(i));
    out.row(i).set(y.row(i), x.columns);
  }
  return out;
}

/** Of shapes that several measures share: what they say of a pair differs by a formula only. */
const similarities = new WeakMap<Shape, WeakMap<Shape, number>>();

async function similarityOf(x: Shape, y: Shape, work: Work): Promise<number> {
  const products = await unitProducts(x, y, work);
  const similarity = await nuclearNorm(products, work);
  free(products.data);
  return similarity;
}

/** Below this, 2 - 2 similarity has lost half of its digits. */
const CLOSE = 1e-6;

/** The distance alone: no rotation is formed unless the shapes are so close that it is needed. */
export async function shapeDistance(x: Shape, y: Shape, work: Work): Promise<number> {
  const known = similarities.get(x)?.get(y);
  const similarity = known ?? (await similarityOf(x, y, work));
  if (known === undefined) similarities.set(x, (similarities.get(x) ?? new WeakMap()).set(y, similarity));
  return 1 - similarity > CLOSE ? Math.sqrt(2 - 2 * similarity) : (await align(x, y, work)).distance;
}

/**
 * What random pairing cannot exceed on average: E[‖XᵀPY‖*] <= min(Σσ(X), Σσ(Y)) / √(n - 1) for shapes of unit length,
 * because the trace of the square root is concave and E[YᵀPᵀXXᵀPY] = YᵀY / (n - 1).
 * @param squares of the singular values of each shape
 */
export function chanceBound(rows: number, ...squares: readonly Float64Array[]): number {
  const sums = squares.map((values) => values.reduceRight((sum, square) => sum + Math.sqrt(square), 0));
  return Math.min(1, Math.min(...sums) / Math.sqrt(rows - 1));
}

export const NO_SHAPE = 'one of them has the same value in every row and so no shape';

/** XᵀY */
export async function unitProducts(x: Shape, y: Shape, work: Work): Promise<Matrix> {
  work.reserve(8 * 4 * x.matrix.columns * y.matrix.columns, 'the products of all pairs of units');
  return crossProduct(x.matrix, y.matrix, work);
}

async function scores(x: Matrix<Float64Array>, options: Cancellable): Promise<Matrix<Float64Array>> {
  const { u, s } = await svd(x, options);
  scaleColumns(u, s);
  return u;
}
