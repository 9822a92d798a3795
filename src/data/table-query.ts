import { basename } from 'node:path';
import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import { columnOf } from './column';
import { type Database, identifier, quote } from './duckdb';
import type { OpenOptions } from './format';
import { measureLists, TypedPart } from './table-part';
import type { TableSource } from './table-source';

/** Functions that make rows out of nothing, without reading anything. */
const harmless = ['range', 'generate_series', 'unnest'];

/**
 * The result of one SELECT over a table, which is called `data` there. It is computed once and kept in memory, so that all
 * that is read of it afterwards belongs together.
 * @throws UserError where the query is anything but one SELECT over `data` that gives the same rows each time, does not run,
 * or its result takes more than DuckDB's 1 GB.
 */
export async function runQuery(
  table: TableSource,
  sql: string,
  { signal, expression }: Pick<OpenOptions, 'signal' | 'expression'> = {},
): Promise<TableSource> {
  const query = sql.replace(/[;\s]+$/, '');
  const { database, columns, parts } = table;
  const name = basename(table.path);
  await refuseUnless(database, query, name, expression);
  const named = columns.map((column) => `${column.sql} AS ${identifier(column.name)}`);
  const numbers = columns.filter(({ kind }) => kind === 'number');
  const selects = parts.map((part) => `(${part.select(named, numbers)})`);
  try {
    await database.rows(`CREATE VIEW data AS ${selects.join(' UNION ALL ')}`, signal);
    // On lines of its own, so that a comment ends.
    await database.rows(`CREATE TABLE result AS SELECT * FROM (\n${query}\n)`, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const text = messageOf(error);
    if (/^Out of Memory/.test(text))
      throw new UserError(`${name}: the result of the query takes more than 1 GB. Choose fewer rows or columns.`);
    const cell = await parts[0]?.explain(error, numbers, 0, signal);
    if (/^Conversion Error/.test(text) && cell instanceof UserError) throw cell;
    throw failed(name, text, expression);
  }
  const described = await database.rows('DESCRIBE result', signal);
  const result = described.map(([column, type]) => columnOf(String(column), identifier(String(column)), String(type)));
  const measured = await measureLists(database, 'result', result, signal);
  const part = new TypedPart(name, measured.rows, 'result');
  const rows = parts.reduce((sum, one) => sum + one.rows, 0);
  return {
    ...table,
    format: 'query',
    columns: measured.columns,
    parts: [part],
    notes: [...table.notes, `${count(measured.rows)} of ${count(rows)} rows by SQL`],
  };
}

function failed(name: string, message: string, expression: string | undefined): UserError {
  const [first = ''] = message.split('\n', 1);
  const why = first.replace(/[.\s]+$/, '').slice(0, 300);
  return new UserError(
    expression === undefined
      ? `${name}: the query cannot be run (${why}). The table is called data.`
      : `${name}: the expression cannot be run (${why}).`,
  );
}

/** A query as DuckDB understands it. */
interface Parsed {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

async function parsed(database: Database, query: string): Promise<Parsed> {
  const [[text]] = (await database.rows(`SELECT json_serialize_sql(${quote(query)})`)) as [[string]];
  return JSON.parse(text) as Parsed;
}

/** What is wrong with an expression by itself: the brackets about it in a query are not what a person typed. */
async function noExpression(database: Database, expression: string, name: string): Promise<UserError> {
  const [why = ''] = (await parsed(database, `SELECT ${expression}`)).error_message?.split('\n', 1) ?? [];
  return new UserError(
    `${name}: this is no SQL expression${why.startsWith('syntax') ? `: ${why}` : ''}. Write one over the columns of the table.`,
  );
}

/** Looks at the query as DuckDB understands it, before any of it runs. */
async function refuseUnless(
  database: Database,
  query: string,
  name: string,
  expression: string | undefined,
): Promise<void> {
  const tree = await parsed(database, query).catch((error: unknown) => {
    throw failed(name, messageOf(error), expression);
  });
  const isOne = !tree.error && tree.statements?.length === 1;
  if (!isOne && expression !== undefined) throw await noExpression(database, expression, name);
  if (!isOne)
    throw new UserError(
      `${name}: the query has to be one SELECT over the table data${tree.error_message ? ` (${tree.error_message.split('\n', 1)[0]})` : ''}.`,
    );
  const unstable = new Set(
    (
      await database.rows("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
    ).flat(),
  );
  const own = new Set(['data']);
  for (const node of nodes(tree)) {
    for (const { key } of node.cte_map?.map ?? []) own.add(key.toLowerCase());
  }
  for (const node of nodes(tree)) {
    const { type, sample } = node;
    const called = ((type === 'TABLE_FUNCTION' ? node.function : node)?.function_name ?? '').toLowerCase();
    if (type === 'TABLE_FUNCTION' && !harmless.includes(called))
      throw new UserError(`${name}: the query may read the table data alone; ${called}() is not allowed.`);
    const inner = node.class === 'FUNCTION' || type === 'FUNCTION';
    if (inner && unstable.has(called))
      throw new UserError(`${name}: ${called}() may give something else each time, so a query cannot use it.`);
    if (sample)
      throw new UserError(`${name}: a sample is other rows each time, so a query cannot take one. Use a condition.`);
    const { table_name: from = '', schema_name: schema } = node;
    if (type === 'BASE_TABLE' && (schema || !own.has(from.toLowerCase())))
      throw new UserError(`${name}: there is no table '${from}' in a query. The table is called data.`);
    if (type === 'SHOW_REF') throw new UserError(`${name}: the query has to be one SELECT over the table data.`);
  }
}

/** What is looked at of a node of the syntax tree. */
interface Node {
  readonly type?: string;
  readonly class?: string;
  readonly sample?: unknown;
  readonly function?: Node;
  readonly function_name?: string;
  readonly table_name?: string;
  readonly schema_name?: string;
  readonly cte_map?: { readonly map?: readonly { readonly key: string }[] };
}

/** Every object in a tree. */
function* nodes(tree: unknown): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return;
  if (!Array.isArray(tree)) yield tree as Node;
  for (const item of Object.values(tree)) yield* nodes(item);
}
