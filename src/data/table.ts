import { resolve } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { rowRange } from './array';
import { type Dialect, type Kind, missing, readDialect } from './csv';
import { scanRecords } from './csv-scan';
import { Database, quote } from './duckdb';
import { choose } from './glob';
import type { FileSource, Signal } from './source';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';
import { count, plural, size, some } from './words';

/** Columns in one query: DuckDB holds some 100 kB for each. */
const together = 1024;

export const openCsv = (source: FileSource, signal?: Signal) => openTable(source, false, signal);
export const openTsv = (source: FileSource, signal?: Signal) => openTable(source, true, signal);

/**
 * Opens a text table and counts its rows. A column is numeric when more than half of its cells that are not empty are
 * numbers, by the first 1,000 rows or, where these are all empty, by the whole column; one without any value is numeric,
 * all NaN. The unnamed first column of integers that all differ, which pandas writes, counts the rows and is no unit.
 * @throws UserError when it is empty, ragged, or otherwise no regular CSV (RFC 4180).
 */
async function openTable(source: FileSource, tab: boolean, signal?: Signal): Promise<DataFile> {
  const dialect = await readDialect(source, tab);
  const database = await Database.open(resolve(source.path));
  const table = new TextTable(source, dialect, database);
  try {
    await table.survey(signal);
    return table;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Names never enter SQL: columns are c0, c1, ... there. */
class TextTable implements DataFile {
  private rows = 0;
  private kinds: Kind[] = [];
  /** The first column counts the rows. */
  private indexed = false;

  constructor(
    private readonly source: FileSource,
    private readonly dialect: Dialect,
    private readonly database: Database,
  ) {}

  async survey(signal?: Signal): Promise<void> {
    const { header } = this.dialect;
    this.rows = (await scanRecords(this.source, this.dialect, signal)) - (header ? 1 : 0);
    const [rows] = await this.row(`SELECT count(*) ${this.from([])}`);
    // Two readers that disagree would shift rows without a word.
    if (Number(rows) !== this.rows)
      throw new UserError(
        `${this.source.name}: the table can be read as ${count(this.rows)} or ${count(Number(rows))} rows; its quotes or line ends ` +
          'are irregular (RFC 4180). Save it again.',
      );
    const { kinds, unnamedFirst } = this.dialect;
    const open = [...kinds.keys()].filter((i) => kinds[i] === undefined);
    this.kinds = kinds.map((kind) => kind ?? 'number');
    for (let at = 0; at < open.length; at += together) {
      const group = open.slice(at, at + together);
      const texts = group.map((i) => `2 * count(TRY_CAST(c${i} AS DOUBLE)) < count(c${i})`);
      const row = await this.row(`SELECT ${texts.join(', ')} ${this.from([])}`);
      for (const [k, i] of group.entries()) if (row[k]) this.kinds[i] = 'text';
    }
    if (unnamedFirst && this.rows > 0) {
      const integers = 'count(TRY_CAST(c0 AS BIGINT)) = count(*) AND count(DISTINCT c0) = count(*)';
      const [index] = await this.row(`SELECT ${integers} ${this.from([])}`);
      this.indexed = index === true;
    }
  }

  describe() {
    const { path, size: bytes } = this.source;
    const columns = this.dialect.names.map((name, i) => {
      const numeric = this.isUnit(i);
      return { name, type: numeric ? 'float64' : this.kinds[i] === 'text' ? 'text' : 'row index', numeric };
    });
    const units = columns.filter(({ numeric }) => numeric).length;
    const unusable = units === 0 ? { unusable: 'none of its columns holds numbers.' } : {};
    const tensor = {
      name: null,
      shape: [this.rows, units],
      dtype: 'float64',
      bytes: this.rows * units * 8,
      ...unusable,
    };
    return { path, format: 'table', bytes, tensors: [tensor], columns };
  }

  /** Decimal text is read as the nearest float64. */
  async read(tensor: string | null, options: ReadOptions): Promise<RawTensor> {
    const { name } = this.source;
    if (tensor !== null)
      throw new UserError(
        `${name}: a table has columns, not tensors; '${tensor}' cannot be chosen with #. Choose columns.`,
      );
    if (this.rows === 0)
      throw new UserError(`${name}: the table has column names and no rows. Save it again with its rows.`);
    const columns = this.chosen(options.columns);
    const [start, end] = rowRange([this.rows], options.rows, name);
    const shape = [end - start, columns.length];
    this.refuseAbove(
      options.limit,
      (end - start) * columns.length * 8,
      `${plural(end - start, 'row')} of ${plural(columns.length, 'column')}`,
    );
    const data = new Float64Array((end - start) * columns.length);
    let cells = 0;
    let holed = 0;
    for (let at = 0; at < columns.length; at += together) {
      const empty = await this.readNumbers(
        columns.slice(at, at + together),
        [start, end],
        data,
        columns.length,
        at,
        options.signal,
      );
      cells += empty.reduce((sum, value) => sum + value, 0);
      holed += empty.filter((value) => value > 0).length;
    }
    const notes = [...this.dialect.notes];
    if (options.columns === undefined && this.indexed) notes.push('unnamed first column left out: it counts the rows');
    if (cells > 0) notes.push(`${plural(cells, 'empty cell')} in ${plural(holed, 'column')} read as NaN`);
    return { shape, dtype: 'float64', data, columns: columns.map((i) => this.dialect.names[i] as string), notes };
  }

  /** Integers that float64 would round are read as text: they are names, not quantities. */
  async readColumn(name: string | null, options: Pick<ReadOptions, 'limit' | 'signal'>): Promise<ColumnValues> {
    const { names } = this.dialect;
    const column = name === null && names.length === 1 ? 0 : names.indexOf(name ?? '');
    const title = names[column];
    if (title === undefined)
      throw new UserError(
        `${this.source.name}: ${name === null ? 'a column has to be chosen' : `there is no column '${name}'`}; it has ${some(names)}.`,
      );
    // A text in memory takes some 32 bytes and its characters, of which 16 are guessed.
    this.refuseAbove(options.limit, this.rows * 48, `column '${title}'`);
    const values: string[] = [];
    let numbers = 0;
    const sql = `SELECT c${column}, TRY_CAST(c${column} AS DOUBLE) ${this.from()}`;
    const doubles = new Float64Array(this.rows);
    let whole = true;
    await this.run(sql, options.signal, (chunk) => {
      const [texts, parsed] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let i = 0; i < chunk.rowCount; i++) {
        const text = (texts.getItem(i) as string | null) ?? '';
        const value = parsed.getItem(i) as number | null;
        if (value === null && !missing.includes(text)) whole = false;
        if (value !== null && Number.isInteger(value) && !Number.isSafeInteger(value)) whole = false;
        if (value !== null) numbers++;
        doubles[values.length] = value ?? NaN;
        values.push(text);
      }
    });
    return { name: title, values: whole && numbers > 0 && !(column === 0 && this.indexed) ? doubles : values };
  }

  async close(): Promise<void> {
    this.database.close();
    await this.source.close();
  }

  /** `FROM` the file, with these columns as numbers, the others as text, missing numbers null; without, text as it is. */
  private from(numbers?: readonly number[]): string {
    const { names, header, delimiter, newLine } = this.dialect;
    const types = names.map((_, i) => `'c${i}': 'VARCHAR'`);
    for (const i of numbers ?? []) types[i] = `'c${i}': 'DOUBLE'`;
    const nulls = numbers ? `, nullstr = [${missing.map(quote).join(', ')}]` : '';
    return (
      `FROM read_csv(${this.database.file}, auto_detect = false, columns = {${types.join(', ')}}, ` +
      `header = ${header}, delim = ${quote(delimiter)}, new_line = '${newLine.replace('\r', '\\r').replace('\n', '\\n')}', quote = '"', escape = '"', ` +
      `compression = 'none', hive_partitioning = false${nulls})`
    );
  }

  private isUnit(column: number): boolean {
    return this.kinds[column] === 'number' && !(column === 0 && this.indexed);
  }

  /** The columns that a glob names, in table order; without one, the numeric columns. */
  private chosen(glob: string | undefined): number[] {
    const { names } = this.dialect;
    const named = new Set(glob === undefined ? [] : choose(names, glob));
    const columns = [...names.keys()].filter((i) =>
      glob === undefined ? this.isUnit(i) : named.has(names[i] as string),
    );
    if (columns.length > 0) return columns;
    throw new UserError(
      glob === undefined
        ? `${this.source.name}: no column holds numbers (${some(names)}). A representation needs a column of numbers per unit.`
        : `${this.source.name}: no column matches '${glob}'; it has ${some(names)}.`,
    );
  }

  /** Fills `data`, `width` wide, from column `first`; returns how many cells of each column are empty. */
  private async readNumbers(
    columns: readonly number[],
    [start, end]: readonly [number, number],
    data: Float64Array,
    width: number,
    first: number,
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

  private refuseAbove(limit: number, bytes: number, what: string): void {
    if (bytes > limit)
      throw new UserError(
        `${this.source.name}: ${what} need ${size(bytes)} of memory; the bound is ${size(limit)}. Read fewer rows or columns, or ` +
          'raise the memory bound.',
      );
  }

  private async row(sql: string): Promise<unknown[]> {
    let row: unknown[] = [];
    await this.run(sql, undefined, (chunk) => {
      row = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnVector(i).getItem(0));
    });
    return row;
  }

  private async run(sql: string, signal: Signal | undefined, chunk: Parameters<Database['query']>[2]): Promise<void> {
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
