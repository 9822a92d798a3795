import type { MethodChoice } from '../src/protocol/analysis';
import type { ParameterProperty, ParameterSchema } from '../src/protocol/catalogue';
import type { ModelRun } from '../src/protocol/result';
import type { Catalogue } from './jobs';

/** What a person typed, understood or not. */
export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** What becomes of parameters, those that differ from the defaults, as they are by then; undefined where none is left. */
export type ParameterChange = (
  now: Readonly<Record<string, unknown>> | undefined,
) => Record<string, unknown> | undefined;

/** Reads the text of a field as a value of its parameter; says what is wrong in a sentence. */
export function parseParameter(property: ParameterProperty, text: string): Parsed {
  const { type } = property;
  if (type === 'boolean') return { value: text === 'true' };
  if (type === 'array') return parseList(property, text);
  if (type === 'string') {
    const { enum: choices } = property;
    return !choices || choices.includes(text) ? { value: text } : { problem: `One of ${choices.join(', ')}.` };
  }
  return parseNumber(type, text, property);
}

/** The text of a field for a value. */
export function fieldText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

/** `parameters` with one of them set; those at their default are left out. Undefined when none is left. */
export function withParameter(
  schema: ParameterSchema,
  parameters: Readonly<Record<string, unknown>> | undefined,
  key: string,
  value: unknown,
): Record<string, unknown> | undefined {
  const all = { ...parameters, [key]: value };
  const changed = Object.entries(all).filter(
    ([name, given]) => JSON.stringify(given) !== JSON.stringify(schema.properties[name]?.default),
  );
  return changed.length > 0 ? Object.fromEntries(changed) : undefined;
}

/** The choices with parameters set in every method that has them, and in no other. */
export function withShared(
  choices: readonly MethodChoice[],
  catalogue: Catalogue,
  set: Readonly<Record<string, unknown>>,
): MethodChoice[] {
  return choices.map(({ method, parameters: given, on }) => {
    const schema = catalogue.get(method)?.parameters;
    let parameters: MethodChoice['parameters'] = given;
    for (const [key, value] of Object.entries(set))
      if (schema?.properties[key]) parameters = withParameter(schema, parameters, key, value);
    return { method, ...(parameters && { parameters }), ...(on && { on }) };
  });
}

/** How data is prepared for a model, where not as its folder says; undefined where it all is. */
export function preparationGiven({ preparation, reduce }: ModelRun): Record<string, unknown> | undefined {
  const given = { ...preparation, ...(reduce && { reduce }) };
  return Object.keys(given).length > 0 ? given : undefined;
}

/** "0 to 1", "1 or more", "above 0, up to 1"; empty where anything goes. */
export function rangeText({ minimum, exclusiveMinimum: above, maximum }: ParameterProperty): string {
  // JSON Schema writes the bounds of integers out; they tell nobody anything.
  const low = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (above !== undefined) return `above ${above}${high === undefined ? '' : `, up to ${high}`}`;
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  if (low !== undefined) return `${low} or more`;
  return high === undefined ? '' : `${high} or less`;
}

function parseNumber(type: 'number' | 'integer', text: string, property: ParameterProperty): Parsed {
  const trimmed = text.trim().replace('−', '-');
  const value = Number(trimmed);
  const range = rangeText(property);
  const kind = type === 'integer' ? 'whole number' : 'number';
  const wish = `Type a ${kind}${range && `, ${range}`}.`;
  if (trimmed === '' || !Number.isFinite(value)) return { problem: wish };
  if (type === 'integer' && !Number.isInteger(value)) return { problem: wish };
  const { minimum = value, exclusiveMinimum: above = Number.NEGATIVE_INFINITY, maximum = value } = property;
  return value < minimum || value <= above || value > maximum ? { problem: wish } : { value };
}

function parseList({ items }: ParameterProperty, text: string): Parsed {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const type = items?.type ?? 'string';
  if (type === 'string') return { value: parts };
  const numbers: unknown[] = [];
  for (const part of parts) {
    const parsed = parseNumber(type, part, { type });
    if ('problem' in parsed) return { problem: `“${part}” is not a ${type === 'integer' ? 'whole ' : ''}number.` };
    numbers.push(parsed.value);
  }
  return { value: numbers };
}

/** Rows as numbers and slices, as parameters take them: "0:40,57". */
export function slicesOf(rows: Iterable<number>): string {
  const runs: [first: number, end: number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else runs.push([row, row + 1]);
  }
  return runs
    .map(([first, end]) =>
      end - first > 2 ? `${first}:${end}` : end - first > 1 ? `${first},${first + 1}` : `${first}`,
    )
    .join(',');
}
