import { csvCell, harmless } from '../src/protocol/csv';
import type { Cell, Table } from '../src/protocol/result';

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
