import { basename, resolve } from 'node:path';
import { readLabels, readNames } from '../data/labels';
import { readRepresentation } from '../data/representation';
import type { PlacedSpec } from '../data/stored';
import type { Matrix } from '../linalg/matrix';
import type { Labels, Representation, Rows } from '../methods/method';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { InputRecord, InputSpec, LabelSpec, RunRequest, Table } from '../protocol/result';
import { count, plural, some } from '../protocol/words';
import { namesOf, readAllIdentifiers } from './identify';
import { checkMemory } from './memory';
import { pairRows } from './pairing';
import { checkRows, finiteRows, type Read, takeAll, usedRows } from './rows';
import { sampleRows } from './sample';
import type { Desk } from './task';

/** Inputs as a method takes them. */
export interface Prepared {
  readonly representations: readonly Representation[];
  /** In the order of the request, `sha256` still empty. */
  readonly records: readonly InputRecord[];
  readonly rows: Rows;
  /** That the matrices take. */
  readonly bytes: number;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** That only a sample of the rows is used, in words; among the steps as well. */
  readonly sampled?: string;
  /** Rows that have no partner by their identifiers; absent where there are none. */
  readonly unmatched?: Table;
}

type Source = Awaited<ReturnType<typeof readRepresentation>>;
/** What is known of an input once it is open. */
type Opened = Omit<Source, 'matrix'>;

/**
 * Reads the inputs and the labels, pairs their rows, by identifiers where the inputs have any, and leaves out of all of
 * them the rows that are not finite in one.
 * @param memory bound in bytes.
 * @throws UserError when a file cannot be read, rows cannot be paired, or too little is left.
 */
export async function prepare(
  request: Pick<RunRequest, 'inputs' | 'labels' | 'seed' | 'sample'>,
  base: string,
  memory: number,
  desk: Desk,
): Promise<Prepared> {
  const { inputs } = request;
  if (inputs.length > 1) await checkMemory(distinct(inputs), base, memory);
  const sources = await readAll(inputs, base, memory, desk);
  const names = displayNames(inputs.map(({ path }, i) => ({ path, tensor: sources[i]?.tensor ?? null })));
  const identified = await readAllIdentifiers(inputs, sources, names, base, memory, desk);
  const pairing = identified && inputs.length > 1 ? pairRows(identified) : undefined;
  const read = sources.map((source, i) => {
    const { path, rows } = inputs[i] as InputSpec;
    const picked = pairing?.picked[i];
    return { ...source, name: names[i] as string, path, first: rows?.[0] ?? 0, ...(picked && { picked }) };
  });
  if (!pairing) checkRows(read);
  const first = read[0] as (typeof read)[number];
  const labelled = await readRows(request.labels, inputs[0] as InputSpec, sources[0] as Source, base, memory, desk);
  const { kept: finite, warnings } = finiteRows(read);
  const paired = first.picked?.length ?? first.matrix.rows;
  const sample = sampleRows(request.sample, finite?.length ?? paired, request.seed);
  const kept = sample ? sample.places.map((place) => finite?.[place] ?? place) : finite;
  const matrices = takeAll(read, kept, memory);
  const index = usedRows(first, kept);
  const rowNames = identified?.[0] ? namesOf(identified[0]) : labelled.names;
  return {
    representations: matrices.map((matrix, i) => named(names[i] as string, matrix, sources[i] as Source)),
    records: matrices.map((matrix, i) =>
      recordOf(inputs[i] as InputSpec, sources[i] as Source, [matrix.rows, matrix.columns]),
    ),
    rows: {
      index: index.map((row) => row + first.first),
      ...(rowNames && { names: Array.from(index, (row) => rowNames[row] as string) }),
      ...(labelled.labels && { labels: takeLabels(labelled.labels, index) }),
    },
    bytes: [...new Set(matrices)].reduce((sum, { data }) => sum + data.byteLength, 0),
    steps: [
      ...(pairing?.steps ?? []),
      ...stepsOf(read, sources, finite ? paired - finite.length : 0),
      ...(sample ? [sample.note] : []),
    ],
    warnings: [...(pairing?.warnings ?? []), ...warnings, ...labelsAmongUnits(request.labels, read)],
    ...(sample && { sampled: sample.note }),
    ...(pairing?.unmatched && { unmatched: pairing.unmatched }),
  };
}

/** A representation, with the names of its units where its file has them. */
export function named(name: string, matrix: Matrix, { unitNames }: Pick<Source, 'unitNames'>): Representation {
  return { name, matrix, ...(unitNames && { unitNames }) };
}

/** Equal for inputs that are the same data. */
export const keyOf = ({ path, tensor, reduce, columns, query, raw, rows, ids, model }: InputSpec) =>
  JSON.stringify([path, tensor, reduce, columns, query, raw, rows, ids, model]);

export function distinct(specs: readonly InputSpec[]): InputSpec[] {
  return [...new Map(specs.map((spec) => [keyOf(spec), spec])).values()];
}

/** An input that is given twice is read once. */
async function readAll(specs: readonly InputSpec[], base: string, memory: number, desk: Desk): Promise<Source[]> {
  const sources = new Map<string, Source>();
  let left = memory;
  for (const spec of distinct(specs)) {
    desk.signal.throwIfAborted();
    desk.progress(null, `Reading ${basename(spec.path)}${spec.tensor ? ` ${spec.tensor}` : ''}`);
    const source = await readRepresentation(spec, base, { limit: left, signal: desk.signal });
    left -= source.matrix.data.byteLength;
    sources.set(keyOf(spec), source);
  }
  return specs.map((spec) => sources.get(keyOf(spec)) as Source);
}

/** Labels, and names if the labels' file has them, of the rows that were read. */
export async function readRows(
  spec: LabelSpec | undefined,
  input: InputSpec,
  source: Pick<Source, 'shape'>,
  base: string,
  limit: number,
  desk: Desk,
): Promise<{ labels?: Labels; names?: readonly string[] }> {
  if (!spec) return {};
  // A column of the same table is one of what the input reads from it.
  const same = spec.path === input.path && input.query !== undefined ? { query: input.query } : {};
  const options = { limit, signal: desk.signal, ...same };
  const all = source.shape[0] as number;
  const [start, end] = input.rows ?? [0, all];
  const labels = await readLabels(spec, base, options);
  const length = labels.kind === 'category' ? labels.index.length : labels.values.length;
  // Labels of the whole file follow the rows that were chosen of it.
  const offset = length === all ? start : 0;
  if (length !== all && length !== end - start) {
    throw new UserError(
      `${basename(spec.path)} has ${count(length)} labels; ${basename(input.path)} has ${count(all)} rows. ` +
        'Give one label for each row, in the same order.',
    );
  }
  const chosen = Int32Array.from({ length: end - start }, (_, i) => i + offset);
  const names = await readNames(resolve(base, spec.path), options);
  return {
    labels: takeLabels(labels, chosen),
    ...(names?.length === length && { names: names.slice(offset, offset + end - start) }),
  };
}

/** That a table whose column is the labels has it among its units as well, which shows the labels to the method. */
export function labelsAmongUnits(labels: LabelSpec | undefined, read: readonly Read[]): string[] {
  const { path, column } = labels ?? {};
  if (column === undefined || !read.some((one) => one.path === path && one.unitNames?.includes(column))) return [];
  return [
    `${basename(path as string)}: column ${column} is a unit as well as the labels, which the units then tell by themselves. ` +
      'To leave it out, untick it under Columns in the viewer, or choose the others (--columns, --query).',
  ];
}

export function takeLabels(labels: Labels, rows: Int32Array): Labels {
  if (labels.kind === 'category') return { ...labels, index: rows.map((row) => labels.index[row] as number) };
  return { ...labels, values: Float64Array.from(rows, (row) => labels.values[row] as number) };
}

export function recordOf(spec: PlacedSpec, source: Opened, used: readonly [number, number]): InputRecord {
  const { path, tensor: _, stored, ...reading } = spec;
  const { tensor, shape, dtype } = source;
  const prepared = stored && { prepared: stored.prepared, ...(stored.from && { from: stored.from }) };
  return { path, tensor, shape, dtype, sha256: '', used, ...prepared, ...reading };
}

/** What was done to the inputs, each said once: of all of them, or of which. */
export function stepsOf(read: readonly Read[], sources: readonly Opened[], leftOut: number): string[] {
  const names = new Map<string, string[]>();
  for (const [i, { notes }] of sources.entries())
    for (const note of new Set(notes)) names.set(note, [...(names.get(note) ?? []), read[i]?.name ?? '']);
  const steps = [...names].map(([note, of]) => (of.length === sources.length ? note : `${some(of, 2)}: ${note}`));
  if (leftOut > 0) steps.push(`${plural(leftOut, 'row')} left out`);
  return steps;
}
