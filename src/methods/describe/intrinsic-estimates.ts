import { squaresTo } from '../../linalg/distances';
import type { Matrix } from '../../linalg/matrix';
import { nearestNeighbours } from '../../linalg/neighbours';
import type { Context } from '../method';

/** Of the rows by their ratio, what TwoNN leaves out of its fit: the largest, which curvature and edges decide. */
const DISCARDED = 0.1;

/** Euclidean distances to the k nearest other rows, n x k, nearest first; each summed by itself. */
export async function neighbourDistances(
  x: Matrix,
  k: number,
  context: Pick<Context, 'signal' | 'reserve' | 'progress'>,
): Promise<Float64Array> {
  const { indices } = await nearestNeighbours(x, k, 'euclidean', context);
  return squaresTo(x, indices, k).map(Math.sqrt);
}

export interface Estimate {
  /** Null where every row has its neighbours at one distance. */
  readonly value: number | null;
  /** Standard error of 1 / value, rows taken as independent. */
  readonly error: number;
  /** 1 / dimension of each row: what the estimate is the inverse mean of. */
  readonly parts: Float64Array;
}

/** The inverse of the mean of parts. */
function inverseMean(parts: Float64Array): Estimate {
  const n = parts.length;
  const mean = parts.reduce((sum, part) => sum + part, 0) / n;
  const variance = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0) / Math.max(1, n - 1);
  return { value: mean > 0 ? 1 / mean : null, error: Math.sqrt(variance / n), parts };
}

/** ln(r₂ / r₁) of each row. */
export function logRatios(distances: Float64Array, k: number): Float64Array {
  return Float64Array.from({ length: distances.length / k }, (_, i) =>
    Math.log((distances[i * k + 1] as number) / (distances[i * k] as number)),
  );
}

/**
 * TwoNN as Facco et al. fit it: -ln(1 - F) on ln(r₂ / r₁) through the origin, F the empirical distribution i / n, the 10 % of
 * the rows with the largest ratios left out.
 */
export function twonnFit(logs: Float64Array): { readonly value: number | null; readonly kept: number } {
  const n = logs.length;
  const sorted = logs.toSorted();
  const kept = Math.floor(n * (1 - DISCARDED));
  let [products, squares] = [0, 0];
  for (let i = 0; i < kept; i++) {
    const log = sorted[i] as number;
    products -= log * Math.log(1 - (i + 1) / n);
    squares += log * log;
  }
  return { value: squares > 0 ? products / squares : null, kept };
}

/** The maximum likelihood of the same model, all rows counted: n - 1 over Σ ln(r₂ / r₁), unbiased. */
export function twonnLikelihood(logs: Float64Array): Estimate {
  const plain = inverseMean(logs);
  const { value } = plain;
  return { ...plain, value: value === null ? null : (value * (logs.length - 1)) / logs.length };
}

/**
 * Levina and Bickel's estimate from the k nearest, 1 / m̂(x) = Σ_{j<k} ln(T_k / T_j) / (k - 1), averaged over rows as MacKay and
 * Ghahramani do: the inverses, which is the maximum likelihood of all rows together.
 * @param of how many of the `width` distances of a row to use, 2 at least
 */
export function likelihood(distances: Float64Array, width: number, of: number): Estimate {
  return inverseMean(
    Float64Array.from({ length: distances.length / width }, (_, i) => {
      const last = Math.log(distances[i * width + of - 1] as number);
      let sum = 0;
      for (let j = 0; j < of - 1; j++) sum += last - Math.log(distances[i * width + j] as number);
      return sum / (of - 1);
    }),
  );
}

/** The interval of an inverse mean, by the normal distribution of the mean. Null where its upper end is not finite. */
export function intervalOf({ value, error }: Estimate): { readonly low: number; readonly high: number } | null {
  if (value === null) return null;
  const [low, high] = [1 / value + 1.96 * error, 1 / value - 1.96 * error];
  return high > 0 ? { low: 1 / low, high: 1 / high } : null;
}
