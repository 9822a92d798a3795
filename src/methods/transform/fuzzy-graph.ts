import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';
import { type NeighbourGraph, symmetrised } from './neighbour-graph';

const STEPS = 64;
const NEAR = 1e-5;
/** No width is below this part of the mean distance. */
const LEAST = 1e-3;

export interface FuzzyGraph {
  /** w(i,j) + w(j,i) - w(i,j) w(j,i), symmetric. */
  readonly graph: Sparse;
  /** Distance of each row to the nearest that is not on it; 0 where all are. */
  readonly rhos: Float64Array;
  readonly sigmas: Float64Array;
}

/**
 * UMAP's graph: w(i, j) = exp(-max(0, d(i, j) - ρᵢ) / σᵢ) for the neighbours j of i, with σᵢ so wide that the weights of a row sum
 * to log₂(k + 1); then the probabilistic union of both directions. McInnes, Healy and Melville 2018, algorithms 2 and 3; as in
 * umap-learn a row counts as the first of its own neighbours, so that k + 1 is what is called n_neighbors there.
 */
export function fuzzyGraph(near: NeighbourGraph, { signal }: Pick<Context, 'signal'>): FuzzyGraph {
  const { n, k, distances } = near;
  const target = Math.log2(k + 1);
  const rhos = new Float64Array(n);
  const sigmas = new Float64Array(n);
  const weights = new Float64Array(n * k);
  const everywhere = distances.reduce((sum, d) => sum + d, 0) / (n * (k + 1));
  for (let i = 0; i < n; i++) {
    if (i % 512 === 0) signal.throwIfAborted();
    const own = distances.subarray(i * k, (i + 1) * k);
    const rho = own.find((d) => d > 0) ?? 0;
    const mean = own.reduce((sum, d) => sum + d, 0) / (k + 1);
    const sigma = Math.max(widthOf(own, rho, target), LEAST * (rho > 0 ? mean : everywhere));
    rhos[i] = rho;
    sigmas[i] = sigma;
    for (let c = 0; c < k; c++) {
      const beyond = (own[c] as number) - rho;
      weights[i * k + c] = beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma);
    }
  }
  const graph = symmetrised(near, weights, (forth, back) => forth + back - forth * back);
  return { graph, rhos, sigmas };
}

function widthOf(own: Float64Array, rho: number, target: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let sigma = 1;
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (let c = 0; c < own.length; c++) {
      const beyond = (own[c] as number) - rho;
      sum += beyond > 0 ? Math.exp(-beyond / sigma) : 1;
    }
    if (Math.abs(sum - target) < NEAR) break;
    if (sum > target) {
      high = sigma;
      sigma = (low + high) / 2;
    } else {
      low = sigma;
      sigma = high === Number.POSITIVE_INFINITY ? 2 * sigma : (low + high) / 2;
    }
  }
  return sigma;
}

/** How many connected parts a symmetric graph has. */
export function componentsOf({ rows, offsets, indices }: Sparse): number {
  const seen = new Uint8Array(rows);
  const stack = new Int32Array(rows);
  let count = 0;
  for (let first = 0; first < rows; first++) {
    if (seen[first] === 1) continue;
    count++;
    seen[first] = 1;
    stack[0] = first;
    for (let top = 1; top > 0; ) {
      const i = stack[--top] as number;
      for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++) {
        const j = indices[e] as number;
        if (seen[j] === 1) continue;
        seen[j] = 1;
        stack[top++] = j;
      }
    }
  }
  return count;
}
