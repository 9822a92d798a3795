import { type Eigen, symmetricEigen } from './eigen';
import { Matrix, symmetricPart } from './matrix';
import { free } from './memory';
import { dot } from './norms';
import { multiply, multiplyInto } from './products';
import { Random } from './random';
import type { Signal } from './signal';
import { addScaled } from './vectors';

/** Up to this size all eigenpairs cost less than some of them. */
const DENSE = 1200;
/** Vectors beside those that are wanted: they carry the slowest ones along. */
const SPARE = 8;
/** Blocks of a basis before it is begun anew from its best vectors. */
const BLOCKS = 6;
const RESTARTS = 40;

/** Bytes that {@link leadingEigen} takes at most of an n x n matrix, beside it, for a few vectors. */
export function leadingRoom(n: number): number {
  return 8 * (n <= DENSE ? 8 : 3) * n * n;
}

export interface LeadingEigen extends Eigen {
  /** The largest ‖A v - λ v‖ of those that are given. */
  readonly residual: number;
}

/**
 * The `count` largest eigenvalues of a symmetric n x n matrix and their eigenvectors, in float64: a block Krylov space with
 * full orthogonalisation, Rayleigh and Ritz's values of it, begun anew from the best vectors until every residual is below
 * `tolerance` times the largest eigenvalue's size (Golub and Underwood 1977, The block Lanczos method). The start is
 * always the same.
 */
export async function leadingEigen(
  a: Matrix<Float64Array>,
  count: number,
  options: { tolerance?: number; signal?: Signal } = {},
): Promise<LeadingEigen> {
  const { tolerance = 1e-9, signal } = options;
  const n = a.rows;
  const wanted = Math.min(count, n);
  if (n <= DENSE || wanted + SPARE > n / 4) {
    return { ...(await symmetricEigen(a, { leading: wanted, signal })), residual: 0 };
  }
  const width = wanted + SPARE;
  const random = new Random(0);
  // Vectors are rows here: a block of them is contiguous.
  let start = Matrix.zeros(width, n);
  for (let k = 0; k < start.data.length; k++) start.data[k] = random.normal();
  for (let restart = 0; ; restart++) {
    signal?.throwIfAborted();
    const { basis, images } = await krylov(a, start, random, signal);
    const small = await multiply(basis, images, { transposeB: true, signal });
    const { values, vectors: turn } = await symmetricEigen(symmetricPart(small), { leading: width, signal });
    const ritz = await multiply(turn, basis, { transposeA: true, signal });
    const moved = await multiply(turn, images, { transposeA: true, signal });
    free(start.data, basis.data, images.data, small.data, turn.data);
    let residual = 0;
    for (let i = 0; i < wanted; i++) {
      const [v, av] = [ritz.row(i), moved.row(i)];
      let square = 0;
      for (let j = 0; j < n; j++) square += ((av[j] as number) - (values[i] as number) * (v[j] as number)) ** 2;
      residual = Math.max(residual, Math.sqrt(square));
    }
    free(moved.data);
    if (residual <= tolerance * Math.abs(values[0] as number) || restart === RESTARTS)
      return { values: values.slice(0, wanted), vectors: ritz.slice(0, wanted).transpose(), residual };
    start = ritz;
  }
}

/** An orthonormal basis of start, A start, A² start ..., in rows, and what A makes of it. */
async function krylov(a: Matrix<Float64Array>, start: Matrix<Float64Array>, random: Random, signal?: Signal) {
  const { rows: width, columns: n } = start;
  const size = Math.min(BLOCKS * width, n);
  const basis = Matrix.zeros(size, n);
  const images = Matrix.zeros(size, n);
  let next = start;
  for (let from = 0; from < size; ) {
    const to = Math.min(from + width, size);
    const block = basis.slice(from, to);
    block.data.set(next.data.subarray(0, block.data.length));
    for (let twice = 0; twice < 2 && from > 0; twice++) {
      const before = basis.slice(0, from);
      const along = await multiply(block, before, { transposeB: true, signal });
      const parts = await multiply(along, before, { signal });
      addScaled(block.data, parts.data, -1);
      free(along.data, parts.data);
    }
    orthonormalise(basis, from, to, random);
    next = images.slice(from, to);
    await multiplyInto(next, block, a, { signal });
    from = to;
  }
  return { basis, images };
}

/** Rows `from` to `to` against each other; what depends on earlier ones gives way to a random direction. */
function orthonormalise(basis: Matrix<Float64Array>, from: number, to: number, random: Random): void {
  for (let i = from; i < to; i++) {
    const row = basis.row(i);
    let first = from;
    for (let attempt = 0; ; attempt++) {
      const before = Math.sqrt(dot(row, row));
      for (let twice = 0; twice < 2; twice++)
        for (let k = first; k < i; k++) {
          const other = basis.row(k);
          addScaled(row, other, -dot(row, other));
        }
      const length = Math.sqrt(dot(row, row));
      if (length > 1e-10 * before && length > 0) {
        for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) / length;
        break;
      }
      if (attempt > 3) break;
      for (let j = 0; j < row.length; j++) row[j] = random.normal();
      first = 0;
    }
  }
}
