import { type Arguments, isSet, readArguments } from './cli/arguments';
import { compare } from './cli/compare';
import { embed } from './cli/embed';
import { extract } from './cli/extract';
import { helpPage } from './cli/help';
import { inspect } from './cli/inspect';
import { mcp } from './cli/mcp';
import { methods } from './cli/methods';
import { run } from './cli/run';
import { selfTest } from './cli/self-test';
import { study } from './cli/study';
import { oneLine } from './cli/text';
import { version } from './engine/version';
import { Cancelled, messageOf, UserError } from './protocol/errors';

const commands = { inspect, methods, run, compare, study, extract, embed, 'self-test': selfTest, mcp };

async function main(args: readonly string[]): Promise<void> {
  try {
    const read = readArguments(args);
    const answer = await perform(read);
    if (answer !== '') process.stdout.write(`${answer}\n`);
  } catch (error) {
    if (error instanceof Cancelled) process.exit(130);
    const stack = args.includes('--debug') && error instanceof Error ? `${error.stack}\n` : '';
    process.stderr.write(`sextant: ${oneLine(messageOf(error))}\n${stack}`);
    process.exitCode = error instanceof UserError ? 2 : 1;
  }
}

function perform(args: Arguments): Promise<string> | string {
  if (isSet(args, 'version')) return version;
  const { command } = args;
  const ofMethod = (command === 'run' || command === 'embed') && args.positionals.length > 0;
  if (isSet(args, 'help') && !ofMethod) return helpPage(command);
  if (command === undefined) throw new UserError('a command is missing. See sextant --help.');
  return commands[command](args);
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
void main(process.argv.slice(2));
