import { resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import { rowRange } from './array';
import { Cells } from './cells';
import { type Dialect, type Kind, missing, readDialect } from './csv';
import { scanRecords } from './csv-scan';
import { Database } from './duckdb';
import type { Format } from './format';
import { choose } from './glob';
import type { FileSource, Signal } from './source';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';
import { count, plural, size, some } from './words';

export const csv: Format = {
  id: 'csv',
  title: 'a text table',
  open: (source, { signal }) => openTable(source, false, signal),
};
export const tsv: Format = {
  id: 'tsv',
  title: 'a text table',
  open: (source, { signal }) => openTable(source, true, signal),
};

/**
 * Opens a text table and counts its rows. A column is numeric when more than half of its cells that are not empty are
 * numbers, by the first 1,000 rows or, where these are all empty, by the whole column; one without any value is numeric,
 * all NaN. The unnamed first column of integers that all differ, which pandas writes, counts the rows and is no unit.
 * @throws UserError when it is empty, ragged, or otherwise no regular CSV (RFC 4180).
 */
async function openTable(source: FileSource, tab: boolean, signal?: Signal): Promise<DataFile> {
  const dialect = await readDialect(source, tab);
  const cells = new Cells(source, dialect, await Database.open(resolve(source.path)));
  const table = new TextTable(source, dialect, cells);
  try {
    await table.survey(signal);
    return table;
  } catch (error) {
    cells.close();
    throw error;
  }
}

class TextTable implements DataFile {
  private rows = 0;
  private kinds: Kind[] = [];
  /** The first column counts the rows. */
  private indexed = false;

  constructor(
    private readonly source: FileSource,
    private readonly dialect: Dialect,
    private readonly cells: Cells,
  ) {}

  async survey(signal?: Signal): Promise<void> {
    const { header } = this.dialect;
    this.rows = (await scanRecords(this.source, this.dialect, signal)) - (header ? 1 : 0);
    const [rows] = await this.cells.aggregate(['count(*)'], signal);
    // Two readers that disagree would shift rows without a word.
    if (Number(rows) !== this.rows)
      throw new UserError(
        `${this.source.name}: the table can be read as ${count(this.rows)} or ${count(Number(rows))} rows; its quotes or line ends ` +
          'are irregular (RFC 4180). Save it again.',
      );
    const { kinds, unnamedFirst } = this.dialect;
    const open = [...kinds.keys()].filter((i) => kinds[i] === undefined);
    const texts = open.map((i) => `2 * count(TRY_CAST(c${i} AS DOUBLE)) < count(c${i})`);
    const isText = await this.cells.aggregate(texts, signal);
    this.kinds = kinds.map((kind) => kind ?? 'number');
    for (const [k, i] of open.entries()) if (isText[k]) this.kinds[i] = 'text';
    if (unnamedFirst && this.rows > 0) {
      const integers = 'count(TRY_CAST(c0 AS BIGINT)) = count(*) AND count(DISTINCT c0) = count(*)';
      this.indexed = (await this.cells.aggregate([integers], signal))[0] === true;
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
    const [height, width] = [end - start, columns.length];
    this.refuseAbove(options.limit, height * width * 8, `${plural(height, 'row')} of ${plural(width, 'column')}`);
    const data = new Float64Array(height * width);
    const empty = (await this.cells.numbers(columns, [start, end], data, options.signal)).filter((cells) => cells > 0);
    const notes = [...this.dialect.notes];
    if (options.columns === undefined && this.indexed) notes.push('unnamed first column left out: it counts the rows');
    const cells = empty.reduce((sum, value) => sum + value, 0);
    if (cells > 0) notes.push(`${plural(cells, 'empty cell')} in ${plural(empty.length, 'column')} read as NaN`);
    return {
      shape: [height, width],
      dtype: 'float64',
      data,
      columns: columns.map((i) => this.dialect.names[i] as string),
      notes,
    };
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
    const texts: string[] = [];
    const values = new Float64Array(this.rows);
    let numbers = 0;
    let onlyNumbers = !(column === 0 && this.indexed);
    await this.cells.column(column, options.signal, (text, value) => {
      const rounded = Number.isInteger(value) && !Number.isSafeInteger(value);
      if (rounded || (value === null && !missing.includes(text))) onlyNumbers = false;
      if (value !== null) numbers++;
      values[texts.length] = value ?? NaN;
      texts.push(text);
    });
    return { name: title, values: onlyNumbers && numbers > 0 ? values : texts };
  }

  async close(): Promise<void> {
    this.cells.close();
    await this.source.close();
  }

  private isUnit(column: number): boolean {
    return this.kinds[column] === 'number' && !(column === 0 && this.indexed);
  }

  /** The columns that a glob or a list names, in table order; without one, the numeric columns. */
  private chosen(glob: string | readonly string[] | undefined): number[] {
    const { names } = this.dialect;
    const missing = typeof glob === 'object' ? glob.filter((name) => !names.includes(name)) : [];
    if (missing.length > 0)
      throw new UserError(`${this.source.name}: there is no column '${missing[0]}'; it has ${some(names)}.`);
    const named = new Set(glob === undefined ? [] : typeof glob === 'string' ? choose(names, glob) : glob);
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

  private refuseAbove(limit: number, bytes: number, what: string): void {
    if (bytes > limit)
      throw new UserError(
        `${this.source.name}: ${what} need ${size(bytes)} of memory; the bound is ${size(limit)}. Read fewer rows or columns, or ` +
          'raise the memory bound.',
      );
  }
}
