import { symmetricEigen } from '../../linalg/eigen';
import { Matrix, symmetricPart } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import type { Context } from '../method';
import { type Sparse, timesDense, transposedTimesDense } from './sparse';

export interface TruncatedSvd {
  /** U diag(s), n x k: the coordinates of the rows. The largest entry of each column is positive. */
  readonly scores: Matrix<Float64Array>;
  /** Descending. */
  readonly singular: Float64Array;
  /** Of the iteration; 0 where the values are exact. */
  readonly rounds: number;
  /** Whether the singular values had come to rest when it stopped. */
  readonly settled: boolean;
}

/** Directions beyond those asked for, so that the last of them settle sooner. */
export const OVERSAMPLING = 24;
const ROUNDS = 60;
const RESTED = 1e-4;
/** Rows up to which the inner products of all pairs are decomposed as a whole. */
const DENSE = 1024;

/**
 * The leading k singular values of a sparse matrix and the coordinates of its rows: of up to 1,024 rows from all eigenvalues of
 * X Xᵀ, of more by subspace iteration from a random start (Halko, Martinsson and Tropp, SIAM Review 2011, algorithm 4.4) until no
 * singular value moves by more than 1e-4 of itself. Components of no variance are left out, so fewer than k may come.
 */
export async function truncatedSvd(x: Sparse, k: number, context: Context): Promise<TruncatedSvd> {
  const exact = x.rows <= DENSE;
  const { vectors, values, ...how } = await (exact ? whole(x, context) : iterated(x, k, context));
  const singular = Float64Array.from(values, (value) => Math.sqrt(Math.max(0, value)));
  // Squares lose half of the digits.
  const least = 1e-7 * (singular[0] ?? 0);
  const kept = singular.subarray(0, k).filter((value) => value > least).length;
  const scores = vectors.columnBand(0, kept);
  scale(scores, singular);
  // Rows of zeros have no coordinates, for which eigenvectors give their rounding.
  for (let i = 0; i < x.rows; i++) if (x.offsets[i] === x.offsets[i + 1]) scores.row(i).fill(0);
  return { scores, singular: singular.slice(0, kept), ...how };
}

/** Eigenvalues of X Xᵀ, descending, and their vectors in columns. */
interface Squares {
  readonly vectors: Matrix<Float64Array>;
  readonly values: Float64Array;
  readonly rounds: number;
  readonly settled: boolean;
}

async function whole(x: Sparse, context: Context): Promise<Squares> {
  context.reserve(8 * (4 * x.rows * x.rows + x.columns), 'the inner products of the texts');
  const all = innerProducts(x, context);
  context.progress(0.6, 'Components');
  return { ...(await symmetricEigen(all, context)), rounds: 0, settled: true };
}

async function iterated(x: Sparse, k: number, context: Context): Promise<Squares> {
  const width = Math.min(x.rows, x.columns, k + OVERSAMPLING);
  context.reserve(8 * width * (x.columns + 4 * x.rows), 'the components of the texts');
  const middle = Matrix.zeros(x.columns, width);
  const image = (q: Matrix<Float64Array>) => {
    const out = Matrix.zeros(x.rows, width);
    transposedTimesDense(x, q, middle, context);
    timesDense(x, middle, out, context);
    return out;
  };
  const start = new Matrix(
    Float64Array.from({ length: x.rows * width }, () => context.random.normal()),
    x.rows,
    width,
  );
  let basis = await orthonormal(image(start), context);
  let before = new Float64Array(width);
  for (let rounds = 1; ; rounds++) {
    context.progress(0.4 + (0.6 * rounds) / ROUNDS, `Components, round ${rounds}`);
    const mapped = image(basis);
    const { values, vectors } = await symmetricEigen(
      symmetricPart(await crossProduct(basis, mapped, context)),
      context,
    );
    // Of squares, twice as much. In the whole space there is nothing to settle.
    const rest = (value: number, c: number) => Math.abs(value - (before[c] as number)) <= 2 * RESTED * Math.abs(value);
    const settled = width === Math.min(x.rows, x.columns) || values.every((value, c) => c >= k || rest(value, c));
    if (settled || rounds === ROUNDS)
      return { vectors: await multiply(basis, vectors as Matrix<Float64Array>, context), values, rounds, settled };
    before = Float64Array.from(values);
    basis = await orthonormal(mapped, context);
  }
}

/** X Xᵀ */
function innerProducts(x: Sparse, { signal }: Context): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.rows);
  const dense = new Float64Array(x.columns);
  for (let i = 0; i < x.rows; i++) {
    signal.throwIfAborted();
    const [start, end] = [x.offsets[i] as number, x.offsets[i + 1] as number];
    for (let e = start; e < end; e++) dense[x.indices[e] as number] = x.values[e] as number;
    for (let j = i; j < x.rows; j++) {
      let sum = 0;
      for (let e = x.offsets[j] as number; e < (x.offsets[j + 1] as number); e++)
        sum += (x.values[e] as number) * (dense[x.indices[e] as number] as number);
      out.data[i * x.rows + j] = sum;
      out.data[j * x.rows + i] = sum;
    }
    for (let e = start; e < end; e++) dense[x.indices[e] as number] = 0;
  }
  return out;
}

async function orthonormal(x: Matrix<Float64Array>, { signal }: Context): Promise<Matrix<Float64Array>> {
  const { times } = await qr(x, 1, signal);
  return times(Matrix.identity(x.columns));
}

/** Columns times their singular values, with signs that are always the same; 0 is not negative. */
function scale(scores: Matrix<Float64Array>, singular: Float64Array): void {
  for (let c = 0; c < scores.columns; c++) {
    let largest = 0;
    for (let i = 0; i < scores.rows; i++)
      if (Math.abs(scores.at(i, c)) > Math.abs(largest) * (1 + 1e-9)) largest = scores.at(i, c);
    const factor = (largest < 0 ? -1 : 1) * (singular[c] as number);
    for (let i = 0; i < scores.rows; i++) scores.row(i)[c] = factor * scores.at(i, c) + 0;
  }
}
