import type { Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count, plural } from '../protocol/words';
import { type Column, fetched } from './column';
import type { Chunk, Database, ListVector, Vector } from './duckdb';
import type { Signal } from './source';
import type { Part } from './table-source';

/** A place in a row-major matrix that is being filled. */
export interface Target {
  readonly data: Real;
  /** Values in a row. */
  readonly width: number;
  /** Of the first column that is filled. */
  readonly first: number;
}

/** What is to be said of cells that were read, column by column. */
export class Tally {
  /** Cells that hold nothing. */
  private readonly empty: number[];
  /** Numbers in decimal text from 2^53 on, where whole numbers have no float64 each. */
  private readonly large: number[];

  constructor(columns: number) {
    this.empty = new Array(columns).fill(0);
    this.large = new Array(columns).fill(0);
  }

  addEmpty(column: number): void {
    (this.empty[column] as number)++;
  }

  addLarge(column: number): void {
    (this.large[column] as number)++;
  }

  /** Moves here what `other` has of the columns from `first` on. */
  take(other: Tally, first: number): void {
    for (const [own, from] of [
      [this.empty, other.empty],
      [this.large, other.large],
    ] as const) {
      for (const [j, cells] of from.entries()) (own[first + j] as number) += cells;
      from.fill(0);
    }
  }

  notes(): string[] {
    const noted = (of: readonly number[], what: (cells: number, columns: string) => string) => {
      const cells = of.reduce((sum, value) => sum + value, 0);
      return cells === 0 ? [] : [what(cells, plural(of.filter((value) => value > 0).length, 'column'))];
    };
    return [
      ...noted(this.empty, (cells, columns) => `${plural(cells, 'empty cell')} in ${columns} read as NaN`),
      ...noted(
        this.large,
        (cells, columns) =>
          `${plural(cells, 'number')} beyond 2^53 in ${columns} read as the nearest float64: whole numbers of so many digits are rounded`,
      ),
    ];
  }
}

/** Goes through the rows of some columns of a part, in order, once. */
export class Cursor {
  readonly tally: Tally;
  private readonly chunks: AsyncGenerator<Chunk>;
  private chunk: Chunk | undefined;
  private at = 0;
  private row: number;

  constructor(
    database: Database,
    private readonly part: Part,
    private readonly columns: readonly Column[],
    private readonly rows: readonly [number, number],
    private readonly signal: Signal | undefined,
  ) {
    this.tally = new Tally(columns.length);
    this.row = rows[0];
    this.chunks = database.chunks(part.select(columns.map(fetched), columns, rows), signal);
  }

  /**
   * Reads the next rows into the rows of `target` from `row`.
   * @throws UserError where a cell holds no number, or a list is not as long as the target wants.
   */
  async take(rows: number, target: Target, row: number): Promise<void> {
    for (let done = 0; done < rows; ) {
      if (!this.chunk || this.at === this.chunk.rowCount) {
        if (!(await this.advance())) throw this.part.disagrees(this.row);
        continue;
      }
      const height = Math.min(rows - done, this.chunk.rowCount - this.at);
      this.copy(this.chunk, height, target, row + done);
      this.at += height;
      this.row += height;
      done += height;
    }
    // A part that is read to its end has to end there.
    if (this.row === this.part.rows && this.rows[0] === 0 && (await this.advance()))
      throw this.part.disagrees(this.row + 1);
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined);
  }

  private async advance(): Promise<boolean> {
    try {
      const { value } = await this.chunks.next();
      this.chunk = value ?? undefined;
      this.at = 0;
      return this.chunk !== undefined;
    } catch (error) {
      this.signal?.throwIfAborted();
      throw await this.part.explain(error, this.columns, this.rows[0], this.signal);
    }
  }

  private copy(chunk: Chunk, height: number, target: Target, row: number): void {
    for (const [j, column] of this.columns.entries()) {
      const vector = chunk.getColumnVector(j);
      const place = { ...target, first: target.first + j };
      if (column.kind === 'list') this.copyLists(vector as Vector & ListVector, column, j, height, place, row);
      else this.copyNumbers(vector, column, j, height, place, row);
    }
  }

  private copyNumbers(vector: Vector, column: Column, j: number, height: number, target: Target, row: number): void {
    const { data, width, first } = target;
    const wide = /int64$/.test(column.dtype);
    const { written } = column;
    for (let i = 0, k = row * width + first; i < height; i++, k += width) {
      const value = vector.getItem(this.at + i) as number | null;
      if (value === null) this.tally.addEmpty(j);
      else if (written && isLarge(value)) this.tally.addLarge(j);
      else if (wide && !Number.isSafeInteger(value)) throw this.inexact(column, this.row + i, value);
      data[k] = value ?? NaN;
    }
  }

  private copyLists(
    vector: Vector & ListVector,
    column: Column,
    j: number,
    height: number,
    { data, width }: Target,
    row: number,
  ): void {
    const { childVector } = vector;
    const wide = /int64$/.test(column.dtype);
    const fail = (i: number, what: string) =>
      new UserError(`${this.part.name}: row ${count(this.row + i)}, column '${column.name}' ${what}`);
    for (let i = 0; i < height; i++) {
      const length = vector.getEntryLength(this.at + i);
      const to = (row + i) * width;
      // No list: what is not finite is left out, and said to be, by whoever computes.
      if (length === 0) {
        data.fill(NaN, to, to + width);
        continue;
      }
      if (length !== width)
        throw fail(i, `holds a list of ${count(length)} values where ${count(width)} were expected. Correct the row.`);
      const from = vector.getEntryOffset(this.at + i);
      for (let k = 0; k < width; k++) {
        const value = childVector.getItem(from + k) as number | null;
        if (column.written && value !== null && isLarge(value)) this.tally.addLarge(j);
        if (wide && value !== null && !Number.isSafeInteger(value)) throw this.inexact(column, this.row + i, value);
        data[to + k] = value ?? NaN;
      }
    }
  }

  private inexact({ name, dtype }: Column, row: number, value: number): UserError {
    return new UserError(
      `${this.part.name}: row ${count(row)}, column '${name}' holds the ${dtype} value ${count(value)} (about); integers beyond ` +
        '2^53 would be rounded. Leave the column out, or save it as float64 if rounding is meant.',
    );
  }
}

function isLarge(value: number): boolean {
  return Math.abs(value) >= 2 ** 53 && Number.isFinite(value);
}
