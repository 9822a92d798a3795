import { centreRows, columnMeans, normaliseInDouble, subtractFromRows } from './centre';
import { type DistanceMetric, exactProducts, squaredDistance, squaredLengths, summedDirectly } from './distances';
import { Matrix } from './matrix';
import { type PointBlock, squaredTile } from './pair-tiles';
import type { Cancellable } from './signal';

/** Rows prepared at a time where all of them are looked at. */
const ROWS = 1024;

/**
 * The rows of a matrix as points whose distances are wanted, converted block by block: nothing here is of the size of the
 * matrix. For products the points are moved to their centre, which changes no distance; for `correlation` and `cosine`
 * they are the directions of the rows.
 */
export class Points {
  readonly count: number;
  readonly width: number;
  readonly squares: Float64Array;
  /** Each distance is summed by itself, as few as they are, so that equal ones come out equal. */
  readonly direct: boolean;
  /** Rows without a direction, where directions are asked for. */
  readonly undefinedRows: number[];
  /** No squared distance is larger than this. */
  readonly largest: number;
  private readonly means: Float64Array | null;
  private held: Matrix<Float64Array> | undefined;

  constructor(
    private readonly matrix: Matrix,
    private readonly metric: DistanceMetric = 'euclidean',
  ) {
    this.count = matrix.rows;
    this.width = matrix.columns;
    this.undefinedRows = [];
    const means = this.directed === null ? columnMeans(matrix) : this.meansOfDirections();
    this.direct = summedDirectly(matrix);
    this.means = this.direct || (this.directed === null && exactProducts(matrix)) ? null : means;
    this.squares = new Float64Array(matrix.rows);
    let radius = 0;
    this.eachBlock((start, rows) => {
      const squares = squaredLengths(subtractFromRows(rows, means));
      this.squares.set(this.means === null ? squaredLengths(rows.toDouble()) : squares, start);
      radius = squares.reduce((most, square) => Math.max(most, square), radius);
    });
    this.largest = 4 * radius;
  }

  /** Rows `start` to `end` (exclusive). */
  block(start: number, end: number): PointBlock {
    const { held } = this;
    const squares = this.squares.subarray(start, end);
    const rows = () => this.centred(this.converted(this.matrix.slice(start, end)).matrix);
    if (!held) return { start, rows: rows(), squares };
    return {
      ...{ start, squares, held },
      get rows() {
        return rows();
      },
    };
  }

  /** Computes the squared distances of all points once, 8 n² bytes, from which tiles are taken from then on. */
  async hold(options: Cancellable = {}): Promise<void> {
    const all = this.block(0, this.count);
    const held = Matrix.zeros(this.count, this.count);
    await squaredTile(all, all, this.direct, held.data, options, () => {});
    this.held = held;
  }

  /** The rows with these places; `start` has no meaning. */
  take(places: Int32Array): PointBlock {
    const rows = this.centred(this.converted(this.matrix.takeRows(places)).matrix);
    return { start: -1, rows, squares: Float64Array.from(places, (place) => this.squares[place] as number) };
  }

  /** The squared distance of two points. */
  distance(i: number, j: number): number {
    if (this.directed !== null) return squaredDistance(this.block(i, i + 1).rows.data, this.block(j, j + 1).rows.data);
    return squaredDistance(this.matrix.row(i), this.matrix.row(j));
  }

  private get directed(): 'cosine' | 'correlation' | null {
    return this.metric === 'cosine' || this.metric === 'correlation' ? this.metric : null;
  }

  /** Directions of the rows where those are asked for. */
  private converted(part: Matrix): { matrix: Matrix; zeroRows: number[] } {
    if (this.directed === null) return { matrix: part, zeroRows: [] };
    return normaliseInDouble(this.directed === 'correlation' ? centreRows(part) : part);
  }

  private centred(part: Matrix): Matrix<Float64Array> {
    return this.means === null ? part.toDouble() : subtractFromRows(part, this.means);
  }

  /** In two passes, so that the rounding of the first is taken back; lists the rows without a direction. */
  private meansOfDirections(): Float64Array {
    const means = new Float64Array(this.width);
    for (const pass of [0, 1]) {
      const sums = new Float64Array(this.width);
      this.eachBlock((start, rows, zeroRows) => {
        if (pass === 0) this.undefinedRows.push(...zeroRows.map((row) => row + start));
        for (let i = 0, k = 0; i < rows.rows; i++)
          for (let j = 0; j < rows.columns; j++, k++)
            sums[j] = (sums[j] as number) + ((rows.data[k] as number) - (means[j] as number));
      });
      for (let j = 0; j < means.length; j++) means[j] = (means[j] as number) + (sums[j] as number) / this.count;
    }
    return means;
  }

  private eachBlock(visit: (start: number, rows: Matrix, zeroRows: number[]) => void): void {
    for (let start = 0; start < this.count; start += ROWS) {
      const { matrix, zeroRows } = this.converted(this.matrix.slice(start, Math.min(this.count, start + ROWS)));
      visit(start, matrix, zeroRows);
    }
  }
}
