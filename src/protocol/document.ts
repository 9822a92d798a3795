import { z } from 'zod';
import type { Analysis, AnalysisRequest } from './analysis';
import { UserError } from './errors';
import type { LabelSpec } from './result';
import { analysisSchema, requestSchema } from './schema';

/** @throws UserError that says where in `content`, which `name` calls by its file name, it goes wrong. */
export function parseAnalysis(content: string, name: string): Analysis {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw new UserError(`${name} is not a Sextant analysis: it is not JSON (${(error as Error).message}).`);
  }
  const version = z.object({ format: z.literal('sextant-analysis'), formatVersion: z.int() }).safeParse(json);
  if (!version.success) {
    throw new UserError(`${name} is not a Sextant analysis: it has no "format": "sextant-analysis" with a version.`);
  }
  if (version.data.formatVersion !== 1) {
    const found = version.data.formatVersion;
    throw new UserError(`${name} has format version ${found}; this Sextant reads version 1. Install a newer Sextant.`);
  }
  return checked(analysisSchema, json, name);
}

/** A request that was kept outside: in the state of a page, in an argument. @throws UserError */
export function parseRequest(json: unknown, name: string): AnalysisRequest {
  return checked(requestSchema, json, name);
}

function checked<T>(schema: z.ZodType<T>, json: unknown, name: string): T {
  const { data, error } = schema.safeParse(json);
  if (!error) return data;
  const issue = error.issues[0];
  const where = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? '';
  throw new UserError(`${name} is damaged at ${where.replace(/^\./, '') || 'its top level'}: ${issue?.message}.`);
}

/** The same analysis with every path replaced: made relative to a document's folder, or absolute again. */
export function mapPaths(analysis: Analysis, map: (path: string) => string): Analysis {
  const at = <T extends { readonly path: string }>(spec: T): T => ({ ...spec, path: map(spec.path) });
  const labelled = <T extends { readonly labels?: LabelSpec }>(item: T): T =>
    item.labels ? { ...item, labels: at(item.labels) } : item;
  const { request, results, comparisons } = analysis;
  return {
    ...analysis,
    request: labelled({ ...request, inputs: request.inputs.map(at) }),
    results: results.map((result) => labelled({ ...result, inputs: result.inputs.map(at) })),
    comparisons: comparisons.map((comparison) => ({
      ...comparison,
      inputs: comparison.inputs.map(at),
      ...(comparison.against && { against: comparison.against.map(at) }),
    })),
  };
}

/** JSON that reads well in a diff: a line for each item, except that lists of plain values stay on one line. */
export function formatAnalysis(analysis: Analysis): string {
  return `${pretty(analysis, '')}\n`;
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
