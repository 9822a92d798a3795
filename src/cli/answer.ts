import { version } from '../engine/version';
import { UserError } from '../protocol/errors';
import { isSet, readArguments } from './arguments';
import { compare } from './compare';
import { embed } from './embed';
import { extract } from './extract';
import { helpPage } from './help';
import { inspect } from './inspect';
import { mcp } from './mcp';
import { methods } from './methods';
import { run } from './run';
import { selfTest } from './self-test';
import { study } from './study';

const commands = { inspect, methods, run, compare, study, extract, embed, 'self-test': selfTest, mcp };

/**
 * Does what a command line asks for, and gives what belongs on standard output, without its last line break.
 * @throws UserError for bad usage, and for input that cannot be used.
 */
export async function answer(line: readonly string[]): Promise<string> {
  const args = readArguments(line);
  if (isSet(args, 'version')) return version;
  const { command } = args;
  const ofMethod = (command === 'run' || command === 'embed') && args.positionals.length > 0;
  if (isSet(args, 'help') && !ofMethod) return helpPage(command);
  if (command === undefined) throw new UserError('a command is missing. See sextant --help.');
  return commands[command](args);
}
