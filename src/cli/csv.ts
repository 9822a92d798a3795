import { csvCell } from '../protocol/csv';
import type { Cell } from '../protocol/result';

/** RFC 4180, numbers at full precision, empty where there is none; text that a spreadsheet would run begins with '. */
export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(cell) : csvCell(cell);
}
