import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import { refuseLinkOut } from './roots';

export type Signal = Pick<AbortSignal, 'throwIfAborted'>;

/** Bytes by position. */
export interface ByteSource {
  readonly size: number;
  /** It is compressed: one read at a time, and for one backwards, which is correct too, it begins anew. */
  readonly inOrder?: boolean;
  /** Fills all of `target` from `position`. Throws a UserError where the bytes are not there. */
  read(target: Uint8Array, position: number, signal?: Signal): Promise<void>;
}

/** Bytes of one call: of 2^31 and more, Node.js refuses a write, and a read ends the process. */
export const mostAtOnce = 2 ** 30;
/** A large read is so many at once, of so many bytes or more: one thread copies more slowly than memory allows. */
const AT_ONCE = 2;
const PIECE = 1 << 20;

/** An open regular file. */
export class FileSource implements ByteSource {
  constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** For messages. */
  get name(): string {
    return basename(this.path);
  }

  /** For another thread of this process, while the file is open. */
  get descriptor(): number {
    return this.handle.fd;
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    const pieces = Math.max(1, Math.min(AT_ONCE, Math.floor(target.length / PIECE)));
    const edge = (k: number) => Math.round((k * target.length) / pieces);
    const filled = await Promise.allSettled(
      Array.from({ length: pieces }, (_, k) => this.fill(target, edge(k), edge(k + 1), position)),
    );
    // Of a file that ends too early, where it ends.
    for (const piece of filled) if (piece.status === 'rejected') throw piece.reason;
  }

  private async fill(target: Uint8Array, start: number, end: number, position: number): Promise<void> {
    for (let done = start; done < end; ) {
      const length = Math.min(end - done, mostAtOnce);
      const { bytesRead } = await this.handle.read(target, done, length, position + done).catch((error) => {
        throw new UserError(`${this.name}: cannot be read at byte ${count(position + done)} (${messageOf(error)}).`);
      });
      if (bytesRead === 0)
        throw new UserError(
          `${this.name}: the file ends at byte ${count(position + done)}; ${count(target.length - done)} more bytes were ` +
            'expected. Save it again, or copy it anew.',
        );
      done += bytesRead;
    }
  }

  /** The first bytes, fewer where the file is shorter. */
  async head(most: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.min(most, this.size));
    await this.read(bytes, 0);
    return bytes;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path',
  ENOTDIR: 'part of the path is a file, not a folder. Check the path',
  EACCES: 'you may not read it. Change its permissions, or copy it',
  EPERM: 'you may not read it. Change its permissions, or copy it',
  ELOOP: 'the symbolic link leads back to itself. Check where it points',
  ENAMETOOLONG: 'the name is too long. Check the path',
  EMFILE: 'too many files are open. Close some programs and try again',
};

/**
 * Opens a file for reading by position. Symbolic links are followed, though not out of a workspace (`confine`); whatever is not a regular file in the end is refused
 * without being opened, because opening a pipe waits and opening a device may do something.
 * @throws UserError when it is missing, unreadable or no regular file.
 */
export async function openSource(path: string): Promise<FileSource> {
  await statusOf(path);
  try {
    // Non-blocking, should a pipe take the file's place between the two calls.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await handle.stat();
      refuseIrregular(path, status);
      return new FileSource(path, status.size, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw unopened(path, error);
  }
}

/** Of a regular file, or a link to one that does not lead out of a workspace. @throws UserError when it is missing or none. */
export async function statusOf(path: string): Promise<BigIntStats> {
  try {
    await refuseLinkOut(path);
    const status = await stat(path, { bigint: true });
    refuseIrregular(path, status);
    return status;
  } catch (error) {
    throw unopened(path, error);
  }
}

/** Why a file or a folder cannot be opened, in words. */
export function unopened(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new UserError(`${path}: ${reasons[code] ?? `cannot be opened (${messageOf(error)})`}.`);
}

function refuseIrregular(path: string, status: { isFile(): boolean; isDirectory(): boolean }): void {
  if (status.isDirectory()) throw new UserError(`${path}: this is a folder. Choose a file in it.`);
  if (!status.isFile())
    throw new UserError(`${path}: this is a pipe, socket or device. Save the data in a regular file.`);
}
