import type { Column } from './column';
import { missing } from './csv';
import type { Database } from './duckdb';
import type { Signal } from './source';
import type { Part } from './table-source';
import type { ColumnValues } from './tensor';

/** Every cell of a column: numbers where all of them are, otherwise text. Text of typed formats stays text. */
export async function readTexts(
  database: Database,
  parts: readonly Part[],
  column: Column,
  rows: number,
  signal?: Signal,
): Promise<ColumnValues> {
  const texts: string[] = [];
  const values = new Float64Array(rows);
  let numbers = 0;
  let onlyNumbers = column.kind !== 'index';
  for (const part of parts) {
    const expressions = [`CAST(${column.sql} AS VARCHAR)`, part.number(column)];
    let row = 0;
    try {
      for await (const chunk of database.chunks(part.select(expressions, null), signal)) {
        const [text, number] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
        if (row + chunk.rowCount > part.rows) throw part.disagrees(part.rows + 1);
        for (let i = 0; i < chunk.rowCount; i++) {
          const cell = (text.getItem(i) as string | null) ?? '';
          const value = number.getItem(i) as number | null;
          // Of digits alone: an identifier. 1e20 is a number as it is.
          const rounded = Number.isInteger(value) && !Number.isSafeInteger(value) && /^[+-]?\d+$/.test(cell.trim());
          if (rounded || (value === null && !missing.includes(cell))) onlyNumbers = false;
          if (value !== null) numbers++;
          values[texts.length] = value ?? NaN;
          texts.push(cell);
        }
        row += chunk.rowCount;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw await part.explain(error, [], 0, signal);
    }
    if (row !== part.rows) throw part.disagrees(row);
  }
  return { name: column.name, values: onlyNumbers && numbers > 0 ? values : texts };
}
