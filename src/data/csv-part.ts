import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { Column } from './column';
import { type Dialect, missing } from './csv';
import { scanRecords } from './csv-scan';
import { type Database, fileLiteral, quote } from './duckdb';
import type { Signal } from './source';
import { unreadable } from './table-part';
import type { Part } from './table-source';
import type { Unpacked } from './unpacked';

/** Columns in one query: DuckDB holds some 100 kB for each. */
const together = 1024;

/** A text table in SQL. Names never enter it: columns are c0, c1, ... there. */
export class CsvPart implements Part {
  private verified: Promise<void> | undefined;

  constructor(
    private readonly text: Unpacked,
    private readonly dialect: Dialect,
    readonly rows: number,
    private readonly database: Database,
  ) {}

  get name(): string {
    return this.text.name;
  }

  select(expressions: readonly string[], numbers: readonly Column[] | null, rows?: readonly [number, number]): string {
    const range = rows && (rows[0] > 0 || rows[1] < this.rows) ? ` LIMIT ${rows[1] - rows[0]} OFFSET ${rows[0]}` : '';
    return `SELECT ${expressions.join(', ')} ${this.from(numbers?.map(({ sql }) => sql))}${range}`;
  }

  number({ sql }: Column): string {
    return `TRY_CAST(${sql} AS DOUBLE)`;
  }

  /** The one row of aggregates like `count(c0)`; cells that stand for a missing number are null. */
  async aggregate(terms: readonly string[], signal?: Signal): Promise<unknown[]> {
    const out: unknown[] = [];
    try {
      for (let at = 0; at < terms.length; at += together) {
        const sql = `SELECT ${terms.slice(at, at + together).join(', ')} ${this.from([])}`;
        out.push(...((await this.database.rows(sql, signal))[0] ?? []));
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw await this.explain(error, [], 0, signal);
    }
    return out;
  }

  /** Two readers that disagree would shift rows without a word. */
  verify(signal?: Signal): Promise<void> {
    this.verified ??= this.aggregate(['count(*)'], signal).then(([rows]) => {
      if (Number(rows) !== this.rows) throw this.disagrees(Number(rows));
    });
    this.verified.catch(() => {
      this.verified = undefined;
    });
    return this.verified;
  }

  disagrees(row: number): UserError {
    return new UserError(
      `${this.name}: ${count(this.rows)} rows were counted, and another reading of the file differs at row ${count(row)}; its quotes or ` +
        'line ends are irregular (RFC 4180), or it changed. Save it again.',
    );
  }

  async explain(error: unknown, columns: readonly Column[], start: number, signal?: Signal): Promise<unknown> {
    if (error instanceof UserError) return error;
    const [, found, text = ''] =
      /^Conversion Error[\s\S]*column "(c\d+)". Could not convert string "([\s\S]*?)" to/.exec(messageOf(error)) ?? [];
    const column = columns.find(({ sql }) => sql === found);
    return column ? this.textError(column, text, start, signal) : unreadable(this.name, error);
  }

  /** Says where the first text stands in a column that should hold numbers; `found` is the one that DuckDB met. */
  private async textError(column: Column, found: string, start: number, signal?: Signal): Promise<UserError> {
    let row = start;
    let text: string | undefined;
    const sql = `SELECT ${column.sql}, TRY_CAST(${column.sql} AS DOUBLE) IS NULL ${this.from([])} OFFSET ${start}`;
    for await (const chunk of this.database.chunks(sql, signal)) {
      const [texts, bad] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let i = 0; i < chunk.rowCount && text === undefined; i++) {
        if (bad.getItem(i) && texts.getItem(i) !== null) text = String(texts.getItem(i));
        else row++;
      }
      if (text !== undefined) break;
    }
    const wanted = row + (this.dialect.header ? 1 : 0);
    let line = 0;
    await scanRecords(this.text, this.dialect, signal, (index, at) => {
      line = at;
      return index === wanted;
    });
    const where = text === undefined ? '' : `line ${count(line)}, `;
    return new UserError(
      `${this.name}: ${where}column '${column.name}' holds ${JSON.stringify((text ?? found).slice(0, 40))}, not a ` +
        'number. Correct the cell, leave it empty, or choose other columns.',
    );
  }

  /** `FROM` the file, with these columns as numbers, the others as text, missing numbers null; without, text as it is. */
  private from(numbers?: readonly string[]): string {
    const { names, header, delimiter, newLine } = this.dialect;
    const numeric = new Set(numbers);
    const types = names.map((_, i) => `'c${i}': '${numeric.has(`c${i}`) ? 'DOUBLE' : 'VARCHAR'}'`);
    const lineEnd = newLine.replace('\r', '\\r').replace('\n', '\\n');
    const nulls = numbers ? `, nullstr = [${missing.map(quote).join(', ')}]` : '';
    return (
      `FROM read_csv(${fileLiteral(this.text.source.path)}, auto_detect = false, columns = {${types.join(', ')}}, ` +
      `header = ${header}, delim = ${quote(delimiter)}, new_line = '${lineEnd}', quote = '"', escape = '"', ` +
      `compression = '${this.text.compression}', hive_partitioning = false${nulls})`
    );
  }
}
