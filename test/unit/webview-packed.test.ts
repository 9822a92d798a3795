import { expect, test } from 'vitest';
import { pack, unpack } from '../../src/protocol/packed';

const numbers = Array.from({ length: 1000 }, (_, i) => Math.sin(i));

test.each<[string, unknown]>([
  ['long lists of numbers', { figures: [{ values: numbers }, { values: numbers.slice(0, 3) }] }],
  ['gaps in them', { values: [null, ...numbers] }],
  ['values that JSON has no number for', { values: [Number.NaN, Number.POSITIVE_INFINITY, ...numbers] }],
  ['lists of words and of rows', { words: numbers.map(String), rows: numbers.map((value) => [value, 'word']) }],
  [
    'gaps in a row, and texts of all scripts',
    { values: numbers.map(() => null), words: numbers.map((_, i) => `é ${i} \u{1f600}`) },
  ],
  ['texts that bytes cannot hold', { zero: numbers.map((_, i) => `a\0${i}`), half: numbers.map(() => '\ud800') }],
  ['bytes', { content: new Uint8Array([1, 2, 3]) }],
  ['plain values', [null, undefined, 1, 'word', true, {}]],
])('%s arrive as they were', (_, message) => {
  expect(unpack(structuredClone(pack(message)))).toStrictEqual(message);
});

test('a long list of numbers travels as bytes, and the message that was given keeps its own', () => {
  const message = { values: numbers };
  expect(pack(message)).toStrictEqual({ values: { packed: Float64Array.from(numbers) } });
  expect(message.values).toBe(numbers);
});
