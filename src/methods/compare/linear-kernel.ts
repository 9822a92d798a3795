import { CentredLayer } from '../../linalg/centred-layer';
import type { Matrix } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import { crossNorms, sweepPrecision } from '../../linalg/sweep';
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

async function selfNorm(layer: CentredLayer, context: Context): Promise<number> {
  return (await crossNorms([layer], null, { signal: context.signal })).at(0, 0);
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

/** What `linearKernels` and `linearSweep` take beside their inputs: these, centred. */
export function centredRoom(inputs: readonly Size[], mayOverwrite: boolean): number {
  const units = inputs.reduce((sum, { columns }) => sum + columns, 0);
  const rows = inputs[0]?.rows ?? 0;
  const double = inDouble((rows * units * Math.min(units, rows)) / 2, ...inputs);
  return double || !mayOverwrite ? (double ? 8 : 4) * rows * units : 0;
}

/** In float64 where all their products together are small work. */
function centredLayers(inputs: readonly Representation[], context: Context): Matrix[] {
  const { double, mayOverwrite } = plan(inputs, context);
  return inputs.map(({ matrix }) => {
    context.signal.throwIfAborted();
    return centred(matrix, double, mayOverwrite);
  });
}

/** The same where a layer is not needed as a whole: centred in its own memory if that may be, otherwise part by part. */
function layersOf(inputs: readonly Representation[], context: Context): CentredLayer[] {
  const { double, mayOverwrite } = plan(inputs, context);
  return inputs.map(({ matrix }) => {
    context.signal.throwIfAborted();
    const inPlace = mayOverwrite && matrix.isDouble === double;
    return CentredLayer.of(inPlace ? centred(matrix, double, true) : inRange(matrix), double, inPlace);
  });
}

function plan(inputs: readonly Representation[], context: Context) {
  const matrices = inputs.map(({ matrix }) => matrix);
  const units = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const rows = matrices[0]?.rows ?? 0;
  const double = inDouble((rows * units * Math.min(units, rows)) / 2, ...matrices);
  const { mayOverwrite = false } = context;
  const room = centredRoom(matrices, mayOverwrite);
  if (room > 0) context.reserve(room, 'the centred representations');
  return { double, mayOverwrite };
}
