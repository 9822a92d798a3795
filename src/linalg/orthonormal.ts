import { cholesky, lowerInverse } from './cholesky';
import type { Eigen } from './eigen';
import { Matrix, scaleColumns } from './matrix';
import { free } from './memory';
import { frobeniusSquared, trace } from './norms';
import { columnGram, gram, gramInto, multiply, multiplyInto } from './products';
import type { Cancellable } from './signal';

/** Up to this ratio of the largest to the least singular value the columns are made orthonormal to rounding. */
const WELL_CONDITIONED = 1e6;

/**
 * Makes the rows of a k x n matrix orthonormal where they are, keeping what they span: their length together before, and a
 * bound below the least singular value. Null, with whatever then is in the matrix, where the rows are nearly dependent, and
 * {@link svd} has to say what they span. By products alone, a fraction of the work of a decomposition: Cholesky's factor of
 * XXᵀ, taken twice, which leaves departures from orthogonality of the order of ε: Yamamoto, Nakatsukasa, Yanagisawa and
 * Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA 2015.
 */
export async function orthonormaliseRows(
  x: Matrix<Float64Array>,
  options: Cancellable = {},
): Promise<{ length: number; least: number } | null> {
  if (x.rows === 0 || x.columns < x.rows) return null;
  try {
    const products = await gram(x, options);
    const length = Math.sqrt(trace(products));
    const inverse = await inverseFactor(products, options);
    const least = 1 / Math.sqrt(frobeniusSquared(inverse));
    if (!(length <= WELL_CONDITIONED * least)) return null;
    await multiplyLower(inverse, x, options);
    await gramInto(products, x, options);
    const left = departure(products);
    if (left > ROUNDING * x.rows * Number.EPSILON) {
      const again = left <= NEAR ? inverseNearIdentity(products) : await inverseFactor(products, options);
      await multiplyLower(again, x, options);
      free(again.data);
    }
    free(products.data, inverse.data);
    return { length, least };
  } catch (problem) {
    // Not definite, but for rounding.
    if (problem instanceof RangeError) return null;
    throw problem;
  }
}

/** The inverse of Cholesky's factor. @throws RangeError where the matrix is not definite */
async function inverseFactor(products: Matrix<Float64Array>, { signal }: Cancellable): Promise<Matrix<Float64Array>> {
  const l = await cholesky(products, signal);
  const inverse = await lowerInverse(l, signal);
  free(l.data);
  return inverse;
}

/** Departures from the identity of which the squares are below rounding. */
const NEAR = 1e-8;
/** Departures of up to so many ε for each row stay: a second factor would take half of them away. */
const ROUNDING = 0.25;

/** The length of E of a symmetric matrix I + E. */
function departure({ data, rows: n }: Matrix<Float64Array>): number {
  let squares = 0;
  for (let i = 0; i < n; i++) {
    for (let k = i * n; k < i * n + i; k++) squares += 2 * (data[k] as number) ** 2;
    squares += ((data[i * (n + 1)] as number) - 1) ** 2;
  }
  return Math.sqrt(squares);
}

/** The same of a matrix I + E, but for terms of E²: I less what of E is below the diagonal and half of what is on it. */
function inverseNearIdentity({ data, rows: n }: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let k = i * n; k < i * n + i; k++) out.data[k] = -(data[k] as number);
    out.data[i * (n + 1)] = 1.5 - (data[i * (n + 1)] as number) / 2;
  }
  return out;
}

/** Rows that are made at a time. */
const BAND = 128;

/** X <- L X for a lower triangular L, from the last rows up, so that those above are as they were. */
async function multiplyLower(l: Matrix<Float64Array>, x: Matrix<Float64Array>, options: Cancellable): Promise<void> {
  const made = Matrix.zeros(Math.min(BAND, x.rows), x.columns);
  for (let end = x.rows; end > 0; ) {
    const start = Math.max(0, end - BAND);
    const band = made.slice(0, end - start);
    const factors = l.slice(start, end).columnBand(0, end);
    await multiplyInto(band, factors, x.slice(0, end), options);
    x.slice(start, end).data.set(band.data);
    free(factors.data);
    end = start;
  }
  free(made.data);
}

/** Up to this ratio of the largest to the least singular value the eigenvalues of XᵀX, half of whose digits are lost, tell every direction from rounding. */
const ALL_SEEN = 1e5;

/** As far below the longest a direction may be for {@link leftSingular}: departures from orthogonality of 1e-10 before its step, none after. */
const REPAIRED = 1e3;

/** The right singular vectors of an m x n matrix, n x n, and its singular values, descending. */
export interface RightSingular {
  readonly v: Matrix<Float64Array>;
  readonly s: Float64Array;
}

/**
 * The right singular vectors of X from the eigenvectors of XᵀX, a quarter of the work of {@link svd}; null where the columns
 * are too nearly dependent for that.
 */
export function rightSingular({ values, vectors }: Eigen): RightSingular | null {
  if (!((values.at(-1) as number) * ALL_SEEN ** 2 >= (values[0] as number)) || values[0] === 0) return null;
  return { v: vectors, s: values.map(Math.sqrt) };
}

/** Whether the last of the first `count` directions is long enough beside the first for {@link leftSingular}. */
export function withinReach({ s }: RightSingular, count: number): boolean {
  return (s[count - 1] as number) * REPAIRED >= (s[0] as number);
}

/**
 * The first `count` left singular vectors to those right ones, which have to be {@link withinReach}, m x count: X v / s, made
 * orthonormal to rounding by one step of Newton's iteration for the polar factor (Higham, Functions of Matrices, §8.3),
 * which leaves their span.
 */
export async function leftSingular(
  x: Matrix<Float64Array>,
  { v, s }: RightSingular,
  count: number,
  options: Cancellable = {},
): Promise<Matrix<Float64Array>> {
  const turn = v.takeColumns(Array.from({ length: count }, (_, k) => k));
  scaleColumns(
    turn,
    Array.from({ length: count }, (_, k) => 1 / (s[k] as number)),
  );
  const nearly = await multiply(x, turn, options);
  const step = await columnGram(nearly, options);
  newtonStep(step);
  const u = await multiply(nearly, step, options);
  free(turn.data, nearly.data, step.data);
  return u;
}

/** 1.5 - 0.5 XᵀX, in place. */
function newtonStep({ data, rows }: Matrix<Float64Array>): void {
  for (let k = 0; k < data.length; k++) data[k] = -0.5 * (data[k] as number);
  for (let k = 0; k < data.length; k += rows + 1) data[k] = 1.5 + (data[k] as number);
}
