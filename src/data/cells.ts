import { messageOf, UserError } from '../protocol/errors';
import { type Dialect, missing } from './csv';
import { scanRecords } from './csv-scan';
import { type Chunk, type Database, quote } from './duckdb';
import type { FileSource, Signal } from './source';
import { count } from './words';

/** Columns in one query: DuckDB holds some 100 kB for each. */
const together = 1024;

/** The cells of a text table, through DuckDB. Names never enter SQL: columns are c0, c1, ... there. */
export class Cells {
  constructor(
    private readonly source: FileSource,
    private readonly dialect: Dialect,
    private readonly database: Database,
  ) {}

  close(): void {
    this.database.close();
  }

  /** The one row of aggregates like `count(c0)`; cells that stand for a missing number are null. */
  async aggregate(terms: readonly string[], signal?: Signal): Promise<unknown[]> {
    const out: unknown[] = [];
    for (let at = 0; at < terms.length; at += together)
      await this.run(`SELECT ${terms.slice(at, at + together).join(', ')} ${this.from([])}`, signal, (chunk) => {
        for (let i = 0; i < chunk.columnCount; i++) out.push(chunk.getColumnVector(i).getItem(0));
      });
    return out;
  }

  /** Every cell of a column, as it stands there and as a number, null where it is none. */
  async column(column: number, signal: Signal | undefined, visit: (text: string, value: number | null) => void) {
    await this.run(`SELECT c${column}, TRY_CAST(c${column} AS DOUBLE) ${this.from()}`, signal, (chunk) => {
      const [texts, values] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let i = 0; i < chunk.rowCount; i++)
        visit((texts.getItem(i) as string | null) ?? '', values.getItem(i) as number | null);
    });
  }

  /**
   * Rows of columns as numbers, NaN where missing, row-major into `data`.
   * @returns how many cells of each column are missing.
   * @throws UserError where a cell is text.
   */
  async numbers(
    columns: readonly number[],
    rows: readonly [number, number],
    data: Float64Array,
    signal?: Signal,
  ): Promise<number[]> {
    const empty: number[] = [];
    for (let first = 0; first < columns.length; first += together) {
      const group = columns.slice(first, first + together);
      empty.push(...(await this.numbersOf(group, rows, { data, width: columns.length, first }, signal)));
    }
    return empty;
  }

  private async numbersOf(
    columns: readonly number[],
    [start, end]: readonly [number, number],
    { data, width, first }: { data: Float64Array; width: number; first: number },
    signal: Signal | undefined,
  ): Promise<number[]> {
    const empty = columns.map(() => 0);
    const range = `LIMIT ${end - start} OFFSET ${start}`;
    let row = 0;
    try {
      await this.run(
        `SELECT ${columns.map((i) => `c${i}`).join(', ')} ${this.from(columns)} ${range}`,
        signal,
        (chunk) => {
          for (let j = 0; j < columns.length; j++) {
            const vector = chunk.getColumnVector(j);
            for (let i = 0, k = row * width + first + j; i < chunk.rowCount; i++, k += width) {
              const value = (vector.getItem(i) as number | null) ?? NaN;
              if (Number.isNaN(value)) (empty[j] as number)++;
              data[k] = value;
            }
          }
          row += chunk.rowCount;
        },
      );
    } catch (error) {
      const [, column, text = ''] =
        /^Conversion Error[\s\S]*column "c(\d+)". Could not convert string "([\s\S]*?)" to/.exec(messageOf(error)) ??
        [];
      throw column === undefined ? error : await this.textError(Number(column), text, start, signal);
    }
    if (row !== end - start) throw new UserError(`${this.source.name}: the file changed while it was read. Try again.`);
    return empty;
  }

  /** Says where the first text stands in a column that should hold numbers; `found` is the one that DuckDB met. */
  private async textError(column: number, found: string, start: number, signal?: Signal): Promise<UserError> {
    let row = start;
    let text: string | undefined;
    const sql = `SELECT c${column}, TRY_CAST(c${column} AS DOUBLE) IS NULL ${this.from([])} OFFSET ${start}`;
    await this.run(sql, signal, (chunk) => {
      const [texts, bad] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let i = 0; i < chunk.rowCount && text === undefined; i++) {
        if (bad.getItem(i) && texts.getItem(i) !== null) text = String(texts.getItem(i));
        else row++;
      }
    });
    const wanted = row + (this.dialect.header ? 1 : 0);
    let line = 0;
    await scanRecords(this.source, this.dialect, signal, (index, at) => {
      line = at;
      return index === wanted;
    });
    const where = text === undefined ? '' : `line ${count(line)}, `;
    return new UserError(
      `${this.source.name}: ${where}column '${this.dialect.names[column]}' holds ` +
        `${JSON.stringify((text ?? found).slice(0, 40))}, not a number. Correct the cell, leave it empty, or choose other columns.`,
    );
  }

  /** `FROM` the file, with these columns as numbers, the others as text, missing numbers null; without, text as it is. */
  private from(numbers?: readonly number[]): string {
    const { names, header, delimiter, newLine } = this.dialect;
    const types = names.map((_, i) => `'c${i}': 'VARCHAR'`);
    for (const i of numbers ?? []) types[i] = `'c${i}': 'DOUBLE'`;
    const lineEnd = newLine.replace('\r', '\\r').replace('\n', '\\n');
    const nulls = numbers ? `, nullstr = [${missing.map(quote).join(', ')}]` : '';
    return (
      `FROM read_csv(${this.database.file}, auto_detect = false, columns = {${types.join(', ')}}, ` +
      `header = ${header}, delim = ${quote(delimiter)}, new_line = '${lineEnd}', quote = '"', escape = '"', ` +
      `compression = 'none', hive_partitioning = false${nulls})`
    );
  }

  private async run(sql: string, signal: Signal | undefined, chunk: (chunk: Chunk) => void): Promise<void> {
    try {
      await this.database.query(sql, signal, chunk);
    } catch (error) {
      const message = messageOf(error);
      if (!/^(Invalid Input|IO|Out of Memory|INTERNAL|FATAL) Error/.test(message)) throw error;
      throw new UserError(
        `${this.source.name}: the table cannot be read (${message.split('\n', 1)[0]}). Save it again.`,
      );
    }
  }
}
