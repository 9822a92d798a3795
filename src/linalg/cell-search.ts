import { type Cells, distance, eachNearest } from './cells';
import { type Cloud, cloud, type Near, Nearness, WIDTH } from './nearness';
import { Shortlist } from './shortlist';
import type { Watch } from './signal';

/** Values of how near rows are that are held at a time. */
const TILE = 1 << 20;
/** Rows that are compared at a time with all others. */
const SIDE = 1024;

/** The cell of each row, and those besides it that are within its reach: for row i from `offsets[i]` on in `near`, ascending. */
export interface Reached {
  readonly own: Int32Array;
  readonly offsets: Float64Array;
  readonly near: Int32Array;
}

/**
 * How far a row has to reach for a cell: its distance from the plane halfway between the centre of that cell and its own, beside
 * its distance from its own centre. @param gap by how much half the square of its distance from that centre is larger
 */
export function reachOf(gap: number, apart: number, from: number): number {
  return gap <= 0 ? 0 : gap / (apart * from);
}

/** @param share of the cells that is expected to be within reach */
export async function cellsWithin(
  points: Cloud,
  cells: Cells,
  reach: number,
  share: number,
  watch: Watch,
): Promise<Reached> {
  const { apart, centres } = cells;
  const count = centres.rows;
  const n = points.rows;
  const own = new Int32Array(n);
  const offsets = new Float64Array(n + 1);
  let near = new Int32Array(Math.ceil(1.1 * n * count * share) + count);
  const farthest = farthestOf(apart, count);
  let found = 0;
  await eachNearest(points, cells, watch, (i, cell, { values, least, blocks }, at) => {
    own[i] = cell;
    const nearest = values[at + cell] as number;
    const limit = reach * distance(nearest + (points.halves[i] as number));
    if (near.length < found + count) {
      const more = new Int32Array(2 * near.length);
      more.set(near);
      near = more;
    }
    for (let b = 0, block = (at / WIDTH) | 0; b < blocks; b++, block++) {
      if ((least[block] as number) - nearest > limit * (farthest[cell * blocks + b] as number)) continue;
      for (let c = b * WIDTH, end = Math.min(count, c + WIDTH); c < end; c++)
        if ((values[at + c] as number) - nearest <= limit * (apart[cell * count + c] as number) && c !== cell)
          near[found++] = c;
    }
    offsets[i + 1] = found;
  });
  return { own, offsets, near: near.subarray(0, found) };
}

/** How far the farthest of each {@link WIDTH} centres is from each centre. */
function farthestOf(apart: Float32Array, count: number): Float32Array {
  const blocks = Math.ceil(count / WIDTH);
  const out = new Float32Array(count * blocks);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < count; c++) {
      const at = i * blocks + Math.floor(c / WIDTH);
      out[at] = Math.max(out[at] as number, apart[i * count + c] as number);
    }
  return out;
}

/** The k nearest other rows of each, of those in its own cell, in the cells within its reach, and that have its cell within theirs. */
export async function searchCells(
  points: Cloud,
  count: number,
  { own, offsets, near }: Reached,
  k: number,
  { signal, progress }: Watch,
): Promise<Int32Array> {
  const { rows: n, columns } = points;
  const { starts, order } = byCell(own, count);
  // With room behind them for copies of rows that ask: within one array they take half the time.
  const sorted = cloud(n + SIDE, columns);
  const behind = (n + WIDTH) * columns;
  const { data } = sorted;
  for (let p = 0; p < n; p++) {
    const i = order[p] as number;
    data.set(points.data.subarray(i * columns, (i + 1) * columns), p * columns);
    sorted.halves[p] = points.halves[i] as number;
  }
  const list = new Shortlist(n, k);
  const nearness = new Nearness();
  // Those of its own cell first: what lies farther is then seen to lie farther.
  for (let cell = 0; cell < count; cell++) {
    const [start, end] = [starts[cell] as number, starts[cell + 1] as number];
    const height = Math.max(1, Math.floor(TILE / (end - start + WIDTH)));
    for (let from = start; from < end; from += height) {
      signal?.throwIfAborted();
      const to = Math.min(end, from + height);
      const some = data.subarray(from * columns, to * columns);
      const values = await nearness.between(some, to - from, sorted, start, end);
      for (let p = from; p < to; p++) enterRow(list, p, p, sorted.halves[p] as number, values, p - from, start, end);
    }
  }
  const asking = askingOf({ offsets, near }, order, count);
  const most = new Float32Array(n + WIDTH);
  for (let cell = 0; cell < count; cell++) {
    progress?.(cell / count, 'Nearest neighbours, by cells');
    const [start, end] = [starts[cell] as number, starts[cell + 1] as number];
    const [first, last] = [asking.starts[cell] as number, asking.starts[cell + 1] as number];
    const height = Math.max(1, Math.min(SIDE, Math.floor(TILE / (end - start + WIDTH))));
    for (let from = first; from < last && end > start; from += height) {
      signal?.throwIfAborted();
      const until = Math.min(last, from + height);
      for (let a = from, to = behind; a < until; a++, to += columns) {
        const p = (asking.rows[a] as number) * columns;
        data.copyWithin(to, p, p + columns);
      }
      const tile = await nearness.between(data.subarray(behind), until - from, sorted, start, end);
      boundsOf(list.bounds, start, end, most);
      for (let a = from; a < until; a++) enterBoth(asking.rows[a] as number, cell, tile, a - from, start, end);
    }
  }
  return placed(list.indices, order, k);

  /** Whether both were compared before: the cell of p was visited, and row q reaches it. */
  function met(p: number, q: number, cell: number): boolean {
    const home = own[order[p] as number] as number;
    if (home > cell) return false;
    const j = order[q] as number;
    for (let e = offsets[j] as number, end = offsets[j + 1] as number; e < end; e++) if (near[e] === home) return true;
    return false;
  }

  function enterBoth(p: number, cell: number, tile: Near, line: number, start: number, end: number): void {
    const { values, least, blocks, stride } = tile;
    const { bounds } = list;
    const half = sorted.halves[p] as number;
    const shift = line * stride - start;
    let bound = bounds[p] as number;
    for (let b = 0, block = line * blocks; b < blocks; b++, block++) {
      const low = (least[block] as number) + half;
      if (low >= bound && low >= (most[b] as number)) continue;
      for (let q = start + b * WIDTH, stop = Math.min(end, q + WIDTH); q < stop; q++) {
        const value = (values[shift + q] as number) + half;
        if ((value >= bound && value >= (bounds[q] as number)) || met(p, q, cell)) continue;
        if (value < (bounds[q] as number)) list.enter(q, p, value);
        if (value < bound) {
          list.enter(p, q, value);
          bound = bounds[p] as number;
        }
      }
    }
  }
}

/** The k nearest other rows of each, or of those at the places asked for, all rows compared; n x k. */
export async function nearestOfAll(
  points: Cloud,
  asked: Int32Array | null,
  k: number,
  { signal, progress, message }: Watch & { message: string },
): Promise<Int32Array> {
  const { rows: n, columns, data } = points;
  const lines = asked?.length ?? n;
  const list = new Shortlist(lines, k);
  const nearness = new Nearness();
  const rows = asked && new Float32Array(Math.min(SIDE, lines) * columns);
  for (let from = 0; from < lines; from += SIDE) {
    const to = Math.min(lines, from + SIDE);
    for (let a = from; rows && a < to; a++) {
      const place = asked[a] as number;
      rows.set(data.subarray(place * columns, (place + 1) * columns), (a - from) * columns);
    }
    const some = rows ?? data.subarray(from * columns, to * columns);
    for (let start = 0; start < n; start += TILE / SIDE) {
      progress?.((from + ((to - from) * start) / n) / lines, message);
      signal?.throwIfAborted();
      const end = Math.min(n, start + TILE / SIDE);
      const tile = await nearness.between(some, to - from, points, start, end);
      for (let a = from; a < to; a++) enterRow(list, a, asked?.[a] ?? a, 0, tile, a - from, start, end);
    }
  }
  return list.indices;
}

/** Others from `start` to `end` into line `line` of the list, which is that of row p. */
function enterRow(
  list: Shortlist,
  line: number,
  p: number,
  half: number,
  { values, least, blocks, stride }: Near,
  at: number,
  start: number,
  end: number,
): void {
  const shift = at * stride - start;
  let bound = list.bounds[line] as number;
  for (let b = 0, block = at * blocks; b < blocks; b++, block++) {
    if ((least[block] as number) + half >= bound) continue;
    for (let q = start + b * WIDTH, stop = Math.min(end, q + WIDTH); q < stop; q++) {
      const value = (values[shift + q] as number) + half;
      if (value >= bound || q === p) continue;
      list.enter(line, q, value);
      bound = list.bounds[line] as number;
    }
  }
}

/** The largest bound of each so many rows from `start` on; it only falls. */
function boundsOf(bounds: Float32Array, start: number, end: number, most: Float32Array): void {
  for (let b = 0, q = start; q < end; b++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (const stop = Math.min(end, q + WIDTH); q < stop; q++)
      if ((bounds[q] as number) > largest) largest = bounds[q] as number;
    most[b] = largest;
  }
}

/** The rows cell by cell. */
function byCell(own: Int32Array, count: number): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const cell of own) starts[cell + 1] = (starts[cell + 1] as number) + 1;
  for (let c = 0; c < count; c++) starts[c + 1] = (starts[c + 1] as number) + (starts[c] as number);
  const next = starts.slice();
  const order = new Int32Array(own.length);
  for (let i = 0; i < own.length; i++) {
    const cell = own[i] as number;
    const at = next[cell] as number;
    order[at] = i;
    next[cell] = at + 1;
  }
  return { starts, order };
}

/** The rows that reach each cell, cell by cell, as places in `order`. */
function askingOf({ offsets, near }: Pick<Reached, 'offsets' | 'near'>, order: Int32Array, count: number) {
  const starts = new Float64Array(count + 1);
  for (const cell of near) starts[cell + 1] = (starts[cell + 1] as number) + 1;
  for (let c = 0; c < count; c++) starts[c + 1] = (starts[c + 1] as number) + (starts[c] as number);
  const next = starts.slice();
  const rows = new Int32Array(near.length);
  for (let p = 0; p < order.length; p++) {
    const i = order[p] as number;
    for (let e = offsets[i] as number, end = offsets[i + 1] as number; e < end; e++) {
      const cell = near[e] as number;
      const at = next[cell] as number;
      rows[at] = p;
      next[cell] = at + 1;
    }
  }
  return { starts, rows };
}

/** Lists of places in `order` become lists of rows. Those that stayed short, where a row had few to be compared with, are filled with other rows in order. */
function placed(lists: Int32Array, order: Int32Array, k: number): Int32Array {
  const out = new Int32Array(lists.length);
  for (let p = 0; p < order.length; p++) {
    const i = order[p] as number;
    const own = out.subarray(i * k, (i + 1) * k);
    let found = 0;
    for (; found < k; found++) {
      const q = lists[p * k + found] as number;
      if (q < 0) break;
      own[found] = order[q] as number;
    }
    for (let next = 0; found < k; next++) if (next !== i && !own.subarray(0, found).includes(next)) own[found++] = next;
  }
  return out;
}
