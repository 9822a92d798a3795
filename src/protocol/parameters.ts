import { z } from 'zod';
import type { ParameterProperty, ParameterSchema } from './catalogue';
import { UserError } from './errors';

/** A schema as the part of JSON Schema that `ParameterSchema` is. */
export function describeParameters(parameters: z.ZodType): ParameterSchema {
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, reduce(schema)])),
  };
}

function reduce(schema: z.core.JSONSchema._JSONSchema): ParameterProperty {
  if (typeof schema === 'boolean') throw new TypeError('A parameter needs a type.');
  const { type, title, description, items } = schema;
  if (type !== 'number' && type !== 'integer' && type !== 'boolean' && type !== 'string' && type !== 'array') {
    throw new TypeError(`A parameter of type ${JSON.stringify(type)} fits no form.`);
  }
  const minimum = bound(schema.minimum);
  const above = bound(schema.exclusiveMinimum);
  const maximum = bound(schema.maximum ?? schema.exclusiveMaximum);
  return {
    type,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(schema.default !== undefined && { default: schema.default }),
    ...(minimum !== undefined && { minimum }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(maximum !== undefined && { maximum }),
    ...(schema.enum && { enum: schema.enum.map(String) }),
    ...(type === 'array' && { items: itemsOf(items) }),
    ...(schema.rows === true && { rows: true }),
  };
}

function itemsOf(items: z.core.JSONSchema.BaseSchema['items']): NonNullable<ParameterProperty['items']> {
  const type = typeof items === 'object' && !Array.isArray(items) ? items.type : undefined;
  if (type === 'number' || type === 'integer' || type === 'string') return { type };
  throw new TypeError('A list parameter needs items of one plain type.');
}

/** zod's integers are bounded by what a double can hold, which tells nobody anything. */
function bound(value: number | boolean | undefined): number | undefined {
  return typeof value !== 'number' || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
}

/**
 * The given parameters, checked, with defaults for the others.
 * @param owner whose parameters they are, for messages.
 * @throws UserError that names the parameter, what was given and what is allowed.
 */
export function parseParameters<S extends z.ZodType>(
  owner: string,
  schema: S,
  given: Readonly<Record<string, unknown>>,
): z.output<S> {
  const { properties } = describeParameters(schema);
  const names = Object.keys(properties);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(properties, name)) continue;
    const known = names.length > 0 ? `Its parameters are: ${names.join(', ')}.` : 'It has no parameters.';
    throw new UserError(`${owner} has no parameter "${name}". ${known}`);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UserError(wordsFor(owner, given, properties, parsed.error.issues[0]));
}

function wordsFor(
  owner: string,
  given: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, ParameterProperty>>,
  issue: z.core.$ZodIssue | undefined,
): string {
  const name = String(issue?.path[0] ?? '');
  const property = properties[name];
  if (!property || !issue) return `${owner}: ${issue?.message ?? 'the parameters do not fit together'}.`;
  const found = JSON.stringify(given[name]);
  // What a check of its own says is more than its type.
  const allowed = issue.code === 'custom' ? issue.message : `it takes ${allowedValues(property, issue)}`;
  return `${owner}: the parameter "${name}" cannot be ${found}; ${allowed}.`;
}

/** "a whole number from 1 to 100", for messages and help. */
export function allowedValues(property: ParameterProperty, issue?: z.core.$ZodIssue): string {
  const { type, items, minimum, exclusiveMinimum: above, maximum } = property;
  if (property.enum) return `one of ${property.enum.join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return 'text';
  if (type === 'array') {
    const problem = issue && issue.path.length < 2 && issue.code !== 'invalid_type' ? ` (${issue.message})` : '';
    return `a list of ${items?.type === 'string' ? 'texts' : items?.type === 'integer' ? 'whole numbers' : 'numbers'}${problem}`;
  }
  const noun = type === 'integer' ? 'a whole number' : 'a number';
  if (above !== undefined) return `${noun} above ${above}${maximum === undefined ? '' : `, up to ${maximum}`}`;
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${noun} of at least ${minimum}`;
  return maximum === undefined ? noun : `${noun} of at most ${maximum}`;
}
