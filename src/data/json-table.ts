import { resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import { type Column, columnOf } from './column';
import { type Database, fileLiteral, identifier, quote } from './duckdb';
import type { Format } from './format';
import type { FileSource, Signal } from './source';
import { type Opened, openTable } from './table-open';
import { measureLists, TypedPart, unreadable } from './table-part';
import { Unpacked } from './unpacked';

export const json: Format = {
  id: 'json',
  title: 'JSON lines',
  open: (source, options) => openTable([source], 'JSON lines', survey, options),
  join: (sources, options) => openTable(sources, 'JSON lines', survey, options),
};

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Objects by which the columns are found. */
const sampleRows = 20_000;

/**
 * Finds the columns from the first 20,000 objects, and counts rows and lists in one pass. Numbers are decimal text, read as the
 * nearest float64; a key that an object lacks is empty.
 * @throws UserError where a line is no JSON object, or a later value does not fit its column.
 */
async function survey(source: FileSource, database: Database, signal?: Signal): Promise<Opened> {
  const text = new Unpacked(source);
  const { bytes } = await text.head(4096);
  if (bytes.includes(0))
    throw new UserError(`${source.name}: this is no text. Save one JSON object per line, in UTF-8.`);
  if (bytes.subarray(0, 3).equals(BYTE_ORDER_MARK))
    throw new UserError(`${source.name}: the text begins with a byte order mark. Save it as UTF-8 without one.`);
  if (/^\s*\[/.test(bytes.toString('utf8')))
    throw new UserError(
      `${source.name}: the file begins with [. Save one JSON object per line (pandas: orient="records", lines=True).`,
    );
  await text.check(signal);
  const compression = { none: 'uncompressed', gzip: 'gzip', zstd: 'zstd' }[text.compression];
  const common = `${fileLiteral(resolve(source.path))}, format = 'newline_delimited', compression = '${compression}', hive_partitioning = false`;
  try {
    const sniffed = `read_json(${common}, records = true, sample_size = ${sampleRows}, map_inference_threshold = -1)`;
    const described = await database.rows(`DESCRIBE SELECT * FROM ${sniffed}`, signal);
    await refuseAlike(
      source.name,
      described.map(([name]) => String(name)),
      common,
      database,
      signal,
    );
    const types = described.map(([name, type]) => [String(name), readAs(String(type))] as const);
    const from = `read_json(${common}, columns = {${types.map(([name, type]) => `${quote(name)}: ${quote(type)}`).join(', ')}})`;
    const columns = types.map(([name, type]): Column => {
      const column = columnOf(name, identifier(name), type);
      return column.dtype === 'float64' ? { ...column, written: true } : column;
    });
    const measured = await measureLists(database, from, columns, signal);
    return { part: new TypedPart(source.name, measured.rows, from), columns: measured.columns, notes: [] };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw unreadable(source.name, error);
  }
}

const number = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;

/** Whole numbers may be followed by others further down; dates and the like stay as they stand there. */
function readAs(type: string): string {
  const element = type.endsWith('[]') ? type.slice(0, -2) : type;
  if (number.test(element)) return element === type ? 'DOUBLE' : 'DOUBLE[]';
  if (element === 'BOOLEAN' && element === type) return 'BOOLEAN';
  return /^(VARCHAR|DATE|TIME|TIMESTAMP.*|UUID)$/.test(type) ? 'VARCHAR' : type.endsWith('[]') ? 'JSON[]' : 'JSON';
}

/** Of keys that differ in case alone DuckDB renames one, and would then find nothing under its name. */
async function refuseAlike(
  name: string,
  columns: readonly string[],
  options: string,
  database: Database,
  signal?: Signal,
): Promise<void> {
  const lower = new Set(columns.map((column) => column.toLowerCase()));
  if (!columns.some((column) => lower.has(column.replace(/_\d+$/, '').toLowerCase()) && /_\d+$/.test(column))) return;
  const keys = await database.rows(
    `SELECT DISTINCT unnest(json_keys(json)) FROM (SELECT json FROM read_json_objects(${options}) LIMIT ${sampleRows})`,
    signal,
  );
  const seen = new Set<string>();
  for (const [key] of keys) {
    const plain = String(key).toLowerCase();
    if (seen.has(plain))
      throw new UserError(`${name}: two keys are '${plain}' but for upper and lower case. Rename one of them.`);
    seen.add(plain);
  }
}
