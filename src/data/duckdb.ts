import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { messageOf, UserError } from '../protocol/errors';
import type { Signal } from './source';

/**
 * An in-memory DuckDB that can read one file and nothing else: no other file, no network, no extension, no setting can be
 * changed.
 */
export class Database {
  private constructor(
    /** The file as a quoted literal for `read_csv` and the like. */
    readonly file: string,
    private readonly connection: DuckDBConnection,
    private readonly closeInstance: () => void,
  ) {}

  /**
   * @param path absolute.
   * @throws UserError where DuckDB has no library for this machine.
   */
  static async open(path: string): Promise<Database> {
    const { DuckDBInstance } = await import('@duckdb/node-api').catch((error: unknown) => {
      throw new UserError(`Tables cannot be opened: DuckDB does not load on this machine (${messageOf(error)}).`);
    });
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(Math.min(4, availableParallelism())),
      memory_limit: '1GB',
      temp_directory: '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const plain = process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
    // DuckDB takes every path for a glob: in brackets, a character stands for itself. It checks both forms for access.
    const literal = plain.replace(/[*?[]/g, '[$&]');
    await connection.run(`SET allowed_paths = [${quote(plain)}, ${quote(literal)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return new Database(quote(literal), connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
  }

  /** Runs a query and hands over its chunks of up to 2048 rows in order; a signal interrupts it within 50 ms. */
  async query(sql: string, signal: Signal | undefined, chunk: (chunk: Chunk) => void): Promise<void> {
    let aborted: { reason: unknown } | undefined;
    const check = () => {
      try {
        signal?.throwIfAborted();
      } catch (reason) {
        aborted = { reason };
        this.connection.interrupt();
      }
    };
    const timer = setInterval(check, 50);
    try {
      check();
      const result: DuckDBResult = await this.connection.stream(sql);
      while (!aborted) {
        const next = await result.fetchChunk();
        if (!next || next.rowCount === 0) break;
        chunk(next);
      }
    } catch (error) {
      if (!aborted) throw error;
    } finally {
      clearInterval(timer);
    }
    if (aborted) throw aborted.reason;
  }

  close(): void {
    this.closeInstance();
  }
}

export interface Chunk {
  readonly rowCount: number;
  readonly columnCount: number;
  getColumnVector(index: number): { getItem(index: number): unknown };
}

/** A string as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
