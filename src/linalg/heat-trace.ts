import { Kernels, sparseRoom } from './kernels';
import type { Signal } from './signal';
import { WIDTH } from './sparse-step';

/** Of the polynomial, even: up to a time of 10 what is left out is below 1e-19. */
const DEGREE = 34;

/** An undirected graph without loops: row i has the edges to ends[starts[i]], ..., ends[starts[i + 1] - 1], each in both rows. */
export interface Edges {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The edges between rows of which either is among the other's k neighbours; row i's are in places k i to k i + k - 1. */
export function edgesOf(neighbours: ArrayLike<number>, k: number): Edges {
  const n = neighbours.length / k;
  const counts = new Int32Array(n).fill(k);
  for (let e = 0; e < n * k; e++) (counts[neighbours[e] as number] as number)++;
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) starts[i + 1] = (starts[i] as number) + (counts[i] as number);
  const both = new Int32Array(2 * n * k);
  const next = starts.slice();
  for (let e = 0; e < n * k; e++) {
    const [i, j] = [Math.floor(e / k), neighbours[e] as number];
    both[(next[i] as number)++] = j;
    both[(next[j] as number)++] = i;
  }
  let at = 0;
  for (let i = 0; i < n; i++) {
    const own = both.subarray(starts[i], starts[i + 1]).sort();
    starts[i] = at;
    for (let e = 0; e < own.length; e++) if (e === 0 || own[e] !== own[e - 1]) both[at++] = own[e] as number;
  }
  starts[n] = at;
  return { starts, ends: both.slice(0, at) };
}

/**
 * tr e^(-tL) / n at times up to 10, L = 1 - N the normalised Laplacian of a graph in which each row has an edge. In
 * Chebyshev's polynomials e^(tN) = I₀(t) + 2 Σ Iₖ(t) Tₖ(N), with Bessel's functions I (Abramowitz and Stegun 9.6.34), to
 * rounding; traces of products of two of them give those of twice the degree.
 */
export async function heatTrace(edges: Edges, times: readonly number[], signal?: Signal): Promise<Float64Array> {
  const traces = await chebyshevTraces(edges, signal);
  return Float64Array.from(times, (t) => {
    const weights = besselsOver(t);
    return traces.reduceRight((sum, trace, k) => sum + (k === 0 ? 1 : 2) * (weights[k] as number) * trace, 0);
  });
}

/** tr Tₖ(N) / n */
async function chebyshevTraces({ starts, ends }: Edges, signal?: Signal): Promise<Float64Array> {
  const n = starts.length - 1;
  const degree = (i: number) => (starts[i + 1] as number) - (starts[i] as number);
  const weights = new Float64Array(ends.length);
  for (let i = 0; i < n; i++)
    for (let e = starts[i] as number; e < (starts[i + 1] as number); e++)
      weights[e] = 1 / Math.sqrt(degree(i) * degree(ends[e] as number));
  const traces = new Float64Array(DEGREE + 1);
  await Kernels.lend(sparseRoom(n, ends.length), async (kernels) => {
    const { blocks, step } = kernels.sparse(starts, ends, weights);
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

/** e^(-t) Iₖ(t) for k up to the degree, from the far end down by their recurrence: Abramowitz and Stegun 9.12. */
function besselsOver(t: number): Float64Array {
  const out = new Float64Array(DEGREE + 1);
  let [above, here, total] = [0, 1e-100, 0];
  for (let k = DEGREE + 20; k >= 0; k--) {
    if (k <= DEGREE) out[k] = here;
    total += (k === 0 ? 1 : 2) * here;
    [above, here] = [here, above + ((2 * k) / t) * here];
  }
  return out.map((value) => value / total);
}
