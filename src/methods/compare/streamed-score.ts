import { centreColumnsInPlace, largestMagnitude } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { Moments } from '../../linalg/moments';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { gram } from '../../linalg/products';
import type { Context, RowStream } from '../method';
import { inDouble, inRange } from '../shared/centred';
import { gather, oddities } from '../shared/gather';
import { constantUnits, fewRows } from '../shared/warnings';
import type { CkaScore, Estimator, Side, SumsEstimator } from './cka';
import { scoreOfMoments } from './linear-kernel';

/** Units multiplied at a time, and summed within one product of float32. */
const WIDEST = 3072;
const NARROWEST = 16;

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
  // Both kernels, one of a strip with its bands, and of a strip: what is read, decoded, kept and centred.
  const kernels = rows * rows * (16 + (double ? 12 : 6));
  const perUnit = rows * 32;
  context.reserve(kernels + NARROWEST * perUnit, `the kernels of all pairs of ${rows} rows`);
  const width = Math.min(WIDEST, Math.floor((room - kernels) / perUnit));
  const sides: { kernel: Matrix<Float64Array>; constant: number[] }[] = [];
  let done = 0;
  for (const input of inputs.keys()) {
    const step = (read: number) => context.progress(Math.min(1, (done + read) / units), 'Reading units');
    sides.push(await kernelOf(stream, input, width, double, context, step));
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

/** The kernel of the centred rows, over a power of two that keeps its squares in range; and the units of one value only. */
async function kernelOf(
  stream: RowStream,
  input: number,
  width: number,
  double: boolean,
  { signal }: Context,
  progress: (units: number) => void,
): Promise<{ kernel: Matrix<Float64Array>; constant: number[] }> {
  const { columns, isDouble } = stream.inputs[input] as RowStream['inputs'][number];
  const strips = async function* () {
    for (let start = 0; start < columns; start += width) {
      signal.throwIfAborted();
      const end = Math.min(columns, start + width);
      yield { start, strip: (await stream.strip?.(input, [start, end])) as Matrix };
      progress(end);
    }
  };
  // Only values of float64 can be so large or so small that their fourth powers are no doubles.
  let largest = 0;
  if (isDouble) for await (const { strip } of strips()) largest = Math.max(largest, largestMagnitude(strip));
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  const factor = Math.abs(exponent) > 30 ? 2 ** -Math.max(-1000, Math.min(1000, exponent)) : 1;
  let kernel: Matrix<Float64Array> | undefined;
  const constant: number[] = [];
  for await (const { start, strip } of strips()) {
    for (let j = 0; j < strip.columns; j++) if (isConstant(strip, j)) constant.push(start + j);
    const wide = double || inRange(strip) !== strip ? strip.toDouble() : strip;
    if (factor !== 1) for (let k = 0; k < wide.data.length; k++) wide.data[k] = (wide.data[k] as number) * factor;
    const part = await gram(centreColumnsInPlace(wide), { signal });
    kernel ??= Matrix.zeros(part.rows, part.rows);
    const { data } = kernel;
    for (let k = 0; k < data.length; k++) data[k] = (data[k] as number) + (part.data[k] as number);
  }
  return { kernel: kernel ?? Matrix.zeros(0, 0), constant };
}

function isConstant(strip: Matrix, column: number): boolean {
  const first = strip.at(0, column);
  for (let i = 1; i < strip.rows; i++) if (strip.at(i, column) !== first) return false;
  return true;
}

function sideOf(kernel: Matrix<Float64Array>): Side {
  return {
    squared: frobeniusSquared(kernel),
    diagonal: Float64Array.from({ length: kernel.rows }, (_, i) => kernel.at(i, i)),
  };
}
