import { performance } from 'node:perf_hooks';
import type { Context, Method, PairScores, Representation } from '../methods/method';
import { UserError } from '../protocol/errors';
import type { Comparison, MeasureMatrix } from '../protocol/result';
import { contextOf } from './context';
import { findMethod } from './describe';
import { parseParameters } from './parameters';
import { prepare } from './prepare';
import type { CompareTask, Desk } from './task';
import { version } from './version';

/**
 * One or more measures over all pairs of the inputs, or of the inputs with the references.
 * @throws UserError when the request, a file or the data cannot be used; Cancelled.
 */
export async function compare(task: CompareTask, catalogue: readonly Method[], desk: Desk): Promise<Comparison> {
  const start = performance.now();
  const { request, base, memory } = task;
  const methods = chooseMeasures(catalogue, request.measures);
  if (request.parameters && methods.length !== 1) {
    throw new UserError('Parameters belong to one measure; name it, or leave the parameters out.');
  }
  const parameters = methods.map((method) => parseParameters(method, request.parameters));
  const { inputs, against = [], seed = 0 } = request;
  if (inputs.length < 1 || inputs.length + against.length < 2) {
    throw new UserError('A comparison needs two representations or more; add one.');
  }
  const specs = { ...request, inputs: [...inputs, ...against] };
  const prepared = await prepare(specs, base, memory, desk);
  const rows = prepared.representations.slice(0, inputs.length);
  const columns = against.length > 0 ? prepared.representations.slice(inputs.length) : rows;
  const warnings = [...prepared.warnings];
  const measures: Record<string, Comparison['measures'][string]> = {};
  for (const [i, method] of methods.entries()) {
    desk.progress(i / methods.length, method.title);
    const part: Desk = {
      signal: desk.signal,
      progress: (fraction, message) =>
        desk.progress(fraction === null ? null : (i + fraction) / methods.length, message),
    };
    const fresh = () => contextOf(part, seed, prepared.rows, prepared.bytes, memory);
    const values = parameters[i] ?? {};
    const scores = await scoresOf(method, values, rows, columns, fresh, {
      only: methods.length === 1,
      last: i === methods.length - 1,
    });
    const lost = scores.values.filter((value) => value !== null && !Number.isFinite(value)).length;
    const told = [...(scores.warnings ?? []), ...(lost > 0 ? [notFinite(lost)] : [])];
    warnings.push(...told.map((warning) => `${method.id}: ${warning}`));
    measures[method.id] = { ...matrixOf(method, scores, rows.length, columns.length), parameters: values };
  }
  return {
    ...{ version, seed },
    seconds: (performance.now() - start) / 1000,
    inputs: prepared.records.slice(0, inputs.length),
    ...(against.length > 0 && { against: prepared.records.slice(inputs.length) }),
    measures,
    warnings,
  };
}

/** `undefined`: the recommended ones, in their order; `['all']`: every method that takes a pair. */
export function chooseMeasures(catalogue: readonly Method[], ids: readonly string[] | undefined): readonly Method[] {
  const pairs = catalogue.filter((method) => method.takes === 'pair');
  if (ids?.includes('all')) return pairs;
  if (!ids || ids.length === 0) {
    const order = (method: Method) => method.recommended ?? Number.POSITIVE_INFINITY;
    return pairs.filter((method) => method.recommended !== undefined).sort((a, b) => order(a) - order(b));
  }
  return [...new Set(ids)].map((id) => {
    const method = findMethod(catalogue, id);
    if (method.takes === 'pair') return method;
    throw new UserError(`${id} takes one representation, so it cannot compare. Run it on each instead.`);
  });
}

async function scoresOf(
  method: Method,
  parameters: Record<string, unknown>,
  rows: readonly Representation[],
  columns: readonly Representation[],
  fresh: () => Context,
  { only, last }: { readonly only: boolean; readonly last: boolean },
): Promise<PairScores> {
  try {
    const context = { ...fresh(), mayOverwrite: last };
    if (method.sweep) return await method.sweep(rows, columns, parameters, context);
  } catch (error) {
    // One measure of several that cannot be had does not take the others away.
    if (only || !(error instanceof UserError)) throw error;
    return { values: rows.flatMap(() => columns.map(() => null)), warnings: [error.message] };
  }
  return pairByPair(method, parameters, rows, columns, fresh, only);
}

/** Half the pairs where the measure is symmetric and the two sides are the same; the diagonal is computed like the rest. */
async function pairByPair(
  method: Method,
  parameters: Record<string, unknown>,
  rows: readonly Representation[],
  columns: readonly Representation[],
  fresh: () => Context,
  only: boolean,
): Promise<PairScores> {
  const mirrored = method.symmetric && rows === columns;
  const pairs = rows.flatMap((_, i) => columns.map((_, j) => [i, j] as const)).filter(([i, j]) => !mirrored || i <= j);
  const key = method.values[0]?.key ?? '';
  const size = rows.length * columns.length;
  const values = new Array<number | null>(size).fill(null);
  const chance = new Array<number | null>(size).fill(null);
  const warnings = new Map<string, string[]>();
  let failure: UserError | undefined;
  let computed = 0;
  for (const [k, [i, j]] of pairs.entries()) {
    const [a, b] = [rows[i], columns[j]] as [Representation, Representation];
    const context = fresh();
    context.signal.throwIfAborted();
    context.progress(k / pairs.length, `${method.title}: ${a.name} × ${b.name}`);
    const quiet = { ...context, progress: () => {} };
    const warn = (warning: string) =>
      warnings.set(warning, [...(warnings.get(warning) ?? []), `${a.name} × ${b.name}`]);
    try {
      const outcome = await method.run([a, b], parameters, quiet);
      for (const at of mirrored ? [i * columns.length + j, j * columns.length + i] : [i * columns.length + j]) {
        values[at] = outcome.values[key] ?? null;
        chance[at] = outcome.chance?.[key]?.level ?? null;
      }
      outcome.warnings?.forEach(warn);
      computed++;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failure ??= error;
      warn(error.message);
    }
  }
  if (only && computed === 0 && failure) throw failure;
  const told = [...warnings].map(([warning, names]) =>
    names.length === pairs.length ? warning : `${warning} (${names.length === 1 ? names[0] : `${names.length} pairs`})`,
  );
  return { values, ...(chance.some((level) => level !== null) && { chance }), warnings: told };
}

function matrixOf(method: Method, scores: PairScores, rows: number, columns: number): MeasureMatrix {
  const square = (list: readonly (number | null)[]) =>
    Array.from({ length: rows }, (_, i) =>
      list.slice(i * columns, (i + 1) * columns).map((x) => (x !== null && Number.isFinite(x) ? x : null)),
    );
  return {
    matrix: square(scores.values),
    value: method.values[0]?.key ?? '',
    ...(scores.chance && { chance: square(scores.chance) }),
  };
}

function notFinite(count: number): string {
  return `${count} ${count === 1 ? 'value' : 'values'} could not be computed: no finite number came out.`;
}
