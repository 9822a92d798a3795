import { expect, test } from 'vitest';
import { Random } from '../../src/linalg/random';

test('a few numbers of many are those that a whole permutation begins with', () => {
  for (const [n, count] of [
    [1000, 10],
    [1000, 62],
    [1000, 63],
    [100_000, 50],
    [20, 1],
  ] as const) {
    const few = new Random(7).sample(n, count);
    expect([...few]).toEqual([...new Random(7).permutation(n).slice(0, count)]);
    expect(new Set(few).size).toBe(count);
  }
});

test('a few of more numbers than memory holds', () => {
  const few = new Random(1).sample(2e9, 100);
  expect(new Set(few).size).toBe(100);
  expect(Math.max(...few)).toBeGreaterThan(1e9);
});
