import { availableParallelism } from 'node:os';
import type { DuckDBInstance } from '@duckdb/node-api';
import { messageOf, UserError } from '../protocol/errors';
import type { Signal } from './source';

/**
 * An in-memory DuckDB that can read the given files and nothing else: no other file, no network, no extension, no setting
 * can be changed.
 */
export class Database {
  /** Closed not long ago, by the files that they may read: to start one takes as long as to read a small table. */
  private static readonly idle = new Map<string, Database>();

  private constructor(
    private readonly instance: DuckDBInstance,
    /** Under which it is kept when it is closed, if at all. */
    private files: string | undefined,
  ) {}

  /**
   * @param paths absolute.
   * @param alone nobody else gets this one when it is closed, which may have tables then; its queries have one thread, and
   *   so give their rows in the same order each time, whatever the order means.
   * @throws UserError where DuckDB has no library for this machine.
   */
  static async open(paths: readonly string[], alone = false): Promise<Database> {
    const files = alone ? undefined : JSON.stringify(paths);
    const idle = files === undefined ? undefined : Database.idle.get(files);
    if (idle?.take()) return idle;
    const { DuckDBInstance } = await import('@duckdb/node-api').catch((error: unknown) => {
      throw new UserError(`Tables cannot be opened: DuckDB does not load on this machine (${messageOf(error)}).`);
    });
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(alone ? 1 : Math.min(4, availableParallelism())),
      memory_limit: '1GB',
      temp_directory: '',
      // It would take a file for the one before it that had its size and time.
      enable_external_file_cache: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    // It checks both forms of a name for access.
    const allowed = paths.flatMap((path) => [quote(plain(path)), fileLiteral(path)]);
    await connection.run(`SET allowed_paths = [${allowed.join(', ')}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    connection.closeSync();
    return new Database(instance, files);
  }

  /**
   * Runs a query and hands over its chunks of up to 2048 rows in order, as they are made; several may be under way at once.
   * A signal interrupts it within 50 ms.
   */
  async *chunks(sql: string, signal?: Signal): AsyncGenerator<Chunk> {
    signal?.throwIfAborted();
    const connection = await this.instance.connect();
    let aborted: { reason: unknown } | undefined;
    const timer = setInterval(() => {
      try {
        signal?.throwIfAborted();
      } catch (reason) {
        aborted = { reason };
        connection.interrupt();
      }
    }, 50);
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const next = await result.fetchChunk();
        if (aborted) throw aborted.reason;
        if (!next || next.rowCount === 0) return;
        yield next;
      }
    } catch (error) {
      if (aborted) throw aborted.reason;
      // After some errors it takes no other query.
      this.files = undefined;
      throw error;
    } finally {
      clearInterval(timer);
      connection.closeSync();
    }
  }

  /** All rows of a short result. */
  async rows(sql: string, signal?: Signal): Promise<unknown[][]> {
    const rows: unknown[][] = [];
    for await (const chunk of this.chunks(sql, signal)) {
      const vectors = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnVector(i));
      for (let i = 0; i < chunk.rowCount; i++) rows.push(vectors.map((vector) => vector.getItem(i)));
    }
    return rows;
  }

  close(): void {
    if (this.files === undefined || Database.idle.has(this.files)) this.instance.closeSync();
    else {
      Database.idle.set(this.files, this);
      setTimeout(() => this.take() && this.instance.closeSync(), 1000).unref();
    }
  }

  /** Whether it was idle; it is no longer. */
  private take(): boolean {
    const { files } = this;
    return files !== undefined && Database.idle.get(files) === this && Database.idle.delete(files);
  }
}

export interface Vector {
  getItem(index: number): unknown;
}

/** Of lists: the elements of all rows, and where those of each row lie. */
export interface ListVector {
  readonly childVector: Vector;
  getEntryOffset(row: number): number;
  getEntryLength(row: number): number;
}

export interface Chunk {
  readonly rowCount: number;
  readonly columnCount: number;
  getColumnVector(index: number): Vector;
}

/** A string as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** DuckDB takes every path for a glob: in brackets, a character stands for itself. */
export function fileLiteral(path: string): string {
  return quote(plain(path).replace(/[*?[]/g, '[$&]'));
}

const plain = (path: string) => (process.platform === 'win32' ? path.replaceAll('\\', '/') : path);
