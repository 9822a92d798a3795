import { squaredLengths } from '../../linalg/centre';
import { leadingEigen } from '../../linalg/leading-eigen';
import { Matrix, scaleColumns, scaleRows } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import { sumOf } from '../../linalg/norms';
import { ascendingOrder } from '../../linalg/order';
import type { Context } from '../method';
import { bySize, kmeansLabels } from './kmeans';
import type { Products } from './unit-sums';

const RESTARTS = 20;
/** Of the residuals of eigenvectors: far below any gap that is worth a cluster. */
const TOLERANCE = 1e-6;

/**
 * |r| of all units of both sides, those of the first before those of the second; 1 on the diagonal.
 * @param between with the blocks within either side left out but for the diagonal
 */
export function similarities({ aa, ab, bb }: Products, between: boolean): Matrix<Float64Array> {
  const [p, q] = [aa.rows, bb.rows];
  const n = p + q;
  const out = Matrix.zeros(n, n);
  const put = (block: Matrix<Float64Array>, top: number, left: number) => {
    for (let i = 0, k = 0; i < block.rows; i++)
      for (let j = 0, at = (top + i) * n + left; j < block.columns; j++, k++, at++)
        out.data[at] = Math.abs(block.data[k] as number);
  };
  put(ab, 0, p);
  put(ab.transpose(), p, 0);
  if (!between) {
    put(aa, 0, 0);
    put(bb, p, p);
  }
  for (let k = 0; k < out.data.length; k += n + 1) out.data[k] = 1;
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
  const roots = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(sumOf(s.row(i))));
  const scaled = new Matrix(s.data.slice(), n, n);
  scaleColumns(scaled, roots);
  scaleRows(scaled, roots);
  const {
    values,
    vectors: coordinates,
    residual,
  } = await leadingEigen(scaled, Math.min(n, most + 1), {
    tolerance: TOLERANCE,
    signal,
  });
  free(scaled.data);
  scaleRows(coordinates, roots);
  return { values: values.map((value) => 1 - value), coordinates, exact: residual <= TOLERANCE };
}

/** The number of clusters from 2 on before the widest gap between eigenvalues that follow each other; of equals the least. 1 of two units, which have no such gap. */
export function byEigengap(values: Float64Array): number {
  let best = values.length > 2 ? 2 : 1;
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
