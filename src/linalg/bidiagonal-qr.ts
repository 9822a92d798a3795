import { EPSILON } from './divide';
import type { Kernels } from './kernels';
import type { Matrix } from './matrix';
import { ascendingOrder } from './order';
import type { Signal } from './signal';

/** Per value; three suffice on average. More means that the input is not finite. */
const MOST_ROUNDS = 60;

/** A plane rotation of entries i and i + 1, to (c x + s y, c y - s x). */
type Rotate = (i: number, cosine: number, sine: number) => void;

/**
 * Singular values, descending, and vectors of an n x n upper bidiagonal matrix by implicit QR iteration: Golub and Kahan
 * 1965, with the zero-shift step of Demmel and Kahan, "Accurate singular values of bidiagonal matrices", SIAM J. Sci. Stat.
 * Comput. 1990. Vectors are rows of `left` and `right`. The matrix is to be scaled to about 1.
 */
export function implicitQr(kernels: Kernels, diagonal: Float64Array, superDiagonal: Float64Array) {
  const n = diagonal.length;
  const mark = kernels.mark();
  const [left, right] = [kernels.identity(n), kernels.identity(n)];
  const rotator =
    (rows: Matrix<Float64Array>): Rotate =>
    (i, c, s) =>
      kernels.rotate(rows, i, i + 1, c, -s);
  const d = iterate(diagonal, superDiagonal, rotator(left), rotator(right));
  for (let i = 0; i < n; i++) {
    if ((d[i] as number) >= 0) continue;
    d[i] = -(d[i] as number);
    right.row(i).forEach((value, k, row) => {
      row[k] = -value;
    });
  }
  const order = ascendingOrder(d.map((value) => -value));
  const out = {
    values: Float64Array.from(order, (i) => d[i] as number),
    left: left.takeRows(order),
    right: right.takeRows(order),
  };
  kernels.release(mark);
  return out;
}

/** The singular values alone, descending: O(n²). */
export function bidiagonalSingularValues(
  diagonal: Float64Array,
  superDiagonal: Float64Array,
  signal?: Signal,
): Float64Array {
  const ignore = () => {};
  return iterate(diagonal, superDiagonal, ignore, ignore, signal).map(Math.abs).sort().reverse();
}

/** The diagonal that remains, up to sign and order the singular values. */
function iterate(
  diagonal: Float64Array,
  superDiagonal: Float64Array,
  left: Rotate,
  right: Rotate,
  signal?: Signal,
): Float64Array {
  const n = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(n);
  e.set(superDiagonal.subarray(0, Math.max(0, n - 1)));
  const norm = [...d, ...e].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Relative to the whole matrix, not to the neighbours: among values that are rounding only it would not come to an end;
  // and several times ε: among equal values, which canonical correlations of 1 are, single roundings come back every round.
  const negligible = 8 * EPSILON * norm;
  let rounds = MOST_ROUNDS * n;
  for (let end = n - 1; end > 0; ) {
    if (Math.abs(e[end - 1] as number) <= negligible) {
      end--;
      continue;
    }
    signal?.throwIfAborted();
    if (rounds-- === 0) throw new Error('The singular value iteration does not converge.');
    let start = end - 1;
    while (start > 0 && Math.abs(e[start - 1] as number) > negligible) start--;
    const shift = shiftOf(d, e, start, end, negligible);
    if (shift > 0) shiftedStep(d, e, start, end, shift, left, right);
    else zeroShiftStep(d, e, start, end, left, right);
  }
  return d;
}

/** The smaller singular value at the end of the block, or 0 where that would be lost beside the start. */
function shiftOf(d: Float64Array, e: Float64Array, start: number, end: number, negligible: number): number {
  for (let i = start; i <= end; i++) {
    if (Math.abs(d[i] as number) > negligible) continue;
    // A zero on the diagonal: one step without shift moves it to the end and splits it off.
    d[i] = 0;
    return 0;
  }
  const shift = smallerSingularValue(d[end - 1] as number, e[end - 1] as number, d[end] as number);
  const ratio = shift / (d[start] as number);
  return ratio * ratio > EPSILON ? shift : 0;
}

/** Of the matrix [f g; 0 h]. */
function smallerSingularValue(f: number, g: number, h: number): number {
  // Half the difference of the lengths of (f + h, g) and (f - h, g), without the cancellation.
  const least = Math.abs(f * h);
  if (least === 0) return 0;
  const [a, b] = [Math.abs(f), Math.abs(h)];
  return (2 * least) / (Math.sqrt((a + b) ** 2 + g * g) + Math.sqrt((a - b) ** 2 + g * g));
}

function shiftedStep(
  d: Float64Array,
  e: Float64Array,
  start: number,
  end: number,
  shift: number,
  left: Rotate,
  right: Rotate,
): void {
  const first = d[start] as number;
  let f = (Math.abs(first) - shift) * (Math.sign(first) + shift / first);
  let g = e[start] as number;
  for (let i = start; i < end; i++) {
    let r = Math.sqrt(f * f + g * g);
    let c = r === 0 ? 1 : f / r;
    let s = r === 0 ? 0 : g / r;
    if (i > start) e[i - 1] = r;
    right(i, c, s);
    const di = d[i] as number;
    const ei = e[i] as number;
    f = c * di + s * ei;
    const coupling = c * ei - s * di;
    g = s * (d[i + 1] as number);
    const next = c * (d[i + 1] as number);
    r = Math.sqrt(f * f + g * g);
    c = r === 0 ? 1 : f / r;
    s = r === 0 ? 0 : g / r;
    d[i] = r;
    left(i, c, s);
    f = c * coupling + s * next;
    d[i + 1] = c * next - s * coupling;
    e[i] = f;
    if (i < end - 1) {
      g = s * (e[i + 1] as number);
      e[i + 1] = c * (e[i + 1] as number);
    }
  }
}

function zeroShiftStep(
  d: Float64Array,
  e: Float64Array,
  start: number,
  end: number,
  left: Rotate,
  right: Rotate,
): void {
  let c = 1;
  let oldC = 1;
  let oldS = 0;
  for (let i = start; i < end; i++) {
    const f = (d[i] as number) * c;
    const g = e[i] as number;
    const r = Math.sqrt(f * f + g * g);
    c = r === 0 ? 1 : f / r;
    const s = r === 0 ? 0 : g / r;
    if (i > start) e[i - 1] = oldS * r;
    right(i, c, s);
    const f2 = oldC * r;
    const g2 = (d[i + 1] as number) * s;
    const r2 = Math.sqrt(f2 * f2 + g2 * g2);
    oldC = r2 === 0 ? 1 : f2 / r2;
    oldS = r2 === 0 ? 0 : g2 / r2;
    d[i] = r2;
    left(i, oldC, oldS);
  }
  const h = (d[end] as number) * c;
  d[end] = h * oldC;
  e[end - 1] = h * oldS;
}
