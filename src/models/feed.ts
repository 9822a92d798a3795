import { basename, resolve } from 'node:path';
import { openData } from '../data/file';
import { locate } from '../data/representation';
import type { Signal } from '../data/source';
import type { DataFile, ReadOptions } from '../data/tensor';
import { count, dims, some } from '../data/words';
import type { Real } from '../linalg/matrix';
import type { ModelTensor } from '../linalg/session';
import { UserError } from '../protocol/errors';
import type { ModelData } from '../protocol/result';
import type { Dim, GraphValue } from './onnx-read';
import { castTo } from './values';

/** Data for all inputs of a model, row by row. */
export interface Feeds {
  readonly rows: number;
  /** Rows that the model takes at once, where it takes no other number. */
  readonly fixed: number | undefined;
  /** Sizes of free axes by their names, but the first. */
  readonly free: ReadonlyMap<string, number>;
  /** What was done to the data, once rows were taken. */
  notes(): string[];
  /** Rows from `start` to `end`, as many as `height` by repeating the last. */
  take(start: number, end: number, height: number): Promise<Record<string, ModelTensor>>;
  close(): Promise<void>;
}

/** One input with what feeds it. */
interface Feed {
  readonly input: GraphValue;
  /** As stored, and as the input takes a row. */
  readonly stored: readonly number[];
  readonly row: readonly number[];
  readonly rows: Ahead;
  readonly what: string;
}

/**
 * Opens the data for a model and checks it against what the model takes: names, axes, row counts.
 * @param model its name, for messages.
 * @throws UserError that says what was expected and what was found.
 */
export async function openFeeds(
  model: string,
  inputs: readonly GraphValue[],
  data: readonly ModelData[],
  base: string,
  { limit, signal }: { readonly limit: number; readonly signal: Signal },
): Promise<Feeds> {
  const files = new Map<string, DataFile>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    for (const { path } of data) {
      const full = resolve(base, path);
      if (!files.has(full)) files.set(full, await openData(full, { signal }));
    }
    const given = assign(model, inputs, data, (path) => files.get(resolve(base, path)) as DataFile);
    const free = new Map<string, number>();
    const options = { limit, signal };
    const feeds = inputs.map((input) => feedOf(model, input, given.get(input.name) as Given, free, options));
    const [first] = feeds;
    if (!first)
      throw new UserError(`${model} has no input: it computes the same for every row, and nothing can be compared.`);
    const rows = first.stored[0] as number;
    for (const { stored, what } of feeds) {
      if (stored[0] !== rows)
        throw new UserError(
          `${what} has ${count(stored[0] as number)} rows, ${first.what} ${count(rows)}. Every input needs a row for each sample, in the same order.`,
        );
    }
    const heights = new Set(inputs.flatMap(({ shape }) => (typeof shape?.[0] === 'number' ? shape[0] : [])));
    const rounded = new Set<string>();
    const reshaped = feeds.filter(({ stored, row }) => stored.slice(1).join() !== row.join());
    return {
      ...{ rows, free, close },
      fixed: [...heights][0],
      notes: () => [
        ...reshaped.map(({ stored, row, what }) => `${what}: rows of ${dims(stored.slice(1))} taken as ${dims(row)}`),
        ...[...rounded].map((what) => `${what}: values rounded to the type that the model takes`),
      ],
      async take(start, end, height) {
        const tensors: Record<string, ModelTensor> = {};
        for (const feed of feeds) {
          const width = feed.row.reduce((product, length) => product * length, 1);
          const values = await feed.rows.read(start, end, width);
          const type = feed.input.dtype ?? 'float32';
          const { data: taken, rounded: any } = castTo(
            type,
            padded(values, width, end - start, height),
            (place, why) => {
              const row = start + Math.floor(place / Math.max(1, width));
              return new UserError(
                `${feed.what}: row ${count(row)} does not fit the input '${feed.input.name}' of ${model}: ${why}.`,
              );
            },
          );
          if (any) rounded.add(feed.what);
          tensors[feed.input.name] = { type, data: taken, shape: [height, ...feed.row] };
        }
        return tensors;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Read at once, in bytes: a batch may be small, and every read has its price. */
const ahead = 4 << 20;

/** Rows of a tensor, read some way ahead of where they are asked for. */
class Ahead {
  private start = 0;
  private end = 0;
  private data: Real = new Float32Array();

  constructor(
    private readonly file: DataFile,
    private readonly tensor: string | null,
    private readonly all: number,
    private readonly options: ReadOptions,
  ) {}

  /** Valid until the next rows are read. */
  async read(start: number, end: number, width: number): Promise<Real> {
    if (start < this.start || end > this.end) {
      const height = Math.max(end - start, Math.floor(ahead / (8 * Math.max(1, width))));
      const rows: [number, number] = [start, Math.min(this.all, start + height)];
      const { data } = await this.file.read(this.tensor, { ...this.options, rows });
      [this.start, this.end, this.data] = [...rows, data];
    }
    return this.data.subarray((start - this.start) * width, (end - this.start) * width);
  }
}

interface Given {
  readonly file: DataFile;
  readonly path: string;
  readonly tensor: string | undefined;
}

/** Which data is for which input. */
function assign(
  model: string,
  inputs: readonly GraphValue[],
  data: readonly ModelData[],
  open: (path: string) => DataFile,
): ReadonlyMap<string, Given> {
  const names = inputs.map(({ name }) => name);
  const given = new Map<string, Given>();
  const put = (name: string, one: Given) => {
    if (!names.includes(name)) throw new UserError(`${model} has no input '${name}'; it takes ${some(names)}.`);
    if (given.has(name)) throw new UserError(`${model}: there are two files for the input '${name}'. Give one.`);
    given.set(name, one);
  };
  for (const { input, path, tensor } of data) {
    const file = open(path);
    if (input !== undefined) put(input, { file, path, tensor });
    else if (names.length === 1) put(names[0] as string, { file, path, tensor });
    else {
      const named = file.describe().tensors.flatMap(({ name }) => (name !== null && names.includes(name) ? name : []));
      if (named.length === 0)
        throw new UserError(
          `${model} takes ${count(names.length)} inputs (${some(names)}). Say which one ${basename(path)} is for, as ` +
            `${names[0]}=${basename(path)}, or give a file whose tensors have their names.`,
        );
      for (const name of named) put(name, { file, path, tensor: name });
    }
  }
  const missing = names.filter((name) => !given.has(name));
  if (missing.length > 0)
    throw new UserError(
      `${model} also takes ${some(missing)}: give data for ${missing.length === 1 ? 'it' : 'them'} as name=FILE.`,
    );
  return given;
}

function feedOf(
  model: string,
  input: GraphValue,
  { file, path, tensor }: Given,
  free: Map<string, number>,
  options: ReadOptions,
): Feed {
  const { name, shape: stored } = locate(file, { path, ...(tensor !== undefined && { tensor }) });
  const what = `${basename(path)}${name === null ? '' : `: tensor '${name}'`}`;
  const { shape } = input;
  if (input.dtype === 'string')
    throw new UserError(
      `${model}: its input '${input.name}' takes text, which numbers are not. Give a model after its tokenizer.`,
    );
  if (shape?.length === 0)
    throw new UserError(
      `${model}: its input '${input.name}' is a single number, without an axis for samples. Such a model is not run.`,
    );
  const row = shape ? fitted(shape.slice(1), stored.slice(1), free) : stored.slice(1);
  if (row) return { input, stored, row, rows: new Ahead(file, name, stored[0] as number, options), what };
  const expected = (shape as readonly Dim[]).map((dim, i) => dim ?? (i === 0 ? 'samples' : 'any')).join(' x ');
  throw new UserError(
    `${what} does not fit the input '${input.name}' of ${model}: expected ${expected}, found ${dims(stored)}. ` +
      'Save the data with these axes, a row for each sample first.',
  );
}

/** The axes of a row as an input takes it; undefined where the data has others. Flat rows, and axes of one, are the same data. */
function fitted(
  expected: readonly Dim[],
  found: readonly number[],
  free: Map<string, number>,
): readonly number[] | undefined {
  const plain = (list: readonly Dim[]) => list.filter((dim) => dim !== 1);
  const product = (list: readonly number[]) => list.reduce((total, dim) => total * dim, 1);
  if (expected.every((dim) => typeof dim === 'number')) {
    const sizes = expected as readonly number[];
    const flat = found.length <= 1 && product(found) === product(sizes);
    return flat || plain(sizes).join() === plain(found).join() ? sizes : undefined;
  }
  if (expected.length !== found.length) return undefined;
  const known = new Map(free);
  for (const [i, dim] of expected.entries()) {
    const size = found[i] as number;
    if (typeof dim === 'number' && dim !== size) return undefined;
    if (typeof dim === 'string' && (known.get(dim) ?? size) !== size) return undefined;
    if (typeof dim === 'string') known.set(dim, size);
  }
  for (const [name, size] of known) free.set(name, size);
  return found;
}

function padded<T extends Float32Array | Float64Array>(data: T, width: number, rows: number, height: number): T {
  if (rows === height) return data;
  const out = (data instanceof Float64Array ? new Float64Array(height * width) : new Float32Array(height * width)) as T;
  out.set(data);
  for (let row = rows; row < height; row++) out.set(data.subarray((rows - 1) * width, rows * width), row * width);
  return out;
}
