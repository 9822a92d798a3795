import { Matrix } from './matrix';
import { multiply } from './products';
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
export function rotateAway(i: number, j: number, { values, z, tolerance }: Update, bases: readonly Basis[]): boolean {
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
  for (const basis of bases) rotateRows(basis, i, j, c, s);
  return true;
}

/** (row i, row j) <- (c row i - s row j, s row i + c row j). */
export function rotateRows({ rows, home }: Basis, i: number, j: number, c: number, s: number): void {
  const x = rows.row(i);
  const y = rows.row(j);
  for (let k = 0; k < x.length; k++) {
    const xk = x[k] as number;
    const yk = y[k] as number;
    x[k] = c * xk - s * yk;
    y[k] = s * xk + c * yk;
  }
  home[i] = (home[i] as number) | (home[j] as number);
  home[j] = home[i] as number;
}

/** `weights` times the rows `kept` of the basis. Rows are zero in a half that they are not from: two smaller products. */
export async function combine(
  weights: Matrix<Float64Array>,
  { rows, home, split }: Basis,
  kept: readonly number[],
  signal?: Signal,
): Promise<Matrix<Float64Array>> {
  const out = Matrix.zeros(weights.rows, rows.columns);
  for (const [bit, start, end] of [
    [1, 0, split],
    [2, split, rows.columns],
  ] as const) {
    const places = Array.from(kept.keys()).filter((place) => ((home[kept[place] as number] as number) & bit) !== 0);
    if (places.length === 0) continue;
    const part = Matrix.zeros(places.length, end - start);
    for (const [r, place] of places.entries()) part.row(r).set(rows.row(kept[place] as number).subarray(start, end));
    const left = places.length === kept.length ? weights : weights.takeColumns(places);
    const product = await multiply(left, part, { signal });
    for (let i = 0; i < out.rows; i++) out.row(i).set(product.row(i), start);
  }
  return out;
}

/** Row i divided by its length. */
export function normalise(row: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (row[i] as number);
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) * scale;
}

export function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
