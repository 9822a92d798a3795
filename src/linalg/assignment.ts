import type { Matrix } from './matrix';
import type { Signal } from './signal';

export interface AssignmentOptions {
  /** Largest total score, or smallest. */
  maximise: boolean;
  signal?: Signal | undefined;
}

/** Times that the rows left free bid again. */
const SWEEPS = 2;
/** Bids in a sweep for each row that begins it: prices that rise by little would take longer than the paths. */
const TURNS = 8;

/**
 * The matching of rows with columns that has the best total score: min(rows, columns) pairs, each row and column in at
 * most one. Entry i is the column of row i, or -1. Exact, O(n³): rows bid for columns first, which places most of them, and
 * the others come in by shortest augmenting paths: Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
 * sparse linear assignment problems", Computing 1987. Deterministic. Among columns that are equally good in floating point a
 * row takes a free one, and then the lowest: a row with several equally good columns, that no other row wants, so gets the
 * lowest. Which of several best matchings results is not defined further.
 * @throws RangeError where a score is not finite
 */
export function assign(scores: Matrix, options: AssignmentOptions): Int32Array {
  const { maximise, signal } = options;
  signal?.throwIfAborted();
  const { data } = scores;
  for (let k = 0; k < data.length; k++) {
    if (!Number.isFinite(data[k])) {
      const place = `row ${Math.floor(k / scores.columns)}, column ${k % scores.columns}`;
      throw new RangeError(`An assignment needs finite scores; ${place} has ${data[k]}.`);
    }
  }
  const wide = scores.rows <= scores.columns;
  const oriented = wide ? scores : scores.transpose();
  const cost = new Float64Array(oriented.data);
  if (maximise) for (let k = 0; k < cost.length; k++) cost[k] = -(cost[k] as number);
  const columnOf = matched(cost, oriented.rows, oriented.columns, signal);
  if (wide) return columnOf;
  const out = new Int32Array(scores.rows).fill(-1);
  for (const [column, row] of columnOf.entries()) out[row] = column;
  return out;
}

/** Who has whom, and what the columns cost: no row finds a column cheaper, price included, than the one that it has. */
interface Bids {
  columnOf: Int32Array;
  rowOf: Int32Array;
  /** Zero where the column is free, negative where rows have bid for it. */
  price: Float64Array;
}

/** Each of `rows` <= `columns` rows gets a column, at least total cost. */
function matched(cost: Float64Array, rows: number, columns: number, signal?: Signal): Int32Array {
  const bids: Bids = {
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
    price: new Float64Array(columns),
  };
  let free: readonly number[] = Array.from({ length: rows }, (_, i) => i);
  if (columns > 1) for (let sweep = 0; sweep < SWEEPS; sweep++) free = bid(cost, columns, free, bids, signal);
  shortestPaths(cost, columns, free, bids, signal);
  return bids.columnOf;
}

/**
 * Each free row takes its best column and bids as much as the second best allows; the row that it drives out bids next.
 * Returns the rows that are left free: a price that could not be raised, or would be raised for too long, ends a row's turn.
 */
function bid(
  cost: Float64Array,
  columns: number,
  free: readonly number[],
  { columnOf, rowOf, price }: Bids,
  signal?: Signal,
): number[] {
  const left: number[] = [];
  let turns = TURNS * free.length;
  for (const first of free) {
    for (let row = first; row >= 0; ) {
      if ((turns & 63) === 0) signal?.throwIfAborted();
      const base = row * columns;
      let best = Number.POSITIVE_INFINITY;
      let second = Number.POSITIVE_INFINITY;
      let at = -1;
      for (let j = 0; j < columns; j++) {
        const value = (cost[base + j] as number) - (price[j] as number);
        if (value < second) {
          if (value < best) {
            second = best;
            best = value;
            at = j;
          } else if (value === best && (rowOf[at] as number) >= 0 && rowOf[j] === -1) {
            second = best;
            at = j;
          } else second = value;
        } else if (value === best && (rowOf[at] as number) >= 0 && rowOf[j] === -1) at = j;
      }
      const before = price[at] as number;
      const after = before - (second - best);
      const owner = rowOf[at] as number;
      if (owner >= 0 && (turns-- <= 0 || !(after < before))) {
        left.push(row);
        break;
      }
      price[at] = after;
      columnOf[row] = at;
      rowOf[at] = row;
      if (owner >= 0) columnOf[owner] = -1;
      row = owner;
    }
  }
  return left.sort((a, b) => a - b);
}

/** Brings in the free rows, one by one. */
function shortestPaths(
  cost: Float64Array,
  columns: number,
  free: readonly number[],
  { columnOf, rowOf, price }: Bids,
  signal?: Signal,
): void {
  const priceOfRow = new Float64Array(columnOf.length);
  for (const [i, j] of columnOf.entries())
    if (j >= 0) priceOfRow[i] = (cost[i * columns + j] as number) - (price[j] as number);
  const distance = new Float64Array(columns);
  const cameFrom = new Int32Array(columns);
  /** Columns not yet reached, in the first `open` places. */
  const left = new Int32Array(columns);
  const reached = new Int32Array(columns);
  for (const start of free) {
    distance.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < columns; j++) left[j] = j;
    let open = columns;
    let count = 0;
    let row = start;
    let length = 0;
    let end = -1;
    while (end < 0) {
      if ((count & 63) === 0) signal?.throwIfAborted();
      const base = row * columns;
      const offset = length - (priceOfRow[row] as number);
      let nearest = Number.POSITIVE_INFINITY;
      let at = -1;
      for (let k = 0; k < open; k++) {
        const j = left[k] as number;
        const through = offset + (cost[base + j] as number) - (price[j] as number);
        let known = distance[j] as number;
        if (through < known) {
          distance[j] = through;
          cameFrom[j] = row;
          known = through;
        }
        if (known < nearest) {
          nearest = known;
          at = k;
        } else if (known === nearest && preferred(j, left[at] as number, rowOf)) at = k;
      }
      const column = left[at] as number;
      length = nearest;
      reached[count++] = column;
      left[at] = left[--open] as number;
      if (rowOf[column] === -1) end = column;
      else row = rowOf[column] as number;
    }
    priceOfRow[start] = length;
    for (let k = 0; k < count - 1; k++) {
      const j = reached[k] as number;
      const slack = length - (distance[j] as number);
      const i = rowOf[j] as number;
      priceOfRow[i] = (priceOfRow[i] as number) + slack;
      price[j] = (price[j] as number) - slack;
    }
    for (let j = end; ; ) {
      const i = cameFrom[j] as number;
      rowOf[j] = i;
      const previous = columnOf[i] as number;
      columnOf[i] = j;
      if (i === start) break;
      j = previous;
    }
  }
}

/** Of two columns at the same distance the free one, and then the lower. */
function preferred(j: number, other: number, rowOf: Int32Array): boolean {
  const [free, otherFree] = [rowOf[j] === -1, rowOf[other] === -1];
  return free === otherFree ? j < other : free;
}
