import { z } from 'zod';
import type { Method } from '../methods/method';
import type { MethodDescription, ParameterProperty, ParameterSchema } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';

/** What a method says of itself, without its code. */
export function describeMethod(method: Method): MethodDescription {
  const { id, kind, title, summary, blindTo, takes, labels = 'none', recommended, alone } = method;
  const { values, invariances, symmetric, cost, formula, tex, citation } = method;
  return {
    ...{ id, kind, title, summary, blindTo, takes, labels },
    ...(recommended !== undefined && { recommended }),
    ...(alone && { alone }),
    parameters: describeParameters(method),
    ...{ values, invariances, symmetric, cost, formula, citation },
    ...(tex !== undefined && { tex }),
  };
}

/** @throws UserError that lists the methods there are. */
export function findMethod(catalogue: readonly Method[], id: string): Method {
  const method = catalogue.find((one) => one.id === id);
  if (method) return method;
  const known = catalogue.map((one) => one.id).join(', ');
  throw new UserError(`There is no method "${id}". The methods are: ${known}.`);
}

/** The parameters as the part of JSON Schema that `ParameterSchema` is. */
export function describeParameters(method: Method): ParameterSchema {
  const { properties = {} } = z.toJSONSchema(method.parameters, { io: 'input' });
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
  const minimum = bound(schema.minimum ?? schema.exclusiveMinimum);
  const maximum = bound(schema.maximum ?? schema.exclusiveMaximum);
  return {
    type,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(schema.default !== undefined && { default: schema.default }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(schema.enum && { enum: schema.enum.map(String) }),
    ...(type === 'array' && { items: itemsOf(items) }),
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
