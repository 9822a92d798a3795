import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { crossNorms, sweepPrecision } from '../../linalg/sweep';
import type { Context, PairScores, Representation, Size } from '../method';
import { centred, inDouble } from '../shared/centred';
import { scorePairs, scoreWith } from '../shared/pairs';
import { type CkaScore, type Estimator, type Side, type SideSums, type SumsEstimator, squaredLengths } from './cka';
import { reorderedSweep } from './reordered-kernels';

export interface LinearKernels {
  /** <A, B> = ‖XᵀY‖² */
  readonly cross: number;
  readonly x: Side;
  readonly y: Side;
  /** The centred representations. */
  readonly layers: readonly [Matrix, Matrix];
  readonly steps: readonly string[];
}

/** <A, B> of two centred representations, and what CKA needs of each. No n x n matrix is kept. */
export async function linearKernels(
  [x, y]: readonly [Representation, Representation],
  context: Context,
): Promise<LinearKernels> {
  context.progress(0, 'Centring');
  const layers = centredLayers([x, y], context);
  const norms = await crossNorms(layers, null, context);
  const [a, b] = layers.map((layer, i) => sideOf(layer, norms.at(i, i))) as [Side, Side];
  const steps = ['columns centred', sweepPrecision(layers, null)];
  return { cross: norms.at(0, 1), x: a, y: b, layers: layers as [Matrix, Matrix], steps };
}

/** CKA of all pairs in one sweep of products. */
export async function linearSweep(
  rows: readonly Representation[],
  columns: readonly Representation[],
  estimate: Estimator,
  context: Context,
): Promise<PairScores> {
  const quick = await reorderedSweep(rows, columns, estimate, context);
  if (quick) return quick;
  const mirrored = rows.length === columns.length && rows.every((row, i) => row === columns[i]);
  const inputs = [...new Set([...rows, ...columns])];
  context.progress(0, 'Centring');
  const matrices = centredLayers(inputs, context);
  const matrixOf = (input: Representation) => matrices[inputs.indexOf(input)] as Matrix;
  const norms = await crossNorms(rows.map(matrixOf), mirrored ? null : columns.map(matrixOf), context);
  const prepare = async (input: Representation) => {
    const matrix = matrixOf(input);
    const at = rows.indexOf(input);
    return { input, side: sideOf(matrix, mirrored ? norms.at(at, at) : await selfNorm(matrix, context)) };
  };
  return scorePairs(rows, columns, context, prepare, (a, b) => {
    const cross = a === b ? a.side.squared : norms.at(rows.indexOf(a.input), columns.indexOf(b.input));
    return scoreWith(estimate(cross, a.side, b.side));
  });
}

async function selfNorm(layer: Matrix, context: Context): Promise<number> {
  return (await crossNorms([layer], null, { signal: context.signal })).at(0, 0);
}

function sideOf(layer: Matrix, squared: number): Side {
  return { squared, diagonal: squaredLengths(layer) };
}

/** CKA of two inputs of which the sums over rows are known. */
export function scoreOfMoments(moments: Moments, x: number, y: number, estimate: SumsEstimator): CkaScore {
  const [a, b] = [sumsOfMoments(moments, x), sumsOfMoments(moments, y)];
  return estimate(moments.squaredNorm(x, y), moments.lengthProduct(x, y), a, b);
}

/** What CKA needs of the linear kernel of one of them. */
export function sumsOfMoments(moments: Moments, input: number): SideSums {
  return {
    rows: moments.rows,
    squared: moments.squaredNorm(input, input),
    trace: moments.trace(input),
    fourth: moments.lengthProduct(input, input),
  };
}

/** What `linearKernels` and `linearSweep` take beside their inputs: these, centred. */
export function centredRoom(inputs: readonly Size[], mayOverwrite: boolean): number {
  const units = inputs.reduce((sum, { columns }) => sum + columns, 0);
  const rows = inputs[0]?.rows ?? 0;
  const double = inDouble((rows * units * Math.min(units, rows)) / 2, ...inputs);
  return double || !mayOverwrite ? (double ? 8 : 4) * rows * units : 0;
}

/** In float64 where all their products together are small work. */
function centredLayers(inputs: readonly Representation[], context: Context): Matrix[] {
  const matrices = inputs.map(({ matrix }) => matrix);
  const units = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const rows = matrices[0]?.rows ?? 0;
  const double = inDouble((rows * units * Math.min(units, rows)) / 2, ...matrices);
  const { mayOverwrite = false } = context;
  const room = centredRoom(matrices, mayOverwrite);
  if (room > 0) context.reserve(room, 'the centred representations');
  return matrices.map((matrix) => {
    context.signal.throwIfAborted();
    return centred(matrix, double, mayOverwrite);
  });
}
