import type { Cell, Table } from '../../protocol/result';
import type { Context } from '../method';

/** Rows listed by a table that shows only the most remarkable ones. */
export const LISTED = 50;

/** A table about some rows: their places in the files, their names where they have any, and further cells. */
export function rowTable(
  title: string,
  { rows }: Pick<Context, 'rows'>,
  listed: readonly number[],
  columns: Readonly<Record<string, (row: number) => Cell>>,
): Table {
  const more = Object.values(columns);
  const { names } = rows;
  return {
    title,
    columns: ['row', ...(names ? ['name'] : []), ...Object.keys(columns)],
    rows: listed.map((i) => [rows.index[i] ?? i, ...(names ? [names[i] ?? null] : []), ...more.map((cell) => cell(i))]),
  };
}
