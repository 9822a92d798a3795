import { centreInDouble } from '../linalg/centre';
import { squaredDistance } from '../linalg/distances';
import { symmetricEigen } from '../linalg/eigen';
import { Matrix } from '../linalg/matrix';
import { dot, frobeniusSquared } from '../linalg/norms';
import { crossProduct, gram, multiply } from '../linalg/products';
import type { Random } from '../linalg/random';
import type { Cancellable } from '../linalg/signal';
import { svd } from '../linalg/svd';

/** What aligning two clouds of points, without knowing which point is which, says about them. */
export interface Recognition {
  /** Rows that had no part in the alignment. */
  readonly tried: number;
  /** Probability that such a row is nearer to its partner than a row of the other side to its own neighbour, each in
   * units of the partner's distance to its neighbour. Near 1/2 or less for other samples of the same distribution. */
  readonly nearer: number;
  /** Share of the partners that differ from each other. */
  readonly distinct: number;
  /** Lays x onto y. */
  readonly rotation: Matrix<Float64Array>;
}

const COMPONENTS = 16;
/** Columns of the subspace that is iterated, and how often. */
const SPACE = 32;
const ITERATIONS = 8;
/** Rows that are aligned, and as many that are tried afterwards. */
const ALIGNED = 200;
/** Of those, rows that choose among the first guesses. */
const SCOUTS = 60;
/** Axes whose signs are guessed both ways: the least skewed of the first few. */
const GUESSED = 4;
const LEADING = 6;
const STEPS = 10;

/**
 * Coordinates on the leading principal axes, whose mean squared length is 1, by subspace iteration (Halko, Martinsson and
 * Tropp, SIAM Review 53, 2011). Null where no finite number comes out or all rows are the same.
 */
export async function leadingScores(
  x: Matrix,
  random: Random,
  options: Cancellable,
): Promise<Matrix<Float64Array> | null> {
  const centred = centreInDouble(x);
  const scale = Math.sqrt(frobeniusSquared(centred) / x.rows);
  if (!(scale > 0 && Number.isFinite(scale))) return null;
  for (let k = 0; k < centred.data.length; k++) centred.data[k] = (centred.data[k] as number) / scale;
  const width = Math.min(SPACE, x.columns, x.rows - 1);
  const start = new Matrix(
    Float64Array.from({ length: x.columns * width }, () => random.normal()),
    x.columns,
    width,
  );
  let basis = await orthonormal(start, options);
  for (let i = 0; i < ITERATIONS && width < x.columns; i++) {
    options.signal?.throwIfAborted();
    const scores = await multiply(centred, basis, options);
    basis = await orthonormal((await crossProduct(centred, scores, options)) as Matrix<Float64Array>, options);
  }
  const scores = await multiply(centred, basis, options);
  const products = await crossProduct(scores, scores, options);
  const { vectors } = await symmetricEigen(products, { ...options, leading: COMPONENTS });
  const leading = await multiply(scores, vectors, options);
  const size = Math.sqrt(frobeniusSquared(leading) / leading.rows);
  return leading.map((value) => value / size);
}

/** The same span, by the eigenvectors of the products of columns; directions that rounding makes are left out. */
async function orthonormal(x: Matrix<Float64Array>, options: Cancellable): Promise<Matrix<Float64Array>> {
  const { values, vectors } = await symmetricEigen(await gram(x.transpose(), options), options);
  const kept = [...values.keys()].filter((k) => (values[k] as number) > 1e-12 * (values[0] as number));
  const out = await multiply(x, vectors.takeColumns(kept), options);
  const lengths = kept.map((k) => Math.sqrt(values[k] as number));
  for (let k = 0; k < out.data.length; k++)
    out.data[k] = (out.data[k] as number) / (lengths[k % kept.length] as number);
  return out;
}

/** The points among which nearest ones are looked for, with their squared lengths. */
interface Target {
  readonly points: Matrix<Float64Array>;
  readonly squares: Float64Array;
}

/**
 * Looks for the rows of `x` among those of `y`, both coordinates on principal axes. Some rows of x are laid onto y by
 * nearest neighbours and rotations in turn (Besl and McKay, IEEE PAMI 14, 1992); other rows are then tried, on which the
 * alignment does not depend. Rows of an independent sample are as far from y as rows of y are from each other, whatever
 * the distribution: their ratios are exchangeable.
 * @param start where the alignment begins; absent: at axes whose signs agree in skewness.
 */
export async function recognise(
  x: Matrix<Float64Array>,
  y: Matrix<Float64Array>,
  random: Random,
  options: Cancellable,
  start?: Matrix<Float64Array>,
): Promise<Recognition> {
  const width = Math.min(x.columns, y.columns);
  const [all, points] = [x.columnBand(0, width), y.columnBand(0, width)];
  const target: Target = {
    points,
    squares: Float64Array.from({ length: y.rows }, (_, j) => dot(points.row(j), points.row(j))),
  };
  const order = random.permutation(x.rows);
  const half = Math.min(ALIGNED, Math.floor(x.rows / 2));
  const fitted = all.takeRows(order.subarray(0, half));
  const tried = all.takeRows(order.subarray(half, 2 * half));
  const begun = start ?? (await guess(fitted, target, signed(all, points), options));
  const rotation = await align(fitted, target, begun, options);
  const across = await ratios(await multiply(tried, rotation, options), target, null, options);
  const own = random.sample(y.rows, half);
  const within = await ratios(points.takeRows(own), target, own, options);
  const distinct = new Set(across.partners).size / half;
  return { tried: half, nearer: probability(across.ratios, within.ratios), distinct, rotation };
}

/** The signs of axes that agree in skewness, and those axes of the first few of which that is least sure. */
function signed(x: Matrix<Float64Array>, y: Matrix<Float64Array>): { signs: number[]; doubtful: number[] } {
  const [mine, theirs] = [skewness(x), skewness(y)];
  const signs = mine.map((skew, k) => (skew * (theirs[k] as number) < 0 ? -1 : 1));
  const sure = (k: number) => Math.min(Math.abs(mine[k] as number), Math.abs(theirs[k] as number));
  const leading = [...signs.keys()].slice(0, LEADING).sort((a, b) => sure(a) - sure(b));
  return { signs, doubtful: leading.slice(0, GUESSED) };
}

/** Of all signs of the doubtful axes, those from which a first step brings some rows nearest. */
async function guess(
  fitted: Matrix<Float64Array>,
  target: Target,
  { signs, doubtful }: { readonly signs: readonly number[]; readonly doubtful: readonly number[] },
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  const scouts = fitted.slice(0, Math.min(SCOUTS, fitted.rows));
  let best = { error: Number.POSITIVE_INFINITY, rotation: diagonal(signs) };
  for (let mask = 0; mask < 1 << doubtful.length; mask++) {
    options.signal?.throwIfAborted();
    const flipped = new Set(doubtful.filter((_, bit) => (mask >> bit) & 1));
    const begun = diagonal(signs.map((sign, k) => (flipped.has(k) ? -sign : sign)));
    const { partners } = await nearest(await multiply(scouts, begun, options), target, options);
    const rotation = await rotationTo(scouts, target.points.takeRows(partners), options);
    const { distances } = await nearest(await multiply(scouts, rotation, options), target, options);
    const error = distances.reduce((sum, distance) => sum + distance, 0);
    if (error < best.error) best = { error, rotation };
  }
  return best.rotation;
}

async function align(
  fitted: Matrix<Float64Array>,
  target: Target,
  start: Matrix<Float64Array>,
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  let rotation = start;
  let before: Int32Array | undefined;
  for (let step = 0; step < STEPS; step++) {
    options.signal?.throwIfAborted();
    const { partners } = await nearest(await multiply(fitted, rotation, options), target, options);
    if (before?.every((partner, i) => partner === partners[i])) break;
    rotation = await rotationTo(fitted, target.points.takeRows(partners), options);
    before = partners;
  }
  return rotation;
}

/** The orthogonal matrix that brings x nearest to y (Schönemann, Psychometrika 31, 1966). */
async function rotationTo(x: Matrix<Float64Array>, y: Matrix<Float64Array>, options: Cancellable) {
  const { u, v } = await svd(await crossProduct(x, y, options), options);
  return multiply(u, v, { ...options, transposeB: true });
}

/** Of each row of x, the nearest point and its squared distance; entry i of the lists in `but` does not count for row i. */
async function nearest(
  x: Matrix<Float64Array>,
  { points, squares }: Target,
  options: Cancellable,
  but: readonly Int32Array[] = [],
): Promise<{ partners: Int32Array; distances: Float64Array }> {
  const { data } = await multiply(x, points, { ...options, transposeB: true });
  const n = points.rows;
  for (const list of but) for (const [i, j] of list.entries()) data[i * n + j] = Number.NEGATIVE_INFINITY;
  const partners = new Int32Array(x.rows);
  for (let i = 0, k = 0; i < x.rows; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j++, k++) {
      const distance = (squares[j] as number) - 2 * (data[k] as number);
      if (distance >= least) continue;
      least = distance;
      partners[i] = j;
    }
  }
  // From the differences: small distances have lost their digits in the products.
  const distances = Float64Array.from(partners, (partner, i) => squaredDistance(x.row(i), points.row(partner)));
  return { partners, distances };
}

/** How far each row of x is from its nearest point, as a multiple of how far that is from its own nearest; squared. */
async function ratios(
  x: Matrix<Float64Array>,
  target: Target,
  own: Int32Array | null,
  options: Cancellable,
): Promise<{ ratios: Float64Array; partners: Int32Array }> {
  const { partners, distances } = await nearest(x, target, options, own ? [own] : []);
  const not = own ? [partners, own] : [partners];
  const next = await nearest(target.points.takeRows(partners), target, options, not);
  return { ratios: distances.map((distance, i) => distance / Math.max(next.distances[i] as number, 1e-30)), partners };
}

/** Of a value of `a` being below one of `b`, ties counting half. */
function probability(a: Float64Array, b: Float64Array): number {
  let below = 0;
  for (const one of a) for (const other of b) below += one < other ? 1 : one === other ? 0.5 : 0;
  return below / (a.length * b.length);
}

function skewness(x: Matrix<Float64Array>): number[] {
  return Array.from({ length: x.columns }, (_, k) => {
    const column = x.column(k);
    const mean = (power: number) => column.reduce((sum, value) => sum + value ** power, 0) / column.length;
    return mean(3) / Math.max(mean(2), 1e-30) ** 1.5;
  });
}

function diagonal(values: readonly number[]): Matrix<Float64Array> {
  const out = Matrix.zeros(values.length, values.length);
  for (const [k, value] of values.entries()) out.data[k * (values.length + 1)] = value;
  return out;
}
