import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { gram, multiply } from '../../linalg/products';
import { kmeansLabels } from '../match/kmeans';
import { laplacianSpectrum } from '../match/spectral';
import type { Context } from '../method';

const ITERATIONS = 1000;
/** Of the sums of rows. */
const TOLERANCE = 1e-10;

/**
 * The doubly stochastic matrix nearest to S in entropy, exp((S + u1ᵀ + 1uᵀ) / η) with rows and columns that sum to 1: Sinkhorn's
 * scaling, its roots taken, which keeps a symmetric matrix symmetric (Knight, Ruiz, Uçar 2014, "A symmetry preserving algorithm for
 * matrix scaling", SIAM Journal on Matrix Analysis 35).
 * @param s n x n, symmetric, from 0 to 1; it is overwritten
 */
export async function doublyStochastic(
  s: Matrix<Float64Array>,
  eta: number,
  { signal }: Pick<Context, 'signal'>,
): Promise<Matrix<Float64Array>> {
  const n = s.rows;
  for (const [k, value] of s.data.entries()) s.data[k] = Math.exp((value - 1) / eta);
  const scale = new Matrix(new Float64Array(n).fill(1), n, 1);
  for (let step = 0; step < ITERATIONS; step++) {
    signal.throwIfAborted();
    const sums = await multiply(s, scale, { signal });
    let most = 0;
    for (const [i, value] of scale.data.entries()) {
      const sum = value * (sums.data[i] as number);
      most = Math.max(most, Math.abs(sum - 1));
      scale.data[i] = value / Math.sqrt(sum);
    }
    if (most < TOLERANCE) break;
  }
  for (const k of s.data.keys())
    s.data[k] = (s.data[k] as number) * (scale.data[Math.floor(k / n)] as number) * (scale.data[k % n] as number);
  return s;
}

/** How sharp memberships are. */
const SHARPNESS = 0.175;

/**
 * Where rows lie by their directions: the first coordinates of the normalised cut of the doubly stochastic matrix of their absolute
 * cosines.
 * @param unit rows of length 1
 * @param most coordinates
 */
export async function directionCoordinates(
  unit: Matrix<Float64Array>,
  most: number,
  sharpness: number,
  context: Pick<Context, 'signal'>,
): Promise<Matrix<Float64Array>> {
  const cosines = await gram(unit, context);
  for (const [k, value] of cosines.data.entries()) cosines.data[k] = Math.min(1, Math.abs(value));
  return (await laplacianSpectrum(await doublyStochastic(cosines, sharpness, context), most, context)).coordinates;
}

/** Clusters by k-means of the first so many coordinates, their rows brought to length 1. */
export function coordinateClusters(
  coordinates: Matrix<Float64Array>,
  clusters: number,
  restarts: number,
  { random, signal }: Pick<Context, 'random' | 'signal'>,
): Promise<Int32Array> {
  const first = coordinates.takeColumns(Array.from({ length: Math.min(clusters, coordinates.columns) }, (_, j) => j));
  return kmeansLabels(normaliseRows(first).matrix, clusters, restarts, random, signal);
}

/**
 * Clusters of rows that lie near the same directions: spectral clustering (normalised cut, rows to length 1, k-means) of the doubly
 * stochastic matrix of their absolute cosines, as Ding, Tong, Chan, Dai, Ma, Haeffele (2023), "Unsupervised manifold linearizing and
 * clustering", ICCV, take it before any training.
 * @param unit rows of length 1
 */
export async function directionClusters(
  unit: Matrix<Float64Array>,
  clusters: number,
  restarts: number,
  context: Pick<Context, 'random' | 'signal'>,
): Promise<Int32Array> {
  const coordinates = await directionCoordinates(unit, clusters, SHARPNESS, context);
  return coordinateClusters(coordinates, clusters, restarts, context);
}
