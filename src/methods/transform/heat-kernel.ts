import { scaledBessel } from '../../linalg/bessel';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix, scaleColumns } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import { type Sparse, timesDense } from '../embed/sparse';
import type { Context } from '../method';

type Watch = Pick<Context, 'signal' | 'progress'>;
export type Laplacian = 'combinatorial' | 'normalised';

/** D - W, or I - D^-½ W D^-½, of a symmetric graph without loops. @throws UserError where a row has no edge */
export function laplacianOf(w: Sparse, kind: Laplacian): Sparse {
  const n = w.rows;
  const degrees = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++)
      degrees[i] = (degrees[i] as number) + (w.values[e] as number);
  const lonely = degrees.findIndex((degree) => !(degree > 0));
  if (lonely >= 0)
    throw new UserError('A row has no neighbour in the graph: heat cannot reach it. Raise the neighbours.');
  const offsets = w.offsets.map((offset, i) => offset + i);
  const indices = new Int32Array(w.indices.length + n);
  const values = new Float64Array(w.indices.length + n);
  for (let i = 0, at = 0; i < n; i++) {
    indices[at] = i;
    values[at++] = kind === 'normalised' ? 1 : (degrees[i] as number);
    for (let e = w.offsets[i] as number; e < (w.offsets[i + 1] as number); e++) {
      const j = w.indices[e] as number;
      const scale = kind === 'normalised' ? 1 / Math.sqrt((degrees[i] as number) * (degrees[j] as number)) : 1;
      indices[at] = j;
      values[at++] = -scale * (w.values[e] as number);
    }
  }
  return { rows: n, columns: n, offsets, indices, values };
}

export interface Decomposed {
  readonly values: Float64Array;
  readonly vectors: Matrix<Float64Array>;
}

export async function decompose(laplacian: Sparse, { signal }: Pick<Context, 'signal'>): Promise<Decomposed> {
  const dense = Matrix.zeros(laplacian.rows, laplacian.rows);
  for (let i = 0; i < laplacian.rows; i++)
    for (let e = laplacian.offsets[i] as number; e < (laplacian.offsets[i + 1] as number); e++)
      dense.data[i * laplacian.rows + (laplacian.indices[e] as number)] = laplacian.values[e] as number;
  return symmetricEigen(dense, { signal });
}

/** e^(-tL) from the eigenvectors of L: n x n. */
export async function exactHeat(
  { values, vectors }: Decomposed,
  t: number,
  { signal }: Pick<Context, 'signal'>,
): Promise<Matrix<Float64Array>> {
  const scaled = new Matrix(vectors.data.slice(), vectors.rows, vectors.columns);
  const factors = values.map((value) => Math.exp(-t * Math.max(0, value)));
  scaleColumns(scaled, factors);
  return multiply(scaled, vectors, { transposeB: true, signal });
}

/** No eigenvalue of L is larger: by Gershgorin, 2 for the normalised. */
export function largestEigenvalue(laplacian: Sparse, kind: Laplacian): number {
  if (kind === 'normalised') return 2;
  let largest = 0;
  for (let i = 0; i < laplacian.rows; i++) {
    let sum = 0;
    for (let e = laplacian.offsets[i] as number; e < (laplacian.offsets[i + 1] as number); e++)
      sum += Math.abs(laplacian.values[e] as number);
    largest = Math.max(largest, sum);
  }
  return largest;
}

/**
 * e^(-tL) X by Chebyshev polynomials of degree `order` on [0, `largest`] (Hammond, Vandergheynst and Gribonval 2011); with X the
 * identity, the heat kernel. Coefficients are Bessel functions, which tell from which order on nothing is missing.
 */
export function chebyshevHeat(
  laplacian: Sparse,
  x: Matrix<Float64Array>,
  t: number,
  order: number,
  largest: number,
  context: Watch,
): Matrix<Float64Array> {
  const phi = largest / 2;
  const bessel = scaledBessel(t * phi, order);
  const next = Matrix.zeros(x.rows, x.columns);
  const out = Matrix.zeros(x.rows, x.columns);
  let before: Matrix<Float64Array> = new Matrix(x.data.slice(), x.rows, x.columns);
  let now: Matrix<Float64Array> = Matrix.zeros(x.rows, x.columns);
  timesDense(laplacian, before, now, context);
  for (let k = 0; k < now.data.length; k++) now.data[k] = (now.data[k] as number) / phi - (before.data[k] as number);
  const [c0, c1] = [bessel[0] as number, -2 * (bessel[1] ?? 0)];
  for (let k = 0; k < out.data.length; k++)
    out.data[k] = c0 * (before.data[k] as number) + c1 * (now.data[k] as number);
  let spare: Matrix<Float64Array> = next;
  for (let j = 2; j <= order; j++) {
    context.progress(0.2 + (0.5 * j) / order, `Heat, order ${j} of ${order}`);
    context.signal.throwIfAborted();
    timesDense(laplacian, now, spare, context);
    const coefficient = 2 * (j % 2 === 0 ? 1 : -1) * (bessel[j] as number);
    for (let k = 0; k < out.data.length; k++) {
      const value = 2 * ((spare.data[k] as number) / phi - (now.data[k] as number)) - (before.data[k] as number);
      spare.data[k] = value;
      out.data[k] = (out.data[k] as number) + coefficient * value;
    }
    [before, now, spare] = [now, spare, before];
  }
  return out;
}

/** The order from which on what is left out is below the rounding of doubles. */
export function chebyshevOrder(t: number, largest: number): number {
  const x = (t * largest) / 2;
  const values = scaledBessel(x, Math.ceil(x + 60 + 12 * Math.sqrt(x)));
  let order = values.length - 1;
  while (order > 2 && (values[order] as number) < 1e-18) order--;
  return order;
}

/** Below this nothing is told apart: the distance of all pairs that heat has not reached. */
const FLOOR = 1e-16;

/**
 * Distances from the heat kernel, in its memory: √(-4t log H_ij + ρ 4t log ½(H_ii + H_jj)), 0 on the diagonal. Varadhan's limit
 * d² = -4t log H_t as t goes to 0; with the volume term of Huguet et al. 2023, equation 8.
 * @returns the share of pairs that heat has not reached
 */
export function heatDistances(heat: Matrix<Float64Array>, t: number, rho: number): number {
  const n = heat.rows;
  const diagonal = Float64Array.from({ length: n }, (_, i) => heat.at(i, i));
  let unreached = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      // The two differ by rounding.
      const h = (heat.at(i, j) + heat.at(j, i)) / 2;
      if (h < FLOOR) unreached++;
      const volume = rho * Math.log(((diagonal[i] as number) + (diagonal[j] as number)) / 2 + FLOOR);
      const d = Math.sqrt(Math.max(0, 4 * t * (volume - Math.log(Math.max(0, h) + FLOOR))));
      heat.data[i * n + j] = d;
      heat.data[j * n + i] = d;
    }
    heat.data[i * n + i] = 0;
  }
  return n > 1 ? unreached / ((n * (n - 1)) / 2) : 0;
}
