import { scale } from './vectors';

export type Real = Float32Array | Float64Array;

/** Zeros of either precision. */
export function reals(length: number, double: boolean): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  return double ? new Float64Array(length) : new Float32Array(length);
}

/** A dense matrix, row-major: element (i, j) is `data[i * columns + j]`. `data` is exactly `rows * columns` long. */
export class Matrix<T extends Real = Real> {
  constructor(
    readonly data: T,
    readonly rows: number,
    readonly columns: number,
  ) {
    if (data.length !== rows * columns) {
      throw new RangeError(`A ${rows} x ${columns} matrix needs ${rows * columns} values; ${data.length} were given.`);
    }
  }

  static zeros(rows: number, columns: number): Matrix<Float64Array> {
    return new Matrix(new Float64Array(rows * columns), rows, columns);
  }

  static identity(n: number): Matrix<Float64Array> {
    const out = Matrix.zeros(n, n);
    for (let k = 0; k < out.data.length; k += n + 1) out.data[k] = 1;
    return out;
  }

  /** From nested arrays, as float64; rows must have equal lengths. */
  static of(rows: readonly (readonly number[])[]): Matrix<Float64Array> {
    return new Matrix(Float64Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0);
  }

  get isDouble(): boolean {
    return this.data instanceof Float64Array;
  }

  at(row: number, column: number): number {
    return this.data[row * this.columns + column] as number;
  }

  /** A view of one row: no copy. */
  row(index: number): T {
    return this.data.subarray(index * this.columns, (index + 1) * this.columns) as T;
  }

  /** A view of rows `start` to `end` (exclusive): no copy. */
  slice(start: number, end: number): Matrix<T> {
    return new Matrix(this.data.subarray(start * this.columns, end * this.columns) as T, end - start, this.columns);
  }

  column(index: number): Float64Array {
    const out = new Float64Array(this.rows);
    for (let i = 0; i < this.rows; i++) out[i] = this.data[i * this.columns + index] as number;
    return out;
  }

  /** The rows with these indices, in this order; a copy of the same precision. */
  takeRows(indices: ArrayLike<number>): Matrix<T> {
    const { columns } = this;
    const out = this.empty(indices.length, columns);
    for (let i = 0; i < indices.length; i++) out.data.set(this.row(indices[i] as number), i * columns);
    return out;
  }

  /** Columns `start` to `end` (exclusive); a copy of the same precision, as they are not contiguous. */
  columnBand(start: number, end: number): Matrix<T> {
    const out = this.empty(this.rows, end - start);
    for (let i = 0; i < this.rows; i++) out.row(i).set(this.row(i).subarray(start, end));
    return out;
  }

  /** The columns with these indices, in this order; a copy of the same precision. */
  takeColumns(indices: ArrayLike<number>): Matrix<T> {
    const out = this.empty(this.rows, indices.length);
    for (let i = 0, k = 0; i < this.rows; i++) {
      const start = i * this.columns;
      for (let j = 0; j < indices.length; j++, k++) out.data[k] = this.data[start + (indices[j] as number)] as number;
    }
    return out;
  }

  transpose(): Matrix<T> {
    const out = this.empty(this.columns, this.rows);
    transposeInto(out, 0, 0, this);
    return out;
  }

  toDouble(): Matrix<Float64Array> {
    return new Matrix(
      this.data instanceof Float64Array ? this.data : new Float64Array(this.data),
      this.rows,
      this.columns,
    );
  }

  /** In float32 where that of which it is made is, and its own values are in the range of it; otherwise as it is. */
  inPrecisionOf(source: Pick<Matrix, 'isDouble'>): Matrix {
    if (source.isDouble) return this;
    const single = new Float32Array(this.data);
    return single.every(Number.isFinite) ? new Matrix(single, this.rows, this.columns) : this;
  }

  /** What is made of each value, with its place; in float64. */
  map(of: (value: number, place: number) => number): Matrix<Float64Array> {
    const out = new Float64Array(this.data.length);
    for (let k = 0; k < out.length; k++) out[k] = of(this.data[k] as number, k);
    return new Matrix(out, this.rows, this.columns);
  }

  /** Zeros of the same precision. */
  private empty(rows: number, columns: number): Matrix<T> {
    const data = reals(rows * columns, this.isDouble);
    return new Matrix(data as T, rows, columns);
  }
}

/** (X + Xᵀ) / 2 of a square matrix. */
export function symmetricPart(x: Matrix): Matrix<Float64Array> {
  const out = Matrix.zeros(x.rows, x.rows);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < x.rows; j++, k++) out.data[k] = (x.at(i, j) + x.at(j, i)) / 2;
  return out;
}

/** Column j times factors[j], in place. */
export function scaleColumns({ data, rows, columns }: Matrix<Float64Array>, factors: ArrayLike<number>): void {
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++) data[k] = (data[k] as number) * (factors[j] as number);
}

/** Row i times factors[i], in place. */
export function scaleRows(x: Matrix<Float64Array>, factors: Float64Array): void {
  for (const [i, factor] of factors.entries()) scale(x.row(i), factor);
}

/** Writes Xᵀ into rows `top` and on of `out`, from column `left` on. @param factors of the columns of X */
export function transposeInto(out: Matrix, top: number, left: number, x: Matrix, factors?: Float64Array): void {
  const { rows, columns, data } = x;
  const turned = out.data;
  const width = out.columns;
  const begin = top * width + left;
  let i = 0;
  // Eight rows at once: what they are written to is a line of the cache, and they lie in no more lines than it tells apart.
  for (; i + 8 <= rows; i += 8) {
    for (let j = 0, from = i * columns, to = begin + i; j < columns; j++, from++, to += width) {
      const factor = factors?.[j] ?? 1;
      turned[to] = factor * (data[from] as number);
      turned[to + 1] = factor * (data[from + columns] as number);
      turned[to + 2] = factor * (data[from + 2 * columns] as number);
      turned[to + 3] = factor * (data[from + 3 * columns] as number);
      turned[to + 4] = factor * (data[from + 4 * columns] as number);
      turned[to + 5] = factor * (data[from + 5 * columns] as number);
      turned[to + 6] = factor * (data[from + 6 * columns] as number);
      turned[to + 7] = factor * (data[from + 7 * columns] as number);
    }
  }
  for (; i < rows; i++)
    for (let j = 0; j < columns; j++)
      turned[begin + j * width + i] = (factors?.[j] ?? 1) * (data[i * columns + j] as number);
}
