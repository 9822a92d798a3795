import { centreColumns, centreInDouble, squaredLengths } from '../../linalg/centre';
import { cholesky, lowerInverse } from '../../linalg/cholesky';
import { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { columnGram, multiply } from '../../linalg/products';
import { qr } from '../../linalg/qr';
import type { Context } from '../method';
import { inRange } from '../shared/centred';
import { inWords } from '../shared/reading';
import type { Conditions } from './conditions';

/** How the covariance of noise is estimated from what rows differ by from the mean of their condition. */
export const NOISE = ['shrinkage-diagonal', 'shrinkage-identity', 'full', 'diagonal', 'none'] as const;
export type Noise = (typeof NOISE)[number];

export interface Whitened {
  /** Rows of the conditions, one condition after the other, in units of which noise is white. */
  readonly rows: Matrix<Float64Array>;
  readonly step: string;
}

/**
 * Rows X L⁻ᵀ, the covariance of noise being L Lᵀ, so that inner products of them are those by the noise precision; a reason
 * where noise has none. Covariances are over n - m degrees of freedom, of n rows in m conditions. Shrunk towards the diagonal
 * by Schäfer and Strimmer (Statistical Applications in Genetics and Molecular Biology 4, 2005), towards the identity by Ledoit
 * and Wolf (J. Multivariate Analysis 88, 2004), with the intensities of rsatoolbox.
 */
export async function whitenNoise(
  matrix: Matrix,
  conditions: Conditions,
  noise: Noise,
  { signal, reserve }: Pick<Context, 'signal' | 'reserve'>,
): Promise<Whitened | string> {
  const places = conditions.groups.flatMap((group) => Array.from(group));
  const p = matrix.columns;
  reserve(
    8 * (3 * places.length * p + (noise === 'none' || noise === 'diagonal' ? 0 : 4 * p * p)),
    'whitening the noise',
  );
  // The mean of all changes no distance, and what is left of it would cancel.
  const rows = centreInDouble(inRange(matrix).takeRows(places));
  if (noise === 'none') return { rows, step: 'noise taken as white' };
  const residuals = residualsOf(rows, conditions);
  const dof = rows.rows - conditions.groups.length;
  const variances = columnSquares(residuals).map((square) => square / dof);
  const still = variances.indexOf(0);
  if (still >= 0 && noise !== 'shrinkage-identity')
    return `unit ${still} does not vary within any condition, so that its noise has no inverse (noise shrinkage-identity has)`;
  if (noise === 'diagonal') {
    const deviations = variances.map(Math.sqrt);
    for (let k = 0; k < rows.data.length; k++) rows.data[k] = (rows.data[k] as number) / (deviations[k % p] as number);
    return { rows, step: 'noise whitened unit by unit' };
  }
  if (noise === 'full' && dof < p)
    return `a noise covariance of ${p} units has no inverse with ${dof} degrees of freedom: choose one that shrinks, or give more rows`;
  const { factor, step, rounding } =
    noise === 'full' ? await fullFactor(residuals, dof, signal) : await shrunkFactor(residuals, dof, noise, signal);
  if (factor === null || squaredLengths(factor).some((square, j) => factor.at(j, j) ** 2 <= rounding * square))
    return 'the noise covariance has no inverse: rows of the same condition do not differ in some direction';
  const inverse = await lowerInverse(factor, signal);
  return { rows: await multiply(rows, inverse, { signal, transposeB: true }), step };
}

interface Factor {
  /** L of the covariance L Lᵀ; null where it has none. */
  readonly factor: Matrix<Float64Array> | null;
  readonly step: string;
  /** What rounding leaves of a unit beside those before it: of the square on the diagonal of L, over that of the row. */
  readonly rounding: number;
}

/** From the residuals themselves: their squares would lose what is small beside one far row. */
async function fullFactor(residuals: Matrix<Float64Array>, dof: number, signal: Context['signal']): Promise<Factor> {
  const { r } = await qr(residuals, Math.sqrt(dof), signal);
  const rounding = (16 * residuals.rows * Number.EPSILON) ** 2;
  return { factor: r.transpose(), step: 'full noise covariance', rounding };
}

async function shrunkFactor(
  residuals: Matrix<Float64Array>,
  dof: number,
  noise: 'shrinkage-diagonal' | 'shrinkage-identity',
  signal: Context['signal'],
): Promise<Factor> {
  const covariance = await columnGram(residuals, { signal });
  for (let k = 0; k < covariance.data.length; k++) covariance.data[k] = (covariance.data[k] as number) / dof;
  const weight = (noise === 'shrinkage-diagonal' ? towardsDiagonal : towardsIdentity)(covariance, residuals, dof);
  const step = `noise covariance shrunk to ${noise.slice(10)} by ${inWords(weight)}`;
  const rounding = 16 * residuals.columns * Number.EPSILON;
  try {
    return { factor: await cholesky(covariance, signal), step, rounding };
  } catch (problem) {
    if (problem instanceof RangeError) return { factor: null, step, rounding };
    throw problem;
  }
}

/** Rows less the mean of their condition. */
function residualsOf(rows: Matrix<Float64Array>, { places }: Conditions): Matrix<Float64Array> {
  const out = Matrix.zeros(rows.rows, rows.columns);
  for (const { start, end } of places) out.slice(start, end).data.set(centreColumns(rows.slice(start, end)).data);
  return out;
}

function columnSquares(x: Matrix<Float64Array>): Float64Array {
  const sums = new Float64Array(x.columns);
  for (let k = 0; k < x.data.length; k += x.columns)
    for (let j = 0; j < x.columns; j++) sums[j] = (sums[j] as number) + (x.data[k + j] as number) ** 2;
  return sums;
}

/** Shrinks what is off the diagonal, in place. @returns the weight of the diagonal */
function towardsDiagonal(covariance: Matrix<Float64Array>, residuals: Matrix<Float64Array>, dof: number): number {
  const [n, p] = [residuals.rows, residuals.columns];
  const deviations = Float64Array.from({ length: p }, (_, j) => Math.sqrt(covariance.at(j, j)));
  let correlated = 0;
  for (let i = 0; i < p; i++)
    for (let j = 0; j < i; j++)
      correlated += 2 * (covariance.at(i, j) / (deviations[i] as number) / (deviations[j] as number)) ** 2;
  // Σ of squared products of different units, over the rows.
  let products = 0;
  for (let i = 0; i < n; i++) {
    const squares = residuals.row(i).map((value, j) => (value / (deviations[j] as number)) ** 2);
    const length = squares.reduce((sum, square) => sum + square, 0);
    products += length * length - dot(squares, squares);
  }
  const uncertain = (n / dof ** 2) * (products / dof - correlated);
  const weight = correlated > 0 ? Math.max(0, Math.min(1, uncertain / correlated)) : 0;
  for (let i = 0, k = 0; i < p; i++)
    for (let j = 0; j < p; j++, k++) if (i !== j) covariance.data[k] = (covariance.data[k] as number) * (1 - weight);
  return weight;
}

/** Shrinks towards a multiple of the identity, in place. @returns the weight of the identity */
function towardsIdentity(covariance: Matrix<Float64Array>, residuals: Matrix<Float64Array>, dof: number): number {
  const [n, p] = [residuals.rows, residuals.columns];
  let trace = 0;
  for (let j = 0; j < p; j++) trace += covariance.at(j, j);
  const mean = trace / p;
  let apart = 0;
  for (let i = 0, k = 0; i < p; i++)
    for (let j = 0; j < p; j++, k++) apart += ((covariance.data[k] as number) - (i === j ? mean : 0)) ** 2;
  let fourth = 0;
  for (let i = 0; i < n; i++) fourth += dot(residuals.row(i), residuals.row(i)) ** 2;
  // The intensity is of the covariance over n.
  const scale = (dof / n) ** 2;
  const uncertain = (fourth / n - scale * frobeniusSquared(covariance)) / n;
  const weight = apart > 0 ? Math.min(1, uncertain / (scale * apart)) : 1;
  for (let i = 0, k = 0; i < p; i++)
    for (let j = 0; j < p; j++, k++)
      covariance.data[k] = (1 - weight) * (covariance.data[k] as number) + (i === j ? weight * mean : 0);
  return weight;
}
