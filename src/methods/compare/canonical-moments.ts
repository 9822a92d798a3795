import { symmetricEigen } from '../../linalg/eigen';
import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { crossProduct, multiply } from '../../linalg/products';
import { singularValues } from '../../linalg/svd';
import type { Context } from '../method';
import { type Basis, type BasisSize, type Canonical, type Cut, canonicalOf } from './canonical';

/** The directions of a representation of which the sums over rows are known, but no row. */
export interface MomentBasis extends BasisSize, Pick<Basis, 'rank' | 'share'> {
  /** p x k: the centred data times this have orthonormal columns. */
  readonly whitening: Matrix<Float64Array>;
  /** The sums of squares along each direction, descending; of standardised columns where they are. */
  readonly squares: Float64Array;
  /** The narrowest direction kept, relative to the widest: squares of standard deviations. */
  readonly narrowest: number;
  /** Directions that columns which vary could span, of which sums of squares show nothing. */
  readonly lost: number;
}

/** What the data is taken about: its mean row, or zero, as where columns are not centred. */
export type About = 'mean' | 'zero';

/** Rounding of an eigenvalue of p x p sums of squares, relative to the largest, over p ε. */
const ROUNDING = 16;

/**
 * The eigenvectors of XᵀX: squares lose half of the digits, so that directions whose standard deviation is below some 1e-7
 * of the largest are taken as none; `basisOf`, which has the rows, keeps them.
 * @param standardised units are scaled to equal variance first, for measures that do not see the scale of units
 */
export async function basisOfMoments(
  moments: Moments,
  input: number,
  cut: Cut,
  standardised: boolean,
  context: Context,
  about: About = 'mean',
): Promise<MomentBasis | null> {
  const columns = moments.widths[input] as number;
  context.reserve(8 * 5 * columns * columns, 'the principal directions');
  const product = productAbout(moments, input, input, about);
  const squaresOf = Float64Array.from({ length: columns }, (_, j) => product.at(j, j));
  const scale = squaresOf.map((square) => (standardised && square > 0 ? 1 / Math.sqrt(square) : 1));
  // The mean row is one direction of all that n rows can have.
  const most = moments.rows - (about === 'mean' ? 1 : 0);
  for (let i = 0, k = 0; i < columns; i++)
    for (let j = 0; j < columns; j++, k++)
      product.data[k] = (product.data[k] as number) * (scale[i] as number) * (scale[j] as number);
  const { values, vectors } = await symmetricEigen(product, context);
  const least = ROUNDING * columns * Number.EPSILON * (values[0] ?? 0);
  const squares = values.filter((value, k) => value > least && k < most);
  const rank = squares.length;
  if (rank === 0) return null;
  const kept = Math.min(rank, cut(squares));
  const whitening = vectors.columnBand(0, kept);
  for (let i = 0, k = 0; i < columns; i++)
    for (let j = 0; j < kept; j++, k++)
      whitening.data[k] = ((whitening.data[k] as number) * (scale[i] as number)) / Math.sqrt(squares[j] as number);
  const sum = (list: Float64Array) => list.reduceRight((total, value) => total + value, 0);
  const empty =
    about === 'mean' ? moments.constantColumns(input).length : squaresOf.filter((square) => square === 0).length;
  return {
    ...{ whitening, squares, rank, u: { rows: moments.rows, columns: kept } },
    share: sum(squares.subarray(0, kept)) / sum(squares),
    narrowest: (squares[kept - 1] as number) / (squares[0] as number),
    lost: Math.min(most, columns - empty) - rank,
  };
}

/** XᵀY of two inputs about their mean rows, or about zero. */
export function productAbout(moments: Moments, x: number, y: number, about: About): Matrix<Float64Array> {
  const product = moments.product(x, y);
  if (about === 'mean') return product;
  const [a, b] = [scaledMeans(moments, x), scaledMeans(moments, y)];
  for (let i = 0, k = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++, k++)
      product.data[k] = (product.data[k] as number) + moments.rows * (a[i] as number) * (b[j] as number);
  return product;
}

/** Column means in the unit in which the products are. */
export function scaledMeans(moments: Moments, input: number): Float64Array {
  const exponent = moments.exponent(input);
  return exponent === 0 ? moments.means(input) : moments.means(input).map((mean) => mean / 2 ** exponent);
}

/** Canonical correlations of two bases; of the spread of chance, which takes every row, nothing is known. */
export async function canonicalOfMoments(
  moments: Moments,
  [x, a]: readonly [number, MomentBasis],
  [y, b]: readonly [number, MomentBasis],
  context: Context,
): Promise<Canonical> {
  const across = await multiply(moments.product(x, y), b.whitening, context);
  const product = await crossProduct(a.whitening, across, context);
  return canonicalOf(await singularValues(product, context), a, b, null);
}

/** What sums of squares cannot tell. */
export function squaredWarnings(names: readonly string[], bases: readonly MomentBasis[]): string[] {
  return bases.flatMap(({ lost, narrowest, whitening }, k) => {
    const digits = -Math.log10((whitening.rows * Number.EPSILON) / narrowest);
    return [
      ...(lost > 0
        ? [
            `${lost} directions of ${names[k]} are linear combinations of others, or so weak beside the strongest that sums of squares, which are all that is kept of rows read in blocks, do not show them; they are taken as none.`,
          ]
        : []),
      ...(digits < 6
        ? [
            `The weakest direction of ${names[k]} that is used is so weak beside the strongest that canonical correlations, from rows read in blocks, are good to about ${Math.max(1, Math.floor(digits))} digits.`,
          ]
        : []),
    ];
  });
}
