import { expect, test } from 'vitest';
import { exponential } from '../../src/linalg/exponential';

test('powers of e are those of Math.exp within two units in the last place', () => {
  const wrong = (x: number) => Math.abs(exponential(x) / Math.exp(x) - 1) > 2 * Number.EPSILON;
  // Every step between powers of two, every power, and within steps any place.
  const places = Array.from({ length: 200_000 }, (_, k) => -700 + 0.007 * k + 1e-3 * Math.sin(k));
  expect(places.filter((x) => Math.abs(x) < 700 && wrong(x))).toEqual([]);
  for (const x of [Number.NEGATIVE_INFINITY, -1e4, -745, -700, -0, 0, 700, 710, Number.POSITIVE_INFINITY, Number.NaN])
    expect(exponential(x)).toBe(Math.exp(x));
});
