import { UserError } from '../protocol/errors';
import { type Arguments, isSet } from './arguments';
import { Session } from './session';
import { aligned, number, settings } from './text';

/** `sextant self-test`: the published values, computed again on this machine. The exit code is 1 where one does not come out. */
export async function selfTest(args: Arguments): Promise<string> {
  if (args.positionals.length > 0)
    throw new UserError('self-test takes no arguments; it computes every published value.');
  const session = new Session(args);
  const result = await session.engine.selfTest(session.options);
  session.finish([]);
  const failed = result.rows.filter(({ passed }) => !passed).length;
  if (failed > 0) process.exitCode = 1;
  if (isSet(args, 'json')) return JSON.stringify(result);
  const rows = result.rows.map(({ passed, method, value, parameters, fixture, expected, found }) => [
    passed ? 'ok' : 'DIFFERS',
    method,
    value,
    settings(parameters),
    fixture,
    expected,
    found === null ? number(null) : String(Number(found.toPrecision(12))),
  ]);
  const verdict = failed === 0 ? `all ${rows.length} as published` : `${failed} of ${rows.length} differ`;
  return `${aligned([['', 'method', 'value', 'variant', 'input', 'published', 'here'], ...rows])}\n\n${verdict}`;
}
