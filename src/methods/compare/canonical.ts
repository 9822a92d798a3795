import {
  centreInDouble,
  centreTurned,
  columnDeviations,
  eachCentredBlock,
  largestMagnitude,
  meansInParts,
  squaredLengths,
} from '../../linalg/centre';
import { type Eigen, symmetricEigen } from '../../linalg/eigen';
import { Matrix, scaleColumns, transposeInto } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { dot } from '../../linalg/norms';
import { leftSingular, orthonormaliseRows, rightSingular, withinReach } from '../../linalg/orthonormal';
import { crossProduct, gram } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { type Svd, singularValues, svd } from '../../linalg/svd';
import type { Figure } from '../../protocol/figures';
import type { Chance, Table } from '../../protocol/result';
import type { Context, Representation } from '../method';
import { inRange, rangeExponent } from '../shared/centred';
import { digits6 } from '../shared/image';
import { kept } from '../shared/kept';
import { originOf } from '../shared/reordered';
import { chanceOf, permutationMoments } from './cka';

/** An orthonormal basis of what the centred columns of a representation span, or of its leading principal axes. */
export interface Basis {
  /** n x k */
  readonly u: Matrix<Float64Array>;
  /** Directions that the columns span: singular values above max(n, p) ε times the largest, and at most n - 1; of columns of like length where all are kept. */
  readonly rank: number;
  /** Share of the variance that the basis keeps. */
  readonly share: number;
}

/** A basis whose vectors may not be there. */
export interface BasisSize {
  readonly u: Pick<Matrix, 'rows' | 'columns'>;
}

/** How many directions to keep, of those whose squared singular values these are, the largest first. */
export type Cut = (squares: Float64Array) => number;

/** All that the columns span, for measures that do not see the scale of units. */
export const everything: Cut = (squares) => squares.length;

/** Which directions there are, for formulas of measures that see the scale of units, and of those that do not. */
export const KEPT = 'a direction counts whose singular value is above max(n, p) ε times the largest';
export const SPANNED = `${KEPT}, of units scaled to like length`;

/** A basis of the centred columns, from the thin SVD of them. Null where there is no direction: all rows are the same. */
export async function basisOf(
  { name, matrix }: Representation,
  cut: Cut,
  context: Pick<Context, 'signal' | 'reserve' | 'kept'>,
): Promise<Basis | null> {
  context.signal.throwIfAborted();
  const origin = context.kept && originOf(matrix);
  if (origin) {
    const found = await basisOf({ name, matrix: origin.of }, cut, context);
    return found && { ...found, u: found.u.takeRows(origin.order) };
  }
  const bytes = 8 * matrix.rows * Math.min(matrix.rows, matrix.columns);
  if (cut === everything) return kept(context, matrix, 'span, centred', bytes, () => spanOf(matrix, true, context));
  const leading = await leadingColumns(matrix, cut, context);
  if (leading) return leading;
  const { u, s } = await singularVectors(matrix, context);
  const squares = s.map((value) => value ** 2);
  const rank = squares.length;
  if (rank === 0) return null;
  const count = Math.min(rank, cut(squares));
  const basis = count === u.columns ? u : u.columnBand(0, count);
  return { u: basis, rank, share: shareOf(squares, count) };
}

/** The left singular vectors of the centred columns, and those of the singular values that are more than rounding. */
export async function singularVectors(
  matrix: Matrix,
  context: Pick<Context, 'signal' | 'reserve' | 'kept'>,
): Promise<Pick<Svd, 'u' | 's'>> {
  const origin = context.kept && originOf(matrix);
  if (origin) {
    const { u, s } = await singularVectors(origin.of, context);
    return { u: u.takeRows(origin.order), s };
  }
  const { rows, columns } = matrix;
  return kept(context, matrix, 'singular vectors, centred', 8 * rows * Math.min(rows, columns), async () => {
    context.reserve(8 * 4 * rows * columns, 'the singular vectors');
    const x = inRange(matrix);
    const { u, s } = await svd(centreInDouble(x), context);
    // Centring leaves the rounding of the values as they were: with a large mean, more than that of the largest direction.
    const least = Math.max(rows, columns) * Number.EPSILON * Math.max(s[0] ?? 0, largestMagnitude(x));
    return { u, s: s.filter((value, k) => value > least && k < rows - 1) };
  });
}

function shareOf(squares: Float64Array, count: number): number {
  const sum = (values: Float64Array) => values.reduceRight((total, value) => total + value, 0);
  return sum(squares.subarray(0, count)) / sum(squares);
}

/** The eigenvectors of XᵀX, the columns centred, whatever the order of the rows. */
export function eigenOfColumns(matrix: Matrix, context: Pick<Context, 'signal' | 'reserve' | 'kept'>): Promise<Eigen> {
  const of = originOf(matrix)?.of ?? matrix;
  return kept(context, of, 'principal axes', 8 * of.columns * (of.columns + 1), async () => {
    context.reserve(8 * 4 * of.rows * of.columns, 'the principal axes');
    const turned = centreTurned(inRange(of));
    const products = await gram(turned, context);
    const found = await symmetricEigen(products, context);
    free(turned.data, products.data);
    return found;
  });
}

/** A basis of the leading principal axes where they stand out from rounding by far; null otherwise. */
async function leadingColumns(
  matrix: Matrix,
  cut: Cut,
  context: Pick<Context, 'signal' | 'reserve' | 'kept'>,
): Promise<Basis | null> {
  const { rows, columns } = matrix;
  if (columns >= rows) return null;
  const axes = rightSingular(await eigenOfColumns(matrix, context));
  const x = inRange(matrix);
  const most = Math.max(axes?.s[0] ?? 0, largestMagnitude(x));
  if (!axes || !((axes.s.at(-1) as number) > 100 * rows * Number.EPSILON * most)) return null;
  const squares = axes.s.map((value) => value ** 2);
  const count = Math.min(columns, cut(squares));
  if (!withinReach(axes, count)) return null;
  const centred = centreInDouble(x);
  const u = await leftSingular(centred, axes, count, context);
  free(centred.data);
  return { u, rank: columns, share: shareOf(squares, count) };
}

/** A basis of all that the columns span, by products alone where they are independent by far more than rounding. */
export async function spanOf(
  matrix: Matrix,
  centre: boolean,
  context: Pick<Context, 'signal' | 'reserve'>,
): Promise<Basis | null> {
  const { rows, columns } = matrix;
  context.signal.throwIfAborted();
  context.reserve(8 * 4 * rows * columns, 'the basis');
  const { turned, rounding } = evenColumns(matrix, centre);
  if (columns < rows) {
    const found = await orthonormaliseRows(turned, context);
    // The largest singular value is no larger than all of them together.
    if (found && found.least > 100 * rows * Number.EPSILON * Math.max(found.length, rounding)) {
      const u = turned.transpose();
      free(turned.data);
      return { u, rank: columns, share: 1 };
    }
    // They are no more what they were.
    turned.data.set(evenColumns(matrix, centre).turned.data);
  }
  const { v: u, s } = await svd(turned, context);
  free(turned.data);
  const least = Math.max(rows, columns) * Number.EPSILON * Math.max(s[0] ?? 0, rounding);
  const rank = s.filter((value, k) => value > least && k < (centre ? rows - 1 : rows)).length;
  if (rank === 0) return null;
  return { u: rank === u.columns ? u : u.columnBand(0, rank), rank, share: 1 };
}

/**
 * The columns as rows, each over a power of two near its deviation: they span the same whatever their scale, of which a small
 * one is no rounding. `rounding`: what centring leaves of ε times the mean, over ε.
 */
function evenColumns(matrix: Matrix, centre: boolean): { turned: Matrix<Float64Array>; rounding: number } {
  const given = columnsInRange(matrix);
  const { rows, columns } = given;
  const means = centre ? meansInParts(given) : null;
  const about = means?.first ?? new Float64Array(columns);
  let rounding = 0;
  const factors = columnDeviations(given, about).map((deviation, j) => {
    const mean = Math.abs(about[j] as number);
    // Nothing but rounding is left of a column that hardly varies beside its mean.
    if (!(deviation * Math.sqrt(rows) > Math.max(rows, columns) * Number.EPSILON * mean)) return 0;
    const factor = 2 ** Math.min(1000, -Math.floor(Math.log2(deviation)));
    rounding = Math.max(rounding, mean * factor);
    return factor;
  });
  const turned = Matrix.zeros(columns, rows);
  eachCentredBlock(given, means, (block, row) =>
    transposeInto(turned, 0, row, new Matrix(block, block.length / columns, columns), factors),
  );
  return { turned, rounding };
}

/** As {@link inRange}, but each column over a power of its own: over one for all, columns 1e308 apart would be zero. */
function columnsInRange(x: Matrix): Matrix {
  if (rangeExponent(x) === 0) return x;
  const largest = new Float64Array(x.columns);
  for (let k = 0; k < x.data.length; k++)
    largest[k % x.columns] = Math.max(largest[k % x.columns] as number, Math.abs(x.data[k] as number));
  const out = new Matrix(Float64Array.from(x.data), x.rows, x.columns);
  scaleColumns(
    out,
    largest.map((value) => 2 ** Math.min(1000, -Math.floor(Math.log2(value)))),
  );
  return out;
}

/** What the basis of a representation takes at most. */
export function basisBytes({ matrix }: Representation): number {
  return 8 * matrix.rows * Math.min(matrix.rows, matrix.columns);
}

export interface Canonical {
  /** Descending, as many as the smaller basis has directions. */
  readonly correlations: Float64Array;
  readonly mean: number;
  readonly meanSquare: number;
  /** Of the mean square. */
  readonly chance: Chance;
  /** Correlations that are 1 whatever the data, because both bases do not fit into n - 1 dimensions without meeting. */
  readonly forced: number;
}

/** Canonical correlations of two bases: the singular values of UᵀV (Björck and Golub, Math. Comp. 27, 1973). */
export async function canonicalCorrelations(x: Basis, y: Basis, options: Cancellable): Promise<Canonical> {
  const product = await crossProduct(x.u, y.u, options);
  const { variance } = permutationMoments(projector(x.u), projector(y.u));
  const values = await singularValues(product, options);
  free(product.data);
  return canonicalOf(values, x, y, variance);
}

/**
 * What cosines between two bases say.
 * @param variance of the sum of their squares over all pairings of the rows; null where it is not known
 */
export function canonicalOf(cosines: Float64Array, x: BasisSize, y: BasisSize, variance: number | null): Canonical {
  const rows = x.u.rows;
  // What rounding puts beyond 1 is 1.
  const correlations = cosines.map((rho) => Math.min(1, rho));
  const count = correlations.length;
  const mean = correlations.reduceRight((sum, rho) => sum + rho, 0) / count;
  const meanSquare = dot(correlations, correlations) / count;
  const level = Math.max(x.u.columns, y.u.columns) / (rows - 1);
  const how = 'max(kx, ky) / (n - 1) for kx and ky directions, exact over all pairings of the rows.';
  const sd = variance === null ? undefined : Math.sqrt(variance) / count;
  const chance = chanceOf(meanSquare, level, sd, how);
  return { correlations, mean, meanSquare, chance, forced: forcedOf(x, y).forced };
}

/** The projection UUᵀ as a kernel: its trace and its square are its rank, its diagonal the leverages. */
function projector(u: Matrix<Float64Array>) {
  const diagonal = squaredLengths(u);
  return { squared: u.columns, diagonal };
}

/** How many correlations of two bases are 1 whatever the data, of how many. */
export function forcedOf(x: BasisSize, y: BasisSize): Pick<Canonical, 'forced'> & { correlations: { length: number } } {
  const forced = Math.max(0, x.u.columns + y.u.columns - (x.u.rows - 1));
  return { forced, correlations: { length: Math.min(x.u.columns, y.u.columns) } };
}

/** Null unless some of the correlations say nothing. */
export function forcedWarning(
  { forced, correlations }: ReturnType<typeof forcedOf>,
  x: BasisSize,
  y: BasisSize,
): string[] {
  if (forced === 0) return [];
  const [kx, ky, n] = [x.u.columns, y.u.columns, x.u.rows];
  return [
    `${forced} of ${correlations.length} canonical correlations are exactly 1 whatever the data: ${kx} + ${ky} directions do not fit into the ${n - 1} dimensions of ${n} centred rows without meeting. The value is meaningless; use more rows or fewer directions.`,
  ];
}

export function correlationTable({ correlations }: Canonical): Table {
  return {
    title: 'Canonical correlations',
    columns: ['direction', 'correlation'],
    rows: Array.from(correlations, (rho, k) => [k + 1, rho]),
  };
}

export function correlationFigure({ correlations, mean, chance, forced }: Canonical): Figure {
  const x = Array.from(correlations, (_, k) => k + 1);
  return {
    id: 'canonical-correlations',
    kind: 'line',
    title: 'Canonical correlations',
    caption: `Correlations of the best matching directions of both spaces, in order.${forced > 0 ? ` The first ${forced} are 1 whatever the data.` : ''} The level of chance is that of the root mean square.`,
    x: { label: 'direction' },
    y: { label: 'correlation', domain: [0, 1] },
    series: [{ name: 'canonical correlation', x, y: Array.from(correlations, digits6) }],
    references: [
      { y: Number(mean.toPrecision(6)), label: 'mean' },
      { y: Number(Math.sqrt(Math.min(1, chance.level)).toPrecision(6)), label: 'chance' },
    ],
  };
}

export const NO_DIRECTIONS = 'one of them has the same value in every row and so no directions to correlate';
