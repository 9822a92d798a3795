import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { Column } from './column';
import type { Database } from './duckdb';
import type { Signal } from './source';
import type { Part } from './table-source';

/** A part whose columns have types of their own: Parquet, JSON lines, the result of a query. */
export class TypedPart implements Part {
  /**
   * @param from after FROM: where the rows come from.
   * @param rowNumber a column that counts the rows, where there is one: rows are found by it without reading those before.
   */
  constructor(
    readonly name: string,
    readonly rows: number,
    private readonly from: string,
    private readonly rowNumber?: string,
  ) {}

  select(expressions: readonly string[], _: readonly Column[] | null, rows?: readonly [number, number]): string {
    const all = `SELECT ${expressions.join(', ')} FROM ${this.from}`;
    if (!rows || (rows[0] === 0 && rows[1] === this.rows)) return all;
    if (this.rowNumber === undefined) return `${all} LIMIT ${rows[1] - rows[0]} OFFSET ${rows[0]}`;
    return `${all} WHERE ${this.rowNumber} >= ${rows[0]} AND ${this.rowNumber} < ${rows[1]}`;
  }

  number({ kind, sql }: Column): string {
    return kind === 'number' ? `CAST(${sql} AS DOUBLE)` : 'CAST(NULL AS DOUBLE)';
  }

  /** DuckDB itself counted the rows. */
  async verify(): Promise<void> {}

  disagrees(row: number): UserError {
    return new UserError(
      `${this.name}: ${count(this.rows)} rows were counted, but the reading of them differs at row ${count(row)}. The file changed, or is ` +
        'damaged. Try again, or save it again.',
    );
  }

  async explain(error: unknown): Promise<unknown> {
    return error instanceof UserError ? error : unreadable(this.name, error);
  }
}

/** What DuckDB says of a file that it cannot read. */
export function unreadable(name: string, error: unknown): UserError {
  const [first = ''] = messageOf(error).split('\n', 1);
  const reason = first
    .replace(/^[\w ]*(Error|Exception): /, '')
    .replace(/ (in|of) file "[^"]*"/, '')
    // DuckDB counts one line too many where a line is no JSON.
    .replace(/^(Malformed JSON.* in line )(\d+)/, (_, words, line) => words + (Number(line) - 1));
  return new UserError(
    `${name}: the table cannot be read (${reason.replace(/[.\s]+$/, '').slice(0, 300)}). Save it again.`,
  );
}

/** How many values the lists of each column hold: those of one length may be rows, but for rows without a list. */
export async function measureLists(
  database: Database,
  from: string,
  columns: readonly Column[],
  signal?: Signal,
): Promise<{ rows: number; columns: Column[] }> {
  const lists = columns.filter(({ kind, unusable }) => kind === 'list' && unusable === undefined);
  const terms = lists.map(({ sql }) => `min(len(${sql})), max(len(${sql}))`);
  const [row = []] = await database.rows(`SELECT ${['count(*)', ...terms].join(', ')} FROM ${from}`, signal);
  const [rows = 0, ...found] = row.map(Number);
  const measured = new Map(
    lists.map((column, i) => {
      const [shortest = 0, longest = 0] = found.slice(2 * i, 2 * i + 2);
      const unusable = `its lists hold from ${count(shortest)} to ${count(longest)} values.`;
      return [column, { ...column, ...(shortest === longest ? { length: longest } : { unusable }) }];
    }),
  );
  return { rows, columns: columns.map((column) => measured.get(column) ?? column) };
}
