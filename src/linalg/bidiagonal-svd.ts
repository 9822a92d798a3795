import { implicitQr } from './bidiagonal-qr';
import { type Basis, combine, EPSILON, placesOf, rotateAway, rotateRows } from './divide';
import type { Kernels } from './kernels';
import { Matrix } from './matrix';
import { free } from './memory';
import { ascendingOrder } from './order';
import { type SecularSolution, solveSecular } from './secular';
import type { Signal } from './signal';
import { largest } from './vectors';

/** Up to this size plain QR iteration is faster than dividing. */
const LEAF = 32;
/** Stands for zero where a square of it is divided by. */
const SMALLEST = 2 ** -500;

export interface BidiagonalSvd {
  /** Descending; n of them. */
  values: Float64Array;
  /** Row i is the left singular vector of value i. */
  left: Matrix<Float64Array>;
  /** Row i is the right singular vector of value i; where the matrix has one column more, the last row is of none. */
  right: Matrix<Float64Array>;
}

/**
 * Singular values and vectors of an upper bidiagonal matrix, n x n or n x (n + 1) (then `superDiagonal` has n values), by
 * divide and conquer, nearly all of the work in matrix products: Gu and Eisenstat, "A divide-and-conquer algorithm for the
 * bidiagonal SVD", SIAM J. Matrix Anal. Appl. 1995. The matrix is to be scaled to about 1.
 */
export async function bidiagonalSvd(
  kernels: Kernels,
  diagonal: Float64Array,
  superDiagonal: Float64Array,
  signal?: Signal,
): Promise<BidiagonalSvd> {
  signal?.throwIfAborted();
  const n = diagonal.length;
  const wide = n > 0 && superDiagonal.length === n;
  if (largest(diagonal) === 0 && largest(superDiagonal) === 0) {
    return { values: new Float64Array(n), left: Matrix.identity(n), right: Matrix.identity(wide ? n + 1 : n) };
  }
  if (n <= LEAF) return (wide ? wideLeaf : implicitQr)(kernels, diagonal, superDiagonal);
  // The middle row, with its two entries, couples an n/2 x (n/2 + 1) matrix with the rest.
  const half = n >> 1;
  const first = await bidiagonalSvd(kernels, diagonal.subarray(0, half), superDiagonal.subarray(0, half), signal);
  const second = await bidiagonalSvd(kernels, diagonal.subarray(half + 1), superDiagonal.subarray(half + 1), signal);
  return merge(kernels, first, second, diagonal[half] as number, superDiagonal[half] as number, signal);
}

/** n x (n + 1): rotations from the right, of column n with n - 1, n - 2, ..., take its last column away. */
function wideLeaf(kernels: Kernels, diagonal: Float64Array, superDiagonal: Float64Array): BidiagonalSvd {
  const n = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = Float64Array.from(superDiagonal);
  const mark = kernels.mark();
  const turned = kernels.identity(n + 1);
  const basis: Basis = { rows: turned, home: new Uint8Array(n + 1), split: 0 };
  let bulge = e[n - 1] as number;
  for (let i = n - 1; i >= 0; i--) {
    const di = d[i] as number;
    const length = Math.sqrt(di * di + bulge * bulge);
    if (length === 0) break;
    const c = di / length;
    const s = bulge / length;
    d[i] = length;
    // Row n of `turned` becomes that of the column in which nothing is left in row i.
    rotateRows(kernels, basis, n, i, c, s);
    if (i === 0) break;
    bulge = -s * (e[i - 1] as number);
    e[i - 1] = c * (e[i - 1] as number);
  }
  const inner = implicitQr(kernels, d, e.subarray(0, n - 1));
  const right = Matrix.zeros(n + 1, n + 1);
  for (let i = 0; i < n; i++) {
    const row = right.row(i);
    for (let k = 0; k < n; k++) {
      const weight = inner.right.at(i, k);
      const from = turned.row(k);
      for (let j = 0; j <= n; j++) row[j] = (row[j] as number) + weight * (from[j] as number);
    }
  }
  right.row(n).set(turned.row(n));
  kernels.release(mark);
  return { values: inner.values, left: inner.left, right };
}

/**
 * Row 0 of the arrow matrix is the middle row, its other rows the singular values of the halves. In the basis of the
 * halves' vectors the matrix is [z₀ z₁ z₂ ...; 0 d₁; 0 0 d₂; ...].
 */
async function merge(
  kernels: Kernels,
  first: BidiagonalSvd,
  second: BidiagonalSvd,
  alpha: number,
  beta: number,
  signal?: Signal,
): Promise<BidiagonalSvd> {
  const half = first.values.length;
  const n = half + 1 + second.values.length;
  const wide = second.right.rows > second.values.length;
  const mark = kernels.mark();
  const left: Basis = { rows: kernels.zeros(n, n), home: new Uint8Array(n), split: half };
  const right: Basis = {
    rows: kernels.zeros(wide ? n + 1 : n, wide ? n + 1 : n),
    home: new Uint8Array(wide ? n + 1 : n),
    split: half + 1,
  };
  const values = new Float64Array(n);
  const z = new Float64Array(n);
  const take = (row: number, from: BidiagonalSvd, index: number, bit: number) => {
    const weight = bit === 1 ? alpha * from.right.at(index, half) : beta * from.right.at(index, 0);
    right.rows.row(row).set(from.right.row(index), bit === 1 ? 0 : half + 1);
    right.home[row] = bit;
    if (index < from.values.length && row > 0) {
      left.rows.row(row).set(from.left.row(index), bit === 1 ? 0 : half + 1);
      left.home[row] = bit;
      values[row] = from.values[index] as number;
    }
    return weight;
  };
  for (let i = 0; i < half; i++) z[i + 1] = take(i + 1, first, i, 1);
  for (let i = 0; i < second.values.length; i++) z[half + 1 + i] = take(half + 1 + i, second, i, 2);
  z[0] = take(0, first, half, 1);
  left.rows.data[half] = 1;
  // The unit vector of the middle row lies in the second part of the split.
  left.home[0] = 2;
  if (wide) {
    const other = take(n, second, second.values.length, 2);
    const length = Math.sqrt((z[0] as number) ** 2 + other * other);
    if (length > 0) rotateRows(kernels, right, n, 0, (z[0] as number) / length, other / length);
    z[0] = length;
  }
  for (const { left: own, right: other } of [first, second]) free(own.data, other.data);
  const norm = Math.max(Math.abs(alpha), Math.abs(beta), largest(values));
  const tolerance = Math.max(8 * EPSILON * norm, SMALLEST);
  if (!(Math.abs(z[0] as number) > tolerance)) z[0] = tolerance;
  const { kept, deflated } = deflate(kernels, values, z, tolerance, left, right);
  const solved = await solve(kernels, values, z, kept, deflated, left, right, signal);
  kernels.release(mark);
  return solved;
}

async function solve(
  kernels: Kernels,
  values: Float64Array,
  z: Float64Array,
  kept: number[],
  deflated: number[],
  left: Basis,
  right: Basis,
  signal?: Signal,
): Promise<BidiagonalSvd> {
  const n = values.length;
  const d = Float64Array.from(kept, (row) => values[row] as number);
  const k = d.length;
  const roots = solveSecular(
    kernels,
    { values: d, squared: true },
    Float64Array.from(kept, (row) => z[row] as number),
    1,
    signal,
  );
  const [leftWeights, rightWeights] = weightsOf(kernels, roots, d);
  const found = kept.map((_, j) => {
    const from = d[roots.origin[j] as number] as number;
    const offset = roots.offset[j] as number;
    return from + offset / (from + Math.sqrt(from * from + offset));
  });
  const all = Float64Array.from([...found, ...deflated.map((row) => values[row] as number)]);
  const places = placesOf(all, true);
  const out = {
    values: all.sort().reverse(),
    left: Matrix.zeros(n, n),
    right: Matrix.zeros(right.rows.rows, right.rows.columns),
  };
  for (const [weights, basis, vectors] of [
    [leftWeights, left, out.left],
    [rightWeights, right, out.right],
  ] as const) {
    await combine(kernels, weights, basis, kept, vectors, places, signal);
    for (const [i, row] of deflated.entries()) vectors.row(places[k + i] as number).set(basis.rows.row(row));
  }
  if (right.rows.rows > n) out.right.row(n).set(right.rows.row(n));
  return out;
}

/** The parts of each right vector, in the memory of the differences, and of each left one. */
function weightsOf(kernels: Kernels, { differences: right, z }: SecularSolution, d: Float64Array) {
  const count = d.length;
  const [left, values] = [kernels.take(count, count), kernels.take(1, count).data];
  const [leftFactors, rightFactors] = [new Float64Array(count), new Float64Array(count)];
  values.set(d);
  for (let j = 0; j < count; j++) {
    const [own, other] = [right.row(j), left.row(j)];
    rightFactors[j] = 1 / Math.sqrt(kernels.quotients(z, own, own));
    // Value 0 is zero, and stands for the middle row, of which each has the same.
    leftFactors[j] = 1 / Math.sqrt(1 + kernels.products(values, own, other));
    other[0] = -1;
  }
  return [
    { rows: left, factors: leftFactors },
    { rows: right, factors: rightFactors },
  ] as const;
}

/** As for the eigenproblem; row 0 stays, and a value that is zero but for rounding is rotated into it from the right. */
function deflate(
  kernels: Kernels,
  values: Float64Array,
  z: Float64Array,
  tolerance: number,
  left: Basis,
  right: Basis,
) {
  const kept = [0];
  const deflated: number[] = [];
  for (const place of ascendingOrder(values.subarray(1))) {
    const row = place + 1;
    const zRow = z[row] as number;
    if (Math.abs(zRow) <= tolerance) {
      deflated.push(row);
      continue;
    }
    const length = Math.sqrt((z[0] as number) ** 2 + zRow * zRow);
    const c = (z[0] as number) / length;
    if (Math.abs(((values[row] as number) * zRow) / length) <= tolerance) {
      rotateRows(kernels, right, row, 0, c, zRow / length);
      z[0] = length;
      values[row] = (values[row] as number) * c;
      if ((values[row] as number) < 0) {
        values[row] = -(values[row] as number);
        const vector = right.rows.row(row);
        for (let k = 0; k < vector.length; k++) vector[k] = -(vector[k] as number);
      }
      deflated.push(row);
      continue;
    }
    const before = kept.at(-1) as number;
    if (before !== 0 && rotateAway(kernels, before, row, { values, z, tolerance }, [left, right])) {
      deflated.push(before);
      kept.pop();
    }
    kept.push(row);
  }
  return { kept, deflated };
}
