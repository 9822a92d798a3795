import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { benjaminiHochberg, calibrate } from '../../src/engine/calibrate';
import { intervals } from '../../src/engine/resample';
import { withUncertainty } from '../../src/engine/uncertainty';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Labels, Method, Representation } from '../../src/methods/method';
import { contextFor, runMethod } from './run-method';

const methodOf = (id: string) => catalogue.find((method) => method.id === id) as Method;
const named = (name: string, matrix: Matrix): Representation => ({ name, matrix });

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

const x = gaussian(40, 4, 1);
const noise = gaussian(40, 4, 2);
const alike = new Matrix(
  x.data.map((value, k) => value + 0.5 * (noise.data[k] as number)),
  40,
  4,
);
const unrelated = gaussian(40, 5, 3);

async function calibrated(id: string, a: Matrix, b: Matrix, permutations: number, labels?: Labels) {
  const method = methodOf(id);
  const parameters = method.parameters.parse({});
  const inputs = [named('a', a), named('b', b)];
  const index = Int32Array.from({ length: a.rows }, (_, i) => i);
  const context = contextFor(a.rows, { rows: { index, ...(labels && { labels }) } });
  const outcome = await method.run(inputs, parameters, context);
  const request = { method: id, inputs: [], permutations, seed: 5, ...(labels && { within: true }) };
  return withUncertainty(method, parameters, inputs, outcome, request, context);
}

describe('random pairings', () => {
  test('their mean and spread are the closed form where there is one', async () => {
    const { values } = await runMethod(methodOf('linear-cka'), [x, alike]);
    const closed = (await runMethod(methodOf('linear-cka'), [x, alike])).chance?.cka;
    const method = methodOf('linear-cka');
    const score = async (r: readonly Representation[], c: readonly Representation[]) =>
      (await method.sweep?.(r, c, {}, contextFor(40))) ?? { values: [] };
    const [value] = method.values;
    if (!value) throw new Error('no value');
    const pair = [[named('a', x)], [named('b', alike)]] as const;
    const draws = { count: 2000, seed: 1 };
    const drawn = await calibrate(value, pair, [values.cka as number], draws, contextFor(40), score);
    const sd = closed?.sd as number;
    expect(Math.abs((drawn.level[0] as number) - (closed?.level as number))).toBeLessThan((4 * sd) / Math.sqrt(2000));
    expect((drawn.sd[0] as number) / sd).toBeCloseTo(1, 1);
  });

  test('p is the least there is for spaces that are alike, and of any size for unrelated ones', async () => {
    for (const id of ['procrustes', 'normalised-bures', 'aligned-cosine', 'rsm-difference', 'pwcca']) {
      const { chance } = await calibrated(id, x, alike, 49);
      expect(Object.values(chance ?? {})[0]?.p, id).toBeCloseTo(1 / 50, 12);
      const none = await calibrated(id, x, unrelated, 49);
      expect(Object.values(none.chance ?? {})[0]?.p, id).toBeGreaterThan(0.05);
    }
  });

  test('within categories rows keep their category: a likeness of category means alone is chance', async () => {
    const index = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const shifted = (m: Matrix) =>
      new Matrix(
        m.toDouble().data.map((value, k) => value + 20 * (index[Math.floor(k / m.columns)] as number)),
        m.rows,
        m.columns,
      );
    const labels: Labels = { kind: 'category', name: 'half', categories: ['0', '1'], index };
    const [a, b] = [shifted(x), shifted(unrelated)];
    expect((await calibrated('procrustes', a, b, 49)).chance?.distance?.p).toBeCloseTo(1 / 50, 12);
    expect((await calibrated('procrustes', a, b, 49, labels)).chance?.distance?.p).toBeGreaterThan(0.05);
    // The level is then that of these pairings, not the closed form over all; the sentence says both.
    const free = await calibrated('linear-cka', a, b, 49);
    const bound = await calibrated('linear-cka', a, b, 49, labels);
    expect(free.chance?.cka?.level).toBeLessThan(0.2);
    expect(bound.chance?.cka?.level).toBeGreaterThan(0.9);
    expect(bound.chance?.cka?.how).toContain('within the categories of half');
    expect(bound.reading).toMatch(/Rows paired at random within half still give 0\.9/);
  });

  test('the best of all pairs is held against the best of each pairing', async () => {
    const method = methodOf('linear-cka');
    const [value] = method.values;
    if (!value) throw new Error('no value');
    const layers = [x, alike, unrelated, gaussian(40, 3, 9)].map((m, i) => named(`${i}`, m));
    const swept = await method.sweep?.(layers, layers, {}, contextFor(40));
    const observed = swept?.values ?? [];
    const score = async (r: readonly Representation[], c: readonly Representation[]) =>
      (await method.sweep?.(r, c, {}, contextFor(40))) ?? { values: [] };
    const result = await calibrate(value, [layers, layers], observed, { count: 99, seed: 2 }, contextFor(40), score);
    for (const k of observed.keys()) {
      const own = Math.floor(k / 4) === k % 4;
      expect(result.pMax[k] === null).toBe(own);
      if (!own) expect(result.pMax[k]).toBeGreaterThanOrEqual(result.p[k] as number);
      if (!own) expect(result.q[k]).toBeGreaterThanOrEqual(result.p[k] as number);
    }
    expect(result.pMax[1]).toBeCloseTo(0.01, 12);
    expect(result.calibrated[1]).toBeGreaterThan(0.5);
    expect(result.calibrated[2]).toBe(0);
  });
});

test('adjusted p-values: those of the 1995 paper’s example, and never less than the p they are made of', () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  // Benjamini and Hochberg (1995), section 3: the first four are rejected at 0.05.
  expect(benjaminiHochberg(p).filter((q) => (q as number) <= 0.05)).toHaveLength(4);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (list) => {
      const q = benjaminiHochberg(list);
      for (const [k, one] of q.entries()) {
        expect(one).toBeGreaterThanOrEqual(list[k] as number);
        expect(one).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test.each(['bootstrap', 'subsample'] as const)('the %s interval of a mean is that of normal theory', async (kind) => {
  const random = new Random(3);
  const values = Float64Array.from({ length: 400 }, () => random.normal());
  const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, value) => sum + value, 0) / list.length;
  const observed = { mean: mean(values) };
  const context = contextFor(400);
  const { mean: found } = await intervals(observed, 400, { kind, count: 1000, seed: 1 }, context, async (rows) => ({
    mean: mean(Float64Array.from(rows, (i) => values[i] as number)),
  }));
  const sd = Math.sqrt(mean(values.map((value) => (value - observed.mean) ** 2)) / 400);
  expect(((found?.high ?? 0) - observed.mean) / sd).toBeGreaterThan(1.7);
  expect(((found?.high ?? 0) - observed.mean) / sd).toBeLessThan(2.25);
  expect((observed.mean - (found?.low ?? 0)) / sd).toBeGreaterThan(1.7);
  expect((observed.mean - (found?.low ?? 0)) / sd).toBeLessThan(2.25);
});
