import type { MethodDescription, ParameterProperty } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import { allowedValues } from '../protocol/parameters';
import { type Arguments, isSet, textFlag } from './arguments';
import { Session } from './session';
import { aligned, number, oneLine, wrapped } from './text';

/** `sextant methods`: the catalogue. */
export async function methods(args: Arguments): Promise<string> {
  const [extra] = args.positionals;
  if (extra !== undefined)
    throw new UserError(
      `methods takes no arguments, and was given "${oneLine(extra)}". For one: sextant run METHOD --help.`,
    );
  const all = await new Session(args).engine.methods();
  const kinds = [...new Set(all.map((method) => method.kind))];
  const kind = textFlag(args, 'kind');
  if (kind !== undefined && !kinds.some((one) => one === kind)) {
    throw new UserError(`There is no kind "${oneLine(kind)}" of methods. The kinds are: ${kinds.join(', ')}.`);
  }
  const chosen = all.filter((method) => kind === undefined || method.kind === kind);
  if (isSet(args, 'json')) return JSON.stringify(chosen);
  return kinds
    .filter((one) => kind === undefined || one === kind)
    .map((one) => {
      const rows = chosen.filter((method) => method.kind === one).map(({ id, summary }) => [id, summary]);
      return `${one}\n${aligned(rows)}`;
    })
    .join('\n\n');
}

/** `sextant run METHOD --help` */
export function methodHelp(method: MethodDescription): string {
  const inputs =
    method.kind === 'embed'
      ? 'FILE'
      : method.takes === 'model'
        ? 'MODEL.onnx[@DATA]'
        : method.takes === 'one'
          ? 'INPUT'
          : method.takes === 'many'
            ? 'INPUT INPUT...'
            : 'INPUT INPUT';
  const command = method.kind === 'embed' ? 'embed' : 'run';
  const parameters = Object.entries(method.parameters.properties);
  const labels = method.labels === 'required' ? ' --labels FILE' : '';
  const parts = [
    `sextant ${command} ${method.id} ${inputs}${labels} [flags]`,
    `${method.title}\n${wrapped(method.summary)}`,
    aligned([
      ['definition', method.formula],
      ['limits', method.blindTo],
      ['invariant to', method.invariances.join(', ') || 'nothing'],
      ['cost', method.cost],
      ['source', method.citation],
    ]),
    `values\n${aligned(method.values.map(({ key, title, range, better }) => [key, title, rangeOf(range), better ? `${better} is more alike` : '']))}`,
  ];
  if (parameters.length > 0) parts.push(`parameters (--set name=value)\n${aligned(parameters.map(parameterRow))}`);
  return parts.join('\n\n');
}

function parameterRow([name, property]: [string, ParameterProperty]): string[] {
  return [name, allowedValues(property), `default ${JSON.stringify(property.default)}`, property.description ?? ''];
}

function rangeOf([low, high]: readonly [number | null, number | null]): string {
  if (low === null && high === null) return 'any number';
  if (high === null) return `from ${number(low)}`;
  return low === null ? `up to ${number(high)}` : `${number(low)} to ${number(high)}`;
}
