import { Matrix } from '../../../linalg/matrix';
import { multiply } from '../../../linalg/products';
import type { Context } from '../../method';
import { inRange } from '../../shared/centred';
import { principalAxes } from '../../shared/pca';
import type { Scorer } from './grid';
import type { Layer } from './sides';

/** The last layer with its columns as they are and otherwise: whether their order means anything. */
export interface Orders {
  readonly widths: readonly number[];
  readonly own: readonly number[];
  /** Lowest, mean and highest of the random orders, at each width. */
  readonly random: readonly (readonly [low: number, mean: number, high: number])[];
  /** Coordinates along the principal axes, the widest first; of which a shift is not taken out, so that cosines stay. */
  readonly principal: readonly number[];
  readonly count: number;
}

/** @param own score of the layer at each width */
export async function compareOrders(
  layer: Layer,
  index: number,
  widths: readonly number[],
  own: readonly number[],
  count: number,
  scorer: Scorer,
  context: Context,
): Promise<Orders> {
  const drawn: number[][] = widths.map(() => []);
  const columns = layer.matrix.columns;
  const turned = await rotated(layer, context);
  const principal: number[] = [];
  for (let draw = 0; draw <= count; draw++) {
    const other = draw === count ? turned : reordered(layer, context.random.permutation(columns));
    for (const [i, width] of widths.entries()) {
      context.signal.throwIfAborted();
      context.progress(0.7 + (0.2 * draw) / (count + 1), 'The last layer in other orders');
      // All columns are all columns, in whatever order.
      const value = width === columns ? (own[i] as number) : (await scorer(other, index, width)).value;
      if (draw === count) principal.push(value);
      else drawn[i]?.push(value);
    }
  }
  const random = drawn.map((values) => [Math.min(...values), mean(values), Math.max(...values)] as const);
  return { widths, own, random, principal, count };
}

function reordered({ name, matrix, other }: Layer, order: Int32Array): Layer {
  const take = (x: Matrix) => x.takeColumns(order);
  return { name, matrix: take(matrix), ...(other && { other: { ...other, matrix: take(other.matrix) } }) };
}

/** One rotation for both sides, by the axes of the first, filled up with zeros where it spans fewer. */
async function rotated({ name, matrix, other }: Layer, context: Context): Promise<Layer> {
  const { axes } = await principalAxes(inRange(matrix), matrix.columns, context);
  const turn = async (x: Matrix) => {
    const found = await multiply(x, axes, context);
    const out = Matrix.zeros(x.rows, x.columns);
    for (let i = 0; i < x.rows; i++) out.row(i).set(found.row(i));
    return out;
  };
  return {
    ...{ name, matrix: await turn(matrix) },
    ...(other && { other: { ...other, matrix: await turn(other.matrix) } }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
