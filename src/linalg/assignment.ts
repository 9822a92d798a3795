import type { Matrix } from './matrix';
import type { Signal } from './signal';

export interface AssignmentOptions {
  /** Largest total score, or smallest. */
  maximise: boolean;
  signal?: Signal | undefined;
}

/**
 * The matching of rows with columns that has the best total score: min(rows, columns) pairs, each row and column in at
 * most one. Entry i is the column of row i, or -1. Exact, O(n³): shortest augmenting paths, Jonker and Volgenant,
 * "A shortest augmenting path algorithm for dense and sparse linear assignment problems", Computing 1987 (without its
 * heuristic start). Deterministic. The rows (the columns, where there are fewer of them) are added in order of index,
 * each by the shortest path; among paths that are equally short in floating point it takes one that ends at a free
 * column, and then the lowest column. A row with several equally good columns, that no other row wants, so gets the
 * lowest. Which of several best matchings results is not defined further.
 * @throws RangeError where a score is not finite
 */
export function assign(scores: Matrix, options: AssignmentOptions): Int32Array {
  const { maximise, signal } = options;
  for (let k = 0; k < scores.data.length; k++) {
    if (!Number.isFinite(scores.data[k])) {
      const place = `row ${Math.floor(k / scores.columns)}, column ${k % scores.columns}`;
      throw new RangeError(`An assignment needs finite scores; ${place} has ${scores.data[k]}.`);
    }
  }
  const wide = scores.rows <= scores.columns;
  const oriented = wide ? scores : scores.transpose();
  const cost = Float64Array.from(oriented.data, maximise ? (score) => -score : undefined);
  const columnOf = shortestPaths(cost, oriented.rows, oriented.columns, signal);
  if (wide) return columnOf;
  const out = new Int32Array(scores.rows).fill(-1);
  for (const [column, row] of columnOf.entries()) out[row] = column;
  return out;
}

/** Each of `rows` <= `columns` rows gets a column, at least total cost. */
function shortestPaths(cost: Float64Array, rows: number, columns: number, signal?: Signal): Int32Array {
  const priceOfRow = new Float64Array(rows);
  const priceOfColumn = new Float64Array(columns);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(columns).fill(-1);
  const distance = new Float64Array(columns);
  const cameFrom = new Int32Array(columns);
  /** Columns not yet reached, in the first `open` places, in ascending order. */
  const left = new Int32Array(columns);
  const reached = new Int32Array(columns);
  for (let start = 0; start < rows; start++) {
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
        const through = offset + (cost[base + j] as number) - (priceOfColumn[j] as number);
        let known = distance[j] as number;
        if (through < known) {
          distance[j] = through;
          cameFrom[j] = row;
          known = through;
        }
        if (known < nearest) {
          nearest = known;
          at = k;
        } else if (known === nearest && rowOf[j] === -1 && rowOf[left[at] as number] !== -1) at = k;
      }
      const column = left[at] as number;
      length = nearest;
      reached[count++] = column;
      // Kept in order, so that the first of equals is the lowest.
      left.copyWithin(at, at + 1, open);
      open--;
      if (rowOf[column] === -1) end = column;
      else row = rowOf[column] as number;
    }
    priceOfRow[start] = (priceOfRow[start] as number) + length;
    for (let k = 0; k < count - 1; k++) {
      const j = reached[k] as number;
      const slack = length - (distance[j] as number);
      const i = rowOf[j] as number;
      priceOfRow[i] = (priceOfRow[i] as number) + slack;
      priceOfColumn[j] = (priceOfColumn[j] as number) - slack;
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
  return columnOf;
}
