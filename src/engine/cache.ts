import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_FILES = 200;
const MOST_BYTES = 200e6;

/**
 * Results as files in a folder that can be thrown away at any time. What was used longest ago makes room. Nothing here
 * throws: a cache that cannot be read or written is a cache without entries.
 */
export class ResultCache {
  constructor(
    private readonly folder: string,
    private readonly mostFiles = MOST_FILES,
    private readonly mostBytes = MOST_BYTES,
  ) {}

  /** @param key everything that the result depends on, as JSON. */
  async get(key: string): Promise<unknown> {
    const path = this.pathOf(key);
    try {
      const entry = JSON.parse(await readFile(path, 'utf8')) as { key?: unknown; value?: unknown };
      if (entry.key !== key) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      return entry.value;
    } catch {
      // Not there, or damaged: it is computed again and written anew.
      return undefined;
    }
  }

  async set(key: string, value: unknown): Promise<void> {
    const path = this.pathOf(key);
    const draft = `${path}.${randomUUID()}`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(draft, JSON.stringify({ key, value }));
      await rename(draft, path);
      await this.makeRoom();
    } catch {
      await rm(draft, { force: true }).catch(() => {});
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  }

  private async makeRoom(): Promise<void> {
    const entries = await readdir(this.folder, { withFileTypes: true });
    const names = entries.flatMap((entry) => (entry.isFile() ? entry.name : []));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
    );
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let bytes = 0;
    for (const [i, file] of files.entries()) {
      bytes += file.size;
      if (i >= this.mostFiles || bytes > this.mostBytes) await rm(file.path, { force: true });
    }
  }
}
