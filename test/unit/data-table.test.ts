import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readDialect } from '../../src/data/csv';
import { scanRecords } from '../../src/data/csv-scan';
import { openData } from '../../src/data/file';
import { readEdges } from '../../src/data/graph';
import { readLabels, readNames } from '../../src/data/labels';
import { openSource } from '../../src/data/source';
import { readTextRows } from '../../src/data/texts';
import { Unpacked } from '../../src/data/unpacked';
import { limit, read, refusal, scratch } from './data-files';

const { folder, write } = scratch();

interface Expected {
  readonly columns: readonly string[];
  readonly values: readonly number[];
  readonly notes?: readonly string[];
}

const noHeader = 'no header line: columns are named by position';
const good: Record<string, [content: string, expected: Expected]> = {
  'names and numbers': ['a,b\n1,2\n3,-4.5e-3\n', { columns: ['a', 'b'], values: [1, 2, 3, -0.0045] }],
  'no line end at the end': ['a,b\n1,2\n3,4', { columns: ['a', 'b'], values: [1, 2, 3, 4] }],
  'Windows line ends': ['a,b\r\n1,2\r\n3,4\r\n', { columns: ['a', 'b'], values: [1, 2, 3, 4] }],
  'old Macintosh line ends': ['a,b\r1,2\r3,4\r', { columns: ['a', 'b'], values: [1, 2, 3, 4] }],
  'a byte order mark': ['\uFEFFa,b\n1,2\n', { columns: ['a', 'b'], values: [1, 2] }],
  'a byte order mark before a quote': ['\uFEFF"a,c",b\n1,2\n', { columns: ['a,c', 'b'], values: [1, 2] }],
  'text columns left out': [
    'a,word,b\n1,the,2\n3,"of, ""it""\nall",4\n',
    { columns: ['a', 'b'], values: [1, 2, 3, 4] },
  ],
  'decimal commas': [
    'a;n;b\n1,5;the;2\n3,25;of;4\n',
    {
      columns: ['b'],
      values: [2, 4],
      notes: ['1 column of numbers with a decimal comma left out as text: save with decimal points'],
    },
  ],
  'decimal commas without names': [
    '1,5;2,25;7\n3,5;4,25;8\n',
    {
      columns: ['column3'],
      values: [7, 8],
      notes: [noHeader, '2 columns of numbers with a decimal comma left out as text: save with decimal points'],
    },
  ],
  'commas that may part thousands': [
    'a;n;b\n"1,234";1.234,5;2\n"3,456,789.5";2;4\n',
    {
      columns: ['b'],
      values: [2, 4],
      notes: [
        '1 column of numbers with a decimal comma left out as text: save with decimal points',
        '1 column of numbers with commas left out as text: save with decimal points, and with nothing between thousands',
      ],
    },
  ],
  'whole numbers of more digits than float64 has': [
    'a,b\n9007199254740993,1e300\n-9007199254740991,inf\n',
    {
      columns: ['a', 'b'],
      values: [2 ** 53, 1e300, -9007199254740991, Number.POSITIVE_INFINITY],
      notes: [
        '2 numbers beyond 2^53 in 2 columns read as the nearest float64: whole numbers of so many digits are rounded',
      ],
    },
  ],
  'a line end in a name': ['"a\nz",b\r\n1,2\r\n3,4\r\n', { columns: ['a\nz', 'b'], values: [1, 2, 3, 4] }],
  'a Windows line end in a name': ['"a\r\nz",b\n1,2\n', { columns: ['a\r\nz', 'b'], values: [1, 2] }],
  'empty lines': ['a,b\n1,2\n\n\n3,4\n\n', { columns: ['a', 'b'], values: [1, 2, 3, 4] }],
  'blanks around numbers and quotes': ['a, "b, c"\n 1 , 2\n3, "4"\n', { columns: ['a', 'b, c'], values: [1, 2, 3, 4] }],
  semicolons: ['a;b\n1;2\n', { columns: ['a', 'b'], values: [1, 2] }],
  'numbers only': ['1.5,2\n3,4\n', { columns: ['column1', 'column2'], values: [1.5, 2, 3, 4], notes: [noHeader] }],
  'numbers and blanks only': [
    '1.5 2\n3 4\n',
    { columns: ['column1', 'column2'], values: [1.5, 2, 3, 4], notes: [noHeader] },
  ],
  'one column of numbers': ['0\n1\n2\n', { columns: ['column1'], values: [0, 1, 2], notes: [noHeader] }],
  'names that count': [
    '0,1\n5,6\n',
    { columns: ['0', '1'], values: [5, 6], notes: ['first line taken for column names'] },
  ],
  "pandas' index": [
    ',x,y\n10,1,2\n30,3,4\n',
    { columns: ['x', 'y'], values: [1, 2, 3, 4], notes: ['unnamed first column left out: it counts the rows'] },
  ],
  'an unnamed column that is no index': [',x\n5,1\n5,3\n', { columns: ['column1', 'x'], values: [5, 1, 5, 3] }],
  'a name that stands twice': [
    'a,a,a.1\n1,2,3\n',
    { columns: ['a', 'a.2', 'a.1'], values: [1, 2, 3], notes: ['1 repeated column name numbered'] },
  ],
  'empty cells': [
    'a,b\n1,\n"",2\nNA,nan\n4,5\n',
    {
      columns: ['a', 'b'],
      values: [1, NaN, NaN, 2, NaN, NaN, 4, 5],
      notes: ['4 empty cells in 2 columns read as NaN'],
    },
  ],
  'a column without any value': [
    'a,b\n1,\n2,\n',
    { columns: ['a', 'b'], values: [1, NaN, 2, NaN], notes: ['2 empty cells in 1 column read as NaN'] },
  ],
  infinities: ['a\ninf\n-Infinity\n1\n', { columns: ['a'], values: [Infinity, -Infinity, 1] }],
  'names that mean something in SQL': [
    '"a""; DROP TABLE x; --","\'c1\'",$1\n1,2,3\n',
    { columns: ['a"; DROP TABLE x; --', "'c1'", '$1'], values: [1, 2, 3] },
  ],
};

describe('tables are read', () => {
  for (const [name, [content, { columns, values, notes }]] of Object.entries(good))
    test(name, async () => {
      const path = write('good.csv', content);
      const table = await read(path);
      expect(table.columns).toEqual(columns);
      expect(Array.from(table.data)).toEqual(values);
      expect(table.shape).toEqual([values.length / columns.length, columns.length]);
      expect(table.notes).toEqual(notes ?? []);
      expect((await read(path, null, { rows: [0, 1] })).data).toEqual(
        Float64Array.from(values.slice(0, columns.length)),
      );
    });
});

const bad: Record<string, [content: string | Uint8Array, told: string]> = {
  'an empty file': ['', 'the file is empty (0 bytes)'],
  'only line ends': ['\n\n', 'the table is empty'],
  'an empty first line': ['\na,b\n1,2\n', 'the first line is empty. Remove it.'],
  'only names': ['a,b\n', 'the table has column names and no rows'],
  'only names, and no line end': ['a,b', 'the table has column names and no rows'],
  'a short row': ['a,b\n1,2\n\n3\n4,5\n', 'line 4 has 1 cell where the first has 2. Correct the line.'],
  'a long row': ['a,b\n1,"x\ny"\n3,4,5\n', 'line 4 has 3 cells where the first has 2. Correct the line.'],
  'a long row at the end': ['a,b\n1,2\n3,4,5', 'line 3 has 3 cells where the first has 2. Correct the line.'],
  'text among numbers': [
    'a,b\n1,"x\ny"\n3,z\n\n5,q\nseven,r\n',
    'line 7, column \'a\' holds "seven", not a number. Correct the cell',
  ],
  'text among numbers, far down': [`a\n${'1\n'.repeat(5000)}two\n`, 'line 5,002, column \'a\' holds "two"'],
  'text after empty cells': [`a,b\n${',1\n'.repeat(1500)}x,1\n2,1\n3,1\n`, 'line 1,502, column \'a\' holds "x"'],
  'no numbers': ['a,b\nx,y\n', 'no column holds numbers (a, b)'],
  'decimal commas': ['a;b\n1,5;2,5\n', 'no column holds numbers (a, b)'],
  'a quote that is not closed': ['a,b\n1,2\n3,"4\n5,6\n', 'line 3 has a quote that is not closed'],
  'a quote in the names that is not closed': ['a,"b\n1,2\n', 'a quote in it is not closed'],
  'a blank after a quote': ['a,b\n1,2\n3,"4" \n', 'line 3 has text after the closing quote of cell 2'],
  'text after a quote': ['a,b\n1,2\n3,"4"5\n', 'line 3 has text after the closing quote of cell 2'],
  'two kinds of line end': ['a,b\n1,2\r\n3,4\n', String.raw`line 2 ends with "\r\n", the first with "\n"`],
  'two kinds of line end, the other way': [
    'a,b\r\n1,2\n3,4\r\n',
    String.raw`line 2 ends with "\n", the first with "\r\n"`,
  ],
  'bytes that are no UTF-8': [
    Buffer.from('a,b\n1,2\n3,\xff\n', 'latin1'),
    'line 3 is not UTF-8. Save the table as UTF-8.',
  ],
  'a character cut off': [Buffer.from('a,b\n1,2\n3,\xc3', 'latin1'), 'line 3 is not UTF-8'],
  UTF16: [Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), 'the text is UTF-16. Save it as UTF-8.'],
  'bytes that are no text': [Buffer.from([1, 2, 0, 3]), 'this is no text'],
  gzip: [Buffer.from([0x1f, 0x8b, 8, 0]), 'this is no text.'],
  'too many columns': [','.repeat(20_000), 'the table has 20,001 columns; at most 20,000 are read'],
};

describe('a bad table is refused in words', () => {
  for (const [name, [content, told]] of Object.entries(bad))
    test(name, async () => {
      const message = await refusal(read(write('bad.csv', content)));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.csv: .*\.$/);
    });
});

test('columns are chosen by a glob; text is refused only where it is asked for', async () => {
  const path = write('columns.csv', 'dim1,dim10,dim2,word,"d""*"\n1,10,2,x,5\n1,10,2,y,5\n');
  expect((await read(path, null, { columns: 'dim*' })).columns).toEqual(['dim1', 'dim10', 'dim2']);
  expect((await read(path, null, { columns: 'd"*' })).data).toEqual(Float64Array.of(5, 5));
  expect(await refusal(read(path, null, { columns: 'w*' }))).toContain(
    'line 2, column \'word\' holds "x", not a number',
  );
  expect(await refusal(read(path, null, { columns: 'z*' }))).toContain(
    "no column matches 'z*'; it has dim1, dim10, dim2, word",
  );
  expect(await refusal(read(path, 'dim1'))).toContain('a table has columns, not tensors');
});

test('a table is described by its columns', async () => {
  const file = await openData(write('described.csv', ',count,word\n0,3,x\n1,4,y\n'));
  expect(file.describe()).toMatchObject({
    format: 'table',
    tensors: [{ name: null, shape: [2, 1], dtype: 'float64', bytes: 16 }],
    columns: [
      { name: 'column1', type: 'row index', numeric: false },
      { name: 'count', type: 'float64', numeric: true },
      { name: 'word', type: 'text', numeric: false },
    ],
  });
  await file.close();
});

test('names of files are taken literally', async () => {
  write('axb.csv', 'a\n666\n');
  write('a1.csv', 'a\n666\n');
  mkdirSync(join(folder, '[dir] *'));
  const names = [
    'a*b.csv',
    'a[1].csv',
    'a?.csv',
    "it's.csv",
    'a"b c.csv',
    'key=1.csv',
    '{a,b}.csv',
    '~x.csv',
    '[dir] */a.csv',
    'a#b.csv',
  ];
  for (const [i, name] of names.entries())
    expect((await read(write(name, `x\n${i}.5\n`))).data).toEqual(Float64Array.of(i + 0.5));
});

test('nothing is fetched', async () => {
  for (const path of ['http://localhost:9/x.csv', 'https://example.com/x.csv', 's3://bucket/x.csv'])
    expect(await refusal(read(path))).toBe(`${path}: there is no such file. Check the path.`);
});

test('tab-separated values', async () => {
  const table = await read(write('tabs.tsv', 'a\t"b\tc"\td,e\n1\t2\t3\n'));
  expect([table.columns, Array.from(table.data)]).toEqual([
    ['a', 'b\tc', 'd,e'],
    [1, 2, 3],
  ]);
});

test('rows stay in order and text columns far down are text', async () => {
  const rows = 30_000;
  const path = write(
    'long.csv',
    `i,name\n${Array.from({ length: rows }, (_, i) => `${i},${i < 2000 ? '' : `n${i}`}`).join('\n')}\n`,
  );
  const table = await read(path);
  expect(table.columns).toEqual(['i']);
  expect(table.data.every((value, i) => value === i)).toBe(true);
  expect((await read(path, null, { rows: [20_000, 20_003] })).data).toEqual(Float64Array.of(20_000, 20_001, 20_002));
});

test('a cell of very many digits and a letter is text, and known as such at once', async () => {
  const digits = '1'.repeat(500_000);
  const path = write('digits.csv', `i,code\n1,${digits}x\n2,${digits}.${digits}x\n`);
  const table = await read(path);
  expect([table.columns, Array.from(table.data)]).toEqual([['i'], [1, 2]]);
});

test('more columns than one query takes', async () => {
  const columns = 2500;
  const line = (row: number) => Array.from({ length: columns }, (_, i) => row * columns + i).join(',');
  const table = await read(
    write(
      'wide.csv',
      `x,${line(0)
        .split(',')
        .slice(1)
        .map((i) => `d${i}`)
        .join(',')}\n${line(0)}\n${line(1)}\n`,
    ),
  );
  expect(table.shape).toEqual([2, columns]);
  expect(table.data.every((value, i) => value === i)).toBe(true);
});

test('a table above the memory bound is refused; reading stops when it is cancelled', async () => {
  const path = write('bound.csv', `a,b\n${'1,2\n'.repeat(100)}`);
  expect(await refusal(read(path, null, { limit: 1599 }))).toContain('100 rows of 2 columns need 1.60 kB of memory');
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(read(path, null, { signal })).rejects.toThrow('cancelled');
  await expect(openData(path, { signal })).rejects.toThrow('cancelled');
});

test('a second walk, through text whose blocks end within a character, stops when it is cancelled', async () => {
  const path = write('cut.csv', `a\nx${'é'.repeat(2 ** 20)}\n`);
  const source = await openSource(path);
  const unpacked = new Unpacked(source);
  const dialect = await readDialect(unpacked, false);
  const signal = { throwIfAborted: vi.fn() };
  expect(await scanRecords(unpacked, dialect, signal)).toBe(2);
  // Once for each block of either walk.
  expect(signal.throwIfAborted).toHaveBeenCalledTimes(2 * Math.ceil(source.size / 2 ** 20));
  await source.close();
});

test('edges and texts of a table stop while it is looked through', async () => {
  write('ragged.csv', 'source,target\na,b\nc\n');
  const options = { limit, signal: AbortSignal.abort(new Error('cancelled')) };
  for (const work of [readEdges, readTextRows])
    await expect(work({ path: 'ragged.csv' }, folder, options)).rejects.toThrow('cancelled');
});

describe('labels', () => {
  const label = async (content: string, column?: string) => {
    write('labels.csv', content);
    return readLabels({ path: 'labels.csv', ...(column === undefined ? {} : { column }) }, folder, { limit });
  };

  test('text is categories in counting order, whatever it looks like', async () => {
    const labels = await label('x,class\n1,c10\n2,c9\n3,\n4,c9\n5,null\n', 'class');
    expect(labels).toEqual({
      kind: 'category',
      name: 'class',
      categories: ['(missing)', 'c9', 'c10', 'null'],
      index: Int32Array.of(2, 1, 0, 1, 3),
    });
  });

  test('few integers are categories, other numbers are numbers', async () => {
    expect(await label('class\n10\n2\n10\n')).toMatchObject({ kind: 'category', categories: ['2', '10'] });
    expect(await label('class\n1\n2\n3\n')).toMatchObject({ kind: 'number', values: Float64Array.of(1, 2, 3) });
    expect(await label('class\n1.5\n1.5\n')).toMatchObject({ kind: 'number' });
    const many = (distinct: number) =>
      label(`class\n${Array.from({ length: 200 }, (_, i) => i % distinct).join('\n')}\n`);
    expect((await many(32)).kind).toBe('category');
    expect((await many(33)).kind).toBe('number');
    expect(await label('x,y\n1,\n2,3\n', 'y')).toEqual({ kind: 'number', name: 'y', values: Float64Array.of(NaN, 3) });
  });

  test('numbers mixed with text are text, and so are integers that would be rounded', async () => {
    expect(await label('a,id\n1,7\n2,x\n', 'id')).toMatchObject({ kind: 'category', categories: ['7', 'x'] });
    expect(await label('a,id\n1,9007199254740993\n2,9007199254740992\n', 'id')).toMatchObject({
      categories: ['9007199254740992', '9007199254740993'],
    });
    // Those with an exponent or a point are no identifiers.
    const large = Array.from({ length: 40 }, (_, i) => `${i + 0.5}`).concat('1e20', '1e200', '9007199254740994.0');
    expect(await label(`a,y\n${large.map((value) => `1,${value}`).join('\n')}\n`, 'y')).toEqual({
      kind: 'number',
      name: 'y',
      values: Float64Array.from(large, Number),
    });
  });

  test('a column has to be named where there are several', async () => {
    expect(await refusal(label('a,b\n1,2\n'))).toBe('labels.csv: a column has to be chosen; it has a, b.');
    expect(await refusal(label('a,b\n1,2\n', 'c'))).toBe("labels.csv: there is no column 'c'; it has a, b.");
  });

  test('names are the first text column whose values all differ', async () => {
    expect(await readNames(write('names.csv', 'n,class,word\n1,x,the\n2,x,of\n'), { limit })).toEqual(['the', 'of']);
    expect(await readNames(write('names.csv', 'n,class\n1,x\n2,x\n'), { limit })).toBeNull();
  });
});
