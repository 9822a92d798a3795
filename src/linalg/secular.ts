const EPSILON = 2 ** -53;
const MOST_STEPS = 100;

/**
 * Root `j` of 1/rho + Σᵢ zᵢ²/(dᵢ - λ): eigenvalue j of diag(d) + rho z zᵀ, with d strictly ascending, rho > 0 and every zᵢ
 * other than zero. Writes dᵢ - λ, to high relative accuracy, to `difference`, and returns λ. The iteration replaces the
 * sums left and right of the root by one pole each: Bunch, Nielsen and Sorensen, "Rank-one modification of the symmetric
 * eigenproblem", Numer. Math. 1978; where that leaves the bracket, the bracket is halved.
 */
export function secularRoot(
  j: number,
  d: Float64Array,
  squares: Float64Array,
  rho: number,
  difference: Float64Array,
): number {
  const k = d.length;
  const last = j === k - 1;
  const dj = d[j] as number;
  let total = 0;
  if (last) for (let i = 0; i < k; i++) total += squares[i] as number;
  const gap = last ? rho * total : (d[j + 1] as number) - dj;
  if (k === 1) {
    difference[0] = -gap;
    return dj + gap;
  }
  const evaluate = (origin: number, offset: number) =>
    sums(d, squares, last ? k - 1 : j + 1, origin, offset, difference);
  // The nearer pole is the origin, so that differences from it keep their digits.
  const middle = evaluate(dj, gap / 2);
  const nearLeft = last || 1 / rho + middle.left + middle.right >= 0;
  const origin = nearLeft ? dj : (d[j + 1] as number);
  let low = nearLeft ? 0 : -gap / 2;
  let high = nearLeft ? (last ? gap : gap / 2) : 0;
  let offset = nearLeft ? gap / 2 : -gap / 2;
  let now = middle;
  if (!nearLeft) now = evaluate(origin, offset);
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
    now = evaluate(origin, offset);
  }
  return origin + offset;
}

interface Sums {
  left: number;
  right: number;
  leftSlope: number;
  rightSlope: number;
  /** Bound of the rounding of the sums, in units of the rounding of one operation. */
  error: number;
}

/** The sums over the poles before `split` and from it on, at origin + offset, each summed towards the root. */
function sums(
  d: Float64Array,
  squares: Float64Array,
  split: number,
  origin: number,
  offset: number,
  difference: Float64Array,
): Sums {
  let left = 0;
  let leftSlope = 0;
  let error = 0;
  for (let i = 0; i < split; i++) {
    const away = (d[i] as number) - origin - offset;
    difference[i] = away;
    const term = (squares[i] as number) / away;
    left += term;
    leftSlope += term / away;
    error += Math.abs(left);
  }
  let right = 0;
  let rightSlope = 0;
  for (let i = d.length - 1; i >= split; i--) {
    const away = (d[i] as number) - origin - offset;
    difference[i] = away;
    const term = (squares[i] as number) / away;
    right += term;
    rightSlope += term / away;
    error += Math.abs(right);
  }
  return { left, right, leftSlope, rightSlope, error };
}
