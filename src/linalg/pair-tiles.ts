import { CANCELLED, squaredDistance } from './distances';
import { Matrix } from './matrix';
import { gramInto, multiplyInto } from './products';
import type { Cancellable } from './signal';

/** Rows in float64 and their squared lengths, as distances are taken of them. */
export interface PointBlock {
  /** Place of the first row among all. */
  readonly start: number;
  readonly rows: Matrix<Float64Array>;
  readonly squares: Float64Array;
  /** Of all points, where `Points.hold` has them. */
  readonly held?: Matrix<Float64Array> | undefined;
}

/** Rows `rows[0]` to `rows[1]` against rows `columns[0]` to `columns[1]`, both exclusive at the end. */
export interface Tile {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  /** Cut by the diagonal; every other tile stands for its mirror image as well. */
  readonly diagonal: boolean;
  /** Of all pairs, the part that was in the tiles before. */
  readonly done: number;
}

/** The tiles on and above the diagonal of n x n, about `size` rows wide and high. */
export function* tilesOf(n: number, size: number): Generator<Tile> {
  const count = Math.ceil(n / Math.max(1, size));
  const edge = (k: number) => Math.round((k * n) / count);
  const total = (count * (count + 1)) / 2;
  for (let i = 0, k = 0; i < count; i++) {
    for (let j = i; j < count; j++, k++) {
      yield {
        rows: [edge(i), edge(i + 1)],
        columns: [edge(j), edge(j + 1)],
        diagonal: i === j,
        done: k / total,
      };
    }
  }
}

/**
 * Squared distances of the points of A from those of B: `each` is given one row after the other, good until it returns.
 * Distances much shorter than the lengths that they are the difference of are summed by themselves, so that they are exact
 * to rounding, and zero between equal rows.
 * @param memory at least as many numbers as there are distances
 */
export async function squaredTile(
  a: PointBlock,
  b: PointBlock,
  direct: boolean,
  memory: Float64Array,
  { signal }: Cancellable,
  each: (i: number, squared: Float64Array) => void,
): Promise<void> {
  const [height, width] = [a.squares.length, b.squares.length];
  const out = new Matrix(memory.subarray(0, height * width), height, width);
  const { held } = a;
  if (held && held === b.held) {
    for (let i = 0; i < height; i++) {
      const values = out.row(i);
      values.set(held.row(a.start + i).subarray(b.start, b.start + width));
      each(i, values);
    }
    return;
  }
  const [left, right] = [a.rows, b.rows];
  if (!direct)
    await (a === b ? gramInto(out, left, { signal }) : multiplyInto(out, left, right, { transposeB: true, signal }));
  const others = direct ? Array.from({ length: width }, (_, j) => right.row(j)) : [];
  for (let i = 0; i < height; i++) {
    signal?.throwIfAborted();
    const values = out.row(i);
    const row = left.row(i);
    if (direct) for (let j = 0; j < width; j++) values[j] = squaredDistance(row, others[j] as Float64Array);
    else fromProducts(values, row, a.squares[i] as number, right, b.squares);
    each(i, values);
  }
}

function fromProducts(
  values: Float64Array,
  row: Float64Array,
  square: number,
  others: Matrix<Float64Array>,
  squares: Float64Array,
): void {
  for (let j = 0; j < values.length; j++) {
    const both = square + (squares[j] as number);
    const d = both - 2 * (values[j] as number);
    values[j] = d < CANCELLED * both ? squaredDistance(row, others.row(j)) : d;
  }
}
