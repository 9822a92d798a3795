import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { mostAtOnce } from './source';

/** A file that is being written. */
export interface Sink {
  /** Bytes written so far. */
  readonly position: number;
  /** After what was written last. */
  write(bytes: Uint8Array): Promise<void>;
  /** Over what was written before. */
  patch(bytes: Uint8Array, position: number): Promise<void>;
}

/**
 * Writes a file under another name in the same folder and gives it its own when all of it is there: readers see the old
 * file or the new one, never a part, and a failure leaves nothing behind.
 * @throws UserError when the file cannot be written; whatever `write` throws.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.sextant-${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await told(path, rename(temporary, path));
  } catch (error) {
    // What cannot be removed was never there.
    await rm(temporary, { force: true, recursive: true }).catch(() => {});
    throw error;
  }
}

/** As {@link replaceFile}, for what is written byte by byte. */
export function writeAtomically(path: string, work: (sink: Sink) => Promise<void>): Promise<void> {
  return replaceFile(path, async (temporary) => {
    const file = await told(path, open(temporary, 'wx'));
    try {
      await work(new FileSink(path, file));
    } finally {
      await told(path, file.close());
    }
  });
}

/**
 * Opens a file that is written over several runs.
 * @param path the name that it will have, for messages.
 * @param kept whether what is in it stays.
 * @throws UserError when it cannot be opened, or its name leads elsewhere.
 */
export async function openPart(
  name: string,
  path: string,
  kept: boolean,
): Promise<{ readonly sink: Sink; close(): Promise<void> }> {
  // Its name can be guessed: whoever put a link there does not choose what is written.
  const link = constants.O_NOFOLLOW ?? 0;
  const file = await told(path, open(name, constants.O_RDWR | constants.O_CREAT | link));
  if (!kept) await told(path, file.truncate(0));
  return { sink: new FileSink(path, file), close: () => told(path, file.close()) };
}

class FileSink implements Sink {
  position = 0;

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    const at = this.position;
    this.position += bytes.length;
    await this.patch(bytes, at);
  }

  async patch(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const write = this.file.write(bytes, done, Math.min(bytes.length - done, mostAtOnce), position + done);
      done += (await told(this.path, write)).bytesWritten;
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder. Make it first',
  ENOTDIR: 'part of the path is a file, not a folder. Check the path',
  EACCES: 'you may not write there. Choose another place',
  EPERM: 'you may not write there. Choose another place',
  EROFS: 'nothing can be written there. Choose another place',
  EISDIR: 'a folder has that name. Choose another one',
  ENOSPC: 'the disk is full. Make room, or choose another place',
  EDQUOT: 'your share of the disk is used up. Make room, or choose another place',
};

/** What the system says about writing `path`, in words. */
export async function told<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new UserError(`${path} cannot be written: ${reasons[code] ?? `${messageOf(error)}. Choose another place`}.`);
  }
}
