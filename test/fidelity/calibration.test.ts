/** What random pairings and choices of rows say, from given draws, against NumPy: reference/calibration.py. */
import { describe, expect, test } from 'vitest';
import { calibrate } from '../../src/engine/calibrate';
import { resampled } from '../../src/engine/resample';
import { Matrix } from '../../src/linalg/matrix';
import type { Labels, Representation } from '../../src/methods/method';
import { originOf } from '../../src/methods/shared/reordered';
import type { ValueDescription } from '../../src/protocol/catalogue';
import { contextFor } from '../unit/run-method';
import reference from './reference/calibration.json';

const { intervals, ...cases } = reference;
const ROWS = 12;
const layers: Representation[] = ['a', 'b', 'c'].map((name) => ({ name, matrix: Matrix.zeros(ROWS, 2) }));

interface Case {
  readonly better: string;
  readonly best: number | null;
  readonly observed: readonly number[];
  readonly draws: readonly (readonly number[])[];
  readonly expected: Readonly<Record<'level' | 'sd' | 'p' | 'pMax' | 'q' | 'calibrated', readonly (number | null)[]>>;
}

/** The value of a measure as the catalogue describes it. */
function described({ better, best }: Case): ValueDescription {
  const range = better === 'lower' ? ([0, null] as const) : ([null, best] as const);
  return { key: 'v', title: 'V', range, better: better as 'higher' | 'lower', ...(best !== null && { self: best }) };
}

describe.each(Object.entries(cases as Record<string, Case>))('%s', (_, given) => {
  test('level, spread, p, p of the best of all, q and calibrated values', async () => {
    const count = given.draws[0]?.length ?? 0;
    let draw = 0;
    const score = async () => ({ values: given.draws.map((all) => all[draw] as number) });
    const found = await calibrate(
      described(given),
      [layers, layers],
      given.observed,
      { count, seed: 1 },
      contextFor(ROWS),
      async () => {
        const scores = await score();
        draw++;
        return scores;
      },
    );
    expect(draw).toBe(count);
    for (const [key, wanted] of Object.entries(given.expected) as [keyof Case['expected'], (number | null)[]][])
      for (const [k, value] of wanted.entries()) {
        if (value === null) expect(found[key][k], `${key} ${k}`).toBeNull();
        else expect(found[key][k], `${key} ${k}`).toBeCloseTo(value, 12);
      }
  });
});

/** The pairings that a comparison draws, whatever it computes of them. */
async function pairings(seed: number, groups?: Labels): Promise<number[][]> {
  const drawn: number[][] = [];
  const value: ValueDescription = { key: 'v', title: 'V', range: [0, 1] };
  const draws = { count: 20, seed, ...(groups && { groups }) };
  await calibrate(value, [layers, layers], Array(9).fill(0), draws, contextFor(ROWS), async (_, moved) => {
    const orders = moved.map(({ matrix }) => [...(originOf(matrix)?.order ?? [])]);
    // One pairing serves all representations.
    for (const order of orders) expect(order).toEqual(orders[0]);
    drawn.push(orders[0] as number[]);
    return { values: Array(9).fill(0) };
  });
  return drawn;
}

test('the same seed gives every measure the same pairings, each of them a permutation', async () => {
  const first = await pairings(3);
  expect(await pairings(3)).toEqual(first);
  expect(await pairings(4)).not.toEqual(first);
  for (const order of first) expect([...order].sort((a, b) => a - b)).toEqual([...Array(ROWS).keys()]);
});

test('within categories every row stays in its own, and each of them is mixed', async () => {
  const index = Int32Array.from({ length: ROWS }, (_, i) => (i * i) % 3);
  const labels: Labels = { kind: 'category', name: 'third', categories: ['0', '1', '2'], index };
  const drawn = await pairings(3, labels);
  for (const order of drawn) expect(order.map((i) => index[i])).toEqual([...index]);
  for (const i of index.keys()) {
    const alone = index.filter((category) => category === index[i]).length === 1;
    if (!alone) expect(new Set(drawn.map((order) => order[i])).size).toBeGreaterThan(1);
  }
});

test.each(['bootstrap', 'subsample'] as const)(
  'the ends of the %s interval, and the rows it is made of',
  async (kind) => {
    const { observed, draws, [kind]: wanted } = intervals;
    let draw = 0;
    const how = { kind, count: draws.length, seed: 2 };
    const { interval } = await resampled(observed, ROWS, how, contextFor(ROWS), async (rows) => {
      const distinct = new Set(rows).size;
      if (kind === 'bootstrap') expect(rows).toHaveLength(ROWS);
      else expect([rows.length, distinct]).toEqual([ROWS / 2, ROWS / 2]);
      return draws[draw++] as number;
    });
    expect([interval?.low, interval?.high]).toEqual(wanted.map((end) => expect.closeTo(end, 12)));
  },
);
