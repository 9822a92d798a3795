import { answer } from './cli/answer';
import { oneLine } from './cli/text';
import { Cancelled, messageOf, UserError } from './protocol/errors';

async function main(args: readonly string[]): Promise<void> {
  try {
    const found = await answer(args);
    if (found !== '') process.stdout.write(`${found}\n`);
  } catch (error) {
    if (error instanceof Cancelled) process.exit(130);
    const stack = args.includes('--debug') && error instanceof Error ? `${error.stack}\n` : '';
    process.stderr.write(`sextant: ${oneLine(messageOf(error))}\n${stack}`);
    process.exitCode = error instanceof UserError ? 2 : 1;
  }
}

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`sextant: standard output cannot be written (${message}). Write to another place.\n`);
});
// Where nobody reads what is wrong, the exit code still says it.
process.stderr.on('error', () => {});
// Who started this over a channel, and is gone, waits for no answer; the channel itself keeps nothing from ending.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
process.channel?.unref();
void main(process.argv.slice(2));
