import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { header, writeCsv } from '../../src/data/csv-writer';
import { readNames } from '../../src/data/labels';
import { writeParquet } from '../../src/data/parquet-writer';
import { csvCell } from '../../src/protocol/csv';
import { limit, read, refusal, scratch } from './data-files';

const { folder, write } = scratch();

async function* blocks(...parts: readonly (readonly number[])[]) {
  for (const part of parts) yield { data: Float32Array.from(part), rows: part.length / 2, columns: 2 };
}

const extremes = [
  0.1,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1.1754943508222875e-38,
  3.4028234663852886e38,
  -1.401298464324817e-45,
];
const names = ['=1+1', 'a,"b"', '-5', '@x'];

test('CSV holds every bit of the numbers, and nothing that a spreadsheet runs', async () => {
  const path = join(folder, 'out.csv');
  await writeCsv(path, { columns: ['x', '+y'], blocks: blocks(extremes.slice(0, 4), extremes.slice(4)), names });
  const lines = readFileSync(path, 'utf8').split('\r\n');
  expect(lines[0]).toBe("id,x,'+y");
  expect(lines.slice(1, 5).map((line) => line.slice(0, line.lastIndexOf(',', line.lastIndexOf(',') - 1)))).toEqual([
    "'=1+1",
    '"a,""b"""',
    "'-5",
    "'@x",
  ]);
  expect(lines[2]).toMatch(/,NaN,inf$/);
  const { data } = await read(path);
  expect(Float32Array.from(data)).toEqual(Float32Array.from(extremes));
});

test('Parquet holds every bit of the numbers, in the order of the rows, over many row groups', async () => {
  const path = join(folder, 'out.parquet');
  await writeParquet(path, { columns: ['x', '+y'], blocks: blocks(extremes.slice(0, 4), extremes.slice(4)), names });
  const small = await read(path);
  expect([small.dtype, small.columns, small.data]).toEqual(['float32', ['x', '+y'], Float32Array.from(extremes)]);
  expect(await readNames(path, { limit })).toEqual(names);

  const [rows, columns] = [6000, 1000];
  async function* wide() {
    for (let row = 0; row < rows; row += 2000)
      yield {
        data: Float64Array.from({ length: 2000 * columns }, (_, k) => row * columns + k),
        ...{ rows: 2000, columns },
      };
  }
  await writeParquet(path, { columns: Array.from({ length: columns }, (_, j) => `u${j}`), blocks: wide() });
  const large = await read(path, null, { limit: 1e9 });
  expect([large.dtype, large.shape]).toEqual(['float64', [rows, columns]]);
  expect(large.data.every((value, k) => value === k)).toBe(true);
});

test('a table that fails on its way leaves what was there, and nothing else', async () => {
  async function* failing() {
    yield { data: Float32Array.of(1, 2), rows: 1, columns: 2 };
    throw new Error('no more');
  }
  for (const [name, write] of [
    ['kept.csv', writeCsv],
    ['kept.parquet', writeParquet],
  ] as const) {
    writeFileSync(join(folder, name), 'before');
    await expect(write(join(folder, name), { columns: ['a', 'b'], blocks: failing() })).rejects.toThrow('no more');
    await expect(write(join(folder, name), { columns: ['a'], blocks: blocks([1, 2]) })).rejects.toThrow(
      'A block has 2',
    );
    expect(readFileSync(join(folder, name), 'utf8')).toBe('before');
    const missing = join(folder, 'no-such-folder', name);
    expect(await refusal(write(missing, { columns: ['a', 'b'], blocks: blocks([1, 2]) }))).toContain(
      'cannot be written',
    );
  }
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
});

test('text is guarded as spreadsheets need it; nothing else is touched', () => {
  for (const text of ['=1', '+a', '-a', '-1', '@a', '\ta', '\ra', '-1+1', '＝1']) expect(csvCell(text)).toMatch(/^"?'/);
  for (const text of ['1', 'a=b', "'a", '']) expect(csvCell(text)).toBe(text);
});

test('names of very many units are told apart at once', async () => {
  const columns = Array.from({ length: 300_000 }, (_, j) => `unit${j}`);
  expect(header({ columns, blocks: blocks() })).toEqual(columns);
  expect(() => header({ columns: [...columns, 'unit299999'], blocks: blocks() })).toThrow(
    "Two columns are called 'unit299999'",
  );
});

test('a file that is written again is read anew, though it has the size and the time of the first', async () => {
  const written = new Date('2026-01-01');
  const found = async (name: string, content: string | Uint8Array) => {
    const path = write(name, content);
    utimesSync(path, written, written);
    const { columns, data } = await read(path);
    return [columns, [...data]];
  };
  const parquet = async (column: string, x: number) => {
    const path = join(folder, 'made.parquet');
    await writeParquet(path, { columns: [column, 'y'], blocks: blocks([x, 2]) });
    return readFileSync(path);
  };
  for (const [name, of] of [
    ['again.csv', (column: string, x: number) => `${column},y\n${x},2\n`],
    ['again.csv.gz', (column: string, x: number) => gzipSync(`${column},y\n${x},2\n`)],
    ['again.jsonl', (column: string, x: number) => `{"${column}": ${x}, "y": 2}\n`],
    ['again.parquet', parquet],
  ] as const)
    for (const [column, x] of [
      ['x', 3],
      ['z', 4],
    ] as const)
      expect(await found(name, await of(column, x)), name).toEqual([
        [column, 'y'],
        [x, 2],
      ]);
});
