import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test, vi } from 'vitest';
import { rowBlocks } from '../../src/data/blocks';
import { openData } from '../../src/data/file';
import { parseInput } from '../../src/data/input';
import { readLabels } from '../../src/data/labels';
import { expandTensors, readRepresentation } from '../../src/data/representation';
import { openSource } from '../../src/data/source';
import type { RawTensor } from '../../src/data/tensor';
import { Unpacked } from '../../src/data/unpacked';
import { Hashes } from '../../src/engine/hash';
import { array, limit, read, refusal, scratch } from './data-files';

const { folder, write } = scratch();

/** Run-length blocks of 128 KiB in four bytes each: 2 GiB in 64 kB of Zstandard. */
const bomb = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 0x20, 0, 0]),
  Buffer.from('a,b\n'),
  ...Array(16_384).fill(Buffer.from([0x02, 0x00, 0x10, 0x0a])),
]);

/** Writes what a SELECT gives as Parquet. */
async function parquet(name: string, select: string, options = ''): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const path = join(folder, name);
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

const lines = (...rows: readonly unknown[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const values = ({ shape, dtype, data }: RawTensor) => [shape, dtype, Array.from(data)];

async function query(path: string, sql: string, tensor: string | null = null): Promise<RawTensor> {
  const file = await openData(path, { query: sql });
  try {
    return await file.read(tensor, { limit });
  } finally {
    await file.close();
  }
}

describe('JSON lines', () => {
  const rows = [
    { id: 'a', x: 1, ok: true, emb: [0.1, 2], day: '2020-01-01' },
    { id: 'b', x: 2.5, ok: false, emb: [3, 4] },
    { id: 'c', x: null, ok: true, emb: [5, 6], more: { deep: 1 } },
  ];

  test('numbers are columns, lists are tensors, whatever lacks is empty', async () => {
    const path = write('rows.jsonl', lines(...rows));
    const table = await read(path);
    expect(values(table)).toEqual([[3, 2], 'float64', [1, 1, 2.5, 0, NaN, 1]]);
    expect([table.columns, table.notes]).toEqual([['x', 'ok'], ['1 empty cell in 1 column read as NaN']]);
    expect(values(await read(path, 'emb'))).toEqual([[3, 2], 'float64', [0.1, 2, 3, 4, 5, 6]]);
    expect(values(await read(path, 'emb', { rows: [1, 2] }))).toEqual([[1, 2], 'float64', [3, 4]]);
    const labels = await readLabels({ path: 'rows.jsonl', column: 'day' }, folder, { limit });
    expect(labels).toMatchObject({ categories: ['2020-01-01', '(missing)'].sort() });
  });

  test('gzip and zstd, of several members, are read as what is in them', async () => {
    const both = Buffer.concat([gzipSync(lines(rows[0])), gzipSync(lines(rows[1], rows[2]))]);
    expect(values(await read(write('rows.ndjson.gz', both), 'emb'))).toEqual([[3, 2], 'float64', [0.1, 2, 3, 4, 5, 6]]);
  });

  test('whole numbers of more digits than float64 has are said to be rounded, in lists too', async () => {
    const path = write('large.jsonl', '{"a":9007199254740993,"e":[1,-9007199254740993]}\n{"a":2,"e":[3,4]}\n');
    const told = [
      '1 number beyond 2^53 in 1 column read as the nearest float64: whole numbers of so many digits are rounded',
    ];
    for (const tensor of [null, 'e']) expect((await read(path, tensor)).notes).toEqual(told);
  });

  const bad: Record<string, [content: string | Uint8Array, told: string]> = {
    'a line that is cut off': [`${lines({ a: 1 })}{"a":\n`, 'in line 2:'],
    'a first line that is none': ['{"a" 1}\n{"a":2}\n', 'in line 1:'],
    'a line far down that is none': [`${lines({ a: 1 }).repeat(25_000)}{"a" 1}\n`, 'in line 25001:'],
    'a byte order mark': [`\uFEFF${lines({ a: 1 })}`, 'Save it as UTF-8 without one.'],
    'an array of objects': ['[{"a":1},{"a":2}]', 'begins with [. Save one JSON object per line'],
    'text among numbers, far down': [
      lines(...Array.from({ length: 30_000 }, (_, i) => ({ a: i < 25_000 ? i : 'x' }))),
      'in line 25001',
    ],
    'keys that differ in case': [lines({ a: 1, A: 2 }), "two keys are 'a' but for upper and lower case"],
    'bytes that are no text': [Buffer.from([1, 0, 2]), 'this is no text'],
    'keys that only look so are fine, other text is not': [
      lines({ a: 'y', a_1: 'x' }),
      'no column holds numbers (a, a_1)',
    ],
    'no numbers': [lines({ a: 'x' }), 'no column holds numbers (a)'],
  };
  for (const [name, [content, told]] of Object.entries(bad))
    test(`${name} is refused in words`, async () => {
      const message = await refusal(read(write('bad.jsonl', content)));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.jsonl: .*\.$/s);
    });
});

describe('compressed text', () => {
  test('is the same table', async () => {
    const path = write('a.csv.gz', gzipSync('a,b\n1,2\n3,"4"\n'));
    expect(values(await read(path))).toEqual([[2, 2], 'float64', [1, 2, 3, 4]]);
    expect(values(await read(write('a.tsv.gz', gzipSync('a\tb\n1\t2\n')), null))).toEqual([[1, 2], 'float64', [1, 2]]);
  });

  test('is refused where it is damaged, or unpacks to absurdly much', async () => {
    const good = gzipSync(`a,b\n${'1,2\n'.repeat(5000)}`);
    expect(await refusal(read(write('cut.csv.gz', good.subarray(0, good.length - 9))))).toContain('cannot be unpacked');
    const flipped = Buffer.from(good);
    flipped[good.length - 6] = (flipped[good.length - 6] as number) ^ 1;
    expect(await refusal(read(write('flip.csv.gz', flipped)))).toContain('cannot be unpacked (incorrect data check)');
    expect(await refusal(read(write('no.csv.zst', 'a,b\n1,2\n')))).toContain('at byte 0 begins no zstd frame');
    const source = await openSource(write('bomb.csv.zst', bomb));
    expect(await refusal(new Unpacked(source).check())).toContain('its 65.5 kB unpack to more than 268 MB');
    await source.close();
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]);
    expect(await refusal(read(write('wide.csv.zst', wide)))).toContain('needs a window of');
  });
});

describe('Parquet', () => {
  test('that is packed as a whole is refused where it is damaged or unpacks to absurdly much, and leaves nothing behind', async () => {
    vi.stubEnv('TMPDIR', mkdtempSync(join(folder, 'temporary-')));
    const good = gzipSync(readFileSync(await parquet('good.parquet', 'SELECT 1.5::DOUBLE AS x')));
    expect(values(await read(write('good.parquet.gz', good)))).toEqual([[1, 1], 'float64', [1.5]]);
    const told = async (name: string, bytes: Uint8Array) => {
      const message = await refusal(read(write(name, bytes)));
      expect(readdirSync(tmpdir())).toEqual([]);
      return message;
    };
    expect(await told('cut.parquet.gz', good.subarray(0, -9))).toContain('cut.parquet.gz: it cannot be unpacked');
    expect(await told('text.parquet.gz', gzipSync('a,b'))).toMatch(/^text\.parquet\.gz: the table cannot be read/);
    expect(await told('plain.parquet.gz', Buffer.from('PAR1'))).toContain(
      'cannot be unpacked (incorrect header check)',
    );
    expect(await told('bomb.parquet.zst', bomb)).toContain('its 65.5 kB unpack to more than 268 MB');
    vi.unstubAllEnvs();
  });

  test('every type keeps its width', async () => {
    const types = 'BOOLEAN TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE'.split(' ');
    const names = 'bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64'.split(' ');
    for (const [i, type] of types.entries()) {
      const path = await parquet(
        'type.parquet',
        `SELECT x::${type} AS x, [x, x]::${type}[] AS l FROM (VALUES (1), (0)) t(x)`,
      );
      expect(values(await read(path))).toEqual([[2, 1], names[i], [1, 0]]);
      expect(values(await read(path, 'l'))).toEqual([[2, 2], names[i], [1, 1, 0, 0]]);
    }
  });

  test('columns that differ in case are refused, those that only look as if DuckDB had renamed them are not', async () => {
    const made = await parquet('case.parquet', 'SELECT 1 AS b, 2 AS c');
    const bytes = readFileSync(made);
    // The name stands in the schema and in the metadata of the column.
    const alike = Buffer.from(bytes);
    for (let at = alike.indexOf('\x01c'); at >= 0; at = alike.indexOf('\x01c', at + 1))
      alike[at + 1] = 'B'.charCodeAt(0);
    const message = await refusal(read(write('alike.parquet', alike)));
    expect(message).toBe("alike.parquet: two columns are 'B' but for upper and lower case. Rename one of them.");
    const numbered = await parquet('numbered.parquet', 'SELECT 1 AS a, 2 AS a_1');
    expect((await read(numbered)).columns).toEqual(['a', 'a_1']);
  });

  test('float32 stays what it is beside small integers, and becomes float64 beside others', async () => {
    const path = await parquet('mixed.parquet', 'SELECT 0.1::FLOAT AS a, 3::TINYINT AS b, 5::INTEGER AS c');
    const narrow = await read(path, null, { columns: ['a', 'b'] });
    expect([narrow.dtype, narrow.data]).toEqual(['float32', Float32Array.of(0.1, 3)]);
    expect((await read(path)).data).toEqual(Float64Array.of(Math.fround(0.1), 3, 5));
  });

  test('integers beyond 2^53 are refused as numbers and kept as identifiers', async () => {
    const path = await parquet(
      'wide.parquet',
      'SELECT 9007199254740991 AS x, [1, -9007199254740993] AS l UNION ALL SELECT 9007199254740993, [1, 2]',
    );
    expect(await refusal(read(path))).toContain(
      "row 1, column 'x' holds the int64 value 9,007,199,254,740,992 (about)",
    );
    expect(await refusal(read(path, 'l'))).toContain("row 0, column 'l' holds the int64 value");
    const file = await openData(path);
    expect((await file.readColumn('x', { limit })).values).toEqual(['9007199254740991', '9007199254740993']);
    await file.close();
  });

  test('lists that are no rows of a matrix are told of', async () => {
    const path = await parquet(
      'lists.parquet',
      'SELECT i, [1, 2][1:1 + i % 2] AS ragged, [[i]] AS deep, [i::VARCHAR] AS words, CASE WHEN i = 3 THEN [1, 2] WHEN i = 4 THEN [] ELSE [1] END AS hidden FROM range(6) t(i)',
    );
    const file = await openData(path);
    const unusable = Object.fromEntries(file.describe().tensors.map((tensor) => [tensor.name, tensor.unusable]));
    await file.close();
    expect(unusable.ragged).toContain('its lists differ in length (1.5 values on average)');
    expect(unusable.deep).toBe('its cells are lists of lists, not of numbers.');
    expect(unusable.words).toBe('its cells are lists of VARCHAR, not of numbers.');
    expect(await refusal(read(path, 'ragged'))).toContain("column 'ragged' cannot be read as numbers");
    expect(await refusal(read(path, 'hidden'))).toMatch(
      /differ in length|row 3, column 'hidden' holds a list of 2 values where 1/,
    );
  });

  test('a row without a list, and a list without a value, are not numbers', async () => {
    const row = (i: number) => ({ nulls: i === 2 ? null : [i, 1.5], holes: [i, i === 1 ? null : 0.5] });
    const jsonl = write('gaps.jsonl', lines(...[0, 1, 2, 3].map(row)));
    for (const path of [jsonl, await parquet('gaps.parquet', `SELECT * FROM read_json('${jsonl}')`)]) {
      expect(values(await read(path, 'nulls'))[2]).toEqual([0, 1.5, 1, 1.5, NaN, NaN, 3, 1.5]);
      expect(values(await read(path, 'holes'))[2]).toEqual([0, 0.5, 1, NaN, 2, 0.5, 3, 0.5]);
    }
  });

  test('damage is told', async () => {
    const path = await parquet('good.parquet', 'SELECT i::DOUBLE AS x FROM range(1000) t(i)');
    const content = readFileSync(path);
    expect(await refusal(read(write('cut.parquet', content.subarray(0, 500))))).toMatch(
      /^cut\.parquet: the table cannot be read/,
    );
    expect(await refusal(read(write('not.parquet', 'a,b\n1,2\n')))).toMatch(/^not\.parquet: the table cannot be read/);
    expect(await refusal(read(write('really.csv', content)))).toContain('this is no .csv file but a Parquet table');
  });
});

describe('rows by blocks', () => {
  test('are the rows of the whole, in order, of numbers and of lists, over row groups and files', async () => {
    const rows = 30_000;
    const select = (from: number) =>
      `SELECT i::INTEGER AS i, [i, i / 2]::FLOAT[] AS l FROM range(${from}, ${from + rows}) t(i)`;
    await parquet('block-1.parquet', select(0), ', ROW_GROUP_SIZE 4096');
    await parquet('block-2.parquet', select(rows), ', ROW_GROUP_SIZE 4096');
    const file = await openData(join(folder, 'block-*.parquet'));
    for (const tensor of [null, 'l']) {
      const got: number[] = [];
      for await (const block of rowBlocks(file, tensor, [7, 2 * rows - 5], 7001, { limit })) {
        expect(block.shape[0]).toBeLessThanOrEqual(7001);
        got.push(...block.data);
      }
      const expected = Array.from({ length: 2 * rows - 12 }, (_, k) => k + 7);
      expect(got).toEqual(tensor === null ? expected : expected.flatMap((i) => [i, Math.fround(i / 2)]));
    }
    const part = await file.read(null, { limit, rows: [rows - 2, rows + 2] });
    expect(Array.from(part.data)).toEqual([rows - 2, rows - 1, rows, rows + 1]);
    await file.close();
  });

  test('are the rows of a text table, with what is missing counted in each', async () => {
    const path = write(
      'blocks.csv',
      `a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},${i === 4000 ? '' : -i}`).join('\n')}\n`,
    );
    const file = await openData(path);
    const notes: string[] = [];
    const got: number[] = [];
    for await (const block of rowBlocks(file, null, [0, 5000], 1500, { limit })) {
      notes.push(block.notes.join());
      got.push(...block.data);
    }
    expect(got).toEqual(Array.from({ length: 5000 }, (_, i) => [i, i === 4000 ? NaN : -i || 0]).flat());
    expect(notes).toEqual(['', '', '1 empty cell in 1 column read as NaN', '']);
    // Given up halfway, and begun anew.
    for await (const _ of rowBlocks(file, null, [0, 5000], 10, { limit })) break;
    expect((await file.read(null, { limit, rows: [1, 2] })).data).toEqual(Float64Array.of(1, -1));
    await file.close();
  });
});

describe('SQL', () => {
  const path = () => write('sql.csv', 'word,"x y",n\nthe,1,5\nof,2,6\nand,3,7\n');

  test('chooses, computes and orders', async () => {
    expect(
      values(await query(path(), 'SELECT "x y", n * 2 AS m FROM data WHERE word <> \'of\' ORDER BY n DESC;')),
    ).toEqual([[2, 2], 'float64', [3, 14, 1, 10]]);
    expect(values(await query(path(), 'WITH a AS (SELECT n FROM data) SELECT sum(n) AS s FROM a -- all'))).toEqual([
      [1, 1],
      'float64',
      [18],
    ]);
    expect(values(await query(path(), 'SELECT [n, "x y"] AS pair FROM data', 'pair'))).toEqual([
      [3, 2],
      'float64',
      [5, 1, 6, 2, 7, 3],
    ]);
    expect((await query(path(), 'FROM data LIMIT 2')).notes).toContain('2 of 3 rows by SQL');
  });

  test('reads and writes nothing else', async () => {
    const other = write('other.csv', 'secret\n1\n');
    const target = join(folder, 'written.csv');
    const hostile = [
      `SELECT * FROM read_csv('${other}')`,
      `SELECT * FROM '${other}'`,
      `SELECT * FROM read_text('${other}')`,
      `SELECT * FROM read_blob('${other}')`,
      `SELECT * FROM read_parquet('${other}')`,
      `SELECT * FROM read_json('${other}')`,
      `SELECT * FROM sniff_csv('${other}')`,
      `SELECT * FROM glob('${folder}/*')`,
      `SELECT (SELECT count(*) FROM read_csv('${other}')) AS x FROM data`,
      `WITH a AS (SELECT * FROM read_csv('${other}')) SELECT * FROM a`,
      `SELECT * FROM data WHERE n IN (SELECT 1 FROM '${other}')`,
      `SELECT n FROM data UNION ALL SELECT * FROM '${other}'`,
      `SELECT * FROM query('COPY data TO ''${target}''')`,
      `SELECT * FROM query_table('duckdb_settings')`,
      `SELECT * FROM enable_logging(storage = 'file', storage_path = '${target}')`,
      'SELECT * FROM duckdb_settings()',
      'SELECT * FROM duckdb_tables',
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM (SHOW TABLES)',
      'SELECT * FROM arrow_scan(1, 2, 3)',
      `COPY data TO '${target}'`,
      `COPY (SELECT 1) TO '${join(folder, 'sql.csv')}'`,
      `EXPORT DATABASE '${target}'`,
      `ATTACH '${target}'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'PRAGMA database_list',
      "SET memory_limit = '8GB'",
      'CREATE TABLE x AS SELECT 1',
      'INSERT INTO data VALUES (1)',
      'UPDATE data SET n = 1',
      'DELETE FROM data',
      'DROP VIEW data',
      'CALL pragma_version()',
      'EXPLAIN SELECT 1',
      'DESCRIBE data',
      'SELECT 1; SELECT 2',
      'SELECT 1 AS x) UNION ALL (SELECT 2',
      "SELECT getenv('HOME') FROM data",
      'SELECT random() AS x FROM data',
      'SELECT * FROM data USING SAMPLE 2',
      "SELECT repeat('x', 10000000000) AS x FROM data",
      'SELECT nothing FROM data',
      'SELECT',
      '',
    ];
    for (const sql of hostile) expect(await refusal(query(path(), sql)), sql).toMatch(/^sql\.csv: .*\.$/s);
    expect(values(await read(path()))).toEqual([[3, 2], 'float64', [1, 5, 2, 6, 3, 7]]);
    expect(existsSync(target)).toBe(false);
  });

  test('labels of the same table are read through the query as well', async () => {
    write('l.csv', 'x,y,class\n1,2,a\n2,1,b\n3,3,a\n4,5,b\n');
    const sql = 'SELECT * FROM data ORDER BY x DESC';
    const labels = await readLabels({ path: 'l.csv', column: 'class' }, folder, { limit, query: sql });
    expect(labels).toMatchObject({ categories: ['a', 'b'], index: Int32Array.of(1, 0, 1, 0) });
  });

  test('is for tables', async () => {
    expect(await refusal(query(write('a.npy', array([1, 1], [1])), 'SELECT 1'))).toContain('SQL is for tables');
  });

  test('over several files is over all their rows', async () => {
    write('q-1.csv', 'a,w\n1,x\n');
    write('q-2.csv', 'a,w\n2,y\n');
    expect(values(await query(join(folder, 'q-*.csv'), "SELECT a * 2 AS b FROM data WHERE w IN ('x', 'y')"))).toEqual([
      [2, 1],
      'float64',
      [2, 4],
    ]);
  });
});

describe('several files by a pattern', () => {
  test('are one table in counting order; links and hidden files are left out', async () => {
    mkdirSync(join(folder, 'parts'), { recursive: true });
    write('parts/p2.csv', 'a,b\n3,4\n');
    write('parts/p10.csv', 'a,b\n5,6\n');
    write('parts/p1.csv', 'a,b\n1,2\n');
    write('parts/.p0.csv', 'a,b\n9,9\n');
    write('outside.csv', 'a,b\n9,9\n');
    symlinkSync(join(folder, 'outside.csv'), join(folder, 'parts', 'p0.csv'));
    const pattern = join(folder, 'parts', 'p*.csv');
    expect(values(await read(pattern))).toEqual([[3, 2], 'float64', [1, 2, 3, 4, 5, 6]]);
    expect(parseInput('parts/p*.csv#x', folder)).toEqual({ path: 'parts/p*.csv', tensor: 'x' });
    const hashes = new Hashes();
    const before = await hashes.of(pattern);
    expect(before).not.toBe(await hashes.of(join(folder, 'parts', 'p1.csv')));
    write('parts/p2.csv', 'a,b\n3,4.5\n');
    expect(await hashes.of(pattern)).not.toBe(before);
    // A file of that very name wins.
    write('parts/p*.csv', 'z\n8\n');
    expect(values(await read(pattern))).toEqual([[1, 1], 'float64', [8]]);
  });

  test('need the same columns', async () => {
    write('s-1.csv', 'a,b\n1,2\n');
    write('s-2.csv', 'a,c\n1,2\n');
    expect(await refusal(read(join(folder, 's-*.csv')))).toContain("s-2.csv: column 2 is 'c' where s-1.csv has 'b'");
    write('s-2.csv', 'a,b\n1,x\n');
    expect(await refusal(read(join(folder, 's-*.csv')))).toContain(
      "s-2.csv: column 'b' is text where s-1.csv has float64",
    );
    write('s-2.csv', 'a\n1\n');
    expect(await refusal(read(join(folder, 's-*.csv')))).toContain('s-2.csv: it has 1 columns where s-1.csv has 2');
    expect(await refusal(read(join(folder, 'none-*.csv')))).toContain('there is no such file');
  });
});

describe('a representation', () => {
  test('is the column of lists where there is one, and the columns of numbers where they are chosen', async () => {
    await parquet('rep.parquet', 'SELECT i AS id, [i, 2 * i]::FLOAT[] AS emb, i * 10 AS n FROM range(3) t(i)');
    const lists = await readRepresentation({ path: 'rep.parquet' }, folder, { limit });
    expect([lists.tensor, lists.dtype, Array.from(lists.matrix.data)]).toEqual(['emb', 'float32', [0, 0, 1, 2, 2, 4]]);
    expect(lists.notes).toContain("column 'emb' of lists taken; columns of numbers left out");
    const numbers = await readRepresentation({ path: 'rep.parquet', columns: 'n' }, folder, { limit });
    expect([numbers.tensor, Array.from(numbers.matrix.data)]).toEqual([null, [0, 10, 20]]);
    expect(await expandTensors({ path: 'rep.parquet' }, folder)).toEqual([{ path: 'rep.parquet', tensor: 'emb' }]);
  });
});

test('identifiers and labels are suggested', async () => {
  const described = async (content: string) => {
    const file = await openData(write('s.csv', content));
    const { suggested } = file.describe();
    await file.close();
    return suggested;
  };
  expect(await described('x,word,class\n1,the,a\n2,of,a\n3,and,b\n4,to,b\n')).toEqual({ ids: 'word', labels: 'class' });
  expect(await described('x,note,sample_id,species\n1,p,7,1\n2,q,8,1\n3,r,9,2\n4,s,3,2\n')).toEqual({
    ids: 'sample_id',
    labels: 'species',
  });
  expect(await described('x,word\n1,the\n2,the\n3,of\n')).toBeUndefined();
  expect(await described('x,y\n1,2\n2,3\n')).toBeUndefined();
});
