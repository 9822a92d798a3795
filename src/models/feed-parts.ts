import { type Real, reals } from '../linalg/matrix';
import type { ModelTensor } from '../linalg/session';
import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { Dim, GraphValue } from './onnx-read';
import type { Mask } from './reduce';
import { castTo } from './values';

/** How many rows, and what the first of them are called. */
interface Named {
  readonly count: number;
  readonly names: readonly string[];
}

/** What came to light while rows were taken; plain data, so that a run that was stopped can go on. */
export interface Seen {
  /** Texts that were cut, and whether any was padded. */
  readonly cut?: number;
  readonly padded?: boolean;
  /** Values were rounded to the type of the input. */
  readonly rounded?: boolean;
  /** Rows that could not be had, and why the first. */
  readonly lost?: Named & { readonly why: string };
  /** How sounds are stored. */
  readonly stored?: readonly string[];
  /** How many sounds have which rate. */
  readonly rates?: Readonly<Record<number, number>>;
  /** Sounds whose files end before their samples do. */
  readonly short?: Named;
}

/** Some rows of the data, as a model takes them. */
export interface Taken {
  readonly inputs: Readonly<Record<string, ModelTensor>>;
  /** Which tokens of each row count, where the rows are texts. */
  readonly mask?: Mask | undefined;
  /** Of these rows, from 0, those that could not be had: what stands for them means nothing. */
  readonly missing?: readonly number[];
  readonly seen?: Seen;
}

/** What feeds one or several inputs of a model, row by row. */
export interface Feed {
  /** For messages. */
  readonly what: string;
  readonly rows: number;
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Rows from `start` to `end`, as many as `height` by repeating the last. */
  take(start: number, end: number, height: number): Promise<Taken>;
  /** The first row alone with fewer tokens than a batch has, where batches differ in that: units that are tokens show by it. */
  shorter?(first: Pick<Taken, 'mask'>): Taken | undefined;
  /** What was done to the data, by what was seen of all rows. */
  notes(seen: Seen): readonly string[];
  warnings?(seen: Seen): readonly string[];
}

/** So many rows are named. */
const named = 8;

/** The same of the rows of both. */
export function together(a: Seen, b: Seen): Seen {
  const lost = both(a.lost, b.lost);
  const short = both(a.short, b.short);
  const rates: Record<string, number> = { ...a.rates };
  for (const [rate, sounds] of Object.entries(b.rates ?? {})) rates[rate] = (rates[rate] ?? 0) + sounds;
  return {
    cut: (a.cut ?? 0) + (b.cut ?? 0),
    padded: a.padded === true || b.padded === true,
    rounded: a.rounded === true || b.rounded === true,
    ...(lost && { lost }),
    ...(short && { short }),
    stored: [...new Set([...(a.stored ?? []), ...(b.stored ?? [])])],
    rates,
  };
}

function both<T extends Named>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b) return a ?? b;
  return { ...a, count: a.count + b.count, names: [...a.names, ...b.names].slice(0, named) };
}

/** "a.png, b.png and 3 more" */
export function firstNames({ count: all, names }: Named): string {
  const first = names.slice(0, named);
  const rest = all - first.length;
  return first.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
}

/** "samples x 3 x any": the axes that an input takes. */
export function expectedAxes({ shape }: GraphValue): string {
  return (shape ?? []).map((dim, i) => dim ?? (i === 0 ? 'samples' : 'any')).join(' x ');
}

/** Values in the type of an input. @throws UserError that names the first row whose values are none of the type. */
export function tensorOf(
  model: string,
  { name, dtype }: GraphValue,
  what: string,
  values: Real,
  shape: readonly number[],
  firstRow: number,
): { readonly tensor: ModelTensor; readonly rounded: boolean } {
  const type = dtype ?? 'float32';
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const cast = castTo(type, values, (place, why) => {
    const row = firstRow + Math.floor(place / Math.max(1, width));
    return new UserError(`${what}: row ${count(row)} does not fit the input '${name}' of ${model}: ${why}.`);
  });
  return { tensor: { type, data: cast.data, shape }, rounded: cast.rounded };
}

/** The axes of a row as an input takes it; undefined where the data has others. Flat rows, and axes of one, are the same data. */
export function fitted(
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

/** Rows as many as `height`, the last one again where there are fewer. */
export function padded<T extends Float32Array | Float64Array>(data: T, width: number, rows: number, height: number): T {
  if (rows === height) return data;
  const out = reals(height * width, data instanceof Float64Array) as T;
  out.set(data);
  for (let row = rows; row < height; row++) out.set(data.subarray((rows - 1) * width, rows * width), row * width);
  return out;
}
