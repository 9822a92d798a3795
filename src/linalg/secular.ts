import { Matrix } from './matrix';
import type { Signal } from './signal';

const EPSILON = 2 ** -53;
const MOST_STEPS = 100;

/** Strictly ascending values, known by their differences, which have to be accurate even between close ones. */
export interface Poles {
  count: number;
  /** Writes pole i - pole `origin` for every i. */
  gaps(origin: number, out: Float64Array): void;
}

export interface SecularSolution {
  /** Root j is pole origin[j] + offset[j]. */
  origin: Int32Array;
  offset: Float64Array;
  /** Row j: every pole less root j. */
  differences: Matrix<Float64Array>;
  /** The z, signs included, for which the computed roots are the exact ones. */
  z: Float64Array;
}

/**
 * All roots of 1/rho + Σᵢ zᵢ²/(poleᵢ - λ), the eigenvalues of diag(poles) + rho z zᵀ; rho > 0 and every zᵢ other than
 * zero. Vectors made from the z that is returned are orthogonal however close the roots are: Gu and Eisenstat, "A stable
 * and efficient algorithm for the rank-one modification of the symmetric eigenproblem", SIAM J. Matrix Anal. Appl. 1994.
 */
export function solveSecular(poles: Poles, z: Float64Array, rho: number, signal?: Signal): SecularSolution {
  const k = poles.count;
  const squares = z.map((value) => value * value);
  const origin = new Int32Array(k);
  const offset = new Float64Array(k);
  const differences = Matrix.zeros(k, k);
  const gaps = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    if ((j & 63) === 0) signal?.throwIfAborted();
    const root = secularRoot(j, poles, gaps, squares, rho, differences.row(j));
    origin[j] = root.origin;
    offset[j] = root.offset;
  }
  const products = new Float64Array(k).fill(-1);
  for (let j = 0; j < k; j++) {
    const difference = differences.row(j);
    poles.gaps(j, gaps);
    gaps[j] = 1;
    for (let i = 0; i < k; i++) {
      products[i] = (products[i] as number) * ((difference[i] as number) / (gaps[i] as number));
    }
  }
  const exact = products.map((product, i) => Math.sign(z[i] as number) * Math.sqrt(Math.max(0, product / rho)));
  return { origin, offset, differences, z: exact };
}

/**
 * Root `j`, between pole j and the next. The sums left and right of the root are each replaced by one pole that has their
 * value and slope: Bunch, Nielsen and Sorensen, "Rank-one modification of the symmetric eigenproblem", Numer. Math. 1978;
 * where the step would leave the bracket, the bracket is halved.
 */
function secularRoot(
  j: number,
  poles: Poles,
  gaps: Float64Array,
  squares: Float64Array,
  rho: number,
  difference: Float64Array,
): { origin: number; offset: number } {
  const k = poles.count;
  const last = j === k - 1;
  poles.gaps(j, gaps);
  const width = last ? rho * squares.reduce((sum, square) => sum + square, 0) : (gaps[j + 1] as number);
  if (k === 1) {
    difference[0] = -width;
    return { origin: 0, offset: width };
  }
  const split = last ? k - 1 : j + 1;
  let origin = j;
  let low = 0;
  let high = width;
  let offset = width / 2;
  let now = sums(gaps, squares, split, offset, difference);
  if (!last) {
    // The nearer pole is the origin, so that differences from it keep their digits.
    if (1 / rho + now.left + now.right >= 0) high = offset;
    else {
      origin = j + 1;
      poles.gaps(origin, gaps);
      low = -offset;
      high = 0;
      offset = -offset;
      now = sums(gaps, squares, split, offset, difference);
    }
  }
  // The two poles of the approximation: either side of the root, or for the last root the two below it.
  const p = last ? k - 2 : j;
  for (let step = 0; step < MOST_STEPS; step++) {
    const value = 1 / rho + now.left + now.right;
    const slope = now.leftSlope + now.rightSlope;
    const rounding = 8 * (Math.abs(now.left) + Math.abs(now.right)) + now.error + 2 / rho + Math.abs(offset) * slope;
    if (Math.abs(value) <= EPSILON * rounding) break;
    if (value < 0) low = offset;
    else high = offset;
    const a1 = difference[p] as number;
    const a2 = difference[p + 1] as number;
    const c = value - a1 * now.leftSlope - a2 * now.rightSlope;
    const a = (a1 + a2) * value - a1 * a2 * slope;
    const b = a1 * a2 * value;
    const root = Math.sqrt(Math.max(0, a * a - 4 * b * c));
    let change: number;
    if (last) change = a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
    else change = a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
    let next = offset + change;
    if (!(next > low && next < high) || value * change > 0) next = low + (high - low) / 2;
    if (next === offset || next === low || next === high) break;
    offset = next;
    now = sums(gaps, squares, split, offset, difference);
  }
  return { origin, offset };
}

interface Sums {
  left: number;
  right: number;
  leftSlope: number;
  rightSlope: number;
  /** Bound of the rounding of the sums, in units of the rounding of one operation. */
  error: number;
}

/** The sums over the poles before `split` and from it on, each summed towards the root. */
function sums(
  gaps: Float64Array,
  squares: Float64Array,
  split: number,
  offset: number,
  difference: Float64Array,
): Sums {
  let left = 0;
  let leftSlope = 0;
  let error = 0;
  for (let i = 0; i < split; i++) {
    const away = (gaps[i] as number) - offset;
    difference[i] = away;
    const inverse = 1 / away;
    const term = (squares[i] as number) * inverse;
    left += term;
    leftSlope += term * inverse;
    error += Math.abs(left);
  }
  let right = 0;
  let rightSlope = 0;
  for (let i = gaps.length - 1; i >= split; i--) {
    const away = (gaps[i] as number) - offset;
    difference[i] = away;
    const inverse = 1 / away;
    const term = (squares[i] as number) * inverse;
    right += term;
    rightSlope += term * inverse;
    error += Math.abs(right);
  }
  return { left, right, leftSlope, rightSlope, error };
}
