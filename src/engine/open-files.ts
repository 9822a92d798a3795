import { stat } from 'node:fs/promises';
import { type DataFile, openData } from '../data/file';
import type { ColumnValues } from '../data/tensor';
import { UserError } from '../protocol/errors';
import type { Reading } from '../protocol/window';

/** A file stays open so many milliseconds after it was last read: scrolling does not open it again for every row. */
const linger = 4000;
/** Files that are open at the same time. */
const most = 4;
/** Bytes allowed for a column of text that is kept while its file is open. */
const columnBytes = 256 << 20;

/** A file that is open, with the columns of text that have been read of it. */
export class OpenFile {
  private readonly columns = new Map<string | null, Promise<ColumnValues>>();
  private last: Promise<unknown> = Promise.resolve();
  users = 0;
  timer: NodeJS.Timeout | undefined;

  constructor(readonly data: DataFile) {}

  /** One after the other: what is compressed is read in order. */
  read<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.last.then(work);
    this.last = answer.catch(() => {});
    return answer;
  }

  column(name: string | null): Promise<ColumnValues> {
    const kept = this.columns.get(name) ?? this.data.readColumn(name, { limit: columnBytes });
    this.columns.set(name, kept);
    return kept;
  }
}

/** Files that are looked at. None is held for long: others may want to write or delete it. */
export class OpenFiles {
  private readonly open = new Map<string, Promise<OpenFile>>();

  /**
   * Gives `work` the file, opened as it is now on the disk.
   * @throws UserError as `openData` does.
   */
  async use<T>({ path, raw, query }: Reading, work: (file: OpenFile) => Promise<T>): Promise<T> {
    const state = await stat(path).then(
      ({ mtimeMs, size }) => [mtimeMs, size],
      () => [],
    );
    const key = JSON.stringify([path, raw, query, ...state]);
    const opening = this.open.get(key) ?? openData(path, { raw, query }).then((data) => new OpenFile(data));
    // The newest last.
    this.open.delete(key);
    this.open.set(key, opening);
    const file = await opening.catch((error) => {
      this.open.delete(key);
      throw error;
    });
    clearTimeout(file.timer);
    file.users++;
    try {
      return await file.read(() => work(file));
    } catch (error) {
      throw error instanceof RangeError ? new UserError(`${path}: there is not enough memory for this.`) : error;
    } finally {
      if (--file.users === 0) {
        file.timer = setTimeout(() => this.close(key, file), linger);
        // Nobody waits for it.
        file.timer.unref();
        void this.trim();
      }
    }
  }

  private close(key: string, file: OpenFile): void {
    if (file.users > 0) return;
    clearTimeout(file.timer);
    this.open.delete(key);
    file.data.close().catch(() => {});
  }

  /** Closes those that have not been looked at for the longest. */
  private async trim(): Promise<void> {
    const excess = [...this.open].slice(0, Math.max(0, this.open.size - most));
    for (const [key, opening] of excess) {
      const file = await opening.catch(() => undefined);
      if (file) this.close(key, file);
    }
  }
}
