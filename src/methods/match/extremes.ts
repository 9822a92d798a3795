import type { Matrix } from '../../linalg/matrix';
import { count } from '../../protocol/words';
import { digits6 } from '../shared/image';

/** Rows on which a unit is largest (or smallest), the most extreme first; of equal values the earlier row. */
export interface Listed {
  readonly rows: Int32Array;
  readonly values: Float64Array;
  /** Later rows with the last of these values, for which there was no place. */
  readonly beyond: number;
}

/** Says where rows are listed of many that are equal, as of a unit that is 0 on most: "the first 8 of 213 rows at 0"; else ''. */
export function amongEquals({ values, beyond }: Listed): string {
  if (beyond === 0) return '';
  const last = values.at(-1) as number;
  const equal = values.filter((value) => value === last).length;
  const first = `the first${equal > 1 ? ` ${count(equal)}` : ''} of ${count(equal + beyond)} rows at ${digits6(last)}`;
  return `${equal < values.length ? 'among them ' : ''}${first.replaceAll('-', '−')}`;
}

/** The rows on which each column is largest and smallest, learnt block by block. */
export class Extremes {
  private readonly top: Falling;
  /** Of negated values. */
  private readonly bottom: Falling;

  /** @param count rows that are kept at either end of each column */
  constructor(
    readonly columns: number,
    readonly count: number,
  ) {
    this.top = falling(columns, count);
    this.bottom = falling(columns, count);
  }

  static bytes(columns: number, count: number): number {
    return columns * (24 * count + 8);
  }

  /** @param index the row of the file that each row of the block is */
  add({ data, rows, columns }: Matrix, index: Int32Array): void {
    const { count, top, bottom } = this;
    for (let i = 0, k = 0; i < rows; i++) {
      const row = index[i] as number;
      for (let j = 0, last = count - 1; j < columns; j++, k++, last += count) {
        const value = data[k] as number;
        if (value >= (top.values[last] as number)) insert(top, j, count, value, row);
        if (-value >= (bottom.values[last] as number)) insert(bottom, j, count, -value, row);
      }
    }
  }

  largest(column: number): Listed {
    return this.listed(this.top, column, 1);
  }

  smallest(column: number): Listed {
    return this.listed(this.bottom, column, -1);
  }

  private listed({ values, rows, beyond }: Falling, column: number, sign: number): Listed {
    const [start, end] = [column * this.count, (column + 1) * this.count];
    const found = rows.subarray(start, end).filter((row) => row >= 0);
    return {
      rows: found,
      values: values.slice(start, start + found.length).map((value) => sign * value),
      beyond: beyond[column] as number,
    };
  }
}

/** A falling list of `count` values for each column, the row of each (-1: none yet), and how many equals of the last are left out. */
interface Falling {
  readonly values: Float64Array;
  readonly rows: Int32Array;
  readonly beyond: Int32Array;
}

function falling(columns: number, count: number): Falling {
  return {
    values: new Float64Array(columns * count).fill(Number.NEGATIVE_INFINITY),
    rows: new Int32Array(columns * count).fill(-1),
    beyond: new Int32Array(columns),
  };
}

/** Puts a value that is no less than the last into the list of a column, behind its equals, or counts it with those left out. */
function insert({ values, rows, beyond }: Falling, column: number, count: number, value: number, row: number): void {
  const last = (column + 1) * count - 1;
  const least = values[last] as number;
  const isFull = (rows[last] as number) >= 0;
  if (value > least) {
    let at = last;
    for (const first = last - count + 1; at > first && (values[at - 1] as number) < value; at--) {
      values[at] = values[at - 1] as number;
      rows[at] = rows[at - 1] as number;
    }
    values[at] = value;
    rows[at] = row;
  }
  beyond[column] = isFull && values[last] === least ? (beyond[column] as number) + 1 : 0;
}
