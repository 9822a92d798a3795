import { centreColumns } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { multiply } from '../../linalg/products';
import type { Watch } from '../../linalg/signal';
import { addScaled } from '../../linalg/vectors';
import type { Conditions } from './conditions';

/** Of one event that weighs a tenth of an observation, so that no rate is zero: as rsatoolbox has it by default. */
const PRIOR = { rate: 1, weight: 0.1 };
/** A difference that is less than this part of what it is taken from is summed on its own. */
const CANCELLED = 1e-4;
/** Of one tile of products. */
const TILE_BYTES = 32e6;

interface Rates {
  readonly rates: Matrix<Float64Array>;
  readonly logs: Matrix<Float64Array>;
}

/** Not a number where a value is below zero. */
function ratesOf(x: Matrix): Rates {
  const { rate, weight } = PRIOR;
  const rates = x.map((v) => (v < 0 ? Number.NaN : (v + rate * weight) / (1 + weight)));
  return { rates, logs: rates.map(Math.log) };
}

/**
 * Of all pairs of rows i < j of counts or rates, Σ (xᵢ - xⱼ) (ln xᵢ - ln xⱼ) / p: the mean Kullback-Leibler divergence of Poisson
 * distributions there and back, doubled. Row by row, float64; not a number where a row has a value below zero.
 */
export async function poissonPairs(x: Matrix, options: Watch = {}): Promise<Float64Array> {
  const { rows: n, columns: p } = x;
  const { rates, logs } = ratesOf(x);
  const own = Float64Array.from({ length: n }, (_, i) => dot(rates.row(i), logs.row(i)));
  const size = Float64Array.from({ length: n }, (_, i) => dot(rates.row(i), logs.row(i).map(Math.abs)));
  const out = new Float64Array((n * (n - 1)) / 2);
  const height = Math.max(1, Math.floor(TILE_BYTES / (8 * n)));
  const quiet = { transposeB: true, signal: options.signal };
  for (let start = 0, at = 0; start < n; start += height) {
    options.progress?.((2 * at) / (n * (n - 1)), 'Dissimilarities');
    const end = Math.min(n, start + height);
    const there = await multiply(rates.slice(start, end), logs.slice(start, n), quiet);
    const back = await multiply(logs.slice(start, end), rates.slice(start, n), quiet);
    for (let i = start; i < end; i++) {
      for (let j = i + 1, k = (i - start) * (n - start) + j - start; j < n; j++, k++, at++) {
        const sum = (own[i] as number) + (own[j] as number) - (there.data[k] as number) - (back.data[k] as number);
        const close = sum < CANCELLED * ((size[i] as number) + (size[j] as number));
        out[at] = (close ? divergence(rates, logs, i, j) : sum) / p;
      }
    }
  }
  return out;
}

function divergence(rates: Matrix<Float64Array>, logs: Matrix<Float64Array>, i: number, j: number): number {
  const [a, b, c, d] = [rates.row(i), rates.row(j), logs.row(i), logs.row(j)];
  let sum = 0;
  for (let k = 0; k < a.length; k++)
    sum += ((a[k] as number) - (b[k] as number)) * ((c[k] as number) - (d[k] as number));
  return sum;
}

/**
 * The same of conditions, each row of them left out once: its logarithms against the mean of the others, so that noise does not
 * agree; the mean over what is left out. May be negative. A reason where the conditions have unequal numbers of rows.
 */
export async function poissonAcross(
  matrix: Matrix,
  { groups }: Conditions,
  options: Pick<Watch, 'signal'>,
): Promise<Float64Array | string> {
  const repeats = groups[0]?.length ?? 0;
  if (groups.some(({ length }) => length !== repeats)) return 'poisson-cv needs as many rows of every condition';
  const { columns: p } = matrix;
  const count = groups.length;
  const out = new Float64Array((count * (count - 1)) / 2);
  const total = Matrix.zeros(count, p);
  const folds = Array.from({ length: repeats }, (_, fold) =>
    matrix.takeRows(groups.map((group) => group[fold] as number)).toDouble(),
  );
  for (const fold of folds) addScaled(total.data, fold.data, 1);
  for (const fold of folds) {
    const others = total.data.map((sum, k) => (sum - (fold.data[k] as number)) / (repeats - 1));
    // What all conditions share is in no difference of them, and would cancel.
    const rates = centreColumns(ratesOf(new Matrix(others, count, p)).rates);
    const logs = centreColumns(ratesOf(fold).logs);
    const products = await multiply(rates, logs, { transposeB: true, signal: options.signal });
    const of = (i: number, j: number) => products.data[i * count + j] as number;
    for (let i = 0, k = 0; i < count; i++)
      for (let j = i + 1; j < count; j++, k++)
        out[k] = (out[k] as number) + (of(i, i) + of(j, j) - of(i, j) - of(j, i)) / (p * repeats);
  }
  return out;
}
