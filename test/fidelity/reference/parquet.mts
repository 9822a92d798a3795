// Writes test/fidelity/fixtures/tables/*.parquet with DuckDB from the literals of tables.json (tables.py), in each codec that
// Parquet files come in: a column of each dtype, and one of lists of it. One of them also packed as a whole, which needs the zstd
// program.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

const here = import.meta.dirname;
const { parquet } = JSON.parse(readFileSync(join(here, 'tables.json'), 'utf8')) as {
  readonly parquet: readonly { readonly dtype: string; readonly type: string; readonly literals: readonly string[] }[];
};
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
const rows = (parquet[0]?.literals ?? []).map((_, i) => {
  const cells = parquet.flatMap(({ type, literals }) => {
    const cell = (k: number) => `'${literals[k % literals.length]}'::${type}`;
    return [cell(i), `[${cell(i)}, ${cell(i + 1)}, ${cell(i + 2)}]`];
  });
  return `(${cells.join(', ')})`;
});
const names = parquet.flatMap(({ dtype }) => [dtype, `"${dtype} lists"`]);
await connection.run(`CREATE TABLE t AS SELECT * FROM (VALUES ${rows.join(', ')}) v(${names.join(', ')})`);
for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])
  for (const version of ['V1', 'V2']) {
    const file = join(here, '..', 'fixtures', 'tables', `${codec}-${version.toLowerCase()}.parquet`);
    await connection.run(`COPY t TO '${file}' (FORMAT parquet, CODEC ${codec}, PARQUET_VERSION ${version})`);
  }
const packed = join(here, '..', 'fixtures', 'tables', 'packed.parquet');
const whole = readFileSync(join(packed, '..', 'uncompressed-v1.parquet'));
writeFileSync(`${packed}.gz`, gzipSync(whole));
writeFileSync(`${packed}.zst`, execFileSync('zstd', ['-q', '-19', '--check', '-c'], { input: whole }));
