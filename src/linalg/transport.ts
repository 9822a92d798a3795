import { type AssignmentOptions, assign } from './assignment';
import { Matrix } from './matrix';
import type { Signal } from './signal';

/** A part of the mass: this many units of it go from the row to the column. */
export interface Shipment {
  readonly row: number;
  readonly column: number;
  /** Of a total of lcm(rows, columns). */
  readonly mass: number;
}

export interface Transport {
  /** Row by row. At most rows + columns - 1 where no two plans are equally good. */
  readonly plan: readonly Shipment[];
  /** What the masses add up to: lcm(rows, columns). */
  readonly total: number;
}

/**
 * The best way to move a mass that is spread evenly over the rows to one spread evenly over the columns, where a unit of mass
 * from row i to column j has the score `scores`: of largest total, or of smallest. Exact: with q / g units in each row and p / g
 * in each column, g = gcd(p, q), the flow is one of integers, found by successive shortest paths (Ahuja, Magnanti and Orlin,
 * Network Flows, 1993, section 9.7). For p = q it is the best assignment. O((p + q) pq) for each path; their number is some p + q.
 * @throws RangeError where a score is not finite
 */
export function transport(scores: Matrix, options: AssignmentOptions): Transport {
  const { rows, columns } = scores;
  if (rows === columns) {
    const partners = assign(scores, options);
    return { plan: Array.from(partners, (column, row) => ({ row, column, mass: 1 })), total: rows };
  }
  const { maximise, signal } = options;
  for (const value of scores.data)
    if (!Number.isFinite(value)) throw new RangeError(`A transport needs finite scores; one of them is ${value}.`);
  const cost = scores.map((value) => (maximise ? -value : value));
  const common = greatestCommonDivisor(rows, columns);
  const supply = new Float64Array(rows).fill(columns / common);
  const demand = new Float64Array(columns).fill(rows / common);
  const flow = Matrix.zeros(columns, rows);
  const search = new PathSearch(cost, flow, demand);
  for (let start = 0; start < rows; start++) {
    while ((supply[start] as number) > 0) {
      const end = search.from(start, signal);
      const moved = Math.min(supply[start] as number, demand[end] as number, search.bottleneck(start, end));
      search.push(start, end, moved);
      supply[start] = (supply[start] as number) - moved;
      demand[end] = (demand[end] as number) - moved;
    }
  }
  const plan: Shipment[] = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) if (flow.at(j, i) > 0) plan.push({ row: i, column: j, mass: flow.at(j, i) });
  return { plan, total: (rows / common) * columns };
}

/** Shortest paths in the graph of what may still be moved: from rows to all columns, and back along the flow. */
class PathSearch {
  private readonly priceOfRow: Float64Array;
  private readonly priceOfColumn: Float64Array;
  private readonly distance: Float64Array;
  private readonly rowDistance: Float64Array;
  /** The row before each column, and the column before each row; -1 where there is none. */
  private readonly rowBefore: Int32Array;
  private readonly columnBefore: Int32Array;
  private readonly open: Uint8Array;

  /** @param flow columns x rows, so that what goes into a column lies together */
  constructor(
    private readonly cost: Matrix,
    private readonly flow: Matrix<Float64Array>,
    private readonly demand: Float64Array,
  ) {
    const { rows, columns } = cost;
    this.priceOfRow = new Float64Array(rows);
    this.priceOfColumn = new Float64Array(columns);
    this.distance = new Float64Array(columns);
    this.rowDistance = new Float64Array(rows);
    this.rowBefore = new Int32Array(columns);
    this.columnBefore = new Int32Array(rows);
    this.open = new Uint8Array(columns);
  }

  /** The nearest column with demand left; prices are kept such that no cost less its prices is negative. */
  from(start: number, signal?: Signal): number {
    const { columns } = this.cost;
    this.distance.fill(Number.POSITIVE_INFINITY);
    this.rowDistance.fill(Number.POSITIVE_INFINITY);
    this.open.fill(1);
    this.rowDistance[start] = 0;
    this.columnBefore[start] = -1;
    this.relax(start);
    for (let count = 0; ; count++) {
      if ((count & 63) === 0) signal?.throwIfAborted();
      let column = -1;
      for (let j = 0; j < columns; j++) {
        if (this.open[j] === 0) continue;
        const [here, best] = [this.distance[j] as number, column < 0 ? Infinity : (this.distance[column] as number)];
        const better = here < best || (here === best && this.isFree(j) && !this.isFree(column));
        if (column < 0 || better) column = j;
      }
      this.open[column] = 0;
      const length = this.distance[column] as number;
      if (this.isFree(column)) {
        this.reprice(length);
        return column;
      }
      const into = this.flow.row(column);
      for (let i = 0; i < into.length; i++) {
        if (into[i] === 0 || this.rowDistance[i] !== Number.POSITIVE_INFINITY) continue;
        this.rowDistance[i] = length;
        this.columnBefore[i] = column;
        this.relax(i);
      }
    }
  }

  /** The least flow that the path from `start` to `end` takes back. */
  bottleneck(start: number, end: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let row = this.rowBefore[end] as number; row !== start; ) {
      const column = this.columnBefore[row] as number;
      least = Math.min(least, this.flow.at(column, row));
      row = this.rowBefore[column] as number;
    }
    return least;
  }

  push(start: number, end: number, mass: number): void {
    for (let column = end; ; ) {
      const row = this.rowBefore[column] as number;
      this.add(column, row, mass);
      if (row === start) return;
      column = this.columnBefore[row] as number;
      this.add(column, row, -mass);
    }
  }

  private isFree(column: number): boolean {
    return (this.demand[column] as number) > 0;
  }

  private add(column: number, row: number, mass: number): void {
    const at = column * this.cost.rows + row;
    this.flow.data[at] = (this.flow.data[at] as number) + mass;
  }

  private relax(row: number): void {
    const { columns, data } = this.cost;
    const offset = (this.rowDistance[row] as number) - (this.priceOfRow[row] as number);
    for (let j = 0, k = row * columns; j < columns; j++, k++) {
      if (this.open[j] === 0) continue;
      const through = offset + (data[k] as number) - (this.priceOfColumn[j] as number);
      if (through < (this.distance[j] as number)) {
        this.distance[j] = through;
        this.rowBefore[j] = row;
      }
    }
  }

  private reprice(length: number): void {
    for (let i = 0; i < this.rowDistance.length; i++) {
      const d = this.rowDistance[i] as number;
      if (d !== Number.POSITIVE_INFINITY) this.priceOfRow[i] = (this.priceOfRow[i] as number) + length - d;
    }
    for (let j = 0; j < this.distance.length; j++)
      if (this.open[j] === 0)
        this.priceOfColumn[j] = (this.priceOfColumn[j] as number) - length + (this.distance[j] as number);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
