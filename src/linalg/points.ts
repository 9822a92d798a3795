import { centreRows, columnMeans, normaliseInDouble, squaresAbout, subtractFromRows } from './centre';
import { type DistanceMetric, exactProducts, squaredDistance, summedDirectly } from './distances';
import type { Matrix } from './matrix';
import { free } from './memory';
import { allSquares, type PointBlock, placeOf } from './pair-squares';
import type { Watch } from './signal';

/**
 * Dissimilarities of all pairs of rows i < j, row by row, as scipy.spatial.distance.pdist orders them: rows (rows - 1) / 2
 * values, float64, computed as {@link Points} says. `correlation` is 1 - Pearson's r of the two rows, `cosine`
 * 1 - their cosine, both as half the squared distance between the rows of length one; NaN for a constant or a zero row.
 */
export async function condensed(x: Matrix, metric: DistanceMetric, options: Watch = {}): Promise<Float64Array> {
  options.signal?.throwIfAborted();
  const euclidean = metric === 'euclidean' || metric === 'squared-euclidean';
  const directions = euclidean ? null : normaliseInDouble(metric === 'correlation' ? centreRows(x) : x);
  const out = await new Points(directions?.matrix ?? x).hold(options);
  if (metric === 'euclidean') for (let k = 0; k < out.length; k++) out[k] = Math.sqrt(out[k] as number);
  else if (directions) for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) / 2;
  for (const row of directions?.zeroRows ?? []) {
    out.fill(Number.NaN, placeOf(row, x.rows), placeOf(row + 1, x.rows));
    for (let i = 0; i < row; i++) out[placeOf(i, x.rows) + row - i - 1] = Number.NaN;
  }
  return out;
}

/** Rows prepared at a time where all of them are looked at. */
const ROWS = 1024;

/**
 * The rows of a matrix as points whose distances are wanted, converted block by block: but for what {@link hold} makes, nothing
 * here is of the size of the matrix. Where all pairs are affordable, and where the matrix holds small integers, equal distances
 * come out equal; otherwise they may differ by rounding (some 1e-12 of themselves), since they are taken from products. For these
 * the points are moved to their centre, which changes no distance; for `correlation` and `cosine` they are the directions of the
 * rows.
 */
export class Points {
  readonly count: number;
  readonly width: number;
  /** Squared lengths of the rows that products are taken of. */
  readonly squares: Float64Array;
  /** Each distance is summed by itself, as few as they are, so that equal ones come out equal. */
  readonly direct: boolean;
  /** Rows without a direction, where directions are asked for. */
  readonly undefinedRows: number[];
  /** No squared distance is larger than this. */
  readonly largest: number;
  /** Squared distances of all pairs i < j, row by row, once {@link hold} has computed them. */
  held: Float64Array | undefined;
  /** Times that pairs of them were passed over. */
  passes = 0;
  private readonly means: Float64Array | null;

  /** @param few there is room for the distances of all pairs, which are held once they are passed over a second time */
  constructor(
    private readonly matrix: Matrix,
    private readonly metric: DistanceMetric = 'euclidean',
    readonly few = false,
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
      const squares = squaresAbout(rows, means);
      // Where distances are summed by themselves no squares are read.
      const moved = this.direct || this.means !== null;
      this.squares.set(moved ? squares : squaresAbout(rows, new Float64Array(this.width)), start);
      radius = squares.reduce((most, square) => Math.max(most, square), radius);
    });
    this.largest = 4 * radius;
  }

  /** Rows `start` to `end` (exclusive). */
  block(start: number, end: number): PointBlock {
    const rows = this.centred(this.converted(this.matrix.slice(start, end)).matrix);
    return { rows, squares: this.squares.subarray(start, end) };
  }

  /** Computes the squared distances of all pairs once, 4 n (n - 1) bytes, from which tiles are taken from then on. */
  async hold(options: Watch = {}): Promise<Float64Array> {
    if (this.held) return this.held;
    const all = this.block(0, this.count);
    this.held = await allSquares(all, this.direct, options);
    // Without means to take away they may be the data themselves.
    if (this.means !== null) free(all.rows.data);
    return this.held;
  }

  /** The rows with these places. */
  take(places: Int32Array): PointBlock {
    const rows = this.centred(this.converted(this.matrix.takeRows(places)).matrix);
    return { rows, squares: Float64Array.from(places, (place) => this.squares[place] as number) };
  }

  /** The squared distance of two points. */
  distance(i: number, j: number): number {
    if (this.held)
      return i === j ? 0 : (this.held[placeOf(Math.min(i, j), this.count) + Math.abs(i - j) - 1] as number);
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
