import { Cancelled, messageOf, UserError } from '../protocol/errors';
import { answer } from './answer';
import { oneLine } from './text';

/**
 * Does what a command line asks for: what it gives goes to standard output, an error as one line to standard error.
 * @returns the exit code: 0, 2 for bad usage and for input that cannot be used, 1 for a fault of this program
 */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  try {
    const found = await answer(args);
    if (found !== '') process.stdout.write(`${found}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Cancelled) process.exit(130);
    const stack = args.includes('--debug') && error instanceof Error ? `${error.stack}\n` : '';
    process.stderr.write(`sextant: ${oneLine(messageOf(error))}\n${stack}`);
    return error instanceof UserError ? 2 : 1;
  }
}
