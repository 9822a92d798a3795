import { basename, resolve } from 'node:path';
import { openData } from '../data/file';
import type { Signal } from '../data/source';
import type { DataFile } from '../data/tensor';
import { UserError } from '../protocol/errors';
import type { ModelData, ModelRun } from '../protocol/result';
import { count, some } from '../protocol/words';
import { kindOf, takesText, tokenInputs } from './data-kind';
import { imageFeed, soundFeed } from './feed-media';
import { type Feed, type Seen, type Taken, together } from './feed-parts';
import { tensorFeed } from './feed-tensor';
import { textFeed } from './feed-text';
import type { GraphValue } from './onnx-read';
import { type DataKind, type Prepared, preparationOf } from './preparation';

/** What was seen of each source of data, in their order. */
export type AllSeen = readonly Seen[];

export interface Batch extends Omit<Taken, 'seen' | 'missing'> {
  readonly missing: readonly number[];
  readonly seen: AllSeen;
}

/** Of the rows that were taken before and those that were taken now. */
export function seenOf(before: AllSeen, now: AllSeen): AllSeen {
  return now.map((seen, i) => together(before[i] ?? {}, seen));
}

/** Data for all inputs of a model, row by row. */
export interface Feeds {
  readonly rows: number;
  /** Rows that the model takes at once, where it takes no other number. */
  readonly fixed: number | undefined;
  /** Sizes of free axes by their names, but the first. */
  readonly free: ReadonlyMap<string, number>;
  readonly prepared: Prepared;
  /** What was done to the data, and what the person should know, by what was seen of the rows. */
  notes(seen: AllSeen): string[];
  warnings(seen: AllSeen): string[];
  /** Rows from `start` to `end`, as many as `height` by repeating the last. */
  take(start: number, end: number, height: number): Promise<Batch>;
  /** The first row alone with fewer tokens than this batch, the first one, has; undefined where all batches have as many. */
  shorter(first: Batch): Promise<Taken | undefined>;
  close(): Promise<void>;
}

/** Data with what it is, for the inputs that it was given to. */
interface Source {
  readonly data: ModelData;
  readonly kind: DataKind;
  readonly inputs: readonly GraphValue[];
}

/**
 * Opens the data for a model and checks it against what the model takes: names, axes, row counts.
 * @param path of the model, absolute.
 * @throws UserError that says what was expected and what was found.
 */
export async function openFeeds(
  path: string,
  inputs: readonly GraphValue[],
  { data, ...run }: ModelRun,
  base: string,
  { limit, signal }: { readonly limit: number; readonly signal: Signal },
): Promise<Feeds> {
  const model = basename(path);
  if (inputs.length === 0)
    throw new UserError(`${model} has no input: it computes the same for every row, and nothing can be compared.`);
  for (const input of inputs) refuseInput(model, input);
  const files = new Map<string, DataFile>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    const kinds: DataKind[] = [];
    for (const one of data) kinds.push(await kindOf(one, inputs, base, signal));
    for (const [i, one] of data.entries()) {
      const full = resolve(base, one.path);
      if (kinds[i] === 'numbers' && !files.has(full)) files.set(full, await openData(full, { signal }));
    }
    const open = (one: ModelData) => files.get(resolve(base, one.path)) as DataFile;
    const sources = assign(model, inputs, data, kinds, open);
    const prepared = await preparationOf(path, inputs, new Set(kinds), run);
    const free = new Map<string, number>();
    const options = { limit, signal, free };
    const feeds: Feed[] = [];
    for (const { data: one, kind, inputs: own } of sources) {
      const [input] = own as [GraphValue];
      const given = { file: open(one), path: one.path, tensor: one.tensor };
      if (kind === 'numbers') feeds.push(tensorFeed(model, input, given, free, { limit, signal }));
      else if (kind === 'text')
        feeds.push(await textFeed(path, own, one, prepared.text, base, free, { limit, signal }));
      else if (kind === 'images') feeds.push(await imageFeed(model, input, one, prepared, base, options));
      else feeds.push(await soundFeed(model, own, one, prepared, base, options));
    }
    const [first] = feeds as [Feed];
    for (const { rows, what } of feeds) {
      if (rows !== first.rows)
        throw new UserError(
          `${what} has ${count(rows)} rows, ${first.what} ${count(first.rows)}. Every input needs a row for each sample, in the same order.`,
        );
    }
    const heights = new Set(inputs.flatMap(({ shape }) => (typeof shape?.[0] === 'number' ? shape[0] : [])));
    return {
      ...{ rows: first.rows, free, prepared, close },
      fixed: [...heights][0],
      notes: (seen) => [...feeds.flatMap((feed, i) => feed.notes(seen[i] ?? {})), ...prepared.notes],
      warnings: (seen) => [...prepared.warnings, ...feeds.flatMap((feed, i) => feed.warnings?.(seen[i] ?? {}) ?? [])],
      async shorter(batch) {
        const taken: Taken[] = [];
        if (!feeds.some((feed) => feed.shorter)) return undefined;
        for (const feed of feeds) {
          const one = feed.shorter ? feed.shorter(batch) : await feed.take(0, 1, 1);
          if (!one) return undefined;
          taken.push(one);
        }
        return merged(taken);
      },
      async take(start, end, height) {
        const taken: Taken[] = [];
        for (const feed of feeds) taken.push(await feed.take(start, end, height));
        return {
          ...merged(taken),
          missing: [...new Set(taken.flatMap(({ missing = [] }) => missing))],
          seen: taken.map(({ seen = {} }) => seen),
        };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function merged(taken: readonly Taken[]): Pick<Taken, 'inputs' | 'mask'> {
  const mask = taken.find((one) => one.mask)?.mask;
  return { inputs: Object.assign({}, ...taken.map(({ inputs }) => inputs)), ...(mask && { mask }) };
}

function refuseInput(model: string, { name, dtype, shape }: GraphValue): void {
  if (dtype === 'string')
    throw new UserError(
      `${model}: its input '${name}' takes text as it is, which is not done. Give a model that takes tokens, with its tokenizer.`,
    );
  if (shape?.length === 0)
    throw new UserError(
      `${model}: its input '${name}' is a single number, without an axis for samples. Such a model is not run.`,
    );
}

/** Which data is for which inputs: in the order of the data, a tensor for each input, a text for all that it becomes. */
function assign(
  model: string,
  inputs: readonly GraphValue[],
  data: readonly ModelData[],
  kinds: readonly DataKind[],
  open: (one: ModelData) => DataFile,
): Source[] {
  const names = inputs.map(({ name }) => name);
  const given = new Map<string, Source>();
  const put = (one: ModelData, kind: DataKind, own: readonly string[]) => {
    for (const name of own) {
      if (!names.includes(name)) throw new UserError(`${model} has no input '${name}'; it takes ${some(names)}.`);
      if (given.has(name)) throw new UserError(`${model}: there are two files for the input '${name}'. Give one.`);
    }
    const source = { data: one, kind, inputs: own.map((name) => inputs[names.indexOf(name)] as GraphValue) };
    for (const name of own) given.set(name, source);
  };
  // What is named goes first: the rest is for what is left.
  const entries = data.map((one, i) => ({ one, kind: kinds[i] as DataKind }));
  for (const { one, kind } of entries) if (one.input !== undefined && kind !== 'text') put(one, kind, [one.input]);
  for (const { one, kind } of entries) {
    const left = inputs.filter(({ name }) => !given.has(name));
    if (kind === 'text') put(one, kind, textInputs(model, inputs, one, left));
    else if (one.input === undefined) {
      const own = kind === 'numbers' ? namedIn(model, names, one, open(one)) : [mediaInput(model, left, one, kind)];
      if (kind === 'numbers' && names.length > 1) for (const name of own) put({ ...one, tensor: name }, kind, [name]);
      else put(one, kind, own);
    }
  }
  for (const source of new Set(given.values())) {
    if (source.kind !== 'sounds' || !names.includes('attention_mask') || given.has('attention_mask')) continue;
    const mask = inputs.find(({ name }) => name === 'attention_mask') as GraphValue;
    const both = { ...source, inputs: [...source.inputs, mask] };
    for (const { name } of both.inputs) given.set(name, both);
  }
  const missing = names.filter((name) => !given.has(name));
  if (missing.length > 0)
    throw new UserError(
      `${model} also takes ${some(missing)}: give data for ${missing.length === 1 ? 'it' : 'them'} as name=FILE.`,
    );
  return [...new Set(names.map((name) => given.get(name) as Source))];
}

/** The inputs that a text becomes, but for those that are given otherwise. @throws UserError where the model takes none. */
function textInputs(
  model: string,
  inputs: readonly GraphValue[],
  { path, tensor, input }: ModelData,
  left: readonly GraphValue[],
): string[] {
  const what = `${basename(path)}${tensor === undefined ? '' : `#${tensor}`}`;
  if (!takesText(inputs, input))
    throw new UserError(
      `${what} is text, and ${model} takes ${some(inputs.map(({ name }) => name))}: text is for models that take input_ids. ` +
        'Choose numbers for it, or another model.',
    );
  const own = left.filter(({ name }) => tokenInputs.includes(name)).map(({ name }) => name);
  if (own.includes('input_ids')) return own;
  throw new UserError(`${model}: there are two files for the input 'input_ids'. Give one.`);
}

/** The input that pictures or sounds are for: the only one that is left, or that takes as many axes. @throws UserError */
function mediaInput(model: string, left: readonly GraphValue[], { path }: ModelData, kind: DataKind): string {
  const plain = left.filter(({ name }) => !tokenInputs.includes(name));
  const axes = kind === 'images' ? [4] : [2, 3];
  const fitting = plain.filter(({ shape }) => !shape || axes.includes(shape.length));
  const [only, ...others] = plain.length === 1 ? plain : fitting;
  if (only && others.length === 0) return only.name;
  throw new UserError(
    `${model}: it is open which input ${basename(path)} is for (${some(left.map(({ name }) => name))}). Say so, as ` +
      `${left[0]?.name ?? 'name'}=${basename(path)}.`,
  );
}

/** The inputs that a file is for: the only one, or those that its tensors have the names of. @throws UserError */
function namedIn(model: string, names: readonly string[], { path }: ModelData, file: DataFile): string[] {
  if (names.length === 1) return [...names];
  const named = file.describe().tensors.flatMap(({ name }) => (name !== null && names.includes(name) ? name : []));
  if (named.length > 0) return named;
  throw new UserError(
    `${model} takes ${count(names.length)} inputs (${some(names)}). Say which one ${basename(path)} is for, as ` +
      `${names[0]}=${basename(path)}, or give a file whose tensors have their names.`,
  );
}
