import { basename } from 'node:path';
import { reals } from '../linalg/matrix';
import type { FileDescription, TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { plural, size, some } from '../protocol/words';
import { rowRange } from './array';
import { type Column, commonDtype, isDouble, typeOf } from './column';
import { Cursor, Tally } from './cursor';
import { choose } from './glob';
import type { Signal } from './source';
import { suggest } from './suggest';
import type { Part, TableSource } from './table-source';
import { readTexts } from './table-texts';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';

/** Columns in one query: DuckDB holds some 100 kB for each. */
const together = 1024;
/** Queries under way at once, for the same reason. */
const lockstep = 4;

/** A table of any format: the numeric columns side by side are one tensor, each column of lists is another. */
export class Table implements DataFile {
  private readonly rows: number;
  private readonly name: string;
  private suggested: FileDescription['suggested'];

  private constructor(readonly source: TableSource) {
    this.name = basename(source.path);
    this.rows = source.parts.reduce((sum, part) => sum + part.rows, 0);
  }

  static async of(source: TableSource, signal?: Signal): Promise<Table> {
    const table = new Table(source);
    table.suggested = await suggest(source, signal);
    return table;
  }

  describe(): FileDescription {
    const { path, format, bytes, columns } = this.source;
    const units = this.units();
    const tensors: TensorDescription[] = columns
      .filter(({ kind }) => kind === 'list')
      .map((column) => this.describeLists(column));
    const dtype = commonDtype(units);
    const shape = [this.rows, units.length];
    if (units.length > 0 || tensors.length === 0)
      tensors.unshift({
        ...{ name: null, shape, dtype, bytes: this.rows * units.length * (isDouble({ dtype }) ? 8 : 4) },
        ...(units.length === 0 && { unusable: 'none of its columns holds numbers.' }),
      });
    return {
      ...{ path, format, bytes, tensors },
      columns: columns.map((column) => ({
        name: column.name,
        type: typeOf(column),
        numeric: column.kind === 'number',
      })),
      ...(this.suggested && { suggested: this.suggested }),
    };
  }

  async read(tensor: string | null, options: ReadOptions): Promise<RawTensor> {
    const { columns, width, double, range } = this.plan(tensor, options);
    const height = range[1] - range[0];
    this.refuseAbove(options.limit, height * width * (double ? 8 : 4), width, height);
    const data = reals(height * width, double);
    const tally = new Tally(columns.length);
    for (const { part, rows, at } of this.within(range)) {
      if (rows[0] > 0 || rows[1] < part.rows) await part.verify(options.signal);
      for (let first = 0; first < columns.length; first += together) {
        const group = columns.slice(first, first + together);
        const cursor = new Cursor(this.source.database, part, group, rows, options.signal);
        try {
          await cursor.take(rows[1] - rows[0], { data, width, first }, at);
        } finally {
          await cursor.close();
        }
        tally.take(cursor.tally, first);
      }
    }
    return this.tensorOf(columns, width, data, [...this.notesOf(tensor, columns, options), ...tally.notes()]);
  }

  /** One pass over the file; several at once where it has more than 1,024 columns. */
  async *blocks(tensor: string | null, height: number, options: ReadOptions): AsyncGenerator<RawTensor> {
    const { columns, width, double, range } = this.plan(tensor, options);
    this.refuseAbove(options.limit, height * width * (double ? 8 : 4), width, height);
    const notes = this.notesOf(tensor, columns, options);
    if (columns.length > together * lockstep) {
      // A query for each block and group of columns: slow, and within memory.
      for (let row = range[0]; row < range[1]; row += height)
        yield await this.read(tensor, { ...options, rows: [row, Math.min(range[1], row + height)] });
      return;
    }
    let cursors: { cursor: Cursor; first: number }[] = [];
    let open: { part: Part; left: number } | undefined;
    const parts = this.within(range);
    try {
      for (let row = range[0]; row < range[1]; row += height) {
        const rows = Math.min(height, range[1] - row);
        const data = reals(rows * width, double);
        const tally = new Tally(columns.length);
        for (let done = 0; done < rows; ) {
          if (!open || open.left === 0) {
            for (const { cursor, first } of cursors) tally.take(cursor.tally, first);
            for (const { cursor } of cursors) await cursor.close();
            const next = parts.next().value;
            if (!next) throw new Error('The rows of the parts do not add up.');
            if (next.rows[0] > 0 || next.rows[1] < next.part.rows) await next.part.verify(options.signal);
            open = { part: next.part, left: next.rows[1] - next.rows[0] };
            cursors = groups(columns).map(({ group, first }) => ({
              cursor: new Cursor(this.source.database, next.part, group, next.rows, options.signal),
              first,
            }));
          }
          const some = Math.min(open.left, rows - done);
          for (const { cursor, first } of cursors) await cursor.take(some, { data, width, first }, done);
          open.left -= some;
          done += some;
        }
        for (const { cursor, first } of cursors) tally.take(cursor.tally, first);
        yield this.tensorOf(columns, width, data, [...notes, ...tally.notes()]);
      }
    } finally {
      for (const { cursor } of cursors) await cursor.close();
    }
  }

  /** Integers that float64 would round are read as text: they are names, not quantities. */
  async readColumn(name: string | null, options: Pick<ReadOptions, 'limit' | 'signal'>): Promise<ColumnValues> {
    const { columns, parts, database } = this.source;
    const names = columns.map((column) => column.name);
    const column = name === null && columns.length === 1 ? columns[0] : columns.find((one) => one.name === name);
    if (!column)
      throw new UserError(
        `${this.name}: ${name === null ? 'a column has to be chosen' : `there is no column '${name}'`}; it has ${some(names)}.`,
      );
    if (column.kind === 'list')
      throw new UserError(`${this.name}: column '${column.name}' holds lists, not one value per row. Choose another.`);
    // A text in memory takes some 32 bytes and its characters, of which 16 are guessed.
    const bytes = this.rows * 48;
    if (bytes > options.limit) throw this.tooLarge(`column '${column.name}' needs`, bytes, options.limit);
    return readTexts(database, parts, column, this.rows, options.signal);
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private units(): Column[] {
    return this.source.columns.filter(({ kind }) => kind === 'number');
  }

  private describeLists(column: Column): TensorDescription {
    const { name, dtype, length = 0 } = column;
    const shape = [this.rows, length];
    const bytes = this.rows * length * (isDouble(column) ? 8 : 4);
    return { name, shape, dtype, bytes, ...(column.unusable !== undefined && { unusable: column.unusable }) };
  }

  /** What is read: the columns, values in a row, precision and rows. */
  private plan(tensor: string | null, options: ReadOptions) {
    if (this.rows === 0)
      throw new UserError(
        this.source.format === 'query'
          ? `${this.name}: the query gives no rows. Check its condition.`
          : `${this.name}: the table has column names and no rows. Save it again with its rows.`,
      );
    if (tensor !== null && options.columns !== undefined)
      throw new UserError(
        `${this.name}: columns are chosen among those of numbers; '${tensor}' is one of lists. Leave one of the two out.`,
      );
    const columns = tensor === null ? this.chosen(options.columns) : [this.listNamed(tensor)];
    const range = rowRange([this.rows], options.rows, this.name);
    const width = tensor === null ? columns.length : (columns[0]?.length ?? 0);
    return { columns, width, double: columns.some(isDouble), range };
  }

  private listNamed(name: string): Column {
    const lists = this.source.columns.filter(({ kind }) => kind === 'list');
    const found = lists.find((column) => column.name === name);
    if (!found) {
      const held = lists.length === 0 ? '' : ` Its columns of lists are ${some(lists.map((column) => column.name))}.`;
      throw new UserError(
        `${this.name}: a table has columns, not tensors; '${name}' cannot be chosen with #. Choose columns.${held}`,
      );
    }
    if (found.unusable !== undefined)
      throw new UserError(`${this.name}: column '${name}' cannot be read as numbers: ${found.unusable}`);
    return found;
  }

  /** The columns that a glob or a list names, in table order; without one, the numeric columns. */
  private chosen(wanted: string | readonly string[] | undefined): Column[] {
    const { columns } = this.source;
    const names = columns.map(({ name }) => name);
    const known = new Set(names);
    const missing = typeof wanted === 'object' ? wanted.find((name) => !known.has(name)) : undefined;
    if (missing !== undefined)
      throw new UserError(`${this.name}: there is no column '${missing}'; it has ${some(names)}.`);
    if (wanted === undefined) {
      const units = this.units();
      if (units.length > 0) return units;
      const commas = this.source.notes.find((note) => note.includes('left out as text'));
      throw new UserError(
        `${this.name}: no column holds numbers (${some(names)})${commas ? `; ${commas}` : ''}. A representation needs a ` +
          'column of numbers per unit.',
      );
    }
    const named = new Set(typeof wanted === 'string' ? choose(names, wanted) : wanted);
    const found = columns.filter(({ name }) => named.has(name));
    if (found.length === 0) throw new UserError(`${this.name}: no column matches '${wanted}'; it has ${some(names)}.`);
    const list = found.find(({ kind }) => kind === 'list' || kind === 'other');
    if (list?.kind === 'list')
      throw new UserError(
        `${this.name}: column '${list.name}' holds lists. It is a tensor of its own: ${this.name}#${list.name}.`,
      );
    if (list) throw new UserError(`${this.name}: column '${list.name}' holds no numbers. Choose other columns.`);
    return found;
  }

  private *within([start, end]: readonly [number, number]): Generator<{
    part: Part;
    rows: [number, number];
    at: number;
  }> {
    let first = 0;
    for (const part of this.source.parts) {
      const rows: [number, number] = [Math.max(0, start - first), Math.min(part.rows, end - first)];
      if (rows[1] > rows[0]) yield { part, rows, at: first + rows[0] - start };
      first += part.rows;
    }
  }

  private tensorOf(columns: readonly Column[], width: number, data: RawTensor['data'], notes: string[]): RawTensor {
    const lists = columns[0]?.kind === 'list';
    return {
      shape: [width === 0 ? 0 : data.length / width, width],
      dtype: commonDtype(columns),
      data,
      ...(!lists && { columns: columns.map(({ name }) => name) }),
      notes,
    };
  }

  private notesOf(tensor: string | null, read: readonly Column[], { columns }: ReadOptions): string[] {
    const indexed = tensor === null && columns === undefined && this.source.columns[0]?.kind === 'index';
    const rounded = read.filter((column) => column.rounded).length;
    return [
      ...this.source.notes,
      ...(indexed ? ['unnamed first column left out: it counts the rows'] : []),
      ...(rounded > 0 ? [`${plural(rounded, 'column')} of decimal fractions read as the nearest float64`] : []),
    ];
  }

  private refuseAbove(limit: number, bytes: number, width: number, height: number): void {
    const what = `${plural(height, 'row')} of ${plural(width, 'column')} need`;
    if (bytes > limit) throw this.tooLarge(what, bytes, limit);
  }

  private tooLarge(what: string, bytes: number, limit: number): UserError {
    return new UserError(
      `${this.name}: ${what} ${size(bytes)} of memory; the bound is ${size(limit)}. Read fewer rows or columns, or ` +
        'raise the memory bound.',
    );
  }
}

function groups(columns: readonly Column[]): { group: readonly Column[]; first: number }[] {
  const out: { group: readonly Column[]; first: number }[] = [];
  for (let first = 0; first < columns.length; first += together)
    out.push({ group: columns.slice(first, first + together), first });
  return out;
}
