import { centreInDouble } from '../../linalg/centre';
import { cholesky, lowerInverse } from '../../linalg/cholesky';
import { symmetricEigen, symmetricEigenvalues } from '../../linalg/eigen';
import { lbfgs } from '../../linalg/lbfgs';
import { Matrix } from '../../linalg/matrix';
import { frobeniusSquared } from '../../linalg/norms';
import { gram, multiply } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import type { Context } from '../method';

/** Inner products of all pairs of centred rows: held as they are, or as those rows, whichever are fewer numbers. */
export interface SecondMoment {
  readonly rows: number;
  readonly trace: number;
  readonly products?: Matrix<Float64Array>;
  readonly points?: Matrix<Float64Array>;
}

type Work = Pick<Context, 'signal' | 'reserve'>;

/** Of the rows themselves, centred. */
export async function secondMomentOf(matrix: Matrix, { signal, reserve }: Work): Promise<SecondMoment> {
  signal.throwIfAborted();
  reserve(8 * 3 * matrix.rows * matrix.columns, 'the centred representation in float64');
  const points = centreInDouble(matrix);
  return { rows: matrix.rows, trace: frobeniusSquared(points), points };
}

/**
 * ln λ of (L + t I)⁻¹ (K + s I), descending, s and t the shrinkage times the mean of the diagonal. Directions in which neither has
 * anything all have the ratio s / t; where they are many, only the others are computed. Null where one is not positive definite.
 */
export async function logRatios(
  k: SecondMoment,
  l: SecondMoment,
  shrinkage: number,
  work: Work,
): Promise<Float64Array | null> {
  const [s, t] = [k, l].map(({ trace, rows }) => (shrinkage * trace) / rows) as [number, number];
  const [x, y] = [k.points, l.points];
  const few = x && y && x.columns + y.columns < x.rows;
  const [a, b] = few ? await within(x, y, work) : [await whole(k, work), await whole(l, work)];
  const values = await ratios(shifted(a, s), shifted(b, t), work);
  if (values === null) return null;
  const found = new Float64Array(k.rows).fill(Math.log(s / t));
  found.set(values.map(Math.log));
  return found.sort().reverse();
}

/** Both in an orthonormal basis of what their columns span together. */
async function within(x: Matrix<Float64Array>, y: Matrix<Float64Array>, { signal, reserve }: Work) {
  const width = x.columns + y.columns;
  reserve(8 * 4 * x.rows * width, 'a basis of both representations');
  const both = Matrix.zeros(x.rows, width);
  for (let i = 0; i < x.rows; i++) {
    both.row(i).set(x.row(i));
    both.row(i).set(y.row(i), x.columns);
  }
  // With [X Y] = QR, the columns of R are theirs in the basis Q.
  const { r } = await qr(both, 1, signal);
  const columns = (from: number, to: number) => r.takeColumns(Array.from({ length: to - from }, (_, j) => from + j));
  const [a, b] = [columns(0, x.columns), columns(x.columns, width)];
  return [await gram(a, { signal }), await gram(b, { signal })] as const;
}

async function whole(
  { rows, products, points }: SecondMoment,
  { signal, reserve }: Work,
): Promise<Matrix<Float64Array>> {
  reserve(8 * 4 * rows * rows, 'the inner products of all pairs of rows');
  return products ?? (await gram(points as Matrix<Float64Array>, { signal }));
}

function shifted(m: Matrix<Float64Array>, by: number): Matrix<Float64Array> {
  const out = new Matrix(m.data.slice(), m.rows, m.columns);
  for (let i = 0; i < m.rows; i++) out.data[i * (m.columns + 1)] = out.at(i, i) + by;
  return out;
}

/** Eigenvalues of B⁻¹A; null where they are not all positive. */
async function ratios(
  a: Matrix<Float64Array>,
  b: Matrix<Float64Array>,
  { signal }: Work,
): Promise<Float64Array | null> {
  const inverse = await inverseRoot(b, signal);
  if (inverse === null) return null;
  const values = await symmetricEigenvalues(await around(inverse, a, signal), { signal });
  return values.every((value) => value > 0) ? values : null;
}

/** C⁻¹ of B = C Cᵀ. */
async function inverseRoot(b: Matrix<Float64Array>, signal: Work['signal']) {
  try {
    return await lowerInverse(await cholesky(b, signal), signal);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

async function around(inverse: Matrix<Float64Array>, a: Matrix<Float64Array>, signal: Work['signal']) {
  return multiply(await multiply(inverse, a, { signal }), inverse, { transposeB: true, signal });
}

/** Of the largest eigenvalue: what is less is no direction. */
const RANK = 1e-10;

/**
 * ln λ of L⁻¹ (eᵃ K + eᵇ I), a and b such that their squares add up to the least there is; within the rows that sum to zero, where
 * differences of rows lie. A reason where L has not all of those directions.
 */
export async function fittedRatios(k: SecondMoment, l: SecondMoment, work: Work) {
  const { signal } = work;
  const size = k.rows - 1;
  if (size < 1) return 'it needs two rows at least';
  const basis = contrasts(k.rows);
  const inside = async (side: SecondMoment) => around(basis, await whole(side, work), signal);
  const [a, b] = [await inside(k), await inside(l)];
  const spectrum = await symmetricEigenvalues(b, { signal });
  if (!((spectrum[size - 1] as number) > RANK * (spectrum[0] as number)))
    return 'the second has fewer directions than rows, but for one: the form fitted needs them all';
  const inverse = await inverseRoot(b, signal);
  if (inverse === null) return 'the second has a direction without length';
  const [m, n] = [await around(inverse, a, signal), await gram(inverse, { signal })];
  const mixed = (at: Float64Array) => {
    const [p, q] = [Math.exp(at[0] as number), Math.exp(at[1] as number)];
    return m.map((value, i) => p * value + q * (n.data[i] as number));
  };
  const objective = async (at: Float64Array, gradient: Float64Array) => {
    const { values, vectors } = await symmetricEigen(mixed(at), { signal });
    if (!values.every((value) => value > 0)) return Number.POSITIVE_INFINITY;
    const turned = await multiply(m, vectors, { signal });
    let [sum, first, second] = [0, 0, 0];
    for (let i = 0; i < size; i++) {
      const log = Math.log(values[i] as number);
      let own = 0;
      for (let j = 0; j < size; j++) own += vectors.at(j, i) * turned.at(j, i);
      const share = (Math.exp(at[0] as number) * own) / (values[i] as number);
      sum += log * log;
      first += 2 * log * share;
      second += 2 * log * (1 - share);
    }
    gradient[0] = first;
    gradient[1] = second;
    return sum;
  };
  const { x } = await lbfgs(Float64Array.of(0, 0), objective, { tolerance: 1e-8, iterations: 200, signal });
  const parts = (await symmetricEigenvalues(mixed(x), { signal })).map(Math.log);
  return { parts, scale: Math.exp(x[0] as number), noise: Math.exp(x[1] as number) };
}

/** Orthonormal rows that sum to zero (Helmert): (n - 1) x n. */
function contrasts(n: number): Matrix<Float64Array> {
  const out = Matrix.zeros(n - 1, n);
  for (let i = 1; i < n; i++) {
    const length = Math.sqrt(i * (i + 1));
    out.row(i - 1).fill(1 / length, 0, i);
    out.row(i - 1)[i] = -i / length;
  }
  return out;
}
