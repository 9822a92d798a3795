import { UserError } from '../protocol/errors';
import type { Column } from './column';
import { type Dialect, readDialect } from './csv';
import { CsvPart } from './csv-part';
import { scanRecords } from './csv-scan';
import type { Database } from './duckdb';
import type { Format } from './format';
import { metadataBeside, vectorsBeside } from './projector';
import type { FileSource, Signal } from './source';
import { type Opened, openTable } from './table-open';
import { Unpacked } from './unpacked';

export const csv: Format = {
  id: 'csv',
  title: 'a text table',
  open: (source, options) => openTable([source], 'table', openCsv, options),
  join: (sources, options) => openTable(sources, 'table', openCsv, options),
};

export const tsv: Format = {
  id: 'tsv',
  title: 'a text table',
  open: (source, options) => openTable([source], 'table', openTsv, options),
  join: (sources, options) => openTable(sources, 'table', openTsv, options),
};

const openCsv = (source: FileSource, database: Database, signal?: Signal) => survey(source, database, false, signal);
const openTsv = (source: FileSource, database: Database, signal?: Signal) => survey(source, database, true, signal);

/**
 * Opens a text table and counts its rows, in one pass. A column is numeric when more than half of its cells that are not
 * empty are numbers, by the first 1,000 rows or, where these are all empty, by the whole column; one without any value is
 * numeric, all NaN. The unnamed first column of integers that all differ, which pandas writes, counts the rows and is no
 * unit. Decimal text is read as the nearest float64.
 * @throws UserError when it is empty, ragged, or otherwise no regular CSV (RFC 4180).
 */
async function survey(source: FileSource, database: Database, tab: boolean, signal?: Signal): Promise<Opened> {
  const text = new Unpacked(source);
  const headless = (columns: number) =>
    metadataBeside(source.path) !== undefined || (columns === 1 && vectorsBeside(source.path) !== undefined);
  const dialect = await readDialect(text, tab, headless);
  const rows = (await scanRecords(text, dialect, signal)) - (dialect.header ? 1 : 0);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new UserError(`${source.name}: the table is empty.`);
  const part = new CsvPart(text, dialect, rows, database);
  return { part, columns: await columnsOf(dialect, part, signal), notes: dialect.notes };
}

async function columnsOf(dialect: Dialect, part: CsvPart, signal?: Signal): Promise<Column[]> {
  const kinds = [...dialect.kinds];
  const open = [...kinds.keys()].filter((i) => kinds[i] === undefined);
  const texts = open.map((i) => `2 * count(TRY_CAST(c${i} AS DOUBLE)) < count(c${i})`);
  const isText = await part.aggregate(texts, signal);
  for (const [k, i] of open.entries()) kinds[i] = isText[k] ? 'text' : 'number';
  let indexed = false;
  if (dialect.unnamedFirst && part.rows > 0) {
    const integer = 'TRY_CAST(c0 AS BIGINT)';
    const [counts] = await part.aggregate([`count(${integer}) = count(*) AND count(DISTINCT ${integer}) = count(*)`]);
    indexed = counts === true;
  }
  return dialect.names.map((name, i) => {
    const kind = indexed && i === 0 ? 'index' : (kinds[i] ?? 'number');
    const isNumber = kind === 'number';
    return { name, sql: `c${i}`, kind, dtype: isNumber ? 'float64' : '', ...(isNumber && { written: true }) };
  });
}
