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

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
void main(process.argv.slice(2));
