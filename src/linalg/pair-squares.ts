import { CANCELLED, squaredDistance } from './distances';
import { Matrix } from './matrix';
import { free } from './memory';
import { gramInto, multiplyInto } from './products';
import type { Cancellable, Watch } from './signal';

/** Rows in float64 and their squared lengths, as distances are taken of them. */
export interface PointBlock {
  readonly rows: Matrix<Float64Array>;
  readonly squares: Float64Array;
}

/** Bands of rows in which pairs of few points are taken, each from its diagonal on. */
const BANDS = 16;
const LEAST_BAND = 64;
/** Of one band of products. */
const BAND_BYTES = 16e6;

/** Place of the pair of rows i and i + 1 among all pairs i < j, row by row. */
export function placeOf(i: number, n: number): number {
  return (i * (2 * n - i - 1)) / 2;
}

/** Rows of a band of pairs of n points. */
export function bandHeight(n: number): number {
  return Math.max(1, Math.min(Math.max(LEAST_BAND, Math.ceil(n / BANDS)), Math.floor(BAND_BYTES / (8 * n))));
}

/** Squared distances of all pairs i < j of the points of a block, row by row. */
export async function allSquares(points: PointBlock, direct: boolean, options: Watch): Promise<Float64Array> {
  const n = points.squares.length;
  const out = new Float64Array((n * (n - 1)) / 2);
  const height = bandHeight(n);
  const memory = new Float64Array(direct ? 0 : height * n);
  for (let start = 0, at = 0; start < n; start += height) {
    options.progress?.(at / out.length, 'Distances');
    at = await bandSquares(points, direct, start, Math.min(n, start + height), memory, out, at, options);
  }
  free(memory);
  return out;
}

/**
 * Squared distances of the pairs i < j of rows `start` to `end`, from place `at` on in `out`; returns where they end.
 * @param memory for the products of these rows with all from `start` on; it may be that of `out`, from place 0 on
 */
export async function bandSquares(
  points: PointBlock,
  direct: boolean,
  start: number,
  end: number,
  memory: Float64Array,
  out: Float64Array,
  at: number,
  { signal }: Cancellable,
): Promise<number> {
  const { rows, squares } = points;
  const n = rows.rows;
  const width = n - start;
  signal?.throwIfAborted();
  if (!direct) {
    const products = new Matrix(memory.subarray(0, (end - start) * width), end - start, width);
    await multiplyInto(products, rows.slice(start, end), rows.slice(start, n), { transposeB: true, signal });
  }
  let place = at;
  for (let i = start; i < end; place += n - i - 1, i++) {
    const row = rows.row(i);
    if (direct) for (let j = i + 1; j < n; j++) out[place + j - i - 1] = squaredDistance(row, rows.row(j));
    else fromProducts(out, place, memory, (i - start) * (width + 1) + 1, row, squares[i] as number, points, i + 1);
  }
  return place;
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
  const [left, right] = [a.rows, b.rows];
  if (!direct)
    await (a === b ? gramInto(out, left, { signal }) : multiplyInto(out, left, right, { transposeB: true, signal }));
  const others = direct ? Array.from({ length: width }, (_, j) => right.row(j)) : [];
  for (let i = 0; i < height; i++) {
    signal?.throwIfAborted();
    const values = out.row(i);
    const row = left.row(i);
    if (direct) for (let j = 0; j < width; j++) values[j] = squaredDistance(row, others[j] as Float64Array);
    else fromProducts(values, 0, values, 0, row, a.squares[i] as number, b, 0);
    each(i, values);
  }
}

/** From products of a row with others, of which the first is number `first`; the distances may be written over them. */
function fromProducts(
  out: Float64Array,
  at: number,
  products: Float64Array,
  from: number,
  row: Float64Array,
  square: number,
  { rows, squares }: PointBlock,
  first: number,
): void {
  for (let j = first, to = at, k = from; j < squares.length; j++, to++, k++) {
    const both = square + (squares[j] as number);
    const d = both - 2 * (products[k] as number);
    out[to] = d;
    // Apart: were it the other branch of one expression, every number would be put on the heap.
    if (d < CANCELLED * both) out[to] = squaredDistance(row, rows.row(j));
  }
}
