import { UserError } from '../protocol/errors';
import { type Column, columnOf } from './column';
import { Copies, type Copy } from './copies';
import { type Database, fileLiteral, identifier } from './duckdb';
import type { Format, OpenOptions } from './format';
import type { FileSource, Signal } from './source';
import { type Opened, openTable } from './table-open';
import { TypedPart, unreadable } from './table-part';
import type { DataFile } from './tensor';

export const parquet: Format = {
  id: 'parquet',
  title: 'a Parquet table',
  signatures: ['PAR1'],
  open: (source, options) => openFiles([source], options),
  join: openFiles,
};

/** What is packed as a whole is unpacked first: columns and rows are found from the end of a file. */
async function openFiles(sources: readonly FileSource[], options: OpenOptions): Promise<DataFile> {
  const copies = await Copies.of(sources, options.signal);
  return openTable(
    sources,
    'Parquet',
    (source, database, signal) => survey(source.name, copies.find(source), database, signal),
    options,
    copies,
  );
}

const rowNumber = 'file_row_number';

/**
 * Reads the schema and counts rows from the metadata at the end of the file, nothing else. How many values the lists of a
 * column hold follows from those in the whole column; each list is checked when it is read.
 */
async function survey(called: string, { path, notes }: Copy, database: Database, signal?: Signal): Promise<Opened> {
  const file = fileLiteral(path);
  const options = 'hive_partitioning = false, union_by_name = false';
  try {
    const described = await database.rows(`DESCRIBE SELECT * FROM read_parquet(${file}, ${options})`, signal);
    const names = described.map(([name]) => String(name));
    await refuseAlike(called, names, file, database, signal);
    const numbered = !names.some((name) => name.toLowerCase() === rowNumber);
    const from = `read_parquet(${file}, ${options}${numbered ? `, ${rowNumber} = true` : ''})`;
    const [[rows] = []] = await database.rows(`SELECT sum(num_rows) FROM parquet_file_metadata(${file})`, signal);
    const columns = described.map(([name, type]) => columnOf(String(name), identifier(String(name)), String(type)));
    const part = new TypedPart(called, Number(rows ?? 0), from, numbered ? rowNumber : undefined);
    return { part, columns: await withLengths(columns, file, database, part.rows, signal), notes };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw unreadable(called, error);
  }
}

/** Of columns whose names differ in case alone DuckDB renames one, which would then be found under no name of the file. */
async function refuseAlike(
  called: string,
  names: readonly string[],
  file: string,
  database: Database,
  signal?: Signal,
) {
  if (!names.some((name) => /_\d+$/.test(name))) return;
  const schema = await database.rows(`SELECT name FROM parquet_schema(${file})`, signal);
  const stored = new Set(schema.map(([name]) => String(name)));
  const renamed = names.find((name) => !stored.has(name));
  if (renamed === undefined) return;
  const plain = renamed.replace(/_\d+$/, '');
  throw new UserError(`${called}: two columns are '${plain}' but for upper and lower case. Rename one of them.`);
}

async function withLengths(
  columns: readonly Column[],
  file: string,
  database: Database,
  rows: number,
  signal?: Signal,
): Promise<Column[]> {
  if (!columns.some(({ kind, unusable }) => kind === 'list' && unusable === undefined)) return [...columns];
  // Values in a row group, beside its rows; empty lists and nulls count as one value.
  const found = await database.rows(
    `SELECT split_part(path_in_schema, ', ', 1), sum(num_values), min(num_values / row_group_num_rows), ` +
      `max(num_values / row_group_num_rows) FROM parquet_metadata(${file}) WHERE row_group_num_rows > 0 ` +
      "AND contains(path_in_schema, ', ') GROUP BY ALL",
    signal,
  );
  const groups = new Map(found.map(([name, ...counts]) => [String(name), counts.map(Number)]));
  const withLength = async (column: Column): Promise<Column> => {
    if (column.kind !== 'list' || column.unusable !== undefined || rows === 0) return column;
    // A name with a comma cannot be told from a path: its first row has to do.
    const [total = 0, least = 0, most = 0] = groups.get(column.name) ?? [];
    if (total === 0) return { ...column, unusable: 'how long its lists are cannot be found out from the metadata.' };
    if (least === most && Number.isInteger(least)) return { ...column, length: least };
    const first = `SELECT len(${column.sql}) FROM read_parquet(${file}) WHERE ${column.sql} IS NOT NULL LIMIT 1`;
    const length = Number((await database.rows(first, signal))[0]?.[0]);
    // As many rows without a list as the number of values asks for.
    const missing = (length * rows - total) / (length - 1);
    if (Number.isInteger(missing) && missing >= 0) return { ...column, length };
    return { ...column, unusable: `its lists differ in length (${(total / rows).toFixed(1)} values on average).` };
  };
  return Promise.all(columns.map(withLength));
}
