import type { MethodChoice } from '../src/protocol/analysis';
import type { MethodDescription, ValueDescription } from '../src/protocol/catalogue';
import type { Progress } from '../src/protocol/engine';
import type { Chance, Interval, Result, RunRequest } from '../src/protocol/result';
import { jobsOf, runJob } from './jobs';
import type { Failure, PageState } from './session';

/** How far the computation of one thing has come. */
export type Stage =
  | { readonly kind: 'held' | 'waiting' }
  | { readonly kind: 'running'; readonly progress: Progress | null }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'done' };

/** One method of the request, and what there is of it for the input or the pair in focus. */
export interface Row {
  readonly index: number;
  readonly key: string;
  readonly choice: MethodChoice;
  /** What the engine is asked for. */
  readonly request: RunRequest;
  /** Absent for a method that this version does not have. */
  readonly method: MethodDescription | undefined;
  readonly title: string;
  /** Parameters that differ from their defaults, as "k 20": the variant. */
  readonly variant: string;
  readonly result: Result | undefined;
  readonly stage: Stage;
}

/** Nothing is there yet, and something is on its way. */
export function isWaiting(rows: readonly Row[]): boolean {
  const coming = rows.some(({ stage }) => stage.kind === 'waiting' || stage.kind === 'running');
  return coming && rows.every(({ result }) => result === undefined);
}

export function rowsOf(state: PageState): Row[] {
  return state.request.methods.map((choice, index) => {
    const { key, request } = runJob(state.request, choice, state.catalogue);
    const method = state.catalogue.get(choice.method);
    const result = state.results.get(key);
    const title = method?.title ?? choice.method;
    return {
      index,
      key,
      choice,
      request,
      method,
      title,
      variant: variantOf(choice, method),
      result,
      stage: stageOf(state, key),
    };
  });
}

export function stageOf({ running, failures, results, comparisons, studies, held }: PageState, key: string): Stage {
  const failure = failures.get(key);
  if (failure) return { kind: 'failed', failure };
  if (results.has(key) || comparisons.has(key) || studies.has(key)) return { kind: 'done' };
  if (running?.key === key) return { kind: 'running', progress: running.progress };
  return { kind: held ? 'held' : 'waiting' };
}

/** What went wrong in more than one place for the same reason, as labels that fit no rows: the banner says it for all of them. */
export function sharedFailures(state: PageState): string[] {
  const reasons = jobsOf(state.request, state.catalogue).flatMap(({ key }) => {
    const failure = state.failures.get(key);
    return failure?.kind === 'error' ? [failure.message] : [];
  });
  return [...new Set(reasons.filter((reason, i) => reasons.indexOf(reason) < i))];
}

/** Jobs that are settled, and all of them. */
export function progressOf(state: PageState): Work {
  const stages = jobsOf(state.request, state.catalogue).map(({ key }) => stageOf(state, key));
  const open = stages.filter(({ kind }) => kind === 'waiting' || kind === 'running');
  const stopped = stages.filter((stage) => stage.kind === 'held' || isCancelled(stage));
  const failed = stages.filter(({ kind }) => kind === 'failed').length - stopped.filter(isCancelled).length;
  return { done: stages.length - open.length, stopped: stopped.length, failed, all: stages.length };
}

interface Work {
  /** Neither running nor waiting. */
  readonly done: number;
  /** Of these, cancelled or not begun. */
  readonly stopped: number;
  /** Of these, tried in vain. */
  readonly failed: number;
  readonly all: number;
}

export function isCancelled(stage: Stage): boolean {
  return stage.kind === 'failed' && stage.failure.kind === 'cancelled';
}

function variantOf({ parameters = {} }: MethodChoice, method: MethodDescription | undefined): string {
  return Object.entries(parameters)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(method?.parameters.properties[key]?.default))
    .map(([key, value]) => `${(method?.parameters.properties[key]?.title ?? key).toLowerCase()} ${text(value)}`)
    .join(', ');
}

function text(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(' ') : String(value);
}

/** A value of a result with everything that is said of it. */
export interface Value {
  readonly key: string;
  readonly title: string;
  readonly value: number | null;
  readonly description: ValueDescription | undefined;
  readonly chance: Chance | undefined;
  readonly interval: Interval | undefined;
}

/** "95 %, bootstrap of rows, 200 draws, percentiles, seed 0" */
export function intervalHow({ level, how }: Interval): string {
  return `${level * 100} %, ${how}`;
}

/** The first stands for the method. */
export function valuesOf(result: Result, method: MethodDescription | undefined): Value[] {
  const described = method?.values.map(({ key }) => key) ?? [];
  const keys = [...described.filter((key) => key in result.values), ...Object.keys(result.values)];
  return [...new Set(keys)].map((key) => {
    const description = method?.values.find((one) => one.key === key);
    const { chance, intervals, values } = result;
    return {
      ...{ key, title: description?.title ?? key, value: values[key] ?? null, description },
      ...{ chance: chance[key], interval: intervals[key] },
    };
  });
}
