import type { z } from 'zod';
import type { Method } from '../methods/method';
import type { ParameterProperty } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import { describeParameters } from './describe';

/**
 * The given parameters, checked, with the method's defaults for the others.
 * @throws UserError that names the parameter, what was given and what is allowed.
 */
export function parseParameters(method: Method, given: Readonly<Record<string, unknown>> = {}) {
  const { properties } = describeParameters(method);
  const names = Object.keys(properties);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(properties, name)) continue;
    const known = names.length > 0 ? `Its parameters are: ${names.join(', ')}.` : 'It has no parameters.';
    throw new UserError(`${method.id} has no parameter "${name}". ${known}`);
  }
  const parsed = method.parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UserError(wordsFor(method, given, properties, parsed.error.issues[0]));
}

function wordsFor(
  method: Method,
  given: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, ParameterProperty>>,
  issue: z.core.$ZodIssue | undefined,
): string {
  const name = String(issue?.path[0] ?? '');
  const property = properties[name];
  if (!property || !issue) return `${method.id}: ${issue?.message ?? 'the parameters do not fit together'}.`;
  const found = JSON.stringify(given[name]);
  // What a check of the method's own says is more than its type.
  const allowed = issue.code === 'custom' ? issue.message : `it takes ${allowedValues(property, issue)}`;
  return `${method.id}: the parameter "${name}" cannot be ${found}; ${allowed}.`;
}

/** "a whole number from 1 to 100", for messages and help. */
export function allowedValues(property: ParameterProperty, issue?: z.core.$ZodIssue): string {
  const { type, items, minimum, maximum } = property;
  if (property.enum) return `one of ${property.enum.join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return 'text';
  if (type === 'array') {
    const problem = issue && issue.path.length < 2 && issue.code !== 'invalid_type' ? ` (${issue.message})` : '';
    return `a list of ${items?.type === 'string' ? 'texts' : items?.type === 'integer' ? 'whole numbers' : 'numbers'}${problem}`;
  }
  const noun = type === 'integer' ? 'a whole number' : 'a number';
  const exclusive = issue?.code === 'too_small' && issue.inclusive === false;
  if (exclusive && maximum === undefined) return `${noun} above ${minimum}`;
  if (exclusive) return `${noun} above ${minimum}, up to ${maximum}`;
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${noun} of at least ${minimum}`;
  return maximum === undefined ? noun : `${noun} of at most ${maximum}`;
}
