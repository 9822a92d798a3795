import { centreRows, normaliseRows } from './centre';
import { type DistanceMetric, exactProducts, squaredDistance, summedDirectly } from './distances';
import { Matrix } from './matrix';
import { dot } from './norms';

/** Rows in float64 and their squared lengths, as distances are taken of them. */
export interface PointBlock {
  /** Place of the first row among all. */
  readonly start: number;
  readonly rows: Matrix<Float64Array>;
  readonly squares: Float64Array;
}

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
  readonly undefinedRows: readonly number[];
  /** No squared distance is larger than this. */
  readonly largest: number;
  private readonly means: Float64Array | null;

  constructor(
    private readonly matrix: Matrix,
    private readonly metric: DistanceMetric = 'euclidean',
  ) {
    this.count = matrix.rows;
    this.width = matrix.columns;
    const undefinedRows: number[] = [];
    const means = new Float64Array(matrix.columns);
    // In two passes, so that the rounding of the first is taken back.
    for (const pass of [0, 1]) {
      const sums = new Float64Array(matrix.columns);
      this.eachBlock((start, rows, zeroRows) => {
        if (pass === 0) undefinedRows.push(...zeroRows.map((row) => row + start));
        for (let i = 0, k = 0; i < rows.rows; i++)
          for (let j = 0; j < rows.columns; j++, k++)
            sums[j] = (sums[j] as number) + ((rows.data[k] as number) - (means[j] as number));
      });
      for (let j = 0; j < means.length; j++) means[j] = (means[j] as number) + (sums[j] as number) / matrix.rows;
    }
    this.undefinedRows = undefinedRows;
    this.direct = summedDirectly(matrix);
    this.means = this.direct || (this.directed === null && exactProducts(matrix)) ? null : means;
    this.squares = new Float64Array(matrix.rows);
    let radius = 0;
    const centred = new Float64Array(matrix.columns);
    this.eachBlock((start, rows) => {
      for (let i = 0; i < rows.rows; i++) {
        const row = rows.row(i);
        for (let j = 0; j < row.length; j++) centred[j] = (row[j] as number) - (means[j] as number);
        const square = dot(centred, centred);
        radius = Math.max(radius, square);
        this.squares[start + i] = this.means === null ? dot(row, row) : square;
        if (Number.isNaN(square)) radius = Number.NaN;
      }
    });
    this.largest = 4 * radius;
  }

  /** Rows `start` to `end` (exclusive). */
  block(start: number, end: number): PointBlock {
    const rows = this.centred(this.converted(this.matrix.slice(start, end)).matrix);
    return { start, rows, squares: this.squares.subarray(start, end) };
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

  private converted(part: Matrix): { matrix: Matrix<Float64Array>; zeroRows: number[] } {
    if (this.directed === null) return { matrix: part.toDouble(), zeroRows: [] };
    return normaliseRows(this.directed === 'correlation' ? centreRows(part) : part.toDouble());
  }

  private centred(part: Matrix<Float64Array>): Matrix<Float64Array> {
    const { means } = this;
    if (means === null) return part;
    const data = new Float64Array(part.data.length);
    for (let i = 0, k = 0; i < part.rows; i++)
      for (let j = 0; j < part.columns; j++, k++) data[k] = (part.data[k] as number) - (means[j] as number);
    return new Matrix(data, part.rows, part.columns);
  }

  private eachBlock(visit: (start: number, rows: Matrix<Float64Array>, zeroRows: number[]) => void): void {
    for (let start = 0; start < this.count; start += ROWS) {
      const { matrix, zeroRows } = this.converted(this.matrix.slice(start, Math.min(this.count, start + ROWS)));
      visit(start, matrix, zeroRows);
    }
  }
}
