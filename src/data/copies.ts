import { rmSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { size } from '../protocol/words';
import type { FileSource, Signal } from './source';
import { Unpacked } from './unpacked';

/** Folders that are to go, should nobody close them. */
const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export interface Copy {
  readonly path: string;
  readonly notes: readonly string[];
}

/** Where files can be read at any place: they themselves, or what packed ones (`.gz`, `.zst`) unpack to, in temporary files. */
export class Copies {
  private readonly copies = new Map<FileSource, Copy>();
  private folder: string | undefined;

  /** @throws UserError where one cannot be unpacked, or to absurdly much; whatever `signal` throws. */
  static async of(sources: readonly FileSource[], signal?: Signal): Promise<Copies> {
    const all = new Copies();
    try {
      for (const source of sources) all.copies.set(source, await all.copy(source, signal));
      return all;
    } catch (error) {
      await all.close();
      throw error;
    }
  }

  /** An absolute path, and what was done. */
  find(source: FileSource): Copy {
    return this.copies.get(source) ?? { path: resolve(source.path), notes: [] };
  }

  async close(): Promise<void> {
    const { folder } = this;
    this.folder = undefined;
    if (folder === undefined) return;
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
  }

  private async copy(source: FileSource, signal?: Signal): Promise<Copy> {
    const packed = new Unpacked(source);
    const own = resolve(source.path);
    if (packed.compression === 'none') return { path: own, notes: [] };
    try {
      // Nobody else may look in.
      this.folder ??= await mkdtemp(join(tmpdir(), 'sextant-copy-'));
      folders.add(this.folder);
      const path = join(this.folder, String(this.copies.size));
      const file = await open(path, 'wx', 0o600);
      let length = 0;
      try {
        for await (const block of packed.blocks(signal)) {
          await file.writeFile(block);
          length += block.length;
        }
      } finally {
        await file.close();
      }
      return { path, notes: [`unpacked to a temporary file of ${size(length)}`] };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      throw new UserError(
        `${source.name}: what it unpacks to cannot be kept in ${tmpdir()} (${messageOf(error)}). Unpack it yourself, where there is room.`,
      );
    }
  }
}
