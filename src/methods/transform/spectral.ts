import { symmetricEigen } from '../../linalg/eigen';
import { leadingEigen } from '../../linalg/lanczos';
import { Matrix } from '../../linalg/matrix';
import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';
import { fixSigns } from './map';

/** Up to so many rows all eigenvalues are found. */
const WHOLE = 400;

export interface Spectral {
  /** n x m, of unit length in columns: the trivial eigenvector is left out. */
  readonly vectors: Matrix<Float64Array>;
  /** Of I - D^-½ W D^-½, ascending, the first of them 0. */
  readonly eigenvalues: Float64Array;
  readonly settled: boolean;
}

/** Eigenvectors of the normalised Laplacian of a connected graph with the m least eigenvalues above 0. Every row has an edge. */
export async function spectralMap(
  w: Sparse,
  m: number,
  tolerance: number,
  context: Pick<Context, 'random' | 'signal' | 'progress'>,
): Promise<Spectral> {
  const n = w.rows;
  const root = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let degree = 0;
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++) degree += w.values[e] as number;
    root[i] = 1 / Math.sqrt(degree);
  }
  const scaled = new Float64Array(w.values.length);
  for (let i = 0; i < n; i++)
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++)
      scaled[e] = (w.values[e] as number) * (root[i] as number) * (root[w.indices[e] as number] as number);
  const found = n <= WHOLE ? await whole(w, scaled, context) : await leading(w, scaled, m + 1, tolerance, context);
  const vectors = found.vectors.takeColumns(Array.from({ length: Math.min(m, n - 1) }, (_, c) => c + 1));
  fixSigns(vectors);
  return {
    vectors,
    eigenvalues: Float64Array.from({ length: Math.min(m + 1, n) }, (_, c) => 1 - (found.values[c] as number)),
    settled: found.settled,
  };
}

async function whole(w: Sparse, scaled: Float64Array, context: Pick<Context, 'signal'>) {
  const dense = Matrix.zeros(w.rows, w.rows);
  for (let i = 0; i < w.rows; i++)
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++)
      dense.data[i * w.rows + (w.indices[e] as number)] = scaled[e] as number;
  return { ...(await symmetricEigen(dense, context)), settled: true };
}

function leading(
  { rows, offsets, indices }: Sparse,
  scaled: Float64Array,
  count: number,
  tolerance: number,
  context: Pick<Context, 'random' | 'signal' | 'progress'>,
) {
  const apply = (v: Float64Array, out: Float64Array) => {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      const end = offsets[i + 1] as number;
      for (let e = offsets[i] as number; e < end; e++)
        sum += (scaled[e] as number) * (v[indices[e] as number] as number);
      out[i] = sum;
    }
  };
  const { random, signal } = context;
  return leadingEigen(rows, apply, count, random, { tolerance, restarts: 40, signal });
}
