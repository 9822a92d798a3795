import type { Matrix } from '../../linalg/matrix';

/** Rows on which a unit is largest (or smallest), the most extreme first; of equal values the earlier row. */
export interface Listed {
  readonly rows: Int32Array;
  readonly values: Float64Array;
}

/** The rows on which each column is largest and smallest, learnt block by block. */
export class Extremes {
  private readonly top: Float64Array;
  private readonly bottom: Float64Array;
  private readonly topRows: Int32Array;
  private readonly bottomRows: Int32Array;

  /** @param count rows that are kept at either end of each column */
  constructor(
    readonly columns: number,
    readonly count: number,
  ) {
    const size = columns * count;
    // Both lists fall: of the bottom the values are negated.
    this.top = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    this.bottom = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    this.topRows = new Int32Array(size).fill(-1);
    this.bottomRows = new Int32Array(size).fill(-1);
  }

  static bytes(columns: number, count: number): number {
    return 24 * columns * count;
  }

  /** @param index the row of the file that each row of the block is */
  add({ data, rows, columns }: Matrix, index: Int32Array): void {
    const { count, top, bottom, topRows, bottomRows } = this;
    for (let i = 0, k = 0; i < rows; i++) {
      const row = index[i] as number;
      for (let j = 0, last = count - 1; j < columns; j++, k++, last += count) {
        const value = data[k] as number;
        if (value > (top[last] as number)) insert(top, topRows, last, count, value, row);
        if (-value > (bottom[last] as number)) insert(bottom, bottomRows, last, count, -value, row);
      }
    }
  }

  largest(column: number): Listed {
    return this.listed(this.top, this.topRows, column, 1);
  }

  smallest(column: number): Listed {
    return this.listed(this.bottom, this.bottomRows, column, -1);
  }

  private listed(values: Float64Array, rows: Int32Array, column: number, sign: number): Listed {
    const [start, end] = [column * this.count, (column + 1) * this.count];
    const found = rows.subarray(start, end).filter((row) => row >= 0);
    return { rows: found, values: values.slice(start, start + found.length).map((value) => sign * value) };
  }
}

/** Puts a value into a falling list of `count` that ends at `last`, behind its equals. */
function insert(values: Float64Array, rows: Int32Array, last: number, count: number, value: number, row: number): void {
  let at = last;
  for (const first = last - count + 1; at > first && (values[at - 1] as number) < value; at--) {
    values[at] = values[at - 1] as number;
    rows[at] = rows[at - 1] as number;
  }
  values[at] = value;
  rows[at] = row;
}
