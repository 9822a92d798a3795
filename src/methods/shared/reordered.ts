import type { Matrix } from '../../linalg/matrix';

/** Where a matrix came from whose rows are those of another in a random order. */
export interface Origin {
  readonly of: Matrix;
  /** Row i is row `order[i]` of the other. */
  readonly order: Int32Array;
}

const origins = new WeakMap<Matrix, Origin>();

/** A copy with the rows in this order, of which it is remembered what it is a copy of. */
export function reordered(of: Matrix, order: Int32Array): Matrix {
  const out = of.takeRows(order);
  origins.set(out, { of, order });
  return out;
}

/** Most of what a measure makes of a representation is, for its rows in another order, the same in that order. */
export function originOf(matrix: Matrix): Origin | undefined {
  return origins.get(matrix);
}

/** Where row j of the other has gone. */
export function placesOf({ order }: Origin): Int32Array {
  const places = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) places[order[i] as number] = i;
  return places;
}
