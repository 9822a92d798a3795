import type { Matrix } from '../linalg/matrix';
import { csvCell } from '../protocol/csv';
import { UserError } from '../protocol/errors';
import { count, repeated } from '../protocol/words';
import { writeAtomically } from './atomic';

/** A representation to be written as a table, block by block. */
export interface WrittenTable {
  /** Names of the units. */
  readonly columns: readonly string[];
  /** Rows in order. */
  readonly blocks: AsyncIterable<Pick<Matrix, 'data' | 'rows' | 'columns'>>;
  /** An identifier for each row, written as the first column. */
  readonly names?: readonly string[];
  /** Of the column of identifiers; default `id`. */
  readonly title?: string;
}

const flushAt = 1 << 20;

/**
 * Writes CSV (RFC 4180, UTF-8): numbers so that reading them gives the same bits, `NaN` and `inf` where they are that; text
 * that a spreadsheet would run begins with `'`.
 * @throws UserError when the file cannot be written; Error when the blocks do not fit the names.
 */
export function writeCsv(path: string, table: WrittenTable): Promise<void> {
  return writeAtomically(path, async (sink) => {
    let text = `${header(table).map(csvCell).join(',')}\r\n`;
    for await (const { row, values } of rowsOf(table)) {
      if (table.names) text += `${csvCell(table.names[row] as string)},`;
      text += `${Array.from(values, numberText).join(',')}\r\n`;
      if (text.length < flushAt) continue;
      await sink.write(Buffer.from(text));
      text = '';
    }
    await sink.write(Buffer.from(text));
  });
}

/** The names of all columns. @throws UserError where two are the same. */
export function header({ columns, names, title = 'id' }: WrittenTable): string[] {
  const all = names ? [title, ...columns] : [...columns];
  const twice = repeated(all);
  if (twice !== undefined) throw new UserError(`Two columns are called '${twice}'. Give each a name of its own.`);
  return all;
}

async function* rowsOf({ blocks, columns, names }: WrittenTable) {
  let row = 0;
  for await (const { data, rows, columns: width } of blocks) {
    if (width !== columns.length)
      throw new Error(`A block has ${count(width)} columns, and there are names for ${count(columns.length)}.`);
    for (let i = 0; i < rows; i++, row++) yield { row, values: data.subarray(i * width, (i + 1) * width) };
  }
  if (names && names.length !== row)
    throw new Error(`There are ${count(row)} rows, and identifiers for ${count(names.length)}.`);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
}
