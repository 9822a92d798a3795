import type { MethodDescription } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { Result, RunRequest } from '../protocol/result';
import { count, plural } from '../protocol/words';
import { type Arguments, isSet, textFlag } from './arguments';
import { methodHelp } from './methods';
import { asksForMade, checkOut, madeEndings, writeRun } from './output';
import { Session } from './session';
import { account, aligned, number, oneLine, wrapped } from './text';

/** `sextant run METHOD INPUT...`: one method. */
export async function run(args: Arguments, session = new Session(args)): Promise<string> {
  const [id, ...texts] = args.positionals;
  if (id === undefined) throw new UserError('run needs a method. See sextant methods.');
  const { engine } = session;
  const method = engine.describe(id);
  if (isSet(args, 'help')) return methodHelp(method);
  const out = textFlag(args, 'out');
  if (out !== undefined) checkOut(out, method);
  const raw = method.kind === 'embed';
  const inputs = raw ? session.sources(texts) : await session.inputs(texts, method.takes === 'many', method.parameters);
  const request: RunRequest = { method: id, inputs, ...session.common(method.parameters, inputs) };
  const answer = await engine.runWithRepresentations(request, session.options);
  const { result } = answer;
  session.finish(result.warnings);
  if (out !== undefined) {
    if (asksForMade(out, method)) await engine.write(out, answer);
    else await writeRun(out, request, result);
  }
  return isSet(args, 'json') ? JSON.stringify(result) : page(result, method);
}

function page(result: Result, method: MethodDescription): string {
  const { title, blindTo, kind, takes } = method;
  const tables = madeEndings(method).includes('.csv') ? '' : '.csv, ';
  const names = displayNames(result.inputs);
  const widths = result.inputs.map(({ used }) => used[1]);
  const units = widths.length > 2 && new Set(widths).size === 1 ? widths.slice(0, 1) : widths;
  const rows = count(result.inputs[0]?.used[0] ?? 0);
  const noun = `${takes === 'model' ? 'weight' : 'unit'}${units.length === 1 && units[0] === 1 ? '' : 's'}`;
  const each = units.length < widths.length ? ' each' : '';
  const wide = kind === 'embed' ? '' : `, ${units.map(count).join(' and ')} ${noun}${each}`;
  const parts = [
    `${title} (${result.method})\n${oneLine(names.join(' × '))}, ${rows} rows${wide}, seed ${result.seed}`,
    valuesOf(result),
  ];
  const words = [result.reading, sentence(blindTo)].flatMap((sentence) => (sentence ? [wrapped(sentence)] : []));
  parts.push([...words, ...account(result.steps, result.parameters)].join('\n'));
  const more = [
    ...Object.entries(result.tables).map(([key, table]) => ['table', key, plural(table.rows.length, 'row')]),
    ...result.figures.map((figure) => ['figure', figure.id, figure.title]),
  ];
  if (more.length > 0) parts.push(`With --out (.json, ${tables}.svg, .png):\n${aligned(more)}`);
  if (method.exports) {
    const made = takes === 'model' ? 'the merged model' : 'what it makes of its inputs';
    parts.push(`With --out (${madeEndings(method).join(', ')}): ${made}.`);
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A clause as a sentence. */
function sentence(clause: string): string {
  return clause === '' ? '' : `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`;
}

/** Columns that no value fills are left away. */
function valuesOf({ values, chance, intervals }: Result): string {
  const rows = Object.entries(values).map(([key, value]) => {
    const interval = intervals[key];
    const range = interval ? `${number(interval.low)} to ${number(interval.high)} (${interval.how})` : '';
    const { [key]: level } = chance;
    return [key, number(value), level ? number(level.level) : '', level?.p === undefined ? '' : number(level.p), range];
  });
  if (rows.length === 0) return '';
  const table = [['', 'value', 'chance', 'p', 'interval'], ...rows];
  const filled = [0, 1, 2, 3, 4].filter((j) => rows.some((row) => row[j] !== ''));
  return aligned(
    table.map((row) => filled.map((j) => row[j] ?? '')),
    filled.slice(1).flatMap((j, place) => (j < 4 ? place + 1 : [])),
  );
}
