import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { nuclearNorm } from '../../linalg/svd';
import type { Context } from '../method';
import { unitProducts } from './alignment';
import { centreKernel } from './kernels';

/** Of eigenvalues below this share of the largest, what is negative is rounding. */
const ROUNDING = 1e-10;

/** Rows that have given dissimilarities as their squared distances, as far as there are any. */
export interface Configuration {
  /** n x rank */
  readonly matrix: Matrix<Float64Array>;
  /** The root of the trace of what they are the inner products of. */
  readonly length: number;
  /** Share of the eigenvalues, by size, that are negative: nothing in a flat space has such dissimilarities. */
  readonly negative: number;
}

/** -½ HDH of dissimilarities D of all pairs of rows i < j: the inner products of rows whose squared distances they would be. */
export function secondMoments(pairs: Float64Array, rows: number): Matrix<Float64Array> {
  const kernel = centreKernel(
    pairs.map((value) => -0.5 * value),
    rows,
    0,
  );
  const out = Matrix.zeros(rows, rows);
  for (let i = 0, k = 0; i < rows; i++) {
    out.data[i * rows + i] = kernel.diagonal[i] as number;
    for (let j = i + 1; j < rows; j++, k++) out.data[i * rows + j] = out.data[j * rows + i] = kernel.pairs[k] as number;
  }
  return out;
}

/** Null where some dissimilarity is no number, or no rows are apart: all are zero, or below it as those without bias may be. */
export async function configuration(
  pairs: Float64Array,
  rows: number,
  context: Pick<Context, 'signal' | 'reserve'>,
): Promise<Configuration | null> {
  if (!pairs.every(Number.isFinite)) return null;
  context.reserve(8 * 3 * rows * rows, 'the inner products of all pairs of rows');
  const { values, vectors } = await symmetricEigen(secondMoments(pairs, rows), { signal: context.signal });
  const largest = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0));
  if (!((values[0] ?? 0) > ROUNDING * largest)) return null;
  const kept = [...values.keys()].filter((k) => (values[k] as number) > ROUNDING * largest);
  const matrix = vectors.takeColumns(kept);
  const roots = kept.map((k) => Math.sqrt(values[k] as number));
  for (let k = 0; k < matrix.data.length; k++)
    matrix.data[k] = (matrix.data[k] as number) * (roots[k % kept.length] as number);
  const sum = (list: Float64Array) => list.reduce((total, value) => total + value, 0);
  const below = sum(values.filter((value) => value < -ROUNDING * largest));
  const above = sum(values.filter((value) => value > 0));
  return { matrix, length: Math.sqrt(above), negative: -below / (above - below) };
}

/** tr √(√K L √K) / √(tr K tr L): the largest there is over rotations of the one, as for shapes. */
export async function buresSimilarity(x: Configuration, y: Configuration, context: Context): Promise<number> {
  const overlap = await nuclearNorm(await unitProducts(x, y, context), { signal: context.signal });
  return overlap / (x.length * y.length);
}

export function negativeWarning({ negative }: Configuration, name: string): string[] {
  if (negative === 0) return [];
  const share = negative < 0.001 ? 'less than 0.1' : Number((100 * negative).toPrecision(2));
  return [
    `No rows in a flat space are as far apart as those dissimilarities of ${name}: ${share} % of their eigenvalues are negative and count as zero.`,
  ];
}
