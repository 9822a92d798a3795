import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exponential } from '../../src/linalg/exponential';

test('powers of e are those of Math.exp within two units in the last place', () => {
  fc.assert(
    fc.property(fc.double({ min: -709, max: 709, noNaN: true }), (x) => {
      const wanted = Math.exp(x);
      expect(Math.abs(exponential(x) - wanted)).toBeLessThanOrEqual(2 * Number.EPSILON * wanted);
    }),
  );
  for (const x of [Number.NEGATIVE_INFINITY, -1e4, -745, -700, -0, 0, 700, 710, Number.POSITIVE_INFINITY, Number.NaN])
    expect(exponential(x)).toBe(Math.exp(x));
});
