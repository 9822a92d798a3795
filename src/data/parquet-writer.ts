import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Matrix } from '../linalg/matrix';
import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import { replaceFile, told } from './atomic';
import { header, type WrittenTable } from './csv-writer';
import { fileLiteral, quote } from './duckdb';

/** Bytes of numbers that are gathered before they go to disk, which is also the size of a row group. */
const gathered = 32 << 20;
const chunkRows = 2048;

type Block = Pick<Matrix, 'data' | 'rows' | 'columns'>;

/**
 * Writes Parquet through DuckDB: a column of FLOAT (or DOUBLE, by the precision of the first block) for each unit. Blocks go
 * to disk as files of one row group each, which are put together at the end, so that little is held in memory.
 * @throws UserError when it cannot be written, or two names are the same but for upper and lower case.
 */
export function writeParquet(path: string, table: WrittenTable): Promise<void> {
  const names = header(table);
  const alike = new Set(names.map((name) => name.toLowerCase()));
  if (alike.size < names.length)
    throw new UserError(`${path}: Parquet's columns cannot differ by upper and lower case alone. Rename some.`);
  return replaceFile(path, async (temporary) => {
    const folder = `${temporary}.d`;
    await told(path, mkdir(folder));
    try {
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const instance = await DuckDBInstance.create(':memory:', {
        threads: '1',
        memory_limit: '1GB',
        temp_directory: '',
      });
      const connection = await instance.connect();
      try {
        await write(connection, folder, temporary, names, table);
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    } catch (error) {
      if (error instanceof UserError || !/^[\w ]+ Error: /.test(messageOf(error))) throw error;
      throw new UserError(`${path} cannot be written (${messageOf(error).split('\n', 1)[0]}).`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function write(
  connection: DuckDBConnection,
  folder: string,
  target: string,
  names: readonly string[],
  table: WrittenTable,
): Promise<void> {
  const group = Math.max(chunkRows, Math.floor(gathered / (8 * Math.max(1, table.columns.length))));
  const parts: string[] = [];
  let [row, held] = [0, 0];
  let pending: Block[] = [];
  let isDouble: boolean | undefined;
  const flush = async () => {
    const part = join(folder, `${parts.length}.parquet`);
    const options = `(FORMAT parquet, ROW_GROUP_SIZE ${Math.max(group, held)})`;
    await connection.run(`COPY (SELECT * FROM blocks()) TO ${quote(part)} ${options}`);
    parts.push(part);
    pending = [];
    held = 0;
  };
  const first = () => row - held;
  for await (const block of table.blocks) {
    if (block.columns !== table.columns.length)
      throw new Error(
        `A block has ${count(block.columns)} columns, and there are names for ${count(table.columns.length)}.`,
      );
    if (isDouble === undefined) {
      isDouble = block.data instanceof Float64Array;
      await register(connection, names, isDouble, { blocks: () => pending, first, names: table.names });
    }
    pending.push(block);
    row += block.rows;
    held += block.rows;
    if (held >= group) await flush();
  }
  if (table.names && table.names.length !== row)
    throw new Error(`There are ${count(row)} rows, and identifiers for ${count(table.names.length)}.`);
  if (isDouble === undefined)
    await register(connection, names, false, { blocks: () => pending, first, names: table.names });
  if (held > 0 || parts.length === 0) await flush();
  if (parts.length === 1) return rename(parts[0] as string, target);
  const list = parts.map(fileLiteral).join(', ');
  await connection.run(
    `COPY (SELECT * FROM read_parquet([${list}])) TO ${quote(target)} (FORMAT parquet, ROW_GROUP_SIZE ${group})`,
  );
}

interface Pending {
  blocks(): readonly Block[];
  /** Row of the table where the first of them begins. */
  first(): number;
  readonly names: readonly string[] | undefined;
}

/** Lets SQL read the blocks that are gathered, as the rows of `blocks()`. */
async function register(
  connection: DuckDBConnection,
  names: readonly string[],
  isDouble: boolean,
  pending: Pending,
): Promise<void> {
  const { DuckDBTableFunction, FLOAT, DOUBLE, VARCHAR } = await import('@duckdb/node-api');
  let [index, at, row] = [0, 0, 0];
  const titles = pending.names ? 1 : 0;
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name: 'blocks',
      bindFunction: (info) => {
        for (const [i, name] of names.entries())
          info.addResultColumn(name, i < titles ? VARCHAR : isDouble ? DOUBLE : FLOAT);
      },
      initFunction: () => {
        [index, at, row] = [0, 0, pending.first()];
      },
      mainFunction: (_, chunk) => {
        const blocks = pending.blocks();
        while (index < blocks.length && at === blocks[index]?.rows) [index, at] = [index + 1, 0];
        const block = blocks[index];
        const height = block ? Math.min(chunkRows, block.rows - at) : 0;
        chunk.rowCount = height;
        if (!block || height === 0) return;
        if (pending.names) chunk.setColumnValues(0, pending.names.slice(row, row + height));
        const { data, columns } = block;
        const values = new Array<number>(height);
        for (let j = 0; j < columns; j++) {
          for (let i = 0, k = at * columns + j; i < height; i++, k += columns) values[i] = data[k] as number;
          chunk.setColumnValues(j + titles, values);
        }
        at += height;
        row += height;
      },
    }),
  );
}
