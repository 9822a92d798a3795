import { Matrix } from './matrix';

const EPSILON = 2 ** -53;

interface Half {
  values: Float64Array;
  vectors: Matrix<Float64Array>;
}

/** diag(d) + rho z zᵀ, what two solved halves leave to be solved, and the pairs that need no solving. */
export interface Merge {
  d: Float64Array;
  z: Float64Array;
  rho: number;
  /** The row of `basis` that belongs to each d. */
  kept: number[];
  deflated: { value: number; row: number }[];
  /** The halves' eigenvectors, in rows of the full length. */
  basis: Matrix<Float64Array>;
  /** Places in `kept` whose rows are not zero in the first, and in the second half. */
  inFirst: number[];
  inSecond: number[];
}

/**
 * Joins two solved halves. A value whose part of z is negligible is an eigenvalue already; of two values that are equal
 * but for rounding one is made so by rotating their vectors. As LAPACK's dlaed2; Dongarra and Sorensen, "A fully parallel
 * algorithm for the symmetric eigenvalue problem", SIAM J. Sci. Stat. Comput. 1987, §4.
 */
export function deflate(first: Half, second: Half, coupling: number): Merge {
  const half = first.values.length;
  const n = half + second.values.length;
  const basis = Matrix.zeros(n, n);
  const values = new Float64Array(n);
  const z = new Float64Array(n);
  values.set(first.values);
  values.set(second.values, half);
  for (let i = 0; i < half; i++) {
    basis.row(i).set(first.vectors.row(i));
    z[i] = first.vectors.at(i, half - 1) * Math.SQRT1_2;
  }
  for (let i = half; i < n; i++) {
    basis.row(i).set(second.vectors.row(i - half), half);
    z[i] = Math.sign(coupling) * second.vectors.at(i - half, 0) * Math.SQRT1_2;
  }
  const rho = 2 * Math.abs(coupling);
  const largest = (of: Float64Array) => of.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = 8 * EPSILON * Math.max(largest(values), largest(z));
  const home = new Uint8Array(n).fill(1, 0, half).fill(2, half);
  const kept: number[] = [];
  const deflated: number[] = [];
  for (const row of Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number))) {
    if (rho * Math.abs(z[row] as number) <= tolerance) {
      deflated.push(row);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined && rotateAway(before, row, values, z, basis, tolerance)) {
      home[row] = (home[row] as number) | (home[before] as number);
      home[before] = home[row] as number;
      deflated.push(before);
      kept.pop();
    }
    kept.push(row);
  }
  const places = (bit: number) =>
    Array.from(kept.keys()).filter((place) => (home[kept[place] as number] as number) & bit);
  return {
    d: Float64Array.from(kept, (row) => values[row] as number),
    z: Float64Array.from(kept, (row) => z[row] as number),
    rho,
    kept,
    deflated: deflated.map((row) => ({ value: values[row] as number, row })),
    basis,
    inFirst: places(1),
    inSecond: places(2),
  };
}

/** Rotates z of row i into row j if the coupling that arises between their values is negligible. */
function rotateAway(
  i: number,
  j: number,
  values: Float64Array,
  z: Float64Array,
  basis: Matrix<Float64Array>,
  tolerance: number,
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
  const x = basis.row(i);
  const y = basis.row(j);
  for (let k = 0; k < x.length; k++) {
    const xk = x[k] as number;
    const yk = y[k] as number;
    x[k] = c * xk - s * yk;
    y[k] = s * xk + c * yk;
  }
  return true;
}
