import { performance } from 'node:perf_hooks';
import type { Method, Outcome, Size } from '../methods/method';
import { UserError } from '../protocol/errors';
import type { InputRecord, InputSpec, Result, RunRequest, Table } from '../protocol/result';
import { anchorSetFor, rowsForAnchors } from './anchor-file';
import { contextOf, shareOf } from './context';
import { findMethod } from './describe';
import { embed, takesRaw } from './embed';
import { clean, withinRanges } from './finite';
import { bytesOf, OverMemory, overInBlocks, roomOf, sizesOf } from './memory';
import { narrowable, prepareNarrow } from './narrow';
import { parseParameters } from './parameters';
import { distinct, type Prepared } from './prepare';
import { prepareInputs } from './sampled';
import { Shelf } from './shelf';
import { shuffled } from './shuffle';
import { inPlace, openInputs } from './stream';
import type { Desk, RunAnswer, RunTask } from './task';
import { NOT_REPEATED, sharesOf, withUncertainty } from './uncertainty';
import { version } from './version';

/**
 * Runs one method on its inputs.
 * @throws UserError when the request, a file or the data cannot be used; Cancelled.
 */
export async function run(task: RunTask, catalogue: readonly Method[], desk: Desk): Promise<RunAnswer> {
  const start = performance.now();
  const method = findMethod(catalogue, task.request.method);
  const { labels: given, ...rest } = task.request;
  const { permutations, within, resample } = task.request;
  const paired = permutations ? within : false;
  const labels = method.labels || paired ? given : undefined;
  const request = { ...rest, ...(labels && { labels }) };
  if (method.labels === 'required' && !labels) throw new UserError(needsLabels(method.id));
  const ignored = given && !labels ? [`${method.id} uses no labels; those given were not read.`] : [];
  const parameters = parseParameters(method, request.parameters);
  checkCount(method, request.inputs.length);
  const seed = request.seed ?? 0;
  const computed = await compute(method, parameters, request, task, desk);
  const { outcome, records, notes, unmatched, model, rows } = computed;
  const { warnings, ...cleaned } = clean(outcome);
  const result: Result = {
    ...{ method: method.id, version, seed },
    seconds: (performance.now() - start) / 1000,
    inputs: records,
    ...(labels && { labels }),
    ...(request.sample && { sample: request.sample }),
    ...(permutations && { permutations }),
    ...(paired && { within: true }),
    ...(resample && { resample }),
    parameters,
    ...cleaned,
    intervals: withinRanges(cleaned.intervals, method.values),
    tables: { ...cleaned.tables, ...(unmatched && { unmatched }) },
    steps: [...notes.steps, ...(outcome.steps ?? [])],
    reading: outcome.reading ?? null,
    warnings: [...notes.warnings, ...ignored, ...warnings],
  };
  const representations = outcome.representations ?? [];
  return { result, representations, ...(rows && { rows }), ...(model && { model }) };
}

interface Computed {
  readonly outcome: Outcome;
  readonly records: readonly InputRecord[];
  readonly notes: { readonly steps: readonly string[]; readonly warnings: readonly string[] };
  readonly unmatched?: Table;
  readonly model?: Uint8Array;
  readonly rows?: RunAnswer['rows'];
}

/** In memory where the inputs and what is made of them fit into it; otherwise in blocks of rows, if the method can. */
async function compute(
  method: Method,
  parameters: Record<string, unknown>,
  request: RunRequest,
  task: RunTask,
  desk: Desk,
): Promise<Computed> {
  if (takesRaw(method)) return embed(method, parameters, request, task, desk);
  try {
    return await wholeOrStreamed(method, parameters, request, task, desk);
  } catch (error) {
    if (!(error instanceof UserError && narrowable(method) && inPlace(request))) throw error;
    // A single input is refused where it is read.
    const over = error instanceof OverMemory || bytesOf(await sizesOf(request.inputs, task.base)) > task.memory;
    if (!over) throw error;
    const centred = method.invariances.includes('translation');
    const narrow = await prepareNarrow(request, task.base, task.memory, desk, centred).catch((other: unknown) => {
      throw other instanceof OverMemory ? error : other;
    });
    if (!narrow) throw error;
    return inMemory(method, parameters, request, narrow, task, desk);
  }
}

async function wholeOrStreamed(
  method: Method,
  parameters: Record<string, unknown>,
  request: RunRequest,
  task: RunTask,
  desk: Desk,
): Promise<Computed> {
  const { base, memory } = task;
  const able = method.stream !== undefined && inPlace(request);
  if (able && !(await fits(method, request.inputs, base, memory)))
    return stream(method, parameters, request, task, desk);
  try {
    const prepared = await prepareInputs(request, base, memory, desk);
    return await inMemory(method, parameters, request, prepared, task, desk);
  } catch (error) {
    if (!(able && error instanceof OverMemory)) throw error;
  }
  return stream(method, parameters, request, task, desk);
}

async function inMemory(
  method: Method,
  parameters: Record<string, unknown>,
  request: RunRequest,
  prepared: Prepared,
  { base, memory }: RunTask,
  desk: Desk,
): Promise<Computed> {
  const { representations, records, rows: _, bytes, unmatched, ...notes } = prepared;
  const doubts = method.takes !== 'one' ? await shuffled(prepared, base, memory, desk) : [];
  const anchors = await anchorSetFor(parameters, base);
  const rows = await rowsForAnchors(parameters, base, request.inputs, prepared, memory, desk);
  // Random pairings only put in another order what was made of the rows, where it is kept.
  const shelf = request.permutations ? new Shelf(representations.map(({ matrix }) => matrix)) : undefined;
  const context = { ...contextOf(desk, request.seed ?? 0, rows, bytes, memory, shelf), ...anchors };
  desk.progress(null, method.title);
  const computed = await method.run(representations, parameters, shareOf(context, 0, sharesOf(method, request).run));
  const outcome = await withUncertainty(method, parameters, representations, computed, request, context);
  const warnings = [...doubts, ...notes.warnings];
  const { index, names } = prepared.rows;
  const made = { rows: { index, ...(names && { names }) } };
  return { outcome, records, notes: { ...notes, warnings }, ...(unmatched && { unmatched }), ...made };
}

async function fits(method: Method, inputs: readonly InputSpec[], base: string, memory: number): Promise<boolean> {
  const sizes = await sizesOf(distinct(inputs), base);
  if (sizes.includes(undefined)) return true;
  const known = sizes as readonly Size[];
  return bytesOf(known) + roomOf(method, known) <= memory;
}

const UNNAMED = 'The identifiers were not read: the rows are not kept, so there is nothing to name.';

async function stream(
  method: Method,
  parameters: Record<string, unknown>,
  request: RunRequest,
  { base, memory }: RunTask,
  desk: Desk,
): Promise<Computed> {
  const open = await openInputs(request.inputs, base, memory, desk);
  try {
    const context = contextOf(desk, request.seed ?? 0, { index: new Int32Array() }, 0, memory);
    desk.progress(null, method.title);
    const outcome = (await method.stream?.(open.stream, parameters, context)) as Outcome;
    const { records, ...notes } = open.notes();
    const unread = request.labels
      ? ['The labels were not read: the rows are not kept, so there is nothing to colour.']
      : [];
    const unnamed = request.inputs.some(({ ids }) => ids) && request.inputs.length === 1 ? [UNNAMED] : [];
    const once = request.permutations || request.resample ? [NOT_REPEATED] : [];
    return {
      outcome,
      records,
      notes: { ...notes, warnings: [...notes.warnings, ...unread, ...unnamed, ...once] },
      ...(open.unmatched && { unmatched: open.unmatched }),
    };
  } catch (error) {
    if (!(error instanceof OverMemory)) throw error;
    throw overInBlocks(error, await sizesOf(distinct(request.inputs), base), memory);
  } finally {
    await open.close();
  }
}

function checkCount(method: Method, given: number): void {
  const needed = method.takes === 'many' ? (method.least ?? 2) : method.takes === 'pair' ? 2 : 1;
  if (given === needed || (method.takes === 'many' && given > needed)) return;
  const hint = needed === 2 && given > 2 ? ' For all pairs of them, compare.' : '';
  const words = takesRaw(method)
    ? 'one source of data'
    : needed === 1
      ? 'one representation'
      : method.takes === 'many'
        ? 'two or more representations'
        : 'two representations';
  throw new UserError(`${method.id} takes ${words}; ${given} ${given === 1 ? 'was' : 'were'} given.${hint}`);
}

function needsLabels(id: string): string {
  return (
    `${id} needs labels, the class of each row: a column of a table or a vector (Labels… in the editor, --labels on the ` +
    'command line).'
  );
}
