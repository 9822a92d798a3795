import { dot, sumOf } from '../../linalg/norms';
import type { Chance } from '../../protocol/result';
import { difference, type PairMoments, pairVariance } from './pair-list';

/**
 * Centred kernel alignment from the few sums that it needs. A and B are the kernel matrices of the two sides after double
 * centring; nothing here asks whether they were ever formed: for a linear kernel every sum can be had from products of
 * columns, with A_ii the squared length of a centred row.
 */
export interface Side {
  /** ‖A‖² */
  readonly squared: number;
  /** A_ii, for each row. */
  readonly diagonal: Float64Array;
}

export interface CkaScore {
  /** Null where it is undefined; then `warning` says why. */
  readonly value: number | null;
  readonly chance?: Chance;
  readonly warning?: string;
}

export type Estimator = (cross: number, x: Side, y: Side) => CkaScore;

/** All that CKA needs of one side, without anything of the length of n. */
export interface SideSums {
  readonly rows: number;
  /** ‖A‖² */
  readonly squared: number;
  /** Σ A_ii */
  readonly trace: number;
  /** Σ A_ii² */
  readonly fourth: number;
}

type Diagonal = Pick<SideSums, 'rows' | 'trace'>;

/** @param diagonals Σ A_ii B_ii */
export type SumsEstimator = (cross: number, diagonals: number, x: SideSums, y: SideSums) => CkaScore;

const CONSTANT = 'one of them has the same value in every row, so it is not defined';

export const biased: Estimator = (cross, x, y) => biasedOf(cross, 0, sumsOf(x), sumsOf(y));

export const debiased: Estimator = (cross, x, y) =>
  debiasedOf(cross, dot(x.diagonal, y.diagonal), sumsOf(x), sumsOf(y));

export const lange: Estimator = (cross, x, y) => langeOf(cross, dot(x.diagonal, y.diagonal), sumsOf(x), sumsOf(y));

export function sumsOf({ squared, diagonal }: Side): SideSums {
  return { rows: diagonal.length, squared, trace: sumOf(diagonal), fourth: dot(diagonal, diagonal) };
}

/**
 * CKA = <A, B> / (‖A‖ ‖B‖) of Kornblith et al. (ICML 2019), with HSIC as Gretton et al. (2005) estimate it, and its mean
 * and standard deviation over all pairings of the rows (Kazi-Aoual et al. 1995).
 * @param cross <A, B>
 */
export function biasedOf(cross: number, _diagonals: number, x: SideSums, y: SideSums): CkaScore {
  if (!(x.squared > 0 && y.squared > 0)) return { value: null, warning: CONSTANT };
  const norm = Math.sqrt(x.squared * y.squared);
  const { mean, variance } = pairingMoments(x, y);
  const how = 'Mean over all pairings of the rows, in closed form (Kazi-Aoual et al. 1995).';
  const sd = variance === null ? undefined : Math.sqrt(variance) / norm;
  return { value: cross / norm, chance: chanceOf(cross / norm, mean / norm, sd, how) };
}

/**
 * CKA of U-centred kernels (Székely and Rizzo 2014), the ratio of the unbiased HSIC of Song et al. (2012). Zero on
 * average for rows paired at random, with the variance 2 / (n (n - 3)) whatever the data: U-centred matrices are an
 * irreducible representation of the permutations, of dimension n (n - 3) / 2, and Schur's orthogonality does the rest.
 */
export function debiasedOf(cross: number, diagonals: number, x: SideSums, y: SideSums): CkaScore {
  const n = x.rows;
  if (n < 4) return { value: null, warning: `without bias it needs at least 4 rows and there are ${n}` };
  if (!(x.squared > 0 && y.squared > 0)) return { value: null, warning: CONSTANT };
  const xx = uCentred(x.squared, x.fourth, x, x);
  const yy = uCentred(y.squared, y.fourth, y, y);
  if (!(isLeft(xx, x.squared) && isLeft(yy, y.squared))) {
    const why = 'as where every row is as near to every other';
    return { value: null, warning: `nothing of one of them is left once the bias is removed, ${why}` };
  }
  const value = uCentred(cross, diagonals, x, y) / Math.sqrt(xx * yy);
  const how = 'Zero by construction; the variance over all pairings of the rows is 2 / (n (n - 3)) for any data.';
  return { value, chance: chanceOf(value, 0, Math.sqrt(2 / (n * (n - 3))), how) };
}

/**
 * Whether more than rounding is left of a square once something is taken away: nothing is of the unbiased one where every row is as
 * near to every other, as in a regular simplex.
 */
export function isLeft(rest: number, square: number): boolean {
  return rest > 1e-12 * square;
}

/**
 * CKA without the diagonals: A and B double-centred first, A_ii and B_ii then left out (Lange et al. 2022). A's entries off the
 * diagonal sum to -tr A, and those of row i to -A_ii, which is all that the mean and variance over pairings need.
 */
export function langeOf(cross: number, diagonals: number, x: SideSums, y: SideSums): CkaScore {
  if (!(x.squared > 0 && y.squared > 0)) return { value: null, warning: CONSTANT };
  const [xx, yy] = [x.squared - x.fourth, y.squared - y.fourth];
  if (!(isLeft(xx, x.squared) && isLeft(yy, y.squared)))
    return { value: null, warning: 'nothing of one of them is left without the diagonal of its kernel' };
  const norm = Math.sqrt(xx * yy);
  const value = (cross - diagonals) / norm;
  const n = x.rows;
  const level = (x.trace * y.trace) / (n * (n - 1)) / norm;
  const sd = n < 4 ? undefined : (2 * Math.sqrt(pairVariance(offDiagonal(x), offDiagonal(y)))) / norm;
  const how = 'Mean over all pairings of the rows, in closed form: tr A tr B / (n (n - 1)) before scaling.';
  return { value, chance: chanceOf(value, level, sd, how) };
}

/** Of the entries above the diagonal. */
function offDiagonal({ rows: n, squared, trace, fourth }: SideSums): PairMoments {
  const mean = -trace / (n * (n - 1));
  const spread = difference((squared - fourth) / 2, ((n * (n - 1)) / 2) * mean * mean);
  return { rows: n, mean, squared: spread, byRows: Math.max(0, difference(fourth, (trace * trace) / n)) / (n - 2) };
}

/** <U(A), U(B)> of the U-centred matrices, from <A, B> of the double-centred ones and their diagonals. */
export function uCentredProduct(product: number, a: Float64Array, b: Float64Array): number {
  return uCentred(product, dot(a, b), { rows: a.length, trace: sumOf(a) }, { rows: b.length, trace: sumOf(b) });
}

/** The same from sums over the diagonals. */
function uCentred(product: number, diagonals: number, a: Diagonal, b: Diagonal): number {
  const n = a.rows;
  return product - (n / (n - 2)) * diagonals + (a.trace * b.trace) / ((n - 1) * (n - 2));
}

/**
 * Mean and variance of <A, πB> over all n! permutations π of the rows of one side (Kazi-Aoual, Hitier, Sabatier and
 * Lebreton, Computational Statistics & Data Analysis 20, 1995). The variance is null below 4 rows, where it has no
 * meaning for a test.
 */
export function permutationMoments(x: Side, y: Side): { mean: number; variance: number | null } {
  return pairingMoments(sumsOf(x), sumsOf(y));
}

/** The same from sums over the rows. */
export function pairingMoments(x: SideSums, y: SideSums): { mean: number; variance: number | null } {
  const n = x.rows;
  const a = x.trace;
  const b = y.trace;
  const mean = (a * b) / (n - 1);
  if (n < 4) return { mean, variance: null };
  const spread = (side: SideSums, trace: number) => difference((n - 1) * side.squared, trace * trace);
  const uneven = (side: SideSums, trace: number) =>
    difference(n * (n + 1) * side.fourth, (n - 1) * (trace * trace + 2 * side.squared));
  const first = (2 * spread(x, a) * spread(y, b)) / ((n - 1) ** 2 * (n + 1) * (n - 2));
  const second = (uneven(x, a) * uneven(y, b)) / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3));
  return { mean, variance: Math.max(0, difference(first, -second)) };
}

/** A chance level, with the standard score where there is a spread to measure it in. */
export function chanceOf(value: number, level: number, sd: number | undefined, how: string): Chance {
  if (sd === undefined) return { level, how };
  // A spread of mere rounding is none: where one unit stands against one pattern, every pairing can give the same.
  return sd > 1e-12 ? { level, sd, z: (value - level) / sd, how } : { level, sd, how };
}
