import { CentredLayer } from '../../linalg/centred-layer';
import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { crossNorms, sweepPlan, sweepPrecision } from '../../linalg/sweep';
import type { Context, PairScores, Representation, Size } from '../method';
import { centred, inDouble, inRange } from '../shared/centred';
import { scorePairs, scoreWith } from '../shared/pairs';
import type { CkaScore, Estimator, Side, SideSums, SumsEstimator } from './cka';
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
  const sides = layers.map((layer) => CentredLayer.of(layer, layer.isDouble, true));
  const norms = await crossNorms(sides, null, context);
  const [a, b] = sides.map((layer, i) => sideOf(layer, norms.at(i, i))) as [Side, Side];
  const steps = ['columns centred', sweepPrecision(sides, null)];
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
  const layers = new Map(layersOf(inputs, context).map((layer, i) => [inputs[i] as Representation, layer]));
  const layerOf = (input: Representation) => layers.get(input) as CentredLayer;
  // Of a single pair, what each is with itself is needed and comes with the rest.
  const all = mirrored || inputs.length <= 2;
  const [left, right] = all ? [inputs, inputs] : [rows, columns];
  const norms = await crossNorms(left.map(layerOf), all ? null : right.map(layerOf), context);
  const prepare = async (input: Representation) => {
    const layer = layerOf(input);
    const at = inputs.indexOf(input);
    return { input, side: sideOf(layer, all ? norms.at(at, at) : await selfNorm(layer, context)) };
  };
  return scorePairs(rows, columns, context, prepare, (a, b) => {
    const cross = a === b ? a.side.squared : norms.at(left.indexOf(a.input), right.indexOf(b.input));
    return scoreWith(estimate(cross, a.side, b.side));
  });
}

async function selfNorm(layer: CentredLayer, { signal, reserve }: Context): Promise<number> {
  return (await crossNorms([layer], null, { signal, reserve })).at(0, 0);
}

function sideOf(layer: CentredLayer, squared: number): Side {
  return { squared, diagonal: layer.squaredLengths };
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

/** What `linearKernels` takes beside its inputs: these, centred. Where they may be overwritten, what `linearSweep` takes. */
export function centredRoom(inputs: readonly Size[], mayOverwrite: boolean): number {
  const isDouble = widened(inputs);
  if (!mayOverwrite) return (isDouble ? 8 : 4) * valuesOf(inputs);
  const layers = inputs.map(({ rows, columns }) => ({ rows, columns, isDouble }));
  const { samples, double } = sweepPlan(layers, null);
  // Of products of columns no layer is whole; of rows, all that are not centred in their own memory.
  const copied = inputs.filter((input) => !(input.isDouble === isDouble && isDouble === double));
  return samples ? (double ? 8 : 4) * valuesOf(copied) : 0;
}

function valuesOf(inputs: readonly Size[]): number {
  return inputs.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

/** Whether all are taken in float64: one of them is, or all products together are small work. */
function widened(inputs: readonly Size[]): boolean {
  const units = inputs.reduce((sum, { columns }) => sum + columns, 0);
  const rows = inputs[0]?.rows ?? 0;
  return inDouble((rows * units * Math.min(units, rows)) / 2, ...inputs);
}

function centredLayers(inputs: readonly Representation[], { reserve, signal }: Context): Matrix[] {
  const matrices = inputs.map(({ matrix }) => matrix);
  reserve(centredRoom(matrices, false), 'the centred representations');
  const double = widened(matrices);
  return matrices.map((matrix) => {
    signal.throwIfAborted();
    return centred(matrix, double);
  });
}

/** The same where a layer is not needed as a whole: centred in its own memory if that may be, otherwise part by part. */
function layersOf(inputs: readonly Representation[], { mayOverwrite = false, signal }: Context): CentredLayer[] {
  const double = widened(inputs.map(({ matrix }) => matrix));
  return inputs.map(({ matrix }) => {
    signal.throwIfAborted();
    const inPlace = mayOverwrite && matrix.isDouble === double;
    return CentredLayer.of(inPlace ? centred(matrix, double, true) : inRange(matrix), double, inPlace);
  });
}
