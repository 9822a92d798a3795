import { scaledBessel } from './bessel';
import { Kernels, sparseRoom } from './kernels';
import type { Signal } from './signal';
import { WIDTH } from './sparse-step';

/** Of the polynomial, even: up to a time of 10 what is left out is below 1e-19. */
const DEGREE = 34;

/** An undirected graph without loops: row i has edges to indices[offsets[i]], ..., indices[offsets[i + 1] - 1], each in both rows. */
export interface Edges {
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
}

/**
 * tr e^(-tL) / n at times up to 10, L = 1 - N the normalised Laplacian of a graph in which each row has an edge. In
 * Chebyshev's polynomials e^(tN) = I₀(t) + 2 Σ Iₖ(t) Tₖ(N), with Bessel's functions I (Abramowitz and Stegun 9.6.34), to
 * rounding; traces of products of two of them give those of twice the degree.
 */
export async function heatTrace(edges: Edges, times: readonly number[], signal?: Signal): Promise<Float64Array> {
  const traces = await chebyshevTraces(edges, signal);
  return Float64Array.from(times, (t) => {
    const weights = scaledBessel(t, DEGREE);
    return traces.reduceRight((sum, trace, k) => sum + (k === 0 ? 1 : 2) * (weights[k] as number) * trace, 0);
  });
}

/** tr Tₖ(N) / n */
async function chebyshevTraces({ offsets, indices }: Edges, signal?: Signal): Promise<Float64Array> {
  const n = offsets.length - 1;
  const degree = (i: number) => (offsets[i + 1] as number) - (offsets[i] as number);
  const weights = new Float64Array(indices.length);
  for (let i = 0; i < n; i++)
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
      weights[e] = 1 / Math.sqrt(degree(i) * degree(indices[e] as number));
  const traces = new Float64Array(DEGREE + 1);
  await Kernels.lend(sparseRoom(n, indices.length), async (kernels) => {
    const { blocks, step } = kernels.sparse(offsets, indices, weights);
    for (let column = 0; column < n; column += WIDTH) {
      signal?.throwIfAborted();
      for (const block of blocks) block.fill(0);
      for (let c = 0; c < WIDTH && column + c < n; c++) blocks[0][(column + c) * WIDTH + c] = 1;
      for (let k = 1; k <= DEGREE / 2; k++) {
        const { across, own } = step(k % 2 === 1 ? 0 : 1, k === 1 ? 1 : 2);
        traces[2 * k - 1] = (traces[2 * k - 1] as number) + across;
        traces[2 * k] = (traces[2 * k] as number) + own;
      }
    }
  });
  // 2 Tⱼ Tₖ = Tⱼ₊ₖ + Tⱼ₋ₖ, and T₁ has no trace.
  for (let k = 2; k <= DEGREE; k++) traces[k] = (2 * (traces[k] as number)) / n - (k % 2 === 0 ? 1 : 0);
  traces[0] = 1;
  return traces;
}
