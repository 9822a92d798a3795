import type { Matrix } from '../../linalg/matrix';
import { Moments } from '../../linalg/moments';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { count } from '../../protocol/words';
import type { Context, RowStream } from '../method';
import { inDouble } from '../shared/centred';
import { gather, oddities } from '../shared/gather';
import { NARROWEST, rowKernel, stripBytes, WIDEST } from '../shared/row-kernel';
import { constantUnits, fewRows } from '../shared/warnings';
import type { CkaScore, Estimator, Side, SumsEstimator } from './cka';
import { scoreOfMoments } from './linear-kernel';

interface Streamed {
  readonly score: CkaScore;
  /** That were kept. */
  readonly rows: number;
  readonly steps: readonly string[];
  readonly warnings: string[];
}

/**
 * CKA of linear kernels of two inputs that do not fit into memory: from the products of all pairs of units, in one pass over
 * the rows; or where those are too many, from the kernels of the rows, a strip of units after the other.
 * @throws UserError where neither fits into memory
 */
export async function streamedScore(
  stream: RowStream,
  { whole, sums }: { readonly whole: Estimator; readonly sums: SumsEstimator },
  context: Context,
): Promise<Streamed> {
  const { inputs, rows, room, strip } = stream;
  const units = inputs.reduce((sum, { columns }) => sum + columns, 0);
  if (strip && rows < units && Moments.bytes(units) > room) return ofStrips(stream, whole, context);
  const { moments, steps } = await gather(stream, false, context);
  const score = scoreOfMoments(moments, 0, 1, sums);
  return { score, rows: moments.rows, steps: ['columns centred', ...steps], warnings: oddities(stream, moments) };
}

async function ofStrips(stream: RowStream, estimate: Estimator, context: Context): Promise<Streamed> {
  const { inputs, rows, room } = stream;
  const units = inputs.reduce((sum, { columns }) => sum + columns, 0);
  const double = inDouble((rows * rows * units) / 2, ...inputs);
  // Both kernels, and one of a strip with its bands.
  const kernels = rows * rows * (16 + (double ? 12 : 6));
  const perUnit = stripBytes(rows);
  context.reserve(kernels + NARROWEST * perUnit, `the kernels of all pairs of ${count(rows)} rows`);
  const width = Math.min(WIDEST, Math.floor((room - kernels) / perUnit));
  const sides: { kernel: Matrix<Float64Array>; constant: number[] }[] = [];
  let done = 0;
  for (const input of inputs.keys()) {
    const progress = (read: number) => context.progress(Math.min(1, (done + read) / units), 'Reading units');
    sides.push(await rowKernel(stream, input, { width, double, centred: true, progress }, context));
    done += inputs[input]?.columns ?? 0;
  }
  const [x, y] = sides.map(({ kernel }) => kernel) as [Matrix<Float64Array>, Matrix<Float64Array>];
  const odd = inputs.flatMap(({ name, columns }, k) => constantUnits(name, sides[k]?.constant ?? [], columns));
  const products = double
    ? 'kernels of the rows in float64'
    : 'products in float32 over at most 3,072 units, their sums in float64';
  return {
    score: estimate(dot(x.data, y.data), sideOf(x), sideOf(y)),
    rows: x.rows,
    steps: ['columns centred', `read in strips of ${width} unit${width === 1 ? '' : 's'}`, products],
    warnings: [...odd, ...fewRows(x.rows)],
  };
}

function sideOf(kernel: Matrix<Float64Array>): Side {
  return {
    squared: frobeniusSquared(kernel),
    diagonal: Float64Array.from({ length: kernel.rows }, (_, i) => kernel.at(i, i)),
  };
}
