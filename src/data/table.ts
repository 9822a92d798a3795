import { resolve } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { rowRange } from './array';
import { type Dialect, findRecord, readDialect } from './csv';
import { Database, quote } from './duckdb';
import { choose } from './glob';
import type { FileSource, Signal } from './source';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';
import { count, plural, size, some } from './words';

/** What stands for a missing number, besides nothing. */
const missing = ['', 'NA', 'na', 'N/A', 'n/a', '#N/A', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'None', 'none'];
/** Whether a column is numeric is decided on so many rows. */
const sampleRows = 1000;
/** Columns in one query: DuckDB holds some 100 kB for each. */
const together = 1024;

type Kind = 'number' | 'text' | 'index';

export const openCsv = (source: FileSource): Promise<DataFile> => openTable(source, false);
export const openTsv = (source: FileSource): Promise<DataFile> => openTable(source, true);

/**
 * Opens a text table and counts its rows. A column is numeric when more than half of its first 1,000 cells that are not
 * empty are numbers; when these are all empty, the whole column decides, and one without any value is numeric, all NaN. The
 * unnamed first column of integers that all differ, which pandas writes, counts the rows and is no unit.
 * @throws UserError when it is empty, ragged, not UTF-8 or otherwise no regular CSV (RFC 4180).
 */
async function openTable(source: FileSource, tab: boolean): Promise<DataFile> {
  const dialect = await readDialect(source, tab);
  const database = await Database.open(resolve(source.path));
  const table = new TextTable(source, dialect, database);
  try {
    await table.survey();
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

  constructor(
    private readonly source: FileSource,
    private readonly dialect: Dialect,
    private readonly database: Database,
  ) {}

  async survey(): Promise<void> {
    const all = this.dialect.names.map((_, i) => i);
    const [rows] = await this.row(`SELECT count(*) ${this.from()}`);
    this.rows = Number(rows);
    this.kinds = await this.kindsOf(all, sampleRows);
    const undecided = all.filter((i) => this.kinds[i] === undefined);
    const later = this.rows > sampleRows ? await this.kindsOf(undecided, this.rows) : [];
    for (const [k, i] of undecided.entries()) this.kinds[i] = later[k] ?? 'number';
    if (this.dialect.unnamedFirst && this.rows > 0) {
      const integers = 'count(TRY_CAST(c0 AS BIGINT)) = count(*) AND count(DISTINCT c0) = count(*)';
      const [index] = await this.row(`SELECT ${integers} ${this.from()}`);
      if (index) this.kinds[0] = 'index';
    }
  }

  describe() {
    const { path, size: bytes } = this.source;
    const types = { number: 'float64', text: 'text', index: 'row index' };
    const columns = this.dialect.names.map((name, i) => {
      const kind = this.kinds[i] as Kind;
      return { name, type: types[kind], numeric: kind === 'number' };
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
    if (options.columns === undefined && this.kinds[0] === 'index')
      notes.push('unnamed first column left out: it counts the rows');
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
    return { name: title, values: whole && numbers > 0 && this.kinds[column] !== 'index' ? doubles : values };
  }

  async close(): Promise<void> {
    this.database.close();
    await this.source.close();
  }

  /** `FROM` the file, with these columns as numbers and empty cells null; without, all as text. */
  private from(numbers?: readonly number[]): string {
    const types = this.dialect.names.map((_, i) => `'c${i}': 'VARCHAR'`);
    for (const i of numbers ?? []) types[i] = `'c${i}': 'DOUBLE'`;
    const nulls = numbers ? `, nullstr = [${missing.map(quote).join(', ')}]` : '';
    return (
      `FROM read_csv(${this.database.file}, auto_detect = false, columns = {${types.join(', ')}}, ` +
      `header = ${this.dialect.header}, delim = ${quote(this.dialect.delimiter)}, quote = '"', escape = '"', ` +
      `compression = 'none', hive_partitioning = false${nulls})`
    );
  }

  /** Of each column by the first rows; undefined where these are all empty. */
  private async kindsOf(columns: readonly number[], rows: number): Promise<Kind[]> {
    const kinds: Kind[] = [];
    for (let at = 0; at < columns.length; at += together) {
      const group = columns.slice(at, at + together).map((i) => `c${i}`);
      const counts = group.map((c) => `count(TRY_CAST(${c} AS DOUBLE)), count(${c})`);
      const row = await this.row(
        `SELECT ${counts.join(', ')} FROM (SELECT ${group.join(', ')} ${this.from([])} LIMIT ${rows})`,
      );
      for (let i = 0; i < group.length; i++) {
        const [numbers, all] = [Number(row[2 * i]), Number(row[2 * i + 1])];
        if (all > 0) kinds[at + i] = 2 * numbers > all ? 'number' : 'text';
      }
    }
    return kinds;
  }

  /** The columns that a glob names, in table order; without one, the numeric columns. */
  private chosen(glob: string | undefined): number[] {
    const { names } = this.dialect;
    const named = new Set(glob === undefined ? [] : choose(names, glob));
    const columns = [...names.keys()].filter((i) =>
      glob === undefined ? this.kinds[i] === 'number' : named.has(names[i] as string),
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
      const column = /^Conversion Error[\s\S]*Error when converting column "c(\d+)"/.exec(messageOf(error))?.[1];
      throw column === undefined ? error : await this.textError(Number(column), start, signal);
    }
    if (row !== end - start) throw new UserError(`${this.source.name}: the file changed while it was read. Try again.`);
    return empty;
  }

  /** Where the first text stands in a column that should hold numbers. */
  private async textError(column: number, start: number, signal?: Signal): Promise<UserError> {
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
    const line = (await findRecord(this.source, this.dialect, ({ index }) => index === wanted))?.line ?? wanted + 1;
    return new UserError(
      `${this.source.name}: line ${count(line)}, column '${this.dialect.names[column]}' holds ` +
        `${JSON.stringify(text?.slice(0, 40) ?? '')}, not a number. Correct the cell, leave it empty, or choose other columns.`,
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

  /** Says what DuckDB finds wrong with the file in the words of this program. */
  private async run(sql: string, signal: Signal | undefined, chunk: Parameters<Database['query']>[2]): Promise<void> {
    try {
      await this.database.query(sql, signal, chunk);
    } catch (error) {
      const message = messageOf(error);
      if (!/^(Invalid Input|IO|Out of Memory) Error/.test(message)) throw error;
      throw new UserError(`${this.source.name}: ${await explain(message, this.source, this.dialect)}`);
    }
  }
}

async function explain(message: string, source: FileSource, dialect: Dialect): Promise<string> {
  const columns = dialect.names.length;
  if (message.includes('Expected Number of Columns')) {
    const ragged = await findRecord(source, dialect, ({ cells }) => cells !== columns);
    if (ragged)
      return `line ${count(ragged.line)} has ${plural(ragged.cells, 'cell')} where the first has ${count(columns)}. Correct the line.`;
  }
  const line = Number(/CSV Error on Line: (\d+)/.exec(message)?.[1] ?? 0);
  // DuckDB counts records.
  const record = await findRecord(source, dialect, ({ index }) => index === line - 1);
  const at = record ? `line ${count(record.line)}` : 'it';
  if (message.includes('unterminated quote'))
    return `${at} has a quote that is not closed, or text after one. Correct the line.`;
  if (message.includes('Invalid unicode')) return `${at} is not UTF-8. Save the table as UTF-8.`;
  if (message.includes('invalid state'))
    return 'it is no regular CSV (RFC 4180): perhaps it mixes Windows and Unix line ends. Save it again.';
  return `${at} cannot be read (${message.split('\n', 1)[0]}).`;
}
