import { free } from './memory';
import { bandHeight, bandSquares, type PointBlock, placeOf, squaredTile } from './pair-squares';
import type { Points } from './points';
import type { Cancellable } from './signal';

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

/**
 * All pairs of rows i < j of lists of points, which are equally many, tile by tile.
 * @param size rows and columns of a tile, at most, where distances are not held
 */
export async function* pairTiles(
  lists: readonly Points[],
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
    const height = bandHeight(n);
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
  free(...memory);
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
