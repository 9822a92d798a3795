import { performance } from 'node:perf_hooks';
import type { Method } from '../methods/method';
import { UserError } from '../protocol/errors';
import type { Result } from '../protocol/result';
import { contextOf } from './context';
import { findMethod } from './describe';
import { clean } from './finite';
import { parseParameters } from './parameters';
import { prepare } from './prepare';
import type { Desk, RunAnswer, RunTask } from './task';
import { version } from './version';

/**
 * Runs one method on its inputs.
 * @throws UserError when the request, a file or the data cannot be used; Cancelled.
 */
export async function run(task: RunTask, catalogue: readonly Method[], desk: Desk): Promise<RunAnswer> {
  const start = performance.now();
  const { base, memory } = task;
  const method = findMethod(catalogue, task.request.method);
  const { labels: given, ...rest } = task.request;
  const labels = method.labels ? given : undefined;
  const request = { ...rest, ...(labels && { labels }) };
  const ignored = given && !labels ? [`${method.id} uses no labels; those given were not read.`] : [];
  const parameters = parseParameters(method, request.parameters);
  checkCount(method, request.inputs.length);
  const seed = request.seed ?? 0;
  const { representations, records, rows, bytes, unmatched, ...notes } = await prepare(request, base, memory, desk);
  const context = contextOf(desk, seed, rows, bytes, memory);
  desk.progress(null, method.title);
  const outcome = await method.run(representations, parameters, context);
  const { warnings, ...cleaned } = clean(outcome);
  const result: Result = {
    ...{ method: method.id, version, seed },
    seconds: (performance.now() - start) / 1000,
    inputs: records,
    ...(labels && { labels }),
    parameters,
    ...cleaned,
    tables: { ...cleaned.tables, ...(unmatched && { unmatched }) },
    steps: [...notes.steps, ...(outcome.steps ?? [])],
    reading: outcome.reading ?? null,
    warnings: [...notes.warnings, ...ignored, ...warnings],
  };
  return { result, representations: outcome.representations ?? [] };
}

function checkCount(method: Method, given: number): void {
  const needed = method.takes === 'one' ? 1 : 2;
  if (given === needed) return;
  const hint = needed === 2 && given > 2 ? ' For all pairs of them, compare.' : '';
  const words = needed === 1 ? 'one representation' : 'two representations';
  throw new UserError(`${method.id} takes ${words}; ${given} ${given === 1 ? 'was' : 'were'} given.${hint}`);
}
