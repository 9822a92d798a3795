import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';

/**
 * Writes a file beside its place and puts it there when it is whole: whoever looks sees the old file or the new one.
 * @throws UserError when it cannot be written; what `write` throws otherwise. Nothing is left behind.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true, recursive: true });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UserError(`${path} cannot be written: ${messageOf(error)}.`);
  }
}
