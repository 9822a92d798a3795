import type { Method } from '../methods/method';
import { parseParameters as parse } from '../protocol/parameters';

/**
 * The given parameters of a method, checked, with its defaults for the others.
 * @throws UserError that names the parameter, what was given and what is allowed.
 */
export function parseParameters(method: Method, given: Readonly<Record<string, unknown>> = {}) {
  return parse(method.id, method.parameters, given);
}
