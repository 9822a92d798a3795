import { basename } from 'node:path';
import { readEdges } from '../data/graph';
import { readLabels } from '../data/labels';
import { readTextRows } from '../data/texts';
import type { Graph, Labels, Method, Network, Representation, Rows, Taken, Texts } from '../methods/method';
import { readImages } from '../models/images';
import { UserError } from '../protocol/errors';
import type { InputRecord, InputSpec, RunRequest } from '../protocol/result';
import { count } from '../protocol/words';
import { contextOf } from './context';
import { type OpenedNetwork, openNetwork } from './network';
import { takeLabels } from './prepare';
import type { Desk, RunTask } from './task';

/** Raw data as a method of kind `embed` takes it. */
interface Raw {
  readonly input: Texts | Graph | Representation | Network;
  readonly record: InputRecord;
  readonly rows: Rows;
  readonly bytes: number;
  /** Rows of the file, whether used or not: what labels are counted against. */
  readonly all: number;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** Of a model: its bytes with other weights. */
  readonly write?: OpenedNetwork['write'];
}

/** Kinds of raw data that methods take, besides representations. */
export function takesRaw({ takes }: Pick<Method, 'takes'>): boolean {
  return takes !== 'one' && takes !== 'pair' && takes !== 'many';
}

/**
 * Runs a method of kind `embed` on raw data of the workspace.
 * @throws UserError when the data cannot be read, or something is asked that such a method has no use for.
 */
export async function embed(
  method: Method,
  parameters: Record<string, unknown>,
  request: RunRequest,
  task: RunTask,
  desk: Desk,
) {
  const { base, memory } = task;
  const [spec] = request.inputs;
  if (!spec) throw new UserError(`${method.id} takes one source of data; none was given.`);
  refuseUnused(method, request);
  desk.progress(null, `Reading ${basename(spec.path)}`);
  const raw = await (method.takes === 'model'
    ? ofModel(spec, task, desk)
    : readers[method.takes as keyof typeof readers](spec, method, parameters, base, memory, desk));
  const labels = await labelsFor(request, spec, raw, base, memory, desk);
  const rows = { ...raw.rows, ...(labels && { labels }) };
  const context = contextOf(desk, request.seed ?? 0, rows, raw.bytes, memory);
  desk.progress(0, method.title);
  const outcome = await method.run([raw.input], parameters, context);
  const model = outcome.weights && (await raw.write?.(outcome.weights));
  return {
    ...{ outcome, records: [raw.record], notes: { steps: raw.steps, warnings: raw.warnings } },
    ...(model && { model }),
  };
}

/** A model, on data or without. */
async function ofModel(spec: InputSpec, task: RunTask, desk: Desk): Promise<Raw> {
  const { network, rows, steps, warnings, write } = await openNetwork(spec, task, desk);
  return {
    ...{ input: network, write, steps, warnings, all: rows },
    record: { ...recordOf(spec, null, rows, 'model', rows, network.parameters), shape: [rows, network.parameters] },
    rows: { index: Int32Array.from({ length: rows }, (_, i) => i) },
    bytes: network.tensors.reduce((sum, { values }) => sum + 8 * values.length, 0),
  };
}

function refuseUnused({ id, takes }: Method, { permutations = 0, resample, sample, inputs }: RunRequest): void {
  const asked = [
    ...(permutations > 0 ? ['random pairings'] : []),
    ...(resample ? ['intervals over rows'] : []),
    ...(sample ? ['a sample of the rows'] : []),
    ...(inputs.some(({ ids }) => ids) ? ['identifiers'] : []),
  ];
  if (asked.length > 0)
    throw new UserError(
      `${id} takes ${takes === 'model' ? 'a model' : 'raw data'}, no representation: leave out ${asked.join(' and ')}.`,
    );
}

type Reader = (
  spec: InputSpec,
  method: Method,
  parameters: Record<string, unknown>,
  base: string,
  memory: number,
  desk: Desk,
) => Promise<Raw>;

const readers: Readonly<Record<Exclude<keyof Taken, 'one' | 'pair' | 'many' | 'model'>, Reader>> = {
  async text(spec, _method, _parameters, base, memory, { signal }) {
    const { texts, column, rows, index, notes } = await readTextRows(spec, base, { limit: memory, signal });
    return {
      input: { name: nameOf(spec, column), texts },
      record: recordOf(spec, column, rows, 'text', texts.length, 1),
      rows: { index, names: texts.map(shortened) },
      bytes: texts.reduce((sum, text) => sum + 2 * text.length, 0),
      ...{ all: rows, steps: notes, warnings: [] },
    };
  },
  async graph(spec, _method, _parameters, base, memory, { signal }) {
    const { notes, ...edges } = await readEdges(spec, base, { limit: memory, signal });
    const n = edges.nodes.length;
    return {
      input: { name: nameOf(spec, null), ...edges },
      record: recordOf(spec, null, edges.from.length, 'edges', n, n),
      rows: { index: Int32Array.from({ length: n }, (_, i) => i), names: edges.nodes },
      bytes: 16 * edges.from.length,
      ...{ all: n, steps: notes, warnings: [] },
    };
  },
  async images(spec, method, parameters, base, memory, { signal, progress }) {
    const steps = method.pixels?.(parameters) ?? [];
    const options = { limit: memory, signal, progress };
    const { matrix, names, index, files, ...notes } = await readImages(spec.path, base, steps, options);
    const record = recordOf(spec, null, files, 'image', matrix.rows, matrix.columns);
    return {
      input: { name: nameOf(spec, null), matrix },
      record: { ...record, preprocessing: steps },
      rows: { index, names },
      bytes: matrix.data.byteLength,
      ...{ all: files, steps: notes.steps, warnings: notes.warnings },
    };
  },
};

/** Labels of the rows that are used, one for each row of the file or each that is used. */
async function labelsFor(
  { labels }: RunRequest,
  spec: InputSpec,
  { all, rows: { index } }: Raw,
  base: string,
  limit: number,
  { signal }: Desk,
): Promise<Labels | undefined> {
  if (!labels) return undefined;
  const read = await readLabels(labels, base, { limit, signal });
  const length = read.kind === 'category' ? read.index.length : read.values.length;
  if (length === all) return takeLabels(read, index);
  if (length === index.length) return read;
  throw new UserError(
    `${basename(labels.path)} has ${count(length)} labels; ${basename(spec.path)} makes ${count(index.length)} rows. Give one label for ` +
      'each row, in the same order.',
  );
}

function recordOf(
  { tensor: _, ...spec }: InputSpec,
  column: string | null,
  rows: number,
  dtype: string,
  ...used: readonly [number, number]
): InputRecord {
  return { ...spec, tensor: column, shape: [rows], dtype, sha256: '', used };
}

function nameOf({ path }: InputSpec, column: string | null): string {
  return column === null ? basename(path) : `${basename(path)} ${column}`;
}

/** Of a text, enough to know it by. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
