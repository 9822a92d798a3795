import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scratch } from '../linalg/scratch';
import { messageOf, UserError } from '../protocol/errors';
import { size } from '../protocol/words';

/** Where temporary files outlast a restart, and are on disk for that. */
const ON_DISK = '/var/tmp';
/** The type of a file system that is memory, as Linux numbers them. */
const TMPFS = 0x01021994;

/** A temporary file as {@link withScratch} has it, until it is closed. */
export interface OpenScratch extends Scratch {
  close(): void;
}

/** {@link openScratch} for as long as `use` lasts. */
export async function withScratch<T>(bytes: number, what: string, use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = openScratch(bytes, what);
  try {
    return await use(scratch);
  } finally {
    scratch.close();
  }
}

/**
 * A temporary file without a name from the moment that it is open, so that it is gone with the process whatever ends that;
 * where the system does not allow it, it is removed when it is closed.
 * @param bytes that will be written @param what needs them, for messages: "the ranks"
 * @throws UserError when there is no such room on the disk
 */
export function openScratch(bytes: number, what: string): OpenScratch {
  const folder = folderOf();
  const told = <R>(work: () => R): R => {
    try {
      return work();
    } catch (error) {
      throw new UserError(
        `The temporary file for ${what}, in ${folder}, cannot be used: ${messageOf(error)}. ${REMEDY}`,
      );
    }
  };
  const { bavail, bsize } = told(() => statfsSync(folder));
  if (bavail * bsize < bytes)
    throw new UserError(
      `There has to be ${size(bytes)} of disk for ${what}; ${size(bavail * bsize)} are free in ${folder}. ${REMEDY}`,
    );
  const path = join(folder, `sextant-${randomUUID()}.tmp`);
  const file = told(() => openSync(path, 'wx+', 0o600));
  const nameless = removed(path);
  return {
    write(data, position) {
      for (let done = 0; done < data.length; )
        done += told(() => writeSync(file, data, done, data.length - done, position + done));
    },
    read(into, position) {
      for (let done = 0; done < into.length; ) {
        const read = told(() => readSync(file, into, done, into.length - done, position + done));
        if (read === 0) throw new UserError(`The temporary file for ${what}, in ${folder}, has been cut short.`);
        done += read;
      }
    },
    close() {
      closeSync(file);
      if (!nameless) removed(path);
    },
  };
}

const REMEDY =
  'Make room, name a folder that has it (the environment variable TMPDIR), raise the bound for memory (the setting Memory, ' +
  '--memory on the command line), or compute on a sample of the rows (--sample).';

/** The folder for temporary files; where it is memory and nobody chose it, one that is on disk. */
function folderOf(): string {
  const folder = tmpdir();
  if (process.env.TMPDIR) return folder;
  try {
    if (statfsSync(folder).type !== TMPFS) return folder;
    accessSync(ON_DISK, constants.W_OK);
    return statfsSync(ON_DISK).type === TMPFS ? folder : ON_DISK;
  } catch {
    return folder;
  }
}

function removed(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
