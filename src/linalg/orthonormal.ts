import { cholesky, lowerInverse } from './cholesky';
import type { Matrix } from './matrix';
import { frobeniusSquared } from './norms';
import { columnGram, multiply } from './products';
import type { Cancellable } from './signal';

/** Up to this ratio of the largest to the least singular value the columns are made orthonormal to rounding. */
const WELL_CONDITIONED = 1e6;

/**
 * An orthonormal basis of the columns of an m x n matrix, m x n, with a bound below the least singular value; null where the
 * columns are nearly dependent, and {@link svd} has to say what they span. By products alone, a fraction of the work of a
 * decomposition: Cholesky's factor of XᵀX, taken twice, which leaves departures from orthogonality of the order of ε:
 * Yamamoto, Nakatsukasa, Yanagisawa and Fukaya, "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA 2015.
 */
export async function orthonormalColumns(
  x: Matrix<Float64Array>,
  options: Cancellable = {},
): Promise<{ q: Matrix<Float64Array>; least: number } | null> {
  if (x.columns === 0 || x.rows < x.columns) return null;
  const { signal } = options;
  try {
    const inverse = await lowerInverse(await cholesky(await columnGram(x, options), signal), signal);
    const least = 1 / Math.sqrt(frobeniusSquared(inverse));
    if (!(Math.sqrt(frobeniusSquared(x)) <= WELL_CONDITIONED * least)) return null;
    const nearly = await multiply(x, inverse, { signal, transposeB: true });
    const again = await lowerInverse(await cholesky(await columnGram(nearly, options), signal), signal);
    return { q: await multiply(nearly, again, { signal, transposeB: true }), least };
  } catch (problem) {
    // Not definite, but for rounding.
    if (problem instanceof RangeError) return null;
    throw problem;
  }
}
