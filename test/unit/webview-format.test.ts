import { describe, expect, test } from 'vitest';
import { parseRows } from '../../src/methods/sample/rows';
import { axes } from '../../src/methods/transform/axes';
import type { ParameterProperty } from '../../src/protocol/catalogue';
import { describeParameters } from '../../src/protocol/parameters';
import { csv, tsv } from '../../webview/csv';
import {
  baseName,
  duration,
  full,
  levelTexts,
  number,
  plural,
  probability,
  short,
  standardScore,
} from '../../webview/format';
import { parseParameter, rangeText, slicesOf, withParameter } from '../../webview/parameters';

test.each([
  [0.84316601, '0.843'],
  [0, '0.000'],
  [1, '1.000'],
  [-0.5, '−0.500'],
  [-0.0004, '−4e−4'],
  [2e-7, '2e−7'],
  [0.99986, '0.9999'],
  [0.99999997, '0.99999997'],
  [1 - 2.2e-16, '1.000'],
  [12.3456, '12.346'],
  [123.456, '123.5'],
  [450, '450'],
  [1234.5, '1,235'],
  [-2.5e9, '−2.50e9'],
  [null, '–'],
])('%f is written as %s', (value, text) => {
  expect(number(value)).toBe(text);
});

test('says numbers in the other ways that the page needs', () => {
  expect(full(0.1 + 0.2)).toBe('0.30000000000000004');
  expect(full(null)).toBe('');
  expect(short(-0.126)).toBe('−0.13');
  expect([1 / 201, 1 / 5001, 0.5, 1, null].map(probability)).toEqual(['0.005', '0.0002', '0.500', '1.000', '–']);
  expect([267.04, -2.26, undefined].map(standardScore)).toEqual(['267.0', '−2.3', '–']);
  expect(short(1234)).toBe('1.23e+3');
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(3560, 'row')).toBe('3,560 rows');
  expect([0.2, 59, 90, 7200].map(duration)).toEqual(['1 s', '59 s', '2 min', '2.0 h']);
  expect([baseName('a/b.npy'), baseName('C:\\a\\b.npy'), baseName('b.npy')]).toEqual(['b.npy', 'b.npy', 'b.npy']);
});

describe('tables as text', () => {
  const table = {
    columns: ['word', 'r'],
    rows: [
      ['=HYPERLINK("x")', 0.1 + 0.2],
      ['-1', -1],
      ['say "a, b"\nc', null],
    ],
  };
  test('CSV quotes, keeps every digit, and disarms formulas but not numbers', () => {
    const lines = [`word,r`, `"'=HYPERLINK(""x"")",0.30000000000000004`, `'-1,-1`, `"say ""a, b""\nc",`];
    expect(csv(table)).toBe(lines.map((line) => `${line}\r\n`).join(''));
  });
  test('TSV has one line a row', () => {
    expect(tsv(table).split('\n')[3]).toBe('say "a, b" c\t');
  });
});

describe('parameters', () => {
  const integer: ParameterProperty = { type: 'integer', minimum: 1, maximum: 100 };
  test.each([
    [integer, '10', { value: 10 }],
    [integer, ' 10 ', { value: 10 }],
    [integer, '1.5', { problem: 'Type a whole number, 1 to 100.' }],
    [integer, '0', { problem: 'Type a whole number, 1 to 100.' }],
    [integer, '', { problem: 'Type a whole number, 1 to 100.' }],
    [{ type: 'number', minimum: 0 }, '1e-3', { value: 0.001 }],
    [{ type: 'number', minimum: 0 }, '−1', { problem: 'Type a number, 0 or more.' }],
    [{ type: 'number', exclusiveMinimum: 0 }, '1e-3', { value: 0.001 }],
    [{ type: 'number', exclusiveMinimum: 0 }, '0', { problem: 'Type a number, above 0.' }],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 9 }, '0', { problem: 'Type a number, above 0, up to 9.' }],
    [{ type: 'number' }, 'Infinity', { problem: 'Type a number.' }],
    [{ type: 'boolean' }, 'true', { value: true }],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', { problem: 'One of a, b.' }],
    [{ type: 'string' }, 'c', { value: 'c' }],
    [{ type: 'array', items: { type: 'integer' } }, '1, 2 3', { value: [1, 2, 3] }],
    [{ type: 'array', items: { type: 'integer' } }, '1, x', { problem: '“x” is not a whole number.' }],
    [{ type: 'array', items: { type: 'string' } }, '', { value: [] }],
  ] satisfies [ParameterProperty, string, unknown][])('%o reads %s', (property, text, parsed) => {
    expect(parseParameter(property, text)).toEqual(parsed);
  });

  test('bounds that every integer has are not mentioned', () => {
    const unbounded = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    expect(rangeText({ type: 'integer', ...unbounded })).toBe('');
    expect(rangeText({ type: 'integer', ...unbounded, minimum: 1 })).toBe('1 or more');
  });

  test('what is at its default is not kept', () => {
    const schema = {
      type: 'object',
      properties: { k: { type: 'integer', default: 10 }, seed: { type: 'integer' } },
    } as const;
    expect(withParameter(schema, undefined, 'k', 20)).toEqual({ k: 20 });
    expect(withParameter(schema, { k: 20, seed: 1 }, 'k', 10)).toEqual({ seed: 1 });
    expect(withParameter(schema, { k: 20 }, 'k', 10)).toBeUndefined();
  });
});

test('selected rows are written as numbers and slices, which mean the same rows', () => {
  expect(slicesOf([])).toBe('');
  expect(slicesOf(new Set([57, 3, 1, 2, 0, 8, 9, 20]))).toBe('0:4,8,9,20,57');
  const rows = Array.from({ length: 60 }, (_, i) => i).filter((i) => (i * i) % 7 < 3);
  const index = Int32Array.from({ length: 60 }, (_, i) => i);
  expect([...parseRows(slicesOf(rows), index).rows]).toEqual(rows);
});

test('an end of an axis takes the rows that are selected', () => {
  const { properties } = describeParameters(axes.parameters);
  expect(Object.keys(properties).filter((key) => properties[key]?.rows)).toEqual([
    ...['x-from', 'x-to', 'y-from', 'y-to', 'z-from', 'z-to'],
  ]);
});

test.each([
  [0, 3e-5, '0 ± 3e−5'],
  [0, 0.022, '0.000 ± 0.022'],
  [1e-4, 3e-5, '1.0e−4 ± 3e−5'],
  [-0.000_123_4, 3e-6, '−1.23e−4 ± 3e−6'],
  [1e-5, 3e-4, '1e−5 ± 3e−4'],
  [0.000_903, 3e-5, '0.00090 ± 3e−5'],
  [0.018, 4e-4, '0.0180 ± 4e−4'],
  [0.25, 1e-17, '0.25000000 ± 1e−17'],
  [0.018, undefined, '0.018'],
  [undefined, undefined, '–'],
])('a level of %s ± %s is %s', (level, sd, text) => {
  expect(levelTexts(level, sd).join('')).toBe(text);
});
