import type { Kernels } from './kernels';
import type { Matrix } from './matrix';
import { ascendingOrder } from './order';
import { multiplyInto } from './products';
import type { Signal } from './signal';

/** Rounding of one float64 operation; deflation perturbs by a few of these times the norm. */
export const EPSILON = 2 ** -53;

/** Vectors of two solved halves in rows of the full length, and in which halves (bits 1 and 2) a row is not zero. */
export interface Basis {
  rows: Matrix<Float64Array>;
  home: Uint8Array;
  /** Where the columns of the second half begin. */
  split: number;
}

/** Values with their parts of z, in the order of the basis' rows. */
export interface Update {
  values: Float64Array;
  z: Float64Array;
  tolerance: number;
}

/**
 * Of two values that are equal but for rounding, makes the first an eigenvalue: its z is rotated into the second, in every
 * basis, unless that couples the two by more than the tolerance.
 */
export function rotateAway(
  kernels: Kernels,
  i: number,
  j: number,
  { values, z, tolerance }: Update,
  bases: readonly Basis[],
): boolean {
  const zi = z[i] as number;
  const zj = z[j] as number;
  const length = Math.sqrt(zi * zi + zj * zj);
  const c = zj / length;
  const s = zi / length;
  const di = values[i] as number;
  const dj = values[j] as number;
  if (Math.abs((dj - di) * c * s) > tolerance) return false;
  z[i] = 0;
  z[j] = length;
  values[i] = di * c * c + dj * s * s;
  values[j] = di * s * s + dj * c * c;
  for (const basis of bases) rotateRows(kernels, basis, i, j, c, s);
  return true;
}

/** (row i, row j) <- (c row i - s row j, s row i + c row j). */
export function rotateRows(kernels: Kernels, { rows, home }: Basis, i: number, j: number, c: number, s: number): void {
  kernels.rotate(rows, i, j, c, s);
  home[i] = (home[i] as number) | (home[j] as number);
  home[j] = home[i] as number;
}

/** Rows of numbers, and what each is to be multiplied by. */
export interface Weights {
  readonly rows: Matrix<Float64Array>;
  readonly factors: Float64Array;
}

/**
 * Row `places[j]` of `out` <- weights j times the rows `kept` of the basis. Rows are zero in a half that they are not from:
 * two smaller products.
 */
export async function combine(
  kernels: Kernels,
  weights: Weights,
  { rows, home, split }: Basis,
  kept: readonly number[],
  out: Matrix<Float64Array>,
  places: ArrayLike<number>,
  signal?: Signal,
): Promise<void> {
  for (const [bit, start, end] of [
    [1, 0, split],
    [2, split, rows.columns],
  ] as const) {
    const mark = kernels.mark();
    const some = Int32Array.from(kept.keys()).filter((k) => ((home[kept[k] as number] as number) & bit) !== 0);
    const [left, right] = [kernels.take(weights.rows.rows, some.length), kernels.take(some.length, end - start)];
    takeWeights(left, weights, some);
    for (let k = 0; k < some.length; k++)
      right.row(k).set(rows.row(kept[some[k] as number] as number).subarray(start, end));
    const product = kernels.take(left.rows, end - start);
    await multiplyInto(product, left, right, { signal });
    for (let j = 0; j < product.rows; j++) out.row(places[j] as number).set(product.row(j), start);
    kernels.release(mark);
  }
}

function takeWeights({ data: out }: Matrix<Float64Array>, { rows, factors }: Weights, columns: Int32Array): void {
  for (let j = 0, to = 0; j < rows.rows; j++) {
    const [from, factor] = [j * rows.columns, factors[j] as number];
    for (let k = 0; k < columns.length; k++, to++)
      out[to] = factor * (rows.data[from + (columns[k] as number)] as number);
  }
}

/** The place of each value in their order. */
export function placesOf(values: Float64Array, descending: boolean): Int32Array {
  const order = ascendingOrder(descending ? values.map((value) => -value) : values);
  const places = new Int32Array(order.length);
  for (const [place, i] of order.entries()) places[i] = place;
  return places;
}

/** How many values of the kernels' memory dividing takes, with `bases` of n x n. */
export function divideRoom(n: number, bases: number): number {
  return (2 * bases + 2) * (n + 1) ** 2 + 8 * n + 64;
}
