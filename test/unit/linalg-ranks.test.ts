import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ascendingOrder, ordered } from '../../src/linalg/order';
import { Random } from '../../src/linalg/random';
import { averageRanks, kendallTauB, median, pearson, spearman } from '../../src/linalg/ranks';

const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE),
);
const vector = fc.array(value, { minLength: 1, maxLength: 80 }).map((values) => Float64Array.from(values));
const pair = fc
  .array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), { minLength: 2, maxLength: 60 })
  .map((pairs) => [Float64Array.from(pairs, ([a]) => a), Float64Array.from(pairs, ([, b]) => b)] as const);

describe('order and ranks', () => {
  test('ascend, equal values in their order', () => {
    fc.assert(
      fc.property(vector, (values) => {
        const wanted = Array.from(values.keys()).sort((i, j) => {
          const [a, b] = [values[i] as number, values[j] as number];
          return a < b ? -1 : a > b ? 1 : i - j;
        });
        expect([...ascendingOrder(values)]).toEqual(wanted);
        expect([...ordered(values).index]).toEqual(wanted);
      }),
    );
  });

  test('share the mean among equal values', () => {
    fc.assert(
      fc.property(vector, (values) => {
        const ranks = averageRanks(values);
        for (const [i, rank] of ranks.entries()) {
          const below = values.filter((other) => other < (values[i] as number)).length;
          const equal = values.filter((other) => other === values[i]).length;
          expect(rank).toBe(below + (equal + 1) / 2);
        }
      }),
    );
  });

  test('of many values, sorted, reversed, and all the same', () => {
    const n = 100_000;
    const random = new Random(1);
    const values = Float32Array.from({ length: n }, () => random.normal());
    const order = ascendingOrder(values);
    for (let k = 1; k < n; k++) {
      if ((values[order[k - 1] as number] as number) > (values[order[k] as number] as number)) expect.fail(`at ${k}`);
    }
    expect(averageRanks(Float64Array.from({ length: n }, (_, i) => -i))[0]).toBe(n);
    expect(new Set(averageRanks(new Float64Array(n)))).toEqual(new Set([(n + 1) / 2]));
  });
});

test('order holds where few bits tell many values apart, and beside values that are far from all', () => {
  const random = new Random(2);
  const near = Array.from(
    { length: 60_000 },
    () => (random.integer(2) === 0 ? 1 : -3) * (1 + random.integer(999) / 2 ** 50),
  );
  const far = Array.from({ length: 50_000 }, () => random.normal());
  const values = Float64Array.from([0, -0, Number.POSITIVE_INFINITY, ...near, -1e300, 0, ...far, 5e-324, -0]);
  const wanted = Array.from(values.keys()).sort((i, j) => (values[i] as number) - (values[j] as number) || i - j);
  expect([...ascendingOrder(values)]).toEqual(wanted);
});

describe('correlations', () => {
  test("Kendall's tau-b is that of all pairs", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        let [difference, inA, inB] = [0, 0, 0];
        for (let i = 0; i < a.length; i++) {
          for (let j = 0; j < i; j++) {
            const x = Math.sign((a[i] as number) - (a[j] as number));
            const y = Math.sign((b[i] as number) - (b[j] as number));
            difference += x * y;
            inA += x * x;
            inB += y * y;
          }
        }
        const tau = kendallTauB(a, b);
        if (inA === 0 || inB === 0) expect(tau).toBeNaN();
        else expect(tau).toBeCloseTo(difference / Math.sqrt(inA * inB), 12);
      }),
    );
  });

  test('are 1 with any growing function, -1 with a falling one, whatever the unit', () => {
    const a = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    for (const unit of [1, 1e150, 1e-150]) {
      const straight = a.map((x) => (3 * x + 1) * unit);
      expect(pearson(a, straight)).toBeCloseTo(1, 14);
      expect(
        pearson(
          straight,
          a.map((x) => -x * unit),
        ),
      ).toBeCloseTo(-1, 14);
      expect(
        spearman(
          a,
          a.map((x) => Math.exp(x) * unit),
        ),
      ).toBeCloseTo(1, 14);
      expect(
        kendallTauB(
          a,
          a.map((x) => -Math.exp(x) * unit),
        ),
      ).toBeCloseTo(-1, 14);
    }
    expect(Math.abs(pearson(a, a))).toBeLessThanOrEqual(1);
  });

  test('keep their digits beside an offset', () => {
    const a = Float64Array.from({ length: 100 }, (_, i) => (i * i) % 17);
    const b = Float64Array.from({ length: 100 }, (_, i) => (i * 7) % 11);
    expect(
      pearson(
        a.map((x) => x + 2 ** 40),
        b,
      ),
    ).toBeCloseTo(pearson(a, b), 13);
  });

  test('of a constant are not a number', () => {
    const a = Float64Array.of(0.1, 0.1, 0.1);
    const b = Float64Array.of(1, 2, 3);
    for (const correlation of [pearson, spearman, kendallTauB]) expect(correlation(a, b)).toBeNaN();
  });

  test('need equally many values', () => {
    for (const correlation of [pearson, spearman, kendallTauB]) {
      expect(() => correlation(new Float64Array(2), new Float64Array(3))).toThrow(RangeError);
    }
  });
});

test('the median is the middle value, or the mean of the two', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 50 }),
      (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const [lower, upper] = [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number];
        const given = Float64Array.from(values);
        expect(median(given) + 0).toBe((lower + upper) / 2 + 0);
        expect([...given]).toEqual(values);
      },
    ),
  );
  expect(median(new Float64Array(0))).toBeNaN();
  expect(median(Float64Array.from({ length: 200_001 }, (_, i) => i))).toBe(100_000);
  expect(median(new Float64Array(200_000).fill(3))).toBe(3);
});
