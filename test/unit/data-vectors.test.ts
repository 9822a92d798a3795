import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { RowWalk } from '../../src/data/row-walk';
import { openSource } from '../../src/data/source';
import { textRows } from '../../src/data/word-rows';
import { floats, limit, read, refusal, scratch } from './data-files';

const { write } = scratch();
const binary = (header: string, ...rows: [string, number[]][]) =>
  Buffer.concat([
    Buffer.from(header),
    ...rows.flatMap(([word, values]) => [Buffer.from(`${word} `), floats(...values)]),
  ]);

const bad: Record<string, [name: string, content: string | Uint8Array, told: string]> = {
  'fewer words than declared': [
    'a.vec',
    '3 2\na 0.1 0.2\nb 0.3 0.4444444\n',
    'the first line declares 3 words; the file ends after 2.',
  ],
  'more words than declared': [
    'a.vec',
    '1 2\na 0.1 0.2\nb 0.3 0.4\n',
    'the first line declares 1 word; more follows them at byte 14.',
  ],
  'a line with too few numbers': ['a.vec', '2 2\na 1 2\nbb 333\n', 'line 3 has 1 number where 2 are expected.'],
  'a line with too many numbers': [
    'a.vec',
    '2 2\na 0.1 0.2\nb 0.3 0.4 0.5\n',
    "line 3 has more than 2 numbers: '0.3' comes before the last 2.",
  ],
  'integers with one too many': ['a.vec', '2 2\na 1 2\nb 3 4 5\n', "line 3 has more than 2 numbers: '3'"],
  'a word for a number': ['a.vec', '2 2\na 1 2\nb 3 x4\n', "line 3 has 'x4' where number 2 of 2 is expected."],
  'a hexadecimal number': ['a.vec', '1 2\na 1 0x4\n', "line 2 has '0x4' where number 2 of 2"],
  'an empty line': ['a.vec', '2 2\n\na 1 22 \n', 'line 2 is empty.'],
  'GloVe whose dimension changes': [
    'glove.txt',
    'a 0.1 0.2\nb 0.1 0.2\nc 0.1\nd 0.1 0.2\n',
    'line 3 has 1 number where 2 are expected.',
  ],
  'a list of words': ['vectors.txt', 'a\nb\nc\n', 'line 1 is no word followed by 1 to 100,000 numbers'],
  'an essay': ['vectors.txt', 'once upon a time\nthere was a king\n', "line 1 has 'upon' where number 1 of 3"],
  'UTF-16': ['a.vec', Buffer.from('a 1 2\n', 'utf16le'), 'this is no text'],
  'no words': ['a.vec', '0 2\n', 'declares 0 words of 2 numbers'],
  'a million numbers': ['a.vec', '1 1000000\na 1\n', 'at most 100,000 numbers are read'],
  'more than the file can hold': [
    'a.vec',
    '999999999999999 300\na 1\n',
    'the first line declares 999,999,999,999,999 x 300 values, at least 599,999,999,999,999,400 bytes; the file has 4',
  ],
  'a binary file that was cut': [
    'a.bin',
    binary('2 2\n', ['a', [1, 2]], ['b', [3, 4]]).subarray(0, -1),
    'the first line declares 2 words; the file ends after 1.',
  ],
  'a binary file with more': [
    'a.bin',
    binary('1 2\n', ['a', [1, 2]], ['b', [3, 4]]),
    'declares 1 word; more follows them at byte 14',
  ],
  'a binary file too small for what it declares': [
    'a.bin',
    binary('9 300\n', ['a', [1, 2]]),
    'the first line declares 9 x 300 values, at least 10,809 bytes; the file has 10 after it',
  ],
  'a binary word without end': [
    'a.bin',
    Buffer.concat([Buffer.from('2 2\n'), Buffer.alloc(5 << 20, 'x')]),
    'row 0 (from 0), at byte 4, does not end within 4,194,304 bytes',
  ],
};
for (const [what, [name, content, told]] of Object.entries(bad))
  test(`${what}: the person is told`, async () => {
    expect(await refusal(read(write(name, content)))).toContain(told);
  });

test('what comes in several forms is read', async () => {
  const table = async (name: string, content: string | Uint8Array) =>
    Array.from((await read(write(name, content))).data);
  expect(await table('crlf.vec', '2 2\r\na 1 2\r\nb 3 4\r\n')).toEqual([1, 2, 3, 4]);
  expect(await table('tabs.vec', '2 2\na\t1\t2\nb\t3\t4')).toEqual([1, 2, 3, 4]);
  expect(await table('wide.vec', '2 2 \na  1   2 \nb 3 4 \n\n \n')).toEqual([1, 2, 3, 4]);
  expect(await table('mark.vec', '\uFEFF2 2\na 1 2\nb 3 4\n')).toEqual([1, 2, 3, 4]);
  expect(await table('text.bin', '2 2\na 1 2\nb 3 4\n')).toEqual([1, 2, 3, 4]);
  expect(await table('one.txt', 'a 1\nb 2')).toEqual([1, 2]);
  expect(await table('binary.vec', binary('1 2\n', ['a', [1, 2]]))).toEqual([1, 2]);
});

test('columns and tensors cannot be chosen, words can', async () => {
  const path = write('a.vec', '2 2\na 1 2\nb 3 4\n');
  expect(await refusal(read(path, 'x'))).toContain("'x' cannot be chosen with #");
  expect(await refusal(read(path, null, { columns: '*' }))).toContain('no columns can be chosen');
  expect(await refusal(read(path, null, { limit: 31 }))).toContain('2 x 2 values need 32 bytes of memory');
  const file = await openData(path);
  expect(await refusal(file.readColumn('x', { limit }))).toContain("there is no column 'x'");
  expect(await refusal(file.readColumn('word', { limit: 95 }))).toContain('2 words need 96 bytes');
  await file.close();
});

describe('a file of more rows than are remembered', () => {
  const length = 150_001;
  const content = Array.from({ length }, (_, i) => `w${i} ${i} ${-i}`).join('\n');

  test('is read at any row, its beginning without the rest', async () => {
    const path = write('many.vec', `${length} 2\n${content}\n`);
    const file = await openData(path);
    for (const start of [140_000, 3, 149_999, 65_536, 0, 131_071]) {
      const { data } = await file.read(null, { limit, rows: [start, start + 2] });
      expect(Array.from(data)).toEqual([start, 0 - start, start + 1, -start - 1]);
    }
    const { values } = await file.readColumn('word', { limit });
    await file.close();
    expect([values.length, values[length - 1]]).toEqual([length, `w${length - 1}`]);
  });

  test('is counted where it does not say how many', async () => {
    const file = await openData(write('many.txt', content));
    expect(file.describe().tensors[0]?.shape).toEqual([length, 2]);
    await file.close();
  });

  test('is walked from close by', async () => {
    const source = await openSource(write('many.txt', content));
    const walk = new RowWalk(source, textRows(2, 1, 'many.txt'), 0, source.size);
    await walk.walk([0, Infinity], () => {});
    const positions: number[] = [];
    const position = source.read.bind(source);
    source.read = (target, at) => {
      positions.push(at);
      return position(target, at);
    };
    await walk.walk([140_000, 140_001], () => {});
    await source.close();
    // Every fourth row is remembered.
    expect(positions).toHaveLength(1);
    expect(content.slice(positions[0], (positions[0] ?? 0) + 9)).toMatch(/^w1(39997|39998|39999|40000) /);
  });
});
