import { symmetricEigen } from './eigen';
import { Matrix } from './matrix';
import type { Random } from './random';
import type { Watch } from './signal';
import { addScaled, innerProduct, scale } from './vectors';

export interface Leading {
  /** The largest, descending. */
  values: Float64Array;
  /** n x k, orthonormal, in columns. The sign of each is arbitrary, but the same for the same seed. */
  vectors: Matrix<Float64Array>;
  /** ‖A v - λ v‖ of each pair, by the recurrence. */
  residuals: Float64Array;
  /** Whether every residual came below the tolerance times the largest size of an eigenvalue seen. */
  settled: boolean;
}

export interface LanczosOptions extends Watch {
  /** Relative; 1e-10 where none is given. */
  tolerance?: number;
  restarts?: number;
}

/**
 * The k largest eigenvalues of a symmetric n x n operator, which is known by its products with vectors, with their vectors:
 * Lanczos iteration with full orthogonalisation and thick restarts (Wu and Simon, SIAM J. Matrix Anal. Appl. 2000).
 * @param apply out = A v
 */
export async function leadingEigen(
  n: number,
  apply: (v: Float64Array, out: Float64Array) => void,
  k: number,
  random: Random,
  { tolerance = 1e-10, restarts = 60, signal, progress }: LanczosOptions = {},
): Promise<Leading> {
  const count = Math.min(k, n);
  const width = Math.min(n, Math.max(2 * count + 20, 40));
  const keep = Math.min(width - 1, count + Math.floor((width - count) / 2));
  const basis = Matrix.zeros(width + 1, n);
  const small = Matrix.zeros(width, width);
  startVector(basis.row(0), basis, 0, random);
  let from = 0;
  for (let round = 0; ; round++) {
    progress?.(null, `Eigenvectors, round ${round + 1}`);
    let beta = 0;
    for (let j = from; j < width; j++) {
      signal?.throwIfAborted();
      const w = basis.row(j + 1);
      apply(basis.row(j), w);
      const before = length(w);
      const along = orthogonalise(w, basis, j + 1);
      for (let i = 0; i <= j; i++) {
        small.data[i * width + j] = along[i] as number;
        small.data[j * width + i] = along[i] as number;
      }
      beta = length(w);
      if (beta > 1e-13 * Math.max(before, 1e-300)) scale(w, 1 / beta);
      else {
        // An invariant subspace: nothing couples what follows to it.
        beta = 0;
        if (j + 1 < n) startVector(w, basis, j + 1, random);
      }
    }
    const { values, vectors } = await symmetricEigen(small, { signal });
    const residual = (i: number) => Math.abs(beta * vectors.at(width - 1, i));
    const residuals = Float64Array.from({ length: count }, (_, i) => residual(i));
    const size = Math.max(Math.abs(values[0] as number), Math.abs(values[width - 1] as number));
    const settled = width === n || residuals.every((r) => r <= tolerance * size);
    if (settled || round === restarts) {
      const out = Matrix.zeros(n, count);
      const columns = combined(basis, vectors, count, width, signal);
      for (let i = 0; i < count; i++)
        for (let r = 0; r < n; r++) out.data[r * count + i] = columns[i * n + r] as number;
      return { values: values.slice(0, count), vectors: out, residuals, settled };
    }
    const kept = combined(basis, vectors, keep, width, signal);
    const last = basis.row(width).slice();
    basis.data.set(kept);
    basis.row(keep).set(last);
    small.data.fill(0);
    for (let i = 0; i < keep; i++) small.data[i * width + i] = values[i] as number;
    from = keep;
  }
}

/** The first `count` Ritz vectors, one after the other. */
function combined(
  basis: Matrix<Float64Array>,
  vectors: Matrix<Float64Array>,
  count: number,
  width: number,
  signal?: Watch['signal'],
): Float64Array {
  const n = basis.columns;
  const out = new Float64Array(count * n);
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted();
    const row = out.subarray(i * n, (i + 1) * n);
    for (let j = 0; j < width; j++) addScaled(row, basis.row(j), vectors.at(j, i));
  }
  return out;
}

/** Twice is enough. @returns what was taken away along each of the first `count` vectors */
function orthogonalise(w: Float64Array, basis: Matrix<Float64Array>, count: number): Float64Array {
  const along = new Float64Array(count);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      const v = basis.row(i);
      const inner = innerProduct(w, v);
      addScaled(w, v, -inner);
      along[i] = (along[i] as number) + inner;
    }
  }
  return along;
}

function startVector(w: Float64Array, basis: Matrix<Float64Array>, count: number, random: Random): void {
  for (let i = 0; i < w.length; i++) w[i] = random.normal();
  orthogonalise(w, basis, count);
  scale(w, 1 / length(w));
}

function length(a: Float64Array): number {
  return Math.sqrt(innerProduct(a, a));
}
