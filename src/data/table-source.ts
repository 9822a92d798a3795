import type { UserError } from '../protocol/errors';
import type { Column } from './column';
import type { Database } from './duckdb';
import type { Signal } from './source';

/** One file of a table, or the result of a query, in SQL. */
export interface Part {
  /** For messages. */
  readonly name: string;
  readonly rows: number;
  /**
   * A query for `expressions` over these rows, in order.
   * @param numbers the columns that have to be numbers; null: text as it stands there.
   */
  select(expressions: readonly string[], numbers: readonly Column[] | null, rows?: readonly [number, number]): string;
  /** SQL for a cell as a number, null where it is none. */
  number(column: Column): string;
  /** @throws UserError unless DuckDB counts as many rows: asked before some of them are read. */
  verify(signal?: Signal): Promise<void>;
  /** DuckDB's rows are others than those that were counted, which shows at `row`. */
  disagrees(row: number): UserError;
  /** What a person is told instead of DuckDB's error at these columns from `row` on. */
  explain(error: unknown, columns: readonly Column[], row: number, signal?: Signal): Promise<unknown>;
}

export interface TableSource {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly database: Database;
  readonly columns: readonly Column[];
  readonly parts: readonly Part[];
  /** What was done to find the columns. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}
