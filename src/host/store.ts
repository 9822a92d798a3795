import type { AnalysisRequest } from '../protocol/analysis';
import { heldResults } from '../protocol/kept';
import type { Comparison, InputRecord, InputSpec, LabelSpec, Result } from '../protocol/result';
import type { Study } from '../protocol/study';

const keptResults = 50;
/** Variants of one method on the pair in focus: whoever browses units runs one with every step. */
const keptVariants = 30;
const keptComparisons = 20;
const keptStudies = 5;

function inputKey({ path, tensor, reduce, columns, query, raw, rows, ids, model }: InputRecord): unknown {
  return [path, tensor, reduce ?? 'flatten', columns, query, raw, rows, ids, model];
}

function labelKey(labels: LabelSpec | undefined): unknown {
  return labels && [labels.path, labels.tensor, labels.column, labels.expression];
}

function entriesOf(parameters: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Two results with the same key answer the same question; the newer one replaces the older. */
export function resultKey(result: Result): string {
  const { method, inputs, parameters, seed, sample, labels, permutations, within, resample } = result;
  const asked = [entriesOf(parameters), seed, labelKey(labels), sample, permutations, within, resample];
  return JSON.stringify([method, inputs.map(inputKey), ...asked]);
}

export function comparisonKey(comparison: Comparison): string {
  const { inputs, against, measures, seed, sample, permutations, within, labels } = comparison;
  const asked = Object.entries(measures).map(([id, { parameters }]) => [id, entriesOf(parameters)]);
  return JSON.stringify([
    inputs.map(inputKey),
    against?.map(inputKey),
    asked,
    seed,
    sample,
    permutations,
    within,
    labelKey(labels),
  ]);
}

function isOf(record: InputRecord, spec: InputSpec): boolean {
  return record.path === spec.path && (spec.tensor === undefined || record.tensor === spec.tensor);
}

function inFocus({ inputs, pair = [0, 1] }: AnalysisRequest): (result: Result) => boolean {
  const focus = inputs.length === 1 ? inputs : pair.flatMap((i) => inputs[i] ?? []);
  return (result) => result.inputs.every((record) => focus.some((spec) => isOf(record, spec)));
}

/** `results` with `added` as the newest: those of the pair in focus, the newest variants of each method, and the newest others. */
export function withResult(results: readonly Result[], added: Result, request: AnalysisRequest): Result[] {
  const key = resultKey(added);
  const all = [...results.filter((result) => resultKey(result) !== key), added];
  const focused = inFocus(request);
  const others = all.filter((result) => !focused(result));
  const variants = all.filter((result) => focused(result) && result.method === added.method);
  const dropped = new Set([
    ...others.slice(0, Math.max(0, others.length - keptResults)),
    ...variants.slice(0, Math.max(0, variants.length - keptVariants)),
  ]);
  return heldResults(all.filter((result) => !dropped.has(result)));
}

export function withComparison(comparisons: readonly Comparison[], added: Comparison): Comparison[] {
  const key = comparisonKey(added);
  return [...comparisons.filter((comparison) => comparisonKey(comparison) !== key), added].slice(-keptComparisons);
}

export function withStudy(studies: readonly Study[] = [], added: Study): Study[] {
  const key = ({ inputs, measure, parameters, seed, sample, asked }: Study) =>
    JSON.stringify([inputs.map(inputKey), measure, entriesOf(parameters), seed, sample, asked]);
  return [...studies.filter((study) => key(study) !== key(added)), added].slice(-keptStudies);
}

/** Every input that results were computed from, once. */
export function recordsOf(
  results: readonly Result[],
  comparisons: readonly Comparison[],
  studies: readonly Study[] = [],
): InputRecord[] {
  const records = [
    ...results.flatMap(({ inputs }) => inputs),
    ...studies.flatMap(({ inputs }) => inputs),
    ...comparisons.flatMap((c) => [...c.inputs, ...(c.against ?? [])]),
  ];
  return [...new Map(records.map((record) => [JSON.stringify([inputKey(record), record.sha256]), record])).values()];
}
