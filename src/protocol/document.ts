import * as z from 'zod';
import type { Analysis, AnalysisRequest, ColourChoice } from './analysis';
import { UserError } from './errors';
import { jsonFault } from './json-fault';
import { parsingParts } from './json-parts';
import type { Comparison, LabelSpec, ModelRun, Result } from './result';
import { analysisSchema, comparisonSchema, requestSchema, resultSchema, studySchema } from './schema';
import type { Study, StudyChoice } from './study';

const mend = 'Mend it as text, or restore an earlier copy (from version control, or the Timeline of the Explorer).';

/**
 * The analysis that the bytes of a document say, `name` being its file name. Pauses, as between results: whoever must not be
 * held for long goes on later.
 * @throws UserError that says where it goes wrong.
 */
export function* parsing(content: Uint8Array, name: string): Generator<void, Analysis> {
  if (content.length === 0) {
    throw new UserError(
      `${name} is empty: analyses are written by Save Analysis. Delete it, or restore an earlier copy.`,
    );
  }
  let json: unknown;
  try {
    json = yield* parsingParts(content);
  } catch {
    throw new UserError(`${name} is not JSON at ${jsonFault(new TextDecoder().decode(content))}. ${mend}`);
  }
  yield;
  const version = z.object({ format: z.literal('sextant-analysis'), formatVersion: z.int() }).safeParse(json);
  if (!version.success) {
    throw new UserError(`${name} is not a Sextant analysis: it has no "format": "sextant-analysis" with a version.`);
  }
  if (version.data.formatVersion !== 1) {
    const found = version.data.formatVersion;
    throw new UserError(`${name} has format version ${found}; this Sextant reads version 1. Install a newer Sextant.`);
  }
  const analysis = checked(analysisSchema, json, name, '', mend);
  const results: Result[] = [];
  for (const [i, result] of analysis.results.entries()) {
    yield;
    results.push(checked(resultSchema, result, name, `results[${i}]`, mend));
  }
  const comparisons: Comparison[] = [];
  for (const [i, item] of analysis.comparisons.entries()) {
    yield;
    comparisons.push(checked(comparisonSchema, item, name, `comparisons[${i}]`, mend));
  }
  const studies: Study[] = [];
  for (const [i, item] of (analysis.studies ?? []).entries()) {
    yield;
    studies.push(checked(studySchema, item, name, `studies[${i}]`, mend));
  }
  const { studies: _, ...rest } = analysis;
  return { ...rest, results, comparisons, ...(studies.length > 0 && { studies }) };
}

/** As `parsing`, in one go. */
export function parseAnalysis(content: string, name: string): Analysis {
  const steps = parsing(new TextEncoder().encode(content), name);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** A request that was kept outside: in the state of a page, in an argument. @throws UserError */
export function parseRequest(json: unknown, name: string): AnalysisRequest {
  return checked(requestSchema, json, name, '', '');
}

/** `json` as it is, in its own order, once it is known to be what `schema` says. `advice`: what to do where it is not. */
function checked<T>(schema: z.ZodType<T>, json: unknown, name: string, place: string, advice: string): T {
  const { error } = schema.safeParse(json);
  if (!error) return json as T;
  const issue = error.issues[0];
  const steps = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? '';
  const where = `${place}${steps}`.replace(/^\./, '') || 'its top level';
  throw new UserError(
    `${name} is damaged at ${where}: ${issue?.message.replace(/^Invalid input: /, '')}. ${advice}`.trim(),
  );
}

/** The same analysis with every path replaced: made relative to a document's folder, or absolute again. */
export function mapPaths(analysis: Analysis, map: (path: string) => string): Analysis {
  const at = <T extends { readonly path: string; readonly ids?: LabelSpec; readonly model?: ModelRun }>(
    spec: T,
  ): T => ({
    ...spec,
    path: map(spec.path),
    ...(spec.ids && { ids: at(spec.ids) }),
    ...(spec.model && { model: { ...spec.model, data: spec.model.data.map(at) } }),
  });
  const labelled = <T extends { readonly labels?: LabelSpec }>(item: T): T =>
    item.labels ? { ...item, labels: at(item.labels) } : item;
  const choice = ({ groups, scores, ...rest }: StudyChoice): StudyChoice => ({
    ...rest,
    ...(groups && { groups: 'table' in groups ? { table: at(groups.table) } : groups }),
    ...(scores && { scores: at(scores) }),
  });
  const given = <T extends { readonly parameters?: Readonly<Record<string, unknown>> }>(item: T): T =>
    item.parameters ? { ...item, parameters: mapParameters(item.parameters, map) } : item;
  const { request, results, comparisons, studies } = analysis;
  return {
    ...analysis,
    request: labelled({
      ...{ ...request, inputs: request.inputs.map(at), methods: request.methods.map(given) },
      ...(request.overview && { overview: given(request.overview) }),
      ...(request.study && { study: choice(request.study) }),
      ...(request.gallery && { gallery: at(request.gallery) }),
      ...(request.colour && { colour: isFileColour(request.colour) ? at(request.colour) : request.colour }),
      ...(request.size && { size: isFileColour(request.size) ? at(request.size) : request.size }),
    }),
    results: results.map((result) => given(labelled({ ...result, inputs: result.inputs.map(at) }))),
    comparisons: comparisons.map((comparison) => ({
      ...comparison,
      inputs: comparison.inputs.map(at),
      ...(comparison.against && { against: comparison.against.map(at) }),
      measures: Object.fromEntries(
        Object.entries(comparison.measures).map(([id, measure]) => [id, given(measure)] as const),
      ),
    })),
    ...(studies && {
      studies: studies.map((study) => ({
        ...given(labelled({ ...study, asked: choice(study.asked), inputs: study.inputs.map(at) })),
        runs: study.runs.map((run) => ({ ...run, path: map(run.path) })),
      })),
    }),
  };
}

/** Whether points are coloured by what is in a file. */
export function isFileColour(colour: ColourChoice | undefined): colour is LabelSpec {
  return typeof colour === 'object' && 'path' in colour;
}

/** A parameter whose name ends so is the path of a file. */
const FILE = /-file$/;

/** Files that parameters name. */
export function filesNamedBy(parameters: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(parameters).flatMap(([key, value]) =>
    FILE.test(key) && typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [],
  );
}

function mapParameters(parameters: Readonly<Record<string, unknown>>, map: (path: string) => string) {
  const entries = Object.entries(parameters).map(([key, value]) =>
    FILE.test(key) && typeof value === 'string' && value !== '' ? [key, map(value)] : [key, value],
  );
  return Object.fromEntries(entries);
}

/** JSON that reads well in a diff: a line for each item, except that lists of plain values stay on one line. */
export function formatAnalysis(analysis: Analysis): string {
  return [...formatting(analysis)].join('');
}

/** As `formatAnalysis`, in pieces, for whoever must not be held for long. */
export function* formatting(analysis: Analysis): Generator<string, void> {
  let before = '{';
  for (const [key, value] of Object.entries(analysis)) {
    const head = `${before}\n  ${JSON.stringify(key)}: `;
    before = ',';
    if (!Array.isArray(value) || value.length === 0) {
      yield head + pretty(value, '  ');
      continue;
    }
    for (const [i, item] of value.entries()) yield `${i === 0 ? `${head}[` : ','}\n    ${pretty(item, '    ')}`;
    yield '\n  ]';
  }
  yield '\n}\n';
}

function pretty(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (!value.some((item) => typeof item === 'object' && item !== null)) return JSON.stringify(value);
    return `[\n${value.map((item) => inner + pretty(item, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${pretty(item, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
