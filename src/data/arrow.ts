import { reals } from '../linalg/matrix';
import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { plural, repeated, size, some } from '../protocol/words';
import { elements, rowRange } from './array';
import { type Batch, type Contents, dictionaryBatch, readContents, recordBatch } from './arrow/batches';
import { BatchBuffers, type Span } from './arrow/buffers';
import {
  type ArrowColumn,
  columnOf,
  listLength,
  readLists,
  readNumbers,
  readPositions,
  readText,
} from './arrow/columns';
import { Malformed } from './arrow/flatbuffer';
import type { Format } from './format';
import { choose } from './glob';
import type { FileSource, Signal } from './source';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';

/** Arrow's files and streams, and Feather of version 2, which is the same; LZ4 and Zstandard are unpacked. */
export const arrow: Format = {
  id: 'arrow',
  title: 'an Arrow table',
  signatures: ['ARROW1', 'FEA1'],
  async open(source, { signal }) {
    const contents = await readContents(source, signal);
    const table = new ArrowTable(source, contents);
    await table.survey(signal);
    // Its sizes are checked here.
    table.describe();
    return table;
  },
};

/** Memory for what is read before a person has said how much there is. */
const surveyLimit = 256 << 20;

/** The numeric columns side by side are one tensor, each column of lists of numbers is another. Nulls are NaN. */
class ArrowTable implements DataFile {
  private readonly rows: number;
  private readonly columns: readonly ArrowColumn[];
  /** Of the lists of each column. */
  private readonly lengths = new Map<string, number>();

  constructor(
    private readonly source: FileSource,
    private readonly contents: Contents,
  ) {
    this.rows = contents.batches.reduce((sum, batch) => sum + batch.rows, 0);
    this.columns = contents.fields.map(columnOf);
    const twice = repeated(this.columns.map(({ name }) => name));
    if (twice !== undefined)
      throw new UserError(`${source.name}: two columns have the name '${twice}'. Save it again.`);
  }

  /** Finds out how long lists are, by the first rows. */
  async survey(signal: Signal | undefined): Promise<void> {
    for (const [i, column] of this.columns.entries()) {
      if (column.kind !== 'list' || !column.dtype) continue;
      for (const batch of this.contents.batches) {
        const length = await this.told(async () => {
          const buffers = await this.open(batch, surveyLimit, signal);
          return listLength(buffers, buffers.spans[i] as Span, signal);
        });
        this.lengths.set(column.name, length);
        if (length > 0) break;
      }
    }
  }

  describe() {
    const { path, size: bytes, name } = this.source;
    const units = this.units();
    const double = units.some(({ dtype }) => dtype?.numeric?.double);
    const dtypes = new Set(units.map(({ type }) => type));
    const dtype = dtypes.size === 1 ? (units[0]?.type ?? '') : double || units.length === 0 ? 'float64' : 'float32';
    const tensors: TensorDescription[] = this.columns
      .filter(({ kind }) => kind === 'list')
      .map((column) => {
        const width = this.lengths.get(column.name) ?? 0;
        const shape = [this.rows, width];
        const itemsize = column.dtype?.itemsize ?? 1;
        const size = elements(shape, itemsize, `${name}: tensor '${column.name}'`) * itemsize;
        const unusable = column.dtype ? (width === 0 ? 'its lists are empty.' : '') : 'its lists hold no numbers.';
        const dtype = column.dtype?.name ?? 'object';
        return { name: column.name, shape, dtype, bytes: size, ...(unusable && { unusable }) };
      });
    if (units.length > 0 || tensors.length === 0)
      tensors.unshift({
        ...{ name: null, shape: [this.rows, units.length], dtype, bytes: this.rows * units.length * (double ? 8 : 4) },
        ...(units.length === 0 && { unusable: 'none of its columns holds numbers.' }),
      });
    const columns = this.columns.map(({ name, type, kind }) => ({ name, type, numeric: kind === 'number' }));
    return { path, format: 'table', bytes, tensors, columns };
  }

  async read(tensor: string | null, options: ReadOptions): Promise<RawTensor> {
    const { name } = this.source;
    const lists = tensor === null ? undefined : this.columns.find((one) => one.kind === 'list' && one.name === tensor);
    if (tensor !== null && !lists?.dtype)
      throw new UserError(
        `${name}: there is no column of lists of numbers '${tensor}'; choose columns of numbers by their names.`,
      );
    const chosen = lists ? [lists] : this.chosen(options.columns);
    const what = lists ? `${name}: tensor '${lists.name}'` : name;
    const width = lists ? (this.lengths.get(lists.name) ?? 0) : chosen.length;
    const [start, end] = rowRange([this.rows], options.rows, what);
    const double = chosen.some(({ dtype }) => dtype?.numeric?.double);
    const bytes = (end - start) * width * (double ? 8 : 4);
    if (bytes > options.limit)
      throw new UserError(
        `${what} needs ${size(bytes)} of memory for ${plural(end - start, 'row')} of ${plural(width, 'value')}; the bound is ` +
          `${size(options.limit)}. Read fewer rows or columns, or raise the memory bound.`,
      );
    const total = (end - start) * width;
    const data = reals(total, double);
    const empty = chosen.map(() => 0);
    const places = new Map(this.columns.map((column, place) => [column, place]));
    await this.within([start, end], options, async (buffers, range, at) => {
      for (const [j, column] of chosen.entries()) {
        const { dtype } = column;
        const span = buffers.spans[places.get(column) as number];
        if (!span || !dtype) continue;
        const title = lists ? what : `${name}: column '${column.name}'`;
        const target = { data, first: at * width + (lists ? 0 : j), width, length: lists ? width : 1 };
        const place = { what: title, row: start + at, signal: options.signal };
        (empty[j] as number) += lists
          ? await readLists(buffers, span, dtype, range, target, place)
          : await readNumbers(buffers, span, dtype, range, target, title, options.signal);
      }
    });
    const cells = empty.reduce((sum, value) => sum + value, 0);
    const where = plural(empty.filter((value) => value > 0).length, 'column');
    const dtypes = new Set(chosen.map(({ dtype }) => dtype?.name));
    return {
      shape: [end - start, width],
      dtype: dtypes.size === 1 ? (chosen[0]?.dtype?.name ?? '') : double ? 'float64' : 'float32',
      data,
      ...(!lists && { columns: chosen.map((column) => column.name) }),
      notes: cells > 0 ? [`${plural(cells, 'empty cell')} in ${where} read as NaN`] : [],
    };
  }

  async readColumn(
    name: string | null,
    { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
  ): Promise<ColumnValues> {
    const index = name === null && this.columns.length === 1 ? 0 : this.columns.findIndex((one) => one.name === name);
    const column = this.columns[index];
    if (!column)
      throw new UserError(
        `${this.source.name}: ${name === null ? 'a column has to be chosen' : `there is no column '${name}'`}; it has ` +
          `${some(this.columns.map((one) => one.name))}.`,
      );
    if (column.kind === 'number') {
      const options = { limit, ...(signal && { signal }), columns: [column.name] };
      return { name: column.name, values: Float64Array.from((await this.read(null, options)).data) };
    }
    if (column.kind !== 'text')
      throw new UserError(
        `${this.source.name}: column '${column.name}' holds ${column.type}, not one number or text per row. Choose another.`,
      );
    // A text in memory takes some 32 bytes and its characters, of which 16 are guessed.
    if (this.rows * 48 > limit)
      throw new UserError(
        `${this.source.name}: column '${column.name}' needs ${size(this.rows * 48)} of memory; the bound is ${size(limit)}.`,
      );
    const values: string[] = [];
    const words = column.field.dictionary && (await this.dictionary(column.field.dictionary.id, column, limit, signal));
    const options = { limit, ...(signal && { signal }) };
    await this.within([0, this.rows], options, async (buffers, range) => {
      const span = buffers.spans[index] as Span;
      if (!words) {
        for (const text of await readText(buffers, span, range, limit, signal)) values.push(text);
        return;
      }
      for (const position of await readPositions(buffers, span, range, signal)) {
        const word = position === -1 ? '' : words[position];
        if (word === undefined) throw new Malformed('a value lies outside its dictionary');
        values.push(word);
      }
    });
    return { name: column.name, values };
  }

  close(): Promise<void> {
    return this.source.close();
  }

  /** Calls for each batch that has some of the rows, with those in it and how many came before. */
  private async within(
    [start, end]: readonly [number, number],
    { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
    visit: (buffers: BatchBuffers, range: readonly [number, number], at: number) => Promise<void>,
  ): Promise<void> {
    let first = 0;
    for (const batch of this.contents.batches) {
      const range = [Math.max(0, start - first), Math.min(batch.rows, end - first)] as const;
      const at = first + range[0] - start;
      first += batch.rows;
      if (range[1] > range[0]) await this.told(async () => visit(await this.open(batch, limit, signal), range, at));
    }
  }

  private async open(batch: Batch, limit: number, signal: Signal | undefined): Promise<BatchBuffers> {
    const found = await recordBatch(this.source, batch, signal);
    return new BatchBuffers(this.source, batch, found, this.contents.fields, limit);
  }

  private dictionary(id: number, column: ArrowColumn, limit: number, signal: Signal | undefined): Promise<string[]> {
    return this.told(async () => {
      const words: string[] = [];
      const { name, type, children } = column.field;
      const field = { name, type, children };
      for (const place of this.contents.dictionaries.filter((one) => one.id === id)) {
        const batch = await dictionaryBatch(this.source, place, signal);
        const buffers = new BatchBuffers(this.source, place, batch, [field], limit);
        const span = buffers.spans[0] as Span;
        if (buffers.rows * 48 > limit) throw new Malformed('a dictionary needs more memory than the bound allows');
        for (const word of await readText(buffers, span, [0, buffers.rows], limit, signal)) words.push(word);
      }
      return words;
    });
  }

  /** Damage is told as the person's. */
  private async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new UserError(`${this.source.name} cannot be read: ${error.message}. Save it again, or copy it anew.`);
    }
  }

  private units(): ArrowColumn[] {
    return this.columns.filter(({ kind }) => kind === 'number');
  }

  private chosen(glob: string | readonly string[] | undefined): ArrowColumn[] {
    const { name } = this.source;
    const names = this.columns.map((column) => column.name);
    const known = new Set(names);
    const missing = typeof glob === 'object' ? glob.find((one) => !known.has(one)) : undefined;
    if (missing !== undefined) throw new UserError(`${name}: there is no column '${missing}'; it has ${some(names)}.`);
    const named = new Set(glob === undefined ? names : typeof glob === 'string' ? choose(names, glob) : glob);
    const found = this.columns.filter((column) => named.has(column.name));
    const text = glob === undefined ? undefined : found.find(({ kind }) => kind !== 'number');
    if (text)
      throw new UserError(`${name}: column '${text.name}' holds ${text.type}, not numbers. Choose other columns.`);
    const units = found.filter(({ kind }) => kind === 'number');
    if (units.length > 0) return units;
    throw new UserError(
      `${name}: ${glob === undefined ? 'no column holds numbers' : `no column matches '${glob}'`} (${some(names)}). A ` +
        'representation needs a column of numbers per unit.',
    );
  }
}
