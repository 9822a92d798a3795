import { expect, test } from 'vitest';
import { reduceRows, stepOf } from '../../src/models/reduce';
import { castTo, decoded, halfOf } from '../../src/models/values';
import { UserError } from '../../src/protocol/errors';

/** Two rows, three tokens, two units. */
const tokens = { shape: [2, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) };
const mask = { shape: [2, 3], data: Float64Array.of(1, 1, 0, 0, 1, 0) };

test('tokens: mean, maximum, first and last, with a mask and without', () => {
  const of = (how: 'mean' | 'max' | 'first' | 'last', by = false) => [
    ...reduceRows(tokens, how, true, by ? mask : undefined, 0),
  ];
  expect(of('mean')).toEqual([3, 4, 9, 10]);
  expect(of('mean', true)).toEqual([2, 3, 9, 10]);
  expect(of('max')).toEqual([5, 6, 11, 12]);
  expect(of('max', true)).toEqual([3, 4, 9, 10]);
  expect(of('first')).toEqual([1, 2, 7, 8]);
  expect(of('last')).toEqual([5, 6, 11, 12]);
  expect(of('last', true)).toEqual([3, 4, 9, 10]);
  expect(stepOf('mean', tokens.shape, true, true)).toBe('mean over unmasked tokens');
});

test('space: mean and maximum go over the axes after the second, and there is no token', () => {
  expect([...reduceRows(tokens, 'mean', false, mask, 0)]).toEqual([1.5, 3.5, 5.5, 7.5, 9.5, 11.5]);
  expect([...reduceRows(tokens, 'max', false, undefined, 0)]).toEqual([2, 4, 6, 8, 10, 12]);
  const image = { shape: [1, 2, 2, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, Number.NaN) };
  expect([...reduceRows(image, 'max', false, undefined, 0)]).toEqual([4, Number.NaN]);
  expect(() => reduceRows(image, 'first', false, undefined, 0)).toThrow(/has no tokens in samples x 2 x 2 x 2, where/);
});

test('a row whose mask leaves nothing is named', () => {
  const none = { shape: [2, 3], data: Float64Array.of(1, 1, 0, 0, 0, 0) };
  expect(() => reduceRows(tokens, 'mean', true, none, 40)).toThrow(/no token left in row 41/);
});

test('every float16 comes back from its number, and numbers between go to the nearest, ties to even', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
  const back = Uint16Array.from(decoded({ type: 'float16', data: all, shape: [all.length] }), halfOf);
  const wrong = all.filter((bits, i) => (bits & 0x7fff) <= 0x7c00 && bits !== back[i]);
  expect([...wrong]).toEqual([]);
  // 2049 lies between 2048 (even) and 2050; 2051 between 2050 and 2052 (even); 65519 below what would be infinite.
  expect([2049, 2051, 65519, 65520].map(halfOf)).toEqual([0x6800, 0x6802, 0x7bff, 0x7c00]);
});

test('whole numbers are cast where they are, and the first that is not is told', () => {
  const fail = (place: number, why: string) => new UserError(`${place}: ${why}`);
  expect(castTo('int64', Float64Array.of(-1, 2 ** 40), fail).data).toEqual(BigInt64Array.of(-1n, 2n ** 40n));
  expect(castTo('uint8', Float32Array.of(0, 255), fail).data).toEqual(Uint8Array.of(0, 255));
  expect(() => castTo('uint8', Float32Array.of(0, 256), fail)).toThrow('1: 256 is none of uint8 (0 to 255)');
  expect(() => castTo('bool', Float32Array.of(0.5), fail)).toThrow('0: 0.5 is none of bool');
  expect(() => castTo('int32', Float32Array.of(1, Number.NaN), fail)).toThrow('1: NaN is none of int32');
  expect(castTo('float32', Float64Array.of(0.1), fail).rounded).toBe(true);
  expect(castTo('float32', Float64Array.of(0.5, Number.NaN), fail).rounded).toBe(false);
});
