import { expect, test } from 'vitest';
import { free } from '../../src/linalg/memory';

test('large arrays are empty once they are given back, with what lies in the same buffer; small and shared ones stay', () => {
  const large = new Float64Array(1e5);
  const part = large.subarray(10, 20);
  const other = new Float32Array(1e5);
  const small = new Float64Array(10);
  const shared = new Float64Array(new SharedArrayBuffer(8e5));
  free(part, large, other, small, shared);
  expect([large, part, other, small, shared].map(({ length }) => length)).toEqual([0, 0, 0, 10, 1e5]);
});
