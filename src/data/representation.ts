import { basename, resolve } from 'node:path';
import { Matrix, type Real, reals } from '../linalg/matrix';
import type { FileDescription, TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { byNumber, dims, plural, size, some } from '../protocol/words';
import { rowRange } from './array';
import { rowIndex } from './column';
import { openData } from './file';
import { choose } from './glob';
import type { Signal } from './source';
import { fileOf, type PlacedSpec } from './stored';
import type { DataFile, RawTensor, ReadOptions } from './tensor';

export interface ReadRepresentation {
  /** A row per sample, a column per unit. */
  readonly matrix: Matrix;
  /** Null where the file holds one tensor. */
  readonly tensor: string | null;
  /** As stored, NumPy's name. */
  readonly dtype: string;
  /** As stored, all rows. */
  readonly shape: readonly number[];
  /** Names of the columns of a table. */
  readonly unitNames?: string[];
  /** What was done to get from the stored shape to the matrix, a few words each. */
  readonly notes: string[];
}

/**
 * Reads what an input names: the tensor, its rows, its columns (tables), and reduces axes after the second. Vectors are
 * one column. Averaging goes by blocks of rows, so only the result has to fit into `limit` bytes.
 * @throws UserError when the file or tensor cannot be read, is a single number or empty, or exceeds the limit.
 */
export async function readRepresentation(
  spec: PlacedSpec,
  baseFolder: string,
  options: { readonly limit: number; readonly signal?: Signal },
): Promise<ReadRepresentation> {
  const file = await openData(fileOf(spec, baseFolder), { ...spec, signal: options.signal });
  try {
    const { name, shape, dtype, start, end } = locate(file, spec);
    const { columns, notes: named } = chosenColumns(file, spec);
    const request: ReadOptions = { ...options, rows: [start, end], ...(columns === undefined ? {} : { columns }) };
    const average = spec.reduce === 'mean' && shape.length > 2;
    const raw = average ? await readMeans(file, name, shape, request) : await file.read(name, request);
    const [rows = 0, ...rest] = raw.shape;
    const width = rest.reduce((product, length) => product * length, 1);
    const notes = [...(spec.stored?.notes ?? []), ...raw.notes, ...named, ...reductionNotes(shape, raw.shape, average)];
    return {
      matrix: new Matrix(raw.data, rows, width),
      tensor: name,
      dtype,
      shape,
      ...(raw.columns ? { unitNames: raw.columns } : {}),
      notes,
    };
  } finally {
    await file.close();
  }
}

/** The columns of a table that are read, less one that identifies the rows; undefined where every one may be. */
export function chosenColumns(file: DataFile, spec: InputSpec) {
  const description = file.describe();
  const { name } = chooseTensor(file, spec);
  if (description.columns && name !== null) {
    const others = spec.tensor === undefined && description.tensors.some((tensor) => tensor.name === null);
    const notes = others ? [`column '${name}' of lists taken; columns of numbers left out`] : [];
    if (spec.tensor === undefined) notes.push(...leftOut(description, spec, name));
    return { columns: spec.columns, notes };
  }
  const units = withoutIdentifiers(description, spec);
  const notes = units ? [`column ${spec.ids?.column} left out: it identifies the rows`] : [];
  if (spec.columns === undefined) notes.push(...leftOut(description, spec));
  return { columns: spec.columns ?? units, notes };
}

/** Columns of a table that hold no numbers, and so are no units; those of lists are tensors of their own. */
function leftOut(
  { format, columns = [], tensors }: FileDescription,
  { ids, path }: InputSpec,
  taken?: string,
): string[] {
  // The words of word vectors name the rows.
  if (format === 'word-vectors') return [];
  const lists = new Set(tensors.map(({ name }) => name));
  const others = columns.filter(
    ({ name, type, numeric }) =>
      !numeric && type !== rowIndex && name !== taken && !(ids?.path === path && ids.column === name),
  );
  const named = (kind: typeof others, what: string) =>
    kind.length === 0
      ? []
      : [`${plural(kind.length, 'column')} ${what} left out: ${some(kind.map(({ name }) => `'${name}'`))}`];
  return [
    ...named(
      others.filter(({ name }) => !lists.has(name)),
      'not of numbers',
    ),
    ...named(
      others.filter(({ name }) => lists.has(name)),
      'of lists',
    ),
  ];
}

/** The units of a table that are left when a numeric column names its rows; undefined where every column may stay. */
function withoutIdentifiers({ columns }: FileDescription, { path, ids, ...spec }: InputSpec): string[] | undefined {
  const numeric = (columns ?? []).filter((column) => column.numeric).map(({ name }) => name);
  const others = numeric.filter((name) => name !== ids?.column);
  if (spec.columns !== undefined || ids?.path !== path || others.length === numeric.length) return undefined;
  if (others.length > 0) return others;
  throw new UserError(
    `${basename(path)}: its only column of numbers, ${ids.column}, identifies the rows. A representation needs a column of ` +
      'numbers per unit.',
  );
}

/**
 * The tensor that an input names and the rows that are wanted of it.
 * @throws UserError where that is no representation: a single number, or without rows or units.
 */
export function locate(file: DataFile, spec: InputSpec) {
  const { name, shape, dtype, unusable } = chooseTensor(file, spec);
  const what = `${basename(spec.path)}${name === null ? '' : `: tensor '${name}'`}`;
  if (unusable !== undefined && (shape.length === 0 || shape.includes(0)))
    throw new UserError(`${what} cannot be read: ${unusable}`);
  if (shape.length === 0)
    throw new UserError(`${what} is a single number. A representation needs a row per sample and a column per unit.`);
  if (shape.includes(0))
    throw new UserError(`${what} is empty (${dims(shape)}). A representation needs at least one row and one unit.`);
  const [start, end] = rowRange(shape, spec.rows, what);
  if (end === start) throw new UserError(`${what}: rows ${start}:${end} are none. Choose at least one row.`);
  return { name, shape, dtype, start, end };
}

/** What became of the axes after the second. */
export function reductionNotes(stored: readonly number[], read: readonly number[], average: boolean): string[] {
  const rest = read.slice(1);
  const units = plural(
    rest.reduce((product, length) => product * length, 1),
    'unit',
  );
  if (average) return [`${stored.slice(2).join('x')} axes averaged to ${units}`];
  return rest.length > 1 ? [`${rest.join('x')} axes flattened to ${units}`] : [];
}

/** Decoded at once while averaging. */
const blockBytes = 32 << 20;

/** (n, c, h, w, ...) -> (n, c), summed in float64 and rounded once to what the tensor decodes to. */
async function readMeans(
  file: DataFile,
  tensor: string | null,
  shape: readonly number[],
  options: ReadOptions,
): Promise<RawTensor> {
  const [start, end] = options.rows ?? [0, shape[0] as number];
  const channels = shape[1] as number;
  const places = shape.slice(2).reduce((product, length) => product * length, 1);
  const step = Math.max(1, Math.floor(blockBytes / (8 * channels * places)));
  let out: RawTensor | undefined;
  for (let row = start; row < end; row += step) {
    const block = await file.read(tensor, { ...options, rows: [row, Math.min(end, row + step)] });
    out ??= { ...block, shape: [end - start, channels], data: allocate(block.data, (end - start) * channels, options) };
    averageInto(out.data, (row - start) * channels, block.data, places);
  }
  return out as RawTensor;
}

/** The means of `places` values after each other, into `out` from `at`. */
export function averageInto(out: Real, at: number, values: Real, places: number): void {
  for (let i = 0, k = at; i < values.length; i += places, k++) {
    let sum = 0;
    for (let j = i; j < i + places; j++) sum += values[j] as number;
    out[k] = sum / places;
  }
}

function allocate(like: Real, length: number, { limit }: ReadOptions): Real {
  const bytes = length * like.BYTES_PER_ELEMENT;
  if (bytes > limit)
    throw new UserError(
      `The averages need ${size(bytes)} of memory; the bound is ${size(limit)}. Read fewer rows, or raise the memory bound.`,
    );
  return reals(length, like instanceof Float64Array);
}

/** The one tensor that a name, a pattern or no name at all stands for. */
function chooseTensor(file: DataFile, spec: InputSpec): TensorDescription {
  const { path, tensors } = file.describe();
  const { tensor: wanted } = spec;
  if (wanted === undefined) refuseDamaged(path, tensors);
  const candidates = candidatesOf(tensors, spec);
  const [first] = candidates;
  if (first && candidates.length === 1) return first;
  const names = tensors.flatMap((tensor) => tensor.name ?? []).sort(byNumber);
  const base = basename(path);
  if (wanted === undefined)
    throw new UserError(
      tensors.length === 0
        ? `${base} holds no tensor.`
        : `${base} holds ${tensors.length} tensors (${some(names)}). Choose one: ${base}#${names[0]}.`,
    );
  if (!first) throw noTensor(file.describe(), wanted);
  throw new UserError(
    `${base}#${wanted} names ${candidates.length} tensors (${some(candidates.map(({ name }) => name ?? ''))}) where one is needed.`,
  );
}

/**
 * The tensors that an input may mean. Without a name, what is no representation is none of them; of a table, its columns of
 * lists go before its columns of numbers, unless columns are chosen.
 */
export function candidatesOf(
  tensors: readonly TensorDescription[],
  { tensor, columns }: Pick<InputSpec, 'tensor' | 'columns'>,
): readonly TensorDescription[] {
  if (tensor !== undefined) return namedTensors(tensors, tensor);
  const usable = tensors.filter(({ unusable }) => !unusable);
  const nameless = tensors.filter(({ name }) => name === null);
  if (columns !== undefined && nameless.length > 0) return nameless;
  const named = usable.filter(({ name }) => name !== null);
  if (named.length > 0) return named;
  return usable.length > 0 ? usable : tensors;
}

/** @throws UserError where a file that is meant as a whole has tensors that cannot be read. */
function refuseDamaged(path: string, tensors: readonly TensorDescription[]): void {
  const bad = tensors.find(({ damaged }) => damaged);
  if (!bad) return;
  const base = basename(path);
  const other = tensors.find(({ unusable, name }) => unusable === undefined && name !== null);
  const without = other ? ` To go on without it, choose what is to be read: ${base}#${other.name}.` : '';
  throw new UserError(`${base}: tensor '${bad.name}' cannot be read: ${bad.unusable}${without}`);
}

function namedTensors(tensors: readonly TensorDescription[], pattern: string): TensorDescription[] {
  const names = tensors.flatMap((tensor) => (tensor.name === null ? [] : [tensor.name]));
  return choose(names, pattern).flatMap((name) => tensors.find((tensor) => tensor.name === name) ?? []);
}

function noTensor({ path, tensors, columns }: FileDescription, wanted: string): UserError {
  const names = tensors.flatMap((tensor) => tensor.name ?? []).sort(byNumber);
  const held = names.length === 0 ? 'it holds one without a name' : `it holds ${some(names)}`;
  return new UserError(
    columns && names.length === 0
      ? `${basename(path)}: a table has columns, no tensors; '${wanted}' cannot be chosen after #. Choose columns instead.`
      : `${basename(path)}: there is no tensor '${wanted}'; ${held}. Check the part after #.`,
  );
}

/**
 * The inputs that an input stands for: `acts.npz#layer*` one for each tensor whose name matches, in counting order (layer2
 * before layer10); a file of several tensors without a name, all that can be a representation. Rows, columns and reduction
 * are kept.
 * @throws UserError when the file cannot be read or nothing matches.
 */
export async function expandTensors(spec: InputSpec, baseFolder: string): Promise<InputSpec[]> {
  const file = await openData(resolve(baseFolder, spec.path), spec);
  try {
    const { tensors } = file.describe();
    if (spec.tensor === undefined) refuseDamaged(spec.path, tensors);
    const chosen = namedTensors(tensors, spec.tensor ?? '*').filter((tensor) => spec.tensor || !tensor.unusable);
    const ofNumbers = spec.columns !== undefined && tensors.some(({ name }) => name === null);
    if (spec.tensor === undefined && (chosen.length === 0 || ofNumbers)) return [spec];
    if (chosen.length === 0) throw noTensor(file.describe(), spec.tensor as string);
    return chosen.map(({ name }) => ({ ...spec, tensor: name as string }));
  } finally {
    await file.close();
  }
}
