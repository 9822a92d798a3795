import { eachCentredBlock, type Means, meansInParts, squaredLengths } from './centre';
import { Matrix, type Real, reals, transposeInto } from './matrix';

/** A layer less its column means, and over a power of two: made where it is needed, and never kept. */
export class CentredLayer {
  private constructor(
    private readonly matrix: Matrix,
    /** Null: they are zero. */
    private readonly means: Means | null,
    /** Whether products of it are taken in float64, whatever its values are. */
    readonly isDouble: boolean,
    /** Of each row, in the units of the layer that was given. */
    readonly squaredLengths: Float64Array,
    readonly unit: number,
  ) {}

  /** @param centred whether the means are zero already: then the layer may serve as it is. */
  static of(matrix: Matrix, isDouble = matrix.isDouble, centred = false): CentredLayer {
    const means = centred ? null : meansInParts(matrix);
    return new CentredLayer(matrix, means, isDouble, squaredLengths(matrix, means), 1);
  }

  over(unit: number): CentredLayer {
    return new CentredLayer(this.matrix, this.means, this.isDouble, this.squaredLengths, unit);
  }

  get rows(): number {
    return this.matrix.rows;
  }

  get columns(): number {
    return this.matrix.columns;
  }

  /** What {@link whole} takes beside the layer, which may serve itself. */
  wholeBytes(double: boolean): number {
    const served = this.means === null && this.unit === 1 && this.matrix.isDouble === double;
    return served ? 0 : (double ? 8 : 4) * this.matrix.data.length;
  }

  /** In one matrix. */
  whole(double: boolean): Matrix {
    const { matrix, means, unit } = this;
    if (this.wholeBytes(double) === 0) return matrix;
    const size = matrix.data.length;
    const out: Real = reals(size, double);
    eachCentredBlock(matrix, means, (block, row) => out.set(scaled(block, unit), row * matrix.columns));
    return new Matrix(out, matrix.rows, matrix.columns);
  }

  /** Writes columns `first` to `last` (exclusive) of rows `start` to `end` into the rows of `out` from `top` on. */
  turnInto(out: Matrix, top: number, start: number, end: number, first: number, last: number): void {
    const whole = this.matrix.slice(start, end);
    const part = last - first === whole.columns ? whole : whole.columnBand(first, last);
    const means = this.means && {
      first: this.means.first.subarray(first, last),
      second: this.means.second.subarray(first, last),
    };
    eachCentredBlock(part, means, (block, row) => {
      transposeInto(out, top, row, new Matrix(scaled(block, this.unit), block.length / part.columns, part.columns));
    });
  }
}

function scaled(block: Float64Array, unit: number): Float64Array {
  if (unit !== 1) for (let k = 0; k < block.length; k++) block[k] = (block[k] as number) / unit;
  return block;
}
