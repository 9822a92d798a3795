import type { AnalysisRequest, MethodChoice } from '../src/protocol/analysis';
import type { MethodDescription } from '../src/protocol/catalogue';
import type {
  CompareRequest,
  Comparison,
  InputRecord,
  InputSpec,
  LabelSpec,
  Result,
  RunRequest,
} from '../src/protocol/result';
import type { Study, StudyChoice, StudyRequest } from '../src/protocol/study';
import { workbenchOf } from '../src/protocol/workbench';

/** One piece of work for the engine. Equal keys ask the same question. */
export type Job =
  | RunJob
  | { readonly kind: 'compare'; readonly key: string; readonly request: CompareRequest }
  | StudyJob;

export interface RunJob {
  readonly kind: 'run';
  readonly key: string;
  readonly request: RunRequest;
}

export interface StudyJob {
  readonly kind: 'study';
  readonly key: string;
  readonly request: StudyRequest;
}

export type Catalogue = ReadonlyMap<string, MethodDescription>;

/** Everything that the page shows, in the order in which it is computed: the map of all pairs leads to the pairs. */
export function jobsOf(request: AnalysisRequest, catalogue: Catalogue): Job[] {
  const map = request.inputs.length > 2 && request.overview && compareJob(request, request.overview, catalogue);
  const study = studyJob(request, catalogue);
  return [
    ...(map ? [map] : []),
    ...(study ? [study] : []),
    ...request.methods.map((choice) => runJob(request, choice, catalogue)),
  ];
}

/** The one input, the two, or the pair in focus. */
export function inFocus({ inputs, pair = [0, 1] }: AnalysisRequest): readonly number[] {
  return inputs.length > 2 ? pair : inputs.map((_, i) => i);
}

export function runJob(request: AnalysisRequest, choice: MethodChoice, catalogue: Catalogue): RunJob {
  const { method, parameters, on = 0 } = choice;
  const focus = inFocus(request).flatMap((i) => request.inputs[i] ?? []);
  const takes = catalogue.get(method)?.takes;
  const inputs = takes === 'many' ? request.inputs : takes === 'one' ? focus.slice(on, on + 1) : focus;
  const run = { method, inputs, ...asked(request, method, catalogue), ...(parameters && { parameters }) };
  return { kind: 'run', key: keyOf(run, [method], catalogue), request: run };
}

export function compareJob(request: AnalysisRequest, choice: MethodChoice, catalogue: Catalogue): Job {
  const { method, parameters } = choice;
  const { inputs } = request;
  const { resample: _, ...common } = asked(request, method, catalogue);
  const all = { measures: [method], inputs, ...common, ...(parameters && { parameters }) };
  return { kind: 'compare', key: keyOf(all, [method], catalogue), request: all };
}

/** The files as runs, by the measure of the map; null where that is not asked for. */
export function studyJob(request: AnalysisRequest, catalogue: Catalogue): StudyJob | null {
  const { inputs, overview, study } = request;
  if (!study || !overview || inputs.length < 3) return null;
  const { method, parameters } = overview;
  // Calibration by pairings of rows is the map's own affair.
  const { resample: _, permutations: __, within: ___, ...common } = asked(request, method, catalogue);
  const { labels } = request;
  const all = { inputs, ...common, ...(labels && { labels }), ...(parameters && { parameters }) };
  const key = keyOf({ measures: [method], ...all }, [method], catalogue);
  return { kind: 'study', key: JSON.stringify(['study', study, key]), request: { ...all, ...study, measure: method } };
}

/** As `answers`, of a study. */
export function studiesAs(study: Study, request: StudyRequest, catalogue: Catalogue): boolean {
  const choice = ({ groups: g, scores: s, permutations: p }: StudyChoice) => JSON.stringify([g, s, p]);
  return (
    study.measure === request.measure &&
    study.seed === request.seed &&
    study.sample === request.sample &&
    JSON.stringify(study.labels) === JSON.stringify(request.labels) &&
    choice(study.asked) === choice(request) &&
    settings(study.measure, study.parameters, catalogue) === settings(study.measure, request.parameters, catalogue) &&
    sameInputs(study.inputs, request.inputs)
  );
}

/** Whether a saved result is what `request` would compute, as far as can be told without its files. */
export function answers(result: Result, request: RunRequest, catalogue: Catalogue): boolean {
  const { method, parameters, seed, labels } = result;
  return (
    method === request.method &&
    seed === request.seed &&
    result.sample === request.sample &&
    sameDraws(result, request) &&
    JSON.stringify(result.resample) === JSON.stringify(request.resample) &&
    settings(method, parameters, catalogue) === settings(method, request.parameters, catalogue) &&
    sameLabels(labels, request.labels) &&
    sameInputs(result.inputs, request.inputs)
  );
}

/** As `answers`, of a comparison of all pairs by one measure. */
export function comparesAs(comparison: Comparison, request: CompareRequest, catalogue: Catalogue): boolean {
  const method = request.measures?.[0] ?? '';
  const measure = comparison.measures[method];
  return (
    measure !== undefined &&
    comparison.against === undefined &&
    comparison.seed === request.seed &&
    comparison.sample === request.sample &&
    sameDraws(comparison, request) &&
    (!request.within || sameLabels(comparison.labels, request.labels)) &&
    settings(method, measure.parameters, catalogue) === settings(method, request.parameters, catalogue) &&
    sameInputs(comparison.inputs, request.inputs)
  );
}

/** What goes with every run of `method`: random pairings and intervals belong to comparisons. */
function asked(request: AnalysisRequest, method: string, catalogue: Catalogue): Omit<RunRequest, 'method' | 'inputs'> {
  const { seed, sample, labels, permutations, resample } = request;
  const { labels: used, takes } = catalogue.get(method) ?? {};
  const { labelled } = workbenchOf(request) ?? {};
  const drawn = used === 'optional' && labelled !== undefined && !labelled.includes(method);
  const calibrated = takes === 'pair' && permutations;
  const within = calibrated && labels && request.within;
  return {
    seed,
    ...(sample && { sample }),
    ...(labels && (within || (used && used !== 'none' && !drawn)) && { labels }),
    ...(calibrated && { permutations }),
    ...(within && { within }),
    ...(takes === 'pair' && resample && { resample }),
  };
}

function sameDraws(saved: Result | Comparison, request: RunRequest | CompareRequest): boolean {
  return (
    (saved.permutations ?? 0) === (request.permutations ?? 0) && (saved.within ?? false) === (request.within ?? false)
  );
}

function keyOf(request: RunRequest | CompareRequest, methods: readonly string[], catalogue: Catalogue): string {
  const { inputs, parameters, ...rest } = request;
  const kind = 'measures' in request ? 'compare' : 'run';
  return JSON.stringify([kind, rest, inputs, methods.map((id) => settings(id, parameters, catalogue))]);
}

/** Parameters with the defaults filled in, in one order. */
function settings(method: string, given: RunRequest['parameters'], catalogue: Catalogue): string {
  const properties = Object.entries(catalogue.get(method)?.parameters.properties ?? {});
  const defaults = Object.fromEntries(properties.map(([key, property]) => [key, property.default]));
  return JSON.stringify(Object.entries({ ...defaults, ...given }).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sameLabels(a: LabelSpec | undefined, b: LabelSpec | undefined): boolean {
  return a?.path === b?.path && a?.tensor === b?.tensor && a?.column === b?.column && a?.expression === b?.expression;
}

function sameInputs(records: readonly InputRecord[], specs: readonly InputSpec[]): boolean {
  return (
    records.length === specs.length &&
    specs.every((spec, i) => {
      const record = records[i];
      return (
        record !== undefined &&
        record.path === spec.path &&
        // A file of one tensor may be asked without its name.
        (spec.tensor === undefined || record.tensor === spec.tensor) &&
        (record.reduce ?? 'flatten') === (spec.reduce ?? 'flatten') &&
        sameLabels(record.ids, spec.ids) &&
        readingOf(record) === readingOf(spec)
      );
    })
  );
}

/** What is read of a file, and how. */
function readingOf({ columns, query, raw, rows, model }: InputSpec | InputRecord): string {
  return JSON.stringify([columns, query, raw, rows, model]);
}
