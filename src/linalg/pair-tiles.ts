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

/** Points of which tiles are taken: see `Points`. */
export interface TiledPoints {
  readonly count: number;
  readonly direct: boolean;
  /** Squared distances of all pairs i < j, row by row, where they are held. */
  readonly held: Float64Array | undefined;
  /** Whether there is room to hold them, as is done once they are passed over a second time. */
  readonly few: boolean;
  /** Times they have been passed over. */
  passes: number;
  hold(options: Cancellable): Promise<Float64Array>;
  block(start: number, end: number): PointBlock;
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

/** The pairs of a tile with i < j, row after row: of row i those with the columns from {@link firstOf} on. */
export interface PairTile extends Tile {
  /** Squared distances of these pairs in each list of points; not to be written to, and good until the next tile. */
  readonly squares: readonly Float64Array[];
}

/** Bands of rows in which pairs of few points are taken, each from its diagonal on. */
const BANDS = 16;
const LEAST_BAND = 64;
/** Of one band of products. */
const BAND_BYTES = 16e6;
/** Pairs of few points in a tile: so few that what is made of them stays in the cache. */
const STRIP = 2 ** 15;
/** Lists of points of which all rows are laid out at once. */
const MOST_BLOCKS = 2;

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

/** The first column of row i in a tile of pairs i < j. */
export function firstOf({ columns }: Tile, i: number): number {
  return Math.max(columns[0], i + 1);
}

/** Place of the pair of rows i and i + 1 among all pairs i < j, row by row. */
export function placeOf(i: number, n: number): number {
  return (i * (2 * n - i - 1)) / 2;
}

/**
 * All pairs of rows i < j of lists of points, which are equally many, tile by tile.
 * @param size rows and columns of a tile, at most, where distances are not held
 */
export async function* pairTiles(
  lists: readonly TiledPoints[],
  size: number,
  options: Cancellable = {},
): AsyncGenerator<PairTile> {
  const n = lists[0]?.count ?? 0;
  for (const points of new Set(lists))
    if (points.few && (points.passes++ > 0 || lists.length > MOST_BLOCKS)) await points.hold(options);
  if (lists.every(({ held }) => held)) {
    const all = lists.map(({ held }) => held as Float64Array);
    for (const tile of strips(0, n, n, all)) {
      options.signal?.throwIfAborted();
      yield tile;
    }
    return;
  }
  if (lists.every(({ few }) => few)) {
    const height = heightOf(n);
    const blocks = lists.map((points) => (points.held ? null : points.block(0, n)));
    const memory = blocks.map((block) => new Float64Array(block ? height * n : 0));
    for (let start = 0; start < n; start += height) {
      const end = Math.min(n, start + height);
      const squares: Float64Array[] = [];
      for (const [l, { direct, held }] of lists.entries()) {
        if (held) squares.push(held.subarray(placeOf(start, n), placeOf(end, n)));
        else {
          const own = memory[l] as Float64Array;
          const count = await bandSquares(blocks[l] as PointBlock, direct, start, end, own, own, 0, options);
          squares.push(own.subarray(0, count));
        }
      }
      yield* strips(start, end, n, squares);
    }
    free(...memory);
    return;
  }
  const edge = Math.min(n, size + 1);
  const memory = lists.map(() => new Float64Array(edge * edge));
  let left: PointBlock[] = [];
  for (const tile of tilesOf(n, size)) {
    const { rows, columns, diagonal } = tile;
    if (diagonal) left = lists.map((points) => points.block(...rows));
    const squares: Float64Array[] = [];
    for (const [l, points] of lists.entries()) {
      const own = memory[l] as Float64Array;
      const block = left[l] as PointBlock;
      let count = 0;
      await squaredTile(
        block,
        diagonal ? block : points.block(...columns),
        points.direct,
        own,
        options,
        (i, squared) => {
          // Where the tile is cut by the diagonal, what is right of it moves together.
          const pairs = diagonal ? squared.subarray(i + 1) : squared;
          if (diagonal) own.set(pairs, count);
          count += pairs.length;
        },
      );
      squares.push(own.subarray(0, count));
    }
    yield { ...tile, squares };
  }
}

/** Pairs of rows `first` to `last` with the rows behind them, a few at a time. */
function* strips(first: number, last: number, n: number, squares: readonly Float64Array[]): Generator<PairTile> {
  const before = placeOf(first, n);
  for (let start = first, end = first; start < last; start = end) {
    end = Math.min(last, start + Math.max(1, Math.floor(STRIP / (n - start))));
    const [from, to] = [placeOf(start, n), placeOf(end, n)];
    const some = squares.map((all) => all.subarray(from - before, to - before));
    const done = (2 * from) / (n * (n - 1));
    if (from < to) yield { rows: [start, end], columns: [start, n], diagonal: true, done, squares: some };
  }
}

function heightOf(n: number): number {
  return Math.max(1, Math.min(Math.max(LEAST_BAND, Math.ceil(n / BANDS)), Math.floor(BAND_BYTES / (8 * n))));
}

/** Squared distances of all pairs i < j of the points of a block, row by row. */
export async function allSquares(points: PointBlock, direct: boolean, options: Watch): Promise<Float64Array> {
  const n = points.squares.length;
  const out = new Float64Array((n * (n - 1)) / 2);
  const height = heightOf(n);
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
async function bandSquares(
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
