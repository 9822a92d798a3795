import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { filesOf } from '../data/files';
import { refuseLinkOut } from '../data/roots';
import { withShards } from '../data/safetensors-index';
import { UserError } from '../protocol/errors';

/** SHA-256 of files. A file is read once for as long as its size and time of change stay. */
export class Hashes {
  private readonly taken = new Map<string, { stamp: string; hash: Promise<string> }>();

  /**
   * @param path absolute; of a pattern for several files, or the index of several, what is hashed is the list of their names and hashes.
   * @throws UserError if it is no regular file; what reading throws.
   */
  async of(path: string): Promise<string> {
    const files = filesOf(path).flatMap(withShards);
    if (files.length === 1 && files[0] === path) return this.ofFile(path);
    const list = createHash('sha256');
    for (const file of files) list.update(`${basename(file)}\0${await this.ofFile(file)}\n`);
    return list.digest('hex');
  }

  private async ofFile(path: string): Promise<string> {
    await refuseLinkOut(path);
    const status = await stat(path, { bigint: true });
    // A pipe or a device may have no end.
    if (!status.isFile()) throw new UserError(`${path}: this is no regular file.`);
    const stamp = `${status.size} ${status.mtimeNs} ${status.ino}`;
    const known = this.taken.get(path);
    if (known?.stamp === stamp) return known.hash;
    const hash = read(path);
    this.taken.set(path, { stamp, hash });
    hash.catch(() => this.taken.delete(path));
    return hash;
  }
}

/** Read at once, in bytes: the thread answers between blocks. */
const BLOCK = 1 << 20;

async function read(path: string): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK);
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead } = await file.read(block, 0, BLOCK);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
