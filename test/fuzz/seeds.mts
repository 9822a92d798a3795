// Writes the good tables that the fuzzer begins with, where the fidelity tests have none:
//     node_modules/.bin/tsx test/fuzz/seeds.mts
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

const folder = join(import.meta.dirname, 'seeds');
mkdirSync(folder, { recursive: true });
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(
  `CREATE TABLE t AS SELECT 'w' || i AS word, sin(i) AS a, CAST(cos(i) AS REAL) AS b, i % 3 AS c,
   CASE WHEN i % 7 = 0 THEN NULL ELSE i * 1000 END AS d FROM range(40) r(i)`,
);
await connection.run('CREATE TABLE lists AS SELECT i AS id, [sin(i), cos(i), i / 4] AS vector FROM range(30) r(i)');
const copy = (table: string, name: string, options: string) =>
  connection.run(`COPY ${table} TO '${join(folder, name)}' (${options})`);
for (const codec of ['uncompressed', 'snappy', 'zstd', 'gzip', 'lz4'])
  await copy('t', `${codec}.parquet`, `FORMAT parquet, CODEC '${codec}'`);
await copy('lists', 'lists.parquet', 'FORMAT parquet');
await copy('t', 'rows.jsonl', 'FORMAT json');
await copy('lists', 'lists.ndjson', 'FORMAT json');
await copy('t', 'rows.csv.zst', "FORMAT csv, COMPRESSION 'zstd'");
await copy('t', 'rows.tsv', "FORMAT csv, DELIMITER '\t'");
writeFileSync(join(folder, 'rows.jsonl.gz'), gzipSync(readFileSync(join(folder, 'rows.jsonl'))));
writeFileSync(join(folder, 'rows.tsv.gz'), gzipSync(readFileSync(join(folder, 'rows.tsv'))));

/** A shard of one float32 tensor. */
function shard(name: string, values: Float32Array): void {
  const header = Buffer.from(
    JSON.stringify({ [name]: { dtype: 'F32', shape: [values.length / 2, 2], data_offsets: [0, 4 * values.length] } }),
  );
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  writeFileSync(join(folder, `model-${name}.safetensors`), Buffer.concat([length, header, Buffer.from(values.buffer)]));
}
shard('a', Float32Array.of(1, 2, 3, 4, 5, 6));
shard('b', Float32Array.of(7, 8));
const index = { metadata: { total_size: 32 }, weight_map: { a: 'model-a.safetensors', b: 'model-b.safetensors' } };
writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index, null, 1));
process.exit(0);
