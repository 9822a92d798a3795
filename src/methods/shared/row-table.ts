import type { Cell, Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import type { Context } from '../method';

/** Rows listed by a table that shows only the most remarkable ones. */
export const LISTED = 50;

/** Rows of a table that has a line for each. */
const EVERY = 100_000;

/** A table with a line for each row, or for the first 100,000, which its title says. */
export function everyRow(
  title: string,
  context: Pick<Context, 'rows'>,
  all: number,
  columns: Readonly<Record<string, (row: number) => Cell>>,
): Table {
  const listed = Array.from({ length: Math.min(EVERY, all) }, (_, i) => i);
  return rowTable(
    listed.length < all ? `${title}: the first ${count(EVERY)} of ${count(all)}` : title,
    context,
    listed,
    columns,
  );
}

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
