import { csvCell, harmless } from '../src/protocol/csv';
import { apart, filePart } from '../src/protocol/names';
import type { Cell, Table } from '../src/protocol/result';

export type Titled = Pick<Table, 'title' | 'columns' | 'rows'>;

/** The tables of panels as one, each line with its panel's title before it; as they are where their columns differ. */
export function stacked(tables: readonly Titled[]): readonly Titled[] {
  const [first, ...others] = tables;
  const header = JSON.stringify(first?.columns);
  if (!first || others.length === 0 || others.some(({ columns }) => JSON.stringify(columns) !== header)) return tables;
  const rows = tables.flatMap(({ title = '', rows }) => rows.map((row) => [title, ...row]));
  return [{ columns: ['panel', ...first.columns], rows }];
}

/** Names of the files of tables, without their ending: with the title of each where there are several. */
export function tableNames(name: string, tables: readonly Titled[]): string[] {
  if (tables.length < 2) return [name];
  return apart(tables.map(({ title }) => (title ? `${name}-${filePart(title)}` : name)));
}

/** RFC 4180. Full precision; null is an empty cell; text that a spreadsheet would run begins with '. */
export function csv(table: Pick<Table, 'columns' | 'rows'>): string {
  return lines(table, ',', csvCell, '\r\n');
}

/** For the clipboard: spreadsheets take it apart at tabs. */
export function tsv(table: Pick<Table, 'columns' | 'rows'>): string {
  return lines(table, '\t', (text) => harmless(text).replaceAll(/[\t\r\n]+/g, ' '), '\n');
}

function lines(table: Pick<Table, 'columns' | 'rows'>, comma: string, textOf: (text: string) => string, end: string) {
  const cellOf = (cell: Cell) => (typeof cell === 'string' ? textOf(cell) : String(cell ?? ''));
  const line = (cells: readonly Cell[]) => cells.map(cellOf).join(comma) + end;
  return [table.columns, ...table.rows].map(line).join('');
}
