import type { Method } from '../methods/method';
import type { MethodDescription } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import { describeParameters } from '../protocol/parameters';
import { near } from '../protocol/words';

/** What a method says of itself, without its code. */
export function describeMethod(method: Method): MethodDescription {
  const { id, kind, title, summary, blindTo, takes, least, exports, labels = 'none', recommended, alone } = method;
  const { values, invariances, cost, formula, tex, citation } = method;
  return {
    ...{ id, kind, title, summary, blindTo, takes, labels },
    ...(recommended !== undefined && { recommended }),
    ...(alone && { alone }),
    ...(least && { least }),
    ...(exports && { exports }),
    parameters: describeParameters(method.parameters),
    ...{ values, invariances, symmetric: method.symmetric === true, cost, formula, citation },
    ...(tex !== undefined && { tex }),
  };
}

/** @throws UserError that lists the methods with such a name, or all there are. */
export function findMethod(catalogue: readonly Method[], id: string): Method {
  const method = catalogue.find((one) => one.id === id);
  if (method) return method;
  const known = catalogue.map((one) => one.id);
  const alike = near(known, id);
  const which = alike.length > 0 ? 'Methods of such a name' : 'The methods';
  throw new UserError(`There is no method "${id}". ${which} are: ${(alike.length > 0 ? alike : known).join(', ')}.`);
}
