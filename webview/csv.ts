import type { Cell, Table } from '../src/protocol/result';

/** RFC 4180. Full precision; null is an empty cell. */
export function csv(table: Pick<Table, 'columns' | 'rows'>): string {
  return lines(table, ',', (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell), '\r\n');
}

/** For the clipboard: spreadsheets take it apart at tabs. */
export function tsv(table: Pick<Table, 'columns' | 'rows'>): string {
  return lines(table, '\t', (cell) => cell.replaceAll(/[\t\r\n]+/g, ' '), '\n');
}

function lines(table: Pick<Table, 'columns' | 'rows'>, comma: string, quote: (cell: string) => string, end: string) {
  const line = (cells: readonly Cell[]) => cells.map((cell) => quote(plain(cell))).join(comma) + end;
  return [table.columns, ...table.rows].map(line).join('');
}

/** A spreadsheet runs a text that begins like a formula; names come from files, and files come from anywhere. */
function plain(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
}
