import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isFile } from '../data/input';
import { filesNamedBy } from '../protocol/document';
import type { RunRequest } from '../protocol/result';
import { ResultCache } from './cache';
import { filesAt, type Hashes } from './hash';
import type { JobOptions } from './jobs';
import { version } from './version';

/** Files up to this size, in bytes, are hashed before a job, in case its result is in the cache. */
const QUICK = 256e6;

/** The part of a request that names files. */
type Files = Pick<RunRequest, 'inputs' | 'labels' | 'parameters'>;

/** Results that hold for as long as the files that they were computed from have the same content. */
export class KeptResults {
  /** @param base folder in which relative paths start. */
  constructor(
    private readonly hashes: Hashes,
    private readonly base: string,
  ) {}

  /**
   * The result that was kept for the same request on files of the same content, or a new one.
   * @param folder of the cache; null: nothing is kept.
   * @param keep hears of what was computed, with its key.
   */
  async resultOf<R>(
    request: readonly unknown[],
    { inputs, labels, parameters }: Files,
    folder: string | null,
    { signal }: JobOptions,
    compute: () => Promise<R>,
    keep: (key: string) => void = () => {},
  ): Promise<R> {
    if (folder === null) return compute();
    const cache = new ResultCache(folder);
    const about = { inputs, ...(labels && { labels }), ...(parameters && { parameters }) };
    const data = inputs.flatMap(({ model }) => model?.data ?? []);
    const files = [...this.filesOf(about), ...data];
    const before = await this.statesOf(files);
    if (before.reduce((sum, { size }) => sum + size, 0) <= QUICK) {
      // A file that cannot be hashed cannot be read either; the job says it in better words.
      const kept = await this.keyOf(request, about).then(
        (key) => cache.get(key),
        () => undefined,
      );
      signal?.throwIfAborted();
      if (kept !== undefined) return kept as R;
    }
    const result = await compute();
    // What was computed while a file changed, or went, is of no one content.
    const after = await this.statesOf(files).catch(() => []);
    if (JSON.stringify(after) === JSON.stringify(before)) {
      const key = await this.keyOf(request, about);
      keep(key);
      await cache.set(key, result);
    }
    return result;
  }

  /** The same for equal requests on files of the same content. */
  async keyOf(request: readonly unknown[], about: Files): Promise<string> {
    return JSON.stringify(sorted([version, request, await this.hashes.ofInputs(this.filesOf(about), this.base)]));
  }

  /** Every file that a result depends on. */
  private filesOf({ inputs, labels, parameters }: Files) {
    const named = filesNamedBy(parameters ?? {}).filter((path) => isFile(resolve(this.base, path)));
    const others = [...(labels ? [labels] : []), ...named.map((path) => ({ path }))];
    return [...inputs, ...inputs.flatMap(({ ids }) => ids ?? []), ...others];
  }

  /** Bytes of files, and when they were last changed. */
  private async statesOf(files: readonly { readonly path: string }[]) {
    const paths = [...new Set(files.flatMap(({ path }) => filesAt(resolve(this.base, path))))];
    return Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ size, mtimeMs }) => ({ size, mtimeMs }),
          () => ({ size: 0, mtimeMs: 0 }),
        ),
      ),
    );
  }
}

/** The same value with the keys of objects in order, so that equal requests are equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
