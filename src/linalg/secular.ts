import { EPSILON } from './divide';
import type { Kernels, PoleLoops } from './kernels';
import type { Matrix } from './matrix';
import type { Signal } from './signal';

const MOST_STEPS = 100;

/** Strictly ascending: these values, or their squares. */
export interface Poles {
  readonly values: Float64Array;
  readonly squared: boolean;
}

export interface SecularSolution {
  /** Root j is pole origin[j] + offset[j]. */
  origin: Int32Array;
  offset: Float64Array;
  /** Row j: every pole less root j; in the memory of the kernels. */
  differences: Matrix<Float64Array>;
  /** The z, signs included, for which the computed roots are the exact ones; there too. */
  z: Float64Array;
}

/**
 * All roots of 1/rho + Σᵢ zᵢ²/(poleᵢ - λ), the eigenvalues of diag(poles) + rho z zᵀ; rho > 0 and every zᵢ other than
 * zero. Vectors made from the z that is returned are orthogonal however close the roots are: Gu and Eisenstat, "A stable
 * and efficient algorithm for the rank-one modification of the symmetric eigenproblem", SIAM J. Matrix Anal. Appl. 1994.
 */
export function solveSecular(
  kernels: Kernels,
  poles: Poles,
  z: Float64Array,
  rho: number,
  signal?: Signal,
): SecularSolution {
  const k = poles.values.length;
  const origin = new Int32Array(k);
  const offset = new Float64Array(k);
  const [differences, exact] = [kernels.take(k, k), kernels.take(1, k).data];
  const mark = kernels.mark();
  const loops = kernels.poles(poles.values, poles.squared);
  for (let i = 0; i < k; i++) loops.squares[i] = (z[i] as number) ** 2;
  for (let j = 0; j < k; j++) {
    if ((j & 63) === 0) signal?.throwIfAborted();
    const root = secularRoot(j, k, loops, rho, differences.row(j));
    origin[j] = root.origin;
    offset[j] = root.offset;
  }
  const { gaps } = loops;
  exact.fill(-1);
  for (let j = 0; j < k; j++) {
    loops.from(j);
    gaps[j] = 1;
    kernels.quotients(differences.row(j), gaps, gaps);
    kernels.products(exact, gaps, exact);
  }
  kernels.release(mark);
  for (let i = 0; i < k; i++) exact[i] = Math.sign(z[i] as number) * Math.sqrt(Math.max(0, (exact[i] as number) / rho));
  return { origin, offset, differences, z: exact };
}

/**
 * Root `j`, between pole j and the next. The sums left and right of the root are each replaced by one pole that has their
 * value and slope: Bunch, Nielsen and Sorensen, "Rank-one modification of the symmetric eigenproblem", Numer. Math. 1978;
 * where the step would leave the bracket, the bracket is halved.
 */
function secularRoot(
  j: number,
  k: number,
  loops: PoleLoops,
  rho: number,
  difference: Float64Array,
): { origin: number; offset: number } {
  const { gaps, squares } = loops;
  const last = j === k - 1;
  loops.from(j);
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
  const now = loops.sums(split, offset, difference);
  if (!last && 1 / rho + (now[0] as number) + (now[3] as number) < 0) {
    // The nearer pole is the origin, so that differences from it keep their digits.
    origin = j + 1;
    loops.from(origin);
    low = -offset;
    high = 0;
    offset = -offset;
    loops.sums(split, offset, difference);
  }
  // The two poles of the approximation: either side of the root, or for the last root the two below it.
  const p = last ? k - 2 : j;
  for (let step = 0; step < MOST_STEPS; step++) {
    const [left, leftSlope, right, rightSlope] = [now[0], now[1], now[3], now[4]] as [number, number, number, number];
    const value = 1 / rho + left + right;
    const slope = leftSlope + rightSlope;
    const error = (now[2] as number) + (now[5] as number) + 2 / rho + Math.abs(offset) * slope;
    const rounding = 8 * (Math.abs(left) + Math.abs(right)) + error;
    if (Math.abs(value) <= EPSILON * rounding) break;
    if (value < 0) low = offset;
    else high = offset;
    const a1 = difference[p] as number;
    const a2 = difference[p + 1] as number;
    const c = value - a1 * leftSlope - a2 * rightSlope;
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
    loops.sums(split, offset, difference);
  }
  return { origin, offset };
}
