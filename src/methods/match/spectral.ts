import { squaredLengths } from '../../linalg/centre';
import { leadingEigen } from '../../linalg/leading-eigen';
import { Matrix } from '../../linalg/matrix';
import { ascendingOrder } from '../../linalg/order';
import type { Context } from '../method';
import { bySize, kmeansLabels } from './kmeans';
import type { Products } from './unit-sums';

const RESTARTS = 20;
/** Of the residuals of eigenvectors: far below any gap that is worth a cluster. */
const TOLERANCE = 1e-6;

/**
 * |r| of all units of both sides, those of the first before those of the second; 1 on the diagonal.
 * @param between with the blocks within either side left out
 */
export function similarities({ aa, ab, bb }: Products, between: boolean): Matrix<Float64Array> {
  const [p, q] = [aa.rows, bb.rows];
  const n = p + q;
  const out = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const within = i < p ? aa.at(i, j) : j < p ? ab.at(j, i - p) : bb.at(i - p, j - p);
      const crossing = i >= p && j < p;
      const value = i === j ? 1 : between && !crossing ? 0 : Math.abs(within);
      out.data[i * n + j] = out.data[j * n + i] = value;
    }
  return out;
}

export interface Spectrum {
  /** Of I - D^-1/2 S D^-1/2, ascending: as many as clusters may be, and one more. */
  readonly values: Float64Array;
  /** D^-1/2 times the eigenvectors, in columns: the relaxed normalised cut (Shi, Malik 2000, eq. 6 and 7). */
  readonly coordinates: Matrix<Float64Array>;
  /** Whether the eigenvectors are as exact as was asked. */
  readonly exact: boolean;
}

/** The bottom of the spectrum of the normalised Laplacian of a similarity matrix with positive row sums. */
export async function laplacianSpectrum(
  s: Matrix<Float64Array>,
  most: number,
  { signal }: Pick<Context, 'signal'>,
): Promise<Spectrum> {
  const n = s.rows;
  const roots = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(s.row(i).reduce((sum, value) => sum + value)));
  const scaled = s.map((value, k) => value * (roots[Math.floor(k / n)] as number) * (roots[k % n] as number));
  const { values, vectors, residual } = await leadingEigen(scaled, Math.min(n, most + 1), {
    tolerance: TOLERANCE,
    signal,
  });
  const coordinates = vectors.map((value, k) => value * (roots[Math.floor(k / vectors.columns)] as number));
  return { values: values.map((value) => 1 - value), coordinates, exact: residual <= TOLERANCE };
}

/** The number of clusters from 2 on before the widest gap between eigenvalues that follow each other; of equals the least. */
export function byEigengap(values: Float64Array): number {
  let best = Math.min(2, values.length);
  const gap = (k: number) => (values[k] as number) - (values[k - 1] as number);
  for (let k = 3; k < values.length; k++) if (gap(k) > gap(best)) best = k;
  return best;
}

/**
 * Clusters by k-means of the first coordinates; the seed of the run decides the starts. Units come by the length of their
 * coordinates, so that the starts, and with them the clusters, are the same in whatever order the units are given.
 */
export async function spectralClusters(
  { coordinates }: Spectrum,
  clusters: number,
  { random, signal }: Pick<Context, 'random' | 'signal'>,
): Promise<Int32Array> {
  const first = coordinates.columnBand(0, clusters);
  const order = ascendingOrder(squaredLengths(first));
  const found = await kmeansLabels(first.takeRows(order), clusters, RESTARTS, random, signal);
  const labels = new Int32Array(order.length);
  for (const [k, unit] of order.entries()) labels[unit] = found[k] as number;
  return bySize(labels);
}
