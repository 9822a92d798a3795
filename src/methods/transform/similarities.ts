import type { Sparse } from '../embed/sparse';
import type { Context } from '../method';
import { type NeighbourGraph, symmetrised } from './neighbour-graph';

const STEPS = 100;
const NEAR = 1e-5;

/**
 * The similarities of t-SNE: for each row i a Gaussian of the squared distances to its neighbours, as wide as makes its entropy
 * log(perplexity), p(j|i); then p(i, j) = (p(j|i) + p(i|j)) / 2n. Van der Maaten and Hinton 2008, equations 1 and 2.
 * Where more neighbours than the perplexity are nearest, each as near as the other, its entropy is no less than that of these.
 */
export function similarities(
  graph: NeighbourGraph,
  perplexity: number,
  { signal }: Pick<Context, 'signal'>,
): { readonly p: Sparse; readonly perplexities: Float64Array } {
  const { n, k, distances } = graph;
  const conditional = new Float64Array(n * k);
  const squares = new Float64Array(k);
  const entropy = Math.log(perplexity);
  const perplexities = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (i % 512 === 0) signal.throwIfAborted();
    const nearest = (distances[i * k] as number) ** 2;
    for (let c = 0; c < k; c++) squares[c] = (distances[i * k + c] as number) ** 2 - nearest;
    perplexities[i] = Math.exp(calibrate(squares, entropy, conditional.subarray(i * k, (i + 1) * k)));
  }
  return { p: symmetrised(graph, conditional, (forth, back) => (forth + back) / (2 * n)), perplexities };
}

/** Weights exp(-β d²), over their sum, with β found by halving; returns their entropy. */
function calibrate(squares: Float64Array, entropy: number, out: Float64Array): number {
  const k = squares.length;
  let beta = 1;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  // The scale of the data is anything: begin where the mean is 1.
  const mean = squares.reduce((sum, value) => sum + value, 0) / k;
  if (mean > 0) beta = 1 / mean;
  for (let step = 1; ; step++) {
    let sum = 0;
    let weighted = 0;
    for (let c = 0; c < k; c++) {
      const w = Math.exp(-beta * (squares[c] as number));
      out[c] = w;
      sum += w;
      weighted += w * (squares[c] as number);
    }
    const difference = Math.log(sum) + (beta * weighted) / sum - entropy;
    for (let c = 0; c < k; c++) out[c] = (out[c] as number) / sum;
    if (Math.abs(difference) <= NEAR || step === STEPS || !Number.isFinite(beta)) return entropy + difference;
    if (difference > 0) {
      low = beta;
      beta = high === Number.POSITIVE_INFINITY ? 2 * beta : (beta + high) / 2;
    } else {
      high = beta;
      beta = (beta + low) / 2;
    }
  }
}
