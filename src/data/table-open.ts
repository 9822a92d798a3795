import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import { type Column, typeOf } from './column';
import { Copies } from './copies';
import { Database } from './duckdb';
import type { OpenOptions } from './format';
import type { FileSource, Signal } from './source';
import { Table } from './table';
import { runQuery } from './table-query';
import type { Part, TableSource } from './table-source';
import type { DataFile } from './tensor';

/** A file of a table: its rows in SQL, and its columns. */
export interface Opened {
  readonly part: Part;
  readonly columns: readonly Column[];
  readonly notes: readonly string[];
}

type Open = (source: FileSource, database: Database, signal?: Signal) => Promise<Opened>;

/**
 * Opens files as one table, their rows one after the other, or the result of a query over it.
 * @param copies where DuckDB is to find them; closed with the table, or when it cannot be opened.
 * @throws UserError where one cannot be read, or has other columns than the first.
 */
export async function openTable(
  sources: readonly FileSource[],
  format: string,
  open: Open,
  options: OpenOptions,
  copies = new Copies(),
): Promise<DataFile> {
  const { signal, query } = options;
  let close = () => copies.close();
  try {
    const database = await Database.open(
      sources.map((source) => copies.find(source).path),
      query !== undefined,
    );
    close = async () => {
      database.close();
      await copies.close();
    };
    const opened: Opened[] = [];
    for (const source of sources) opened.push(await open(source, database, signal));
    const table: TableSource = {
      path: options.path ?? sources[0]?.path ?? '',
      format,
      bytes: sources.reduce((sum, { size }) => sum + size, 0),
      database,
      columns: sameColumns(opened),
      parts: opened.map(({ part }) => part),
      notes: [...new Set(opened.flatMap(({ notes }) => notes))],
      async close() {
        await close();
        for (const source of sources) await source.close();
      },
    };
    return await Table.of(query === undefined ? table : await runQuery(table, query, options), signal);
  } catch (error) {
    await close();
    throw error;
  }
}

/** The columns of the first, with what is known of their lists in all. */
function sameColumns(opened: readonly Opened[]): Column[] {
  const [first, ...others] = opened;
  if (!first) return [];
  for (const { part, columns } of others) {
    const differs = (what: string) =>
      new UserError(
        `${part.name}: ${what}. Files that are read together need the same columns in the same order; read it by itself.`,
      );
    if (columns.length !== first.columns.length)
      throw differs(
        `it has ${count(columns.length)} columns where ${first.part.name} has ${count(first.columns.length)}`,
      );
    for (const [i, column] of columns.entries()) {
      const wanted = first.columns[i] as Column;
      if (column.name !== wanted.name)
        throw differs(`column ${count(i + 1)} is '${column.name}' where ${first.part.name} has '${wanted.name}'`);
      if (column.kind !== wanted.kind || column.dtype !== wanted.dtype)
        throw differs(`column '${column.name}' is ${typeOf(column)} where ${first.part.name} has ${typeOf(wanted)}`);
    }
  }
  return first.columns.map((column, i) => {
    if (column.kind !== 'list') return column;
    for (const { part, columns } of others) {
      const { unusable, length } = columns[i] as Column;
      if (unusable !== undefined) return { ...column, unusable };
      if (length !== column.length && part.rows > 0)
        return {
          ...column,
          unusable: `${part.name} has lists of ${count(length ?? 0)} values, others of ${count(column.length ?? 0)}.`,
        };
    }
    return column;
  });
}
